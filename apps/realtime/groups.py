"""The stream of one browser's session: it carries only that the session has ended."""

import hashlib
from importlib import import_module
from typing import Any

from channels.auth import get_user
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User
from apps.core.events import Envelope, group_name, publisher

SESSION_ENDED = "session.ended"


def session_stream(session_key: str) -> str:
    """Return the stream of a session. Hashed: the key itself must not reach Redis or a log."""
    return "session." + hashlib.sha256(session_key.encode()).hexdigest()[:32]


def tell_session_ended(sender: object, request: HttpRequest | None, **_: Any) -> None:
    """Close the sockets of a browser whose person signs out (receiver of `user_logged_out`)."""
    key = request.session.session_key if request is not None else None
    if key:
        envelope = Envelope(
            v=1, seq=0, kind=SESSION_ENDED, tenant=None, at=timezone.now().isoformat(), data={}
        )
        publisher.send(group_name(session_stream(key)), envelope)


async def session_user_id(session_key: str) -> int | None:
    """Return who is signed in with a session now, None when it has ended. 2 queries.

    Reads the session anew: the one in the socket's scope is as old as the socket.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = await get_user({"session": store})
    return user.pk if isinstance(user, User) else None
