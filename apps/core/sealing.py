"""Secrets of companies in the database: sealed with a key derived from the installation's own.

A changed `HUAWU_SECRET_KEY` makes them unreadable, as it ends every session: they are typed again.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class UnsealError(Exception):
    """Sealed with another key, or changed since."""


@lru_cache(maxsize=4)
def _box(secret: str) -> Fernet:
    # RFC 5869; `info` keeps this key apart from whatever else is derived from the secret.
    derived = HKDF(SHA256(), 32, salt=None, info=b"huawu sealed fields").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(text: str) -> str:
    """Return the text encrypted and signed, '' for ''."""
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """Return what was sealed, '' for ''. Raises UnsealError."""
    if not sealed:
        return ""
    try:
        return _box(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnsealError("sealed with another key") from error
