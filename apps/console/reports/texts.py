"""How reports and their columns are called, what they say, and how a value is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.day.texts import FIGURES, clock
from apps.console.reports.more_texts import (
    ITEM_NAMES,
    KIND_NAMES,
    LEDGER_TEXTS,
    LEVEL_TEXTS,
    MORE_AGENTS,
    MORE_QUEUES,
    REGION_NAMES,
    TRUNK_TEXTS,
    Texts,
)
from apps.console.reports.quality_texts import QUALITY_KINDS, QUALITY_TEXTS, QUALITY_THINGS
from apps.reports.engine.columns import (
    AGENTS,
    ATTENDANCE,
    CALLS,
    CLOCK,
    COUNT,
    DISPOSITIONS,
    MEAN,
    NUMBERS,
    QUEUES,
    REGIONS,
    TIME,
    TRUNKS,
    Column,
    Value,
)
from apps.reports.engine.periods import DAY, HOUR, MONTH, WEEK, YEAR, Bucket
from apps.reports.shapes import Item, Report

KINDS: Mapping[str, Any] = {
    QUEUES: gettext_lazy("Queues"),
    AGENTS: gettext_lazy("Agents' work"),
    ATTENDANCE: gettext_lazy("Attendance"),
    CALLS: gettext_lazy("All calls"),
    NUMBERS: gettext_lazy("Numbers"),
    TRUNKS: gettext_lazy("Trunks"),
    DISPOSITIONS: gettext_lazy("Dispositions"),
    **KIND_NAMES,
    **QUALITY_KINDS,
}
ITEMS: Mapping[str, Any] = {
    QUEUES: gettext_lazy("Queue"),
    AGENTS: gettext_lazy("Agent"),
    ATTENDANCE: gettext_lazy("Agent"),
    CALLS: gettext_lazy("Direction"),
    NUMBERS: gettext_lazy("Number"),
    TRUNKS: gettext_lazy("Trunk"),
    DISPOSITIONS: gettext_lazy("Disposition"),
    **ITEM_NAMES,
    **QUALITY_THINGS,
}
PRESET_NAMES: Mapping[str, Any] = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "this_week": gettext_lazy("This week"),
    "last_week": gettext_lazy("Last week"),
    "this_month": gettext_lazy("This month"),
    "last_month": gettext_lazy("Last month"),
    "this_year": gettext_lazy("This year"),
}
STEP_NAMES: Mapping[str, Any] = {
    HOUR: gettext_lazy("Hour"),
    DAY: gettext_lazy("Day"),
    WEEK: gettext_lazy("Week"),
    MONTH: gettext_lazy("Month"),
    YEAR: gettext_lazy("Year"),
}
_QUEUES: Texts = {
    **MORE_QUEUES,
    "offered": (
        gettext_lazy("Offered"),
        gettext_lazy("Callers who joined the queue: answered + abandoned + flowed out."),
    ),
    "answered": (gettext_lazy("Answered"), gettext_lazy("Callers whom an agent took.")),
    "abandoned": (gettext_lazy("Abandoned"), gettext_lazy("Callers who hung up while waiting.")),
    "flowed_out": (
        gettext_lazy("Flowed out"),
        gettext_lazy("Callers who left the queue without an agent and without hanging up."),
    ),
    "abandoned_short": (
        gettext_lazy("Short abandons"),
        gettext_lazy("Abandoned before the queue’s short limit; part of the abandoned."),
    ),
    "service_level": (
        gettext_lazy("Service level"),
        gettext_lazy(
            "Share answered within the queue’s limit, by the definition that is chosen above "
            "the table (in time: answered within the limit)."
        ),
    ),
    "abandon_rate": (gettext_lazy("Abandon rate"), gettext_lazy("Abandoned / offered.")),
    "abandon_rate_without_short": (
        gettext_lazy("Abandon rate without short"),
        gettext_lazy("(Abandoned − short abandons) / (offered − short abandons)."),
    ),
    "asa_ms": (
        gettext_lazy("Mean wait (ASA)"),
        gettext_lazy("Waits of answered callers / answered; from joining the queue to the agent."),
    ),
    "aht_ms": (
        gettext_lazy("Mean handling time (AHT)"),
        gettext_lazy("Talk, hold and wrap-up for the queue in this time / answered."),
    ),
    "longest_wait_ms": (
        gettext_lazy("Longest wait"),
        gettext_lazy("The longest wait of a caller, however it ended."),
    ),
    "within_10": (
        gettext_lazy("Within 10 s"),
        gettext_lazy("Answered within 10 seconds / answered."),
    ),
    "within_30": (
        gettext_lazy("Within 30 s"),
        gettext_lazy("Answered within 30 seconds / answered."),
    ),
    "within_60": (
        gettext_lazy("Within 60 s"),
        gettext_lazy("Answered within 60 seconds / answered."),
    ),
}
_AGENTS: Texts = {**{key: (name, text) for key, name, text in FIGURES}, **MORE_AGENTS}
_ATTENDANCE: Texts = {
    **_AGENTS,
    "first_at": (
        gettext_lazy("First sign-in"),
        gettext_lazy("When the first state in this time began."),
    ),
    "last_at": (
        gettext_lazy("Last sign-out"),
        gettext_lazy("When the last state in this time ended, or now."),
    ),
    "ringing": (gettext_lazy("Ringing"), gettext_lazy("Time in which his phone rang.")),
    "resting": (
        gettext_lazy("Rests after a missed call"),
        gettext_lazy("Time after a call that he missed, in which none is offered."),
    ),
    "unreachable": (
        gettext_lazy("Phone not reachable"),
        gettext_lazy("Time signed in without a phone that could ring."),
    ),
    "unseen": (
        gettext_lazy("Not seen"),
        gettext_lazy("Time signed in that nobody saw: the link to the exchange was down."),
    ),
}
_LINES: Texts = {
    "calls": (
        gettext_lazy("Calls"),
        gettext_lazy("Calls that began in this time and have ended."),
    ),
    "answered": (
        gettext_lazy("Answered"),
        gettext_lazy("Calls that an agent, or outside the other side, answered."),
    ),
    "abandoned": (
        gettext_lazy("Abandoned"),
        gettext_lazy("Callers who hung up while waiting, or while an agent was rung."),
    ),
    "voicemail": (gettext_lazy("Voicemail"), gettext_lazy("Callers who left a message.")),
    "self_service": (
        gettext_lazy("Self-service"),
        gettext_lazy("Callers who were served by menus, or ordered a call-back."),
    ),
    "refused": (gettext_lazy("Refused"), gettext_lazy("Calls that were not let in.")),
    "failed": (
        gettext_lazy("Failed"),
        gettext_lazy("Calls that reached nobody: busy, no answer, or a fault."),
    ),
    "talk_ms": (gettext_lazy("Talk"), gettext_lazy("Time in which both sides talked.")),
    "mean_talk_ms": (gettext_lazy("Mean talk"), gettext_lazy("Talk / answered.")),
}
COLUMN_TEXTS: Mapping[str, Texts] = {
    QUEUES: _QUEUES,
    AGENTS: _AGENTS,
    ATTENDANCE: _ATTENDANCE,
    CALLS: _LINES,
    NUMBERS: _LINES,
    TRUNKS: {**_LINES, **TRUNK_TEXTS},
    DISPOSITIONS: _LINES,
    REGIONS: _LINES,
    **LEDGER_TEXTS,
    **QUALITY_TEXTS,
}


def item_name(kind: str, item: Item | None) -> str:
    """Return how a queue, a region … is called."""
    if item is None:
        return ""
    return str(REGION_NAMES[item.key]) if kind == REGIONS else item.name


def definition(found: Report, column: Column) -> str:
    """Return what a column says, of the service level by the definition in force."""
    text = str(COLUMN_TEXTS[found.asked.kind][column.id][1])
    if column.at_level is None:
        return text
    level = found.level_of(None)
    return f"{text} {LEVEL_TEXTS[level]} ({level})."


def written(column: Column, value: Value, zone: ZoneInfo) -> str:
    """Return a value as people read it; a dash where there is none."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%m-%d %H:%M")
    if column.unit == TIME:
        return clock(value)
    if column.unit == MEAN:
        return f"{value:.2f}"
    return f"{value:,}" if column.unit == COUNT else f"{value:.1%}"


def change(column: Column, now: Value, then: Value) -> str:
    """Return how much more or less it is than it was, '' where that says nothing."""
    if column.unit == CLOCK or now is None or then is None:
        return ""
    assert not isinstance(now, datetime)  # noqa: S101 - no time of the clock
    assert not isinstance(then, datetime)  # noqa: S101
    if column.unit == MEAN:
        return f"{now - then:+.2f}"
    if column.unit not in (COUNT, TIME):
        return _("%(points)s points") % {"points": f"{(now - then) * 100:+.1f}"}
    return f"{(now - then) / then:+.1%}" if then else ""


def step_text(bucket: Bucket, step: str, zone: ZoneInfo) -> str:
    """Return how a step of time is called; of a clock put back each hour says its offset."""
    if step == HOUR:
        since = bucket.since.astimezone(zone)
        is_turned = since.utcoffset() != bucket.until.astimezone(zone).utcoffset() or (
            since.fold == 1
        )
        return since.strftime("%m-%d %H:%M %z" if is_turned else "%m-%d %H:%M")
    if bucket.first == bucket.last:
        return f"{bucket.first:%Y-%m-%d}"
    if step == YEAR and (bucket.first.month, bucket.last.month) == (1, 12):
        return f"{bucket.first:%Y}"
    return f"{bucket.first:%Y-%m-%d} – {bucket.last:%m-%d}"
