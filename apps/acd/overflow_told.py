"""Why a caller went on elsewhere, in words, from the facts kept with his call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.acd.engine import overflow
from apps.calls.engine import facts as kinds
from apps.calls.models import CallFact


@dataclass(frozen=True)
class Overflowed:
    """One overflow of a call. `why` and `to` are in the language; numbers are queues' own."""

    at: datetime
    queue: str
    waited_s: int
    why: str
    to: str


def call_overflows(facts: Iterable[CallFact]) -> list[Overflowed]:
    """Return the overflows among a call's facts in their order; give facts that may be seen."""
    return [
        Overflowed(
            at=fact.at,
            queue=str(fact.data.get("queue", "")).rpartition("-")[2],
            waited_s=int(fact.data.get("waited_s") or 0),
            why=_why(fact.data),
            to=_to(fact.data),
        )
        for fact in facts
        if fact.kind == kinds.OVERFLOWED
    ]


def _why(data: dict[str, object]) -> str:
    said = {
        overflow.WAITED: _("he had waited %(was)s s, the limit is %(limit)s s"),
        overflow.LENGTH: _("%(was)s callers waited when he joined, the limit is %(limit)s"),
        overflow.EXPECTED: _("the expected wait was %(was)s s, the limit is %(limit)s s"),
        overflow.NOBODY: _("nobody was signed in to the queue"),
        overflow.CONDITION: _("the rule's condition was true"),
    }.get(str(data.get("when")), "")
    return said % {"was": data.get("was"), "limit": data.get("limit")}


def _to(data: dict[str, object]) -> str:
    said = {
        overflow.QUEUE: _("queue %(target)s, his place kept")
        if data.get("keeps_place")
        else _("queue %(target)s"),
        overflow.VOICEMAIL: _("the voicemail of %(target)s"),
        overflow.NUMBER: _("the number %(target)s"),
        overflow.FLOW: _("the flow, as after the longest wait"),
        overflow.CALL_BACK: _("a call-back"),
    }.get(str(data.get("then")), "")
    return said % {"target": data.get("target")}
