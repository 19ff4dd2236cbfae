"""`{% recording_player recording %}`: the player, wherever a page has a recording to hear."""

import json
from typing import Any

from django import template
from django.template.context import RequestContext

from apps.accounts.models import User
from apps.recordings.models import Recording
from apps.recordings.points import Point, marks_context, recording_points

register = template.Library()


@register.inclusion_tag("recordings/player.html", takes_context=True)
def recording_player(
    context: RequestContext, recording: Recording, points: list[Point] | None = None
) -> dict[str, Any]:
    """Show a recording that the person may hear; `points` are shown beside those of the call.

    About 3 queries for each player.
    """
    user = context["user"]
    assert isinstance(user, User)  # noqa: S101 - pages with recordings have a person
    shown = {"recording": recording, "user": user, "csrf_token": context.get("csrf_token")}
    if not recording.is_playable:
        return shown
    return {
        **shown,
        "points": [*recording_points(recording), *(points or [])],
        **{f"mark_{key}": value for key, value in marks_context_of(user, recording).items()},
    }


def marks_context_of(user: User, recording: Recording) -> dict[str, object]:
    """Return the marks and their points."""
    found = marks_context(user=user, recording=recording)
    return {"list": found["marks"], "points": found["points"]}


@register.filter
def json_text(value: object) -> str:
    """Return JSON for an attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False)


@register.filter
def clock(ms: int) -> str:
    """Return milliseconds as m:ss, hours only when there are some."""
    seconds = ms // 1000
    rest = f"{seconds // 60 % 60}:{seconds % 60:02d}"
    return (
        f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" if seconds > 3599 else rest
    )
