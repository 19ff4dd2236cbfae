"""Encrypted recordings that can be read from the middle: AES-256-GCM in chunks. Pure.

A file is a header of 37 bytes (magic, the key's name, a random salt) and chunks of 64 KiB, each
with its tag of 16 bytes. Every file has a key of its own, derived from the installation's and the
salt (HKDF, RFC 5869), so a nonce is the chunk's number and whether it is the last one: chunks can
neither be changed, exchanged, left out at the end, nor taken from another file.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"HWREC"
NAME_BYTES, SALT_BYTES, TAG_BYTES, KEY_BYTES = 16, 16, 16, 32
HEADER_BYTES = len(MAGIC) + NAME_BYTES + SALT_BYTES
CHUNK = 64 * 1024
SEALED_CHUNK = CHUNK + TAG_BYTES


class SealBrokenError(ValueError):
    """The file is not ours, was changed, is cut, or its key is not among ours."""


def key_name(key: bytes) -> bytes:
    """Return what a header says of the key; nothing can be learned of the key from it."""
    return hashlib.sha256(b"huawu recording key" + key).digest()[:NAME_BYTES]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"huawu recording").derive(key))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")


def seal(pieces: Iterable[bytes], *, key: bytes, salt: bytes) -> Iterator[bytes]:
    """Yield the file of what comes in pieces of any size. `salt`: SALT_BYTES, never used twice."""
    if len(key) != KEY_BYTES or len(salt) != SALT_BYTES:
        raise ValueError("wrong size of key or salt")
    header = MAGIC + key_name(key) + salt
    yield header
    cipher, waiting, number = _cipher(key, salt), b"", 0
    for piece in pieces:
        waiting += piece
        # The last chunk is known only when nothing follows it.
        while len(waiting) > CHUNK:
            nonce = _nonce(number, is_last=False)
            yield cipher.encrypt(nonce, waiting[:CHUNK], header)
            waiting, number = waiting[CHUNK:], number + 1
    yield cipher.encrypt(_nonce(number, is_last=True), waiting, header)


def plain_size(sealed_size: int) -> int:
    """Return how many bytes the file holds. Raises SealBrokenError."""
    body = sealed_size - HEADER_BYTES
    chunks = -(-body // SEALED_CHUNK)
    if body < TAG_BYTES or body - (chunks - 1) * SEALED_CHUNK < TAG_BYTES:
        raise SealBrokenError("too short")
    return body - chunks * TAG_BYTES


@dataclass(frozen=True)
class Sealed:
    """A sealed file; `read(start, length)` gives its bytes, `keys` are all that may open it."""

    read: Callable[[int, int], bytes]
    sealed_size: int
    keys: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Return how many bytes it holds."""
        return plain_size(self.sealed_size)

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """Yield what lies from `start` on, at most `length` bytes. Raises SealBrokenError."""
        end = min(start + length, self.size)
        if start >= end:
            return
        header = self.read(0, HEADER_BYTES)
        cipher = _cipher(self._key(header), header[-SALT_BYTES:])
        last = max(0, -(-self.size // CHUNK) - 1)
        for number in range(start // CHUNK, (end - 1) // CHUNK + 1):
            at = HEADER_BYTES + number * SEALED_CHUNK
            data = self.read(at, min(SEALED_CHUNK, self.sealed_size - at))
            try:
                plain = cipher.decrypt(_nonce(number, is_last=number == last), data, header)
            except InvalidTag as error:
                raise SealBrokenError(f"chunk {number}") from error
            begin = number * CHUNK
            yield plain[max(0, start - begin) : end - begin]

    def _key(self, header: bytes) -> bytes:
        if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
            raise SealBrokenError("not a sealed recording")
        name = header[len(MAGIC) : len(MAGIC) + NAME_BYTES]
        for key in self.keys:
            if key_name(key) == name:
                return key
        raise SealBrokenError("its key is not among HUAWU_RECORDING_KEYS")
