"""Lines of Asterisk's CEL file to facts, with the keys that the same happening has over AMI. Pure.

Source of the columns: asterisk/etc/cel_custom.conf; Asterisk 22 CEL specification; recorded
sessions in tests/fixtures/cel.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import CEL, Fact, clean, fact_at_key, queued_suffix

COLUMNS = 13
# Their keys hold a time, which CEL and AMI take some microseconds apart: no key in common.
TIMED = frozenset({kinds.BRIDGED, kinds.UNBRIDGED, kinds.QUEUED, kinds.QUEUE_LEFT})

Made = tuple[str, str, dict[str, Any]]


def fact_from_cel(row: Sequence[str], *, node: str) -> Fact | None:
    """Return the fact of one CEL line, None for lines that tell none."""
    if len(row) < COLUMNS:
        return None
    event, at_text, linkedid, uniqueid, channel, exten, context, number, name = row[:9]
    try:
        at = datetime.fromtimestamp(float(at_text), UTC)
    except (ValueError, OverflowError):
        return None
    made = _made(event, row, at)
    if made is None or not linkedid or not uniqueid:
        return None
    kind, suffix, data = made
    data["channel"] = clean(channel)
    if kind == kinds.LEG_STARTED:
        data.update(
            exten=clean(exten, 80),
            context=clean(context, 80),
            caller=clean(number, 80),
            caller_name=clean(name),
        )
    return Fact(
        node=node,
        linkedid=clean(linkedid, 150),
        key=f"{clean(uniqueid, 150)}:{suffix}",
        kind=kind,
        at=at,
        source=CEL,
        uniqueid=clean(uniqueid, 150),
        data=data,
    )


def _made(event: str, row: Sequence[str], at: datetime) -> Made | None:
    if event == "CHAN_START":
        return kinds.LEG_STARTED, "started", {}
    if event == "ANSWER":
        return kinds.LEG_ANSWERED, "answered", {}
    extra = _extra(row[12])
    if event == "HANGUP":
        data = {
            "cause": clean(extra.get("hangupcause", ""), 5),
            "hangup_source": clean(extra.get("hangupsource", "")),
        }
        return kinds.LEG_ENDED, "ended", data
    if event in ("BRIDGE_ENTER", "BRIDGE_EXIT"):
        bridge = clean(extra.get("bridge_id", ""), 80)
        kind = kinds.BRIDGED if event == "BRIDGE_ENTER" else kinds.UNBRIDGED
        return kind, f"{kind}:{bridge}:{fact_at_key(at)}", {"bridge": bridge}
    if event in ("APP_START", "APP_END") and row[9] == "Queue":
        queue = clean(row[10].split(",")[0], 80)
        kind = kinds.QUEUED if event == "APP_START" else kinds.QUEUE_LEFT
        return kind, f"{kind}:{queue}:{fact_at_key(at)}", {"queue": queue}
    if event == QUEUED_EVENT:
        # `queue:milliseconds`, as huawu-wait writes it.
        queue, _, joined = str(extra.get("extra", "")).rpartition(":")
        queue, joined = clean(queue, 80), clean(joined, 20)
        return (kinds.QUEUED, queued_suffix(queue, joined), {"queue": queue}) if queue else None
    if event == LEFT_EVENT:
        queue, _, reason = str(extra.get("extra", "")).rpartition(":")
        data = {"queue": clean(queue, 80), "reason": clean(reason, 20).lower()}
        suffix = f"{kinds.QUEUE_LEFT}:{data['queue']}:{fact_at_key(at)}"
        return (kinds.QUEUE_LEFT, suffix, data) if queue else None
    return None


QUEUED_EVENT = "HuawuQueued"
# `queue:status`, of who left a queue without an agent and is still there.
LEFT_EVENT = "HuawuQueueLeft"
MESSAGE_EVENT = "HuawuVoicemail"


@dataclass(frozen=True)
class Message:
    """A voicemail message that was left; how long it is, its file says."""

    node: str
    linkedid: str
    uniqueid: str
    path: str
    box: str
    file_name: str
    caller: str
    at: datetime

    def fact(self, duration_ms: int) -> Fact:
        """Return the fact, as our dialplan's user event tells it."""
        return Fact(
            node=self.node,
            linkedid=self.linkedid,
            key=f"{self.uniqueid}:voicemail",
            kind=kinds.VOICEMAIL_LEFT,
            at=self.at,
            source=CEL,
            uniqueid=self.uniqueid,
            data={
                "box": self.box,
                "path": self.path,
                "duration_ms": str(duration_ms),
                "caller": self.caller,
            },
        )


def message_from_cel(row: Sequence[str], *, node: str) -> Message | None:
    """Return the message that a line tells of, None for other lines.

    Source: huawu-voicemail-left in asterisk/etc/extensions_huawu.conf: CELGenUserEvent, whose extra
    is `{"extra": "…/<box>/<linkedid>.wav"}`. The end of Record is too early: the caller may still
    record again or delete.
    """
    if len(row) < COLUMNS or row[0] != MESSAGE_EVENT:
        return None
    path = str(_extra(row[12]).get("extra", ""))
    if not path.endswith(".wav"):
        return None
    parts = path.rsplit("/", 2)
    if len(parts) < 3 or ".." in parts[1:]:
        return None
    return Message(
        node=node,
        linkedid=clean(row[2], 150),
        uniqueid=clean(row[3], 150),
        path=clean(path, 400),
        box=clean(parts[1], 80),
        file_name=clean(parts[2]),
        caller=clean(row[7], 80),
        at=datetime.fromtimestamp(float(row[1]), UTC),
    )


CDR_COLUMNS = 16
CDR_NEVER = 0.0


def facts_from_cdr(row: Sequence[str], *, node: str) -> list[Fact]:
    """Return beginning, answer and end of a CDR line's first channel.

    Source of the columns: asterisk/etc/cdr_custom.conf; times are Unix seconds, 0 = never.
    """
    if len(row) < CDR_COLUMNS:
        return []
    linkedid, uniqueid, channel = (clean(text, 150) for text in row[:3])
    try:
        start, answer, end = (float(text) for text in row[8:11])
    except ValueError:
        return []
    if not linkedid or not uniqueid:
        return []
    begun = {"channel": channel, "exten": clean(row[15], 80), "caller": clean(row[4], 80)}
    told: list[tuple[str, str, float, dict[str, Any]]] = [
        (kinds.LEG_STARTED, "started", start, begun),
        (kinds.LEG_ANSWERED, "answered", answer, {"channel": channel}),
        (kinds.LEG_ENDED, "ended", end, {"channel": channel}),
    ]
    return [
        Fact(
            node=node,
            linkedid=linkedid,
            key=f"{uniqueid}:{suffix}",
            kind=kind,
            at=datetime.fromtimestamp(at, UTC),
            source=CEL,
            uniqueid=uniqueid,
            data=data,
        )
        for kind, suffix, at, data in told
        if at != CDR_NEVER
    ]


def _extra(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
