"""Alerts of the desk that a person put away: remembered for as long as he is signed in."""

from typing import TypeVar

from django.http import HttpRequest

Key = TypeVar("Key", int, str)
# The last ones: a session is read with each request.
MOST_REMEMBERED = 50


def put_away_keys(request: HttpRequest, what: str) -> list[Key]:
    """Return what was put away of one kind of alert."""
    found: list[Key] = request.session.get(f"{what}_put_away", [])
    return found


def put_away_note(request: HttpRequest, what: str, key: Key) -> bool:
    """Remember that the person knows of it; say whether that is new."""
    known: list[Key] = put_away_keys(request, what)
    if key in known:
        return False
    request.session[f"{what}_put_away"] = [*known, key][-MOST_REMEMBERED:]
    return True
