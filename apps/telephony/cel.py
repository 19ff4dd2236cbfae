"""Lines of Asterisk's CEL file to facts, with the keys that the same happening has over AMI. Pure.

Source of the columns: asterisk/etc/cel_custom.conf; Asterisk 22 CEL specification; recorded
sessions in tests/fixtures/cel.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import CEL, Fact, clean, fact_at_key

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
    return None


def _extra(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
