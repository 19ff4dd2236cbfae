"""Moments of a recording that one can jump to: keys, holds, transfers, marks. For its player."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.calls.engine.control import CONSULTING, JOINING, PARKED, TRANSFERRING
from apps.calls.engine.facts import CONTROL, NODE, SURVEY_ANSWERED
from apps.calls.models import CallFact
from apps.calls.selectors import call_timeline
from apps.recordings.kept_models import RecordingMark
from apps.recordings.marks import mark_list_for
from apps.recordings.models import Recording
from apps.recordings.sounds import hold_spans

KEY, HOLD, TRANSFER, MARK = "key", "hold", "transfer", "mark"
MOST_POINTS = 200


class Point(TypedDict):
    """One moment, or a stretch with `end_ms`, in ms from the recording's beginning.

    The same as `Point` of `static/console/src/player/model.ts`.
    """

    at_ms: int
    kind: str
    text: str
    end_ms: NotRequired[int]
    id: NotRequired[int]


def recording_points(recording: Recording) -> list[Point]:
    """Return keys, holds and transfers within the recording, in order. 2 queries.

    Give a recording that the person may hear. Its `call` is read.
    """
    duration_ms = recording.duration_ms or 0
    found = [
        *_of_facts(call_timeline(recording.call), recording.started_at),
        *(
            Point(at_ms=begin, end_ms=end, kind=HOLD, text=_("On hold"))
            for begin, end in hold_spans(recording, duration_ms)
        ),
    ]
    within = [one for one in found if 0 <= one["at_ms"] <= duration_ms]
    return sorted(within, key=lambda one: one["at_ms"])[:MOST_POINTS]


def _of_facts(facts: Iterable[CallFact], began: datetime) -> list[Point]:
    steps = {
        CONSULTING: _("Consultation"),
        TRANSFERRING: _("Transfer"),
        JOINING: _("All together"),
        PARKED: _("Parked"),
    }
    found: list[Point] = []
    for fact in facts:
        at_ms = round((fact.at - began).total_seconds() * 1000)
        keys = str(fact.data.get("keys") or "")
        step = str(fact.data.get("step") or "")
        if fact.kind == NODE and keys:
            text = _("Keys %(keys)s") % {"keys": keys[:40]}
            found.append(Point(at_ms=at_ms, kind=KEY, text=text))
        elif fact.kind == SURVEY_ANSWERED:
            found.append(Point(at_ms=at_ms, kind=KEY, text=_("Answer to the survey")))
        elif fact.kind == CONTROL and step in steps:
            found.append(Point(at_ms=at_ms, kind=TRANSFER, text=steps[step]))
    return found


def mark_points(marks: Sequence[RecordingMark]) -> list[Point]:
    """Return marks as points."""
    return [Point(at_ms=one.at_ms, kind=MARK, text=one.text, id=one.pk) for one in marks]


def marks_context(*, user: User, recording: Recording) -> dict[str, object]:
    """Return what `recordings/marks.html` shows. 1 query."""
    marks = list(mark_list_for(user=user, recording=recording))
    return {"recording": recording, "user": user, "marks": marks, "points": mark_points(marks)}
