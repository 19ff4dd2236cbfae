"""Manager events to facts. Stateless: one event is nothing, or one fact.

Source of the fields: Asterisk 22 manager events; recorded sessions in tests/fixtures/ami. Every
event read here has its line in docs/events.md.
"""

import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import (
    AMI,
    DIALPLAN,
    Fact,
    clean,
    endpoint_of,
    fact_at_key,
    queued_suffix,
)
from apps.core.phones import OUTSIDE_CONTEXT, endpoint_of_interface

logger = logging.getLogger(__name__)

UNKNOWN = Counter("huawu_ami_unknown_events", "Manager events of names that nobody reads")
RINGING, UP = "5", "6"
OFFER_CONTEXT = "huawu-offer"
# DialEnd of an offer with G comes from where G leads (22.10). Both have the queue as extension.
OFFER_CONTEXTS = frozenset({OFFER_CONTEXT, "huawu-introduced"})
ESCAPES = dict.fromkeys("abfnrtv", " ")
Fields = Mapping[str, Any]
_reported: set[str] = set()

# Read by others than the ledger (members, devices, the link itself), or not needed but sent.
READ_ELSEWHERE = frozenset(
    {
        "FullyBooted",
        "Shutdown",
        "Reload",
        "BlindTransfer",
        "AttendedTransfer",
        "MixMonitorStart",
        "MixMonitorStop",
        "OriginateResponse",
        "QueueMemberAdded",
        "QueueMemberRemoved",
        "QueueMemberPause",
        "QueueMemberStatus",
        "QueueMemberPenalty",
        "QueueMemberRinginuse",
        "AgentDump",
        "DeviceStateChange",
        "ContactStatus",
    }
)


def is_internal(fields: Fields) -> bool:
    """Say whether this is a channel of Asterisk's own: a conference's voice, a stand-in.

    CEL leaves them out, AMI's BridgeEnter does not (22.10); a fact would begin a call that never
    ends.
    """
    return str(fields.get("Channel", "")).startswith(("CBAnn/", "CBRec/", "Surrogate/"))


def event_at(fields: Fields, received_at: datetime) -> datetime:
    """Return Asterisk's own time of the event (`timestampevents`), else when we received it."""
    try:
        return datetime.fromtimestamp(float(fields.get("Timestamp", "")), UTC)
    except (ValueError, TypeError, OverflowError):
        return received_at


def fact_from_event(fields: Fields, *, node: str, received_at: datetime) -> Fact | None:
    """Return the fact that an event tells, None when it tells none.

    `fields` is case-insensitive or has Asterisk's spelling. Unknown events are counted and logged
    once a name.
    """
    name = str(fields.get("Event", ""))
    make = MAKERS.get(name)
    if make is None:
        if name not in READ_ELSEWHERE:
            _unknown(name)
        return None
    if is_internal(fields):
        return None
    made = make(fields, event_at(fields, received_at))
    if made is None:
        return None
    kind, uniqueid, suffix, data, at = made
    # Of a caller who is gone already an event tells nothing but whom he talked with: without the
    # second the fact would begin a call of its own, which never ends.
    linkedid = text(fields, "Linkedid", 150) or text(fields, "DestLinkedid", 150) or uniqueid
    if not linkedid:
        return None
    return Fact(
        node=node,
        linkedid=linkedid,
        key=f"{uniqueid}:{suffix}",
        kind=kind,
        at=at,
        source=DIALPLAN if name == "UserEvent" else AMI,
        uniqueid=uniqueid,
        data=data,
    )


Made = tuple[str, str, str, dict[str, Any], datetime] | None


def text(fields: Fields, name: str, limit: int = 200) -> str:
    """Return a field as it may be stored; a repeated header gives its last value."""
    value = fields.get(name, "")
    if isinstance(value, list):
        value = value[-1]
    return clean(value, limit)


def caller_text(fields: Fields, name: str, limit: int = 200) -> str:
    """Return a caller's number or name: '' when Asterisk does not know it, without C escapes.

    Source: Asterisk 22 manager_channels.c (names are escaped, `<unknown>`).
    """
    value = text(fields, name, limit)
    if value == "<unknown>":
        return ""
    return clean(re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), value), limit)


def _channel(fields: Fields) -> dict[str, Any]:
    return {"channel": text(fields, "Channel")}


def _newchannel(fields: Fields, at: datetime) -> Made:
    data = {
        **_channel(fields),
        "exten": text(fields, "Exten", 80),
        "context": text(fields, "Context", 80),
        "caller": caller_text(fields, "CallerIDNum", 80),
        "caller_name": caller_text(fields, "CallerIDName"),
    }
    return kinds.LEG_STARTED, text(fields, "Uniqueid"), "started", data, at


def _newstate(fields: Fields, at: datetime) -> Made:
    state = str(fields.get("ChannelState", ""))
    if state == RINGING:
        return kinds.LEG_RINGING, text(fields, "Uniqueid"), "ringing", _channel(fields), at
    if state == UP:
        return kinds.LEG_ANSWERED, text(fields, "Uniqueid"), "answered", _channel(fields), at
    return None


def _hangup(fields: Fields, at: datetime) -> Made:
    data = {**_channel(fields), "cause": text(fields, "Cause", 5)}
    return kinds.LEG_ENDED, text(fields, "Uniqueid"), "ended", data, at


def _hangup_request(fields: Fields, at: datetime) -> Made:
    uniqueid = text(fields, "Uniqueid")
    # Soft: Asterisk's own dialplan or a command, not the far end.
    is_soft = fields.get("Event") == "SoftHangupRequest"
    data = {**_channel(fields), "is_soft": is_soft}
    return kinds.HANGUP_REQUESTED, uniqueid, f"hangup_requested:{fact_at_key(at)}", data, at


def _bridge(kind: str) -> Callable[[Fields, datetime], Made]:
    def make(fields: Fields, at: datetime) -> Made:
        bridge = text(fields, "BridgeUniqueid", 80)
        data = {**_channel(fields), "bridge": bridge}
        return kind, text(fields, "Uniqueid"), f"{kind}:{bridge}:{fact_at_key(at)}", data, at

    return make


def _hold(kind: str) -> Callable[[Fields, datetime], Made]:
    def make(fields: Fields, at: datetime) -> Made:
        return kind, text(fields, "Uniqueid"), f"{kind}:{fact_at_key(at)}", _channel(fields), at

    return make


def _caller_queue(kind: str, reason: str) -> Callable[[Fields, datetime], Made]:
    def make(fields: Fields, at: datetime) -> Made:
        queue = text(fields, "Queue", 80)
        data = {"queue": queue, "position": text(fields, "Position", 6), "reason": reason}
        suffix = f"{kind}:{queue}:{fact_at_key(at)}"
        return kind, text(fields, "Uniqueid"), suffix, data, at

    return make


def _agent(kind: str) -> Callable[[Fields, datetime], Made]:
    def make(fields: Fields, at: datetime) -> Made:
        uniqueid = text(fields, "DestUniqueid")
        if not uniqueid:
            return None
        interface = text(fields, "Interface", 80)
        data = {
            "queue": text(fields, "Queue", 80),
            "endpoint": endpoint_of_interface(interface) or interface,
            "channel": text(fields, "DestChannel"),
            "reason": text(fields, "Reason", 20),
            "ring_ms": text(fields, "RingTime", 12),
        }
        return kind, uniqueid, kind, data, at

    return make


def _user_event(fields: Fields, at: datetime) -> Made:
    make = USER_EVENTS.get(str(fields.get("UserEvent", "")))
    return make(fields, at) if make else None


def _voicemail(fields: Fields, at: datetime) -> Made:
    data = {
        "box": text(fields, "Box", 80),
        "path": text(fields, "Path", 400),
        "duration_ms": text(fields, "DurationMs", 12),
        "caller": text(fields, "CallerIDNum", 80),
    }
    return kinds.VOICEMAIL_LEFT, text(fields, "Uniqueid"), "voicemail", data, at


def _recording(fields: Fields, at: datetime) -> Made:
    path = text(fields, "Path", 400)
    data = {"path": path, **_channel(fields)}
    return kinds.RECORDING_STARTED, text(fields, "Uniqueid"), f"recording:{path}"[-250:], data, at


def _recording_mute(fields: Fields, at: datetime) -> Made:
    """Both directions at once is our own command; a part of them is somebody else's affair."""
    if text(fields, "Direction", 10) != "both":
        return None
    is_on = text(fields, "State", 2) == "1"
    kind = kinds.RECORDING_PAUSED if is_on else kinds.RECORDING_RESUMED
    return kind, text(fields, "Uniqueid"), f"{kind}:{fact_at_key(at)}", _channel(fields), at


def _recording_end(fields: Fields, at: datetime) -> Made:
    path = text(fields, "Path", 400)
    data = {"path": path, "duration_ms": text(fields, "DurationMs", 12), **_channel(fields)}
    suffix = f"recording_end:{path}"[-250:]
    return kinds.RECORDING_STOPPED, text(fields, "Uniqueid"), suffix, data, at


def _fallback(fields: Fields, at: datetime) -> Made:
    data = {
        "queue": text(fields, "Queue", 80),
        "box": text(fields, "Box", 80),
        "agi_status": text(fields, "AgiStatus", 20),
    }
    return kinds.FALLBACK, text(fields, "Uniqueid"), f"fallback:{fact_at_key(at)}", data, at


def _queue_left(fields: Fields, at: datetime) -> Made:
    queue = text(fields, "Queue", 80)
    data = {"queue": queue, "reason": text(fields, "Status", 20).lower()}
    suffix = f"queue_left:{queue}:{fact_at_key(at)}"
    return kinds.QUEUE_LEFT, text(fields, "Uniqueid"), suffix, data, at


def _control(fields: Fields, at: datetime) -> Made:
    step = text(fields, "Step", 20)
    data = {
        **_channel(fields),
        "step": step,
        "by": text(fields, "By", 80),
        "kind": text(fields, "Kind", 20),
        "to": text(fields, "To", 40),
    }
    return kinds.CONTROL, text(fields, "Uniqueid"), f"control:{step}:{fact_at_key(at)}", data, at


def joined_time(joined: str) -> datetime | None:
    """Return the time of `HW_JOINED` (Unix milliseconds), None for anything else."""
    if not joined.isascii() or not joined.isdigit() or len(joined) > 14:
        return None
    return datetime.fromtimestamp(int(joined) / 1000, UTC)


def _waiting(fields: Fields, at: datetime) -> Made:
    """He is told of again at each of the distributor's starts; his joining is one fact."""
    queue, joined = text(fields, "Queue", 80), text(fields, "Joined", 20)
    joined_at, uniqueid = joined_time(joined), text(fields, "Uniqueid")
    if not queue or joined_at is None:
        return None
    if str(fields.get("Why", "")) == "back":
        suffix = f"queued_back:{queue}:{fact_at_key(at)}"
        return kinds.QUEUED, uniqueid, suffix, {"queue": queue, "back": "1"}, at
    return kinds.QUEUED, uniqueid, queued_suffix(queue, joined), {"queue": queue}, joined_at


def _dial(fields: Fields, at: datetime) -> Made:
    """Only the distributor's offers: the extension is the queue. CANCEL: the caller has gone."""
    uniqueid = text(fields, "DestUniqueid")
    if fields.get("Context") == OUTSIDE_CONTEXT and fields.get("Event") == "DialBegin":
        # The trunk's channel is only the way to an agent, whose own is the Local one.
        data = {"channel": text(fields, "DestChannel"), "way": "1"}
        return kinds.LEG_STARTED, uniqueid, "way", data, at
    if fields.get("Context") not in OFFER_CONTEXTS or not uniqueid:
        return None
    kind = kinds.OFFERED
    if fields.get("Event") == "DialEnd":
        status = str(fields.get("DialStatus", ""))
        if status in ("CANCEL", ""):
            return None
        kind = kinds.CONNECTED if status == "ANSWER" else kinds.NOT_ANSWERED
    channel = text(fields, "DestChannel")
    data = {
        "queue": text(fields, "Exten", 80),
        "endpoint": endpoint_of(channel),
        "channel": channel,
        "reason": "",
        "ring_ms": "",
    }
    return kind, uniqueid, kind, data, at


def _rejoin(kind: str) -> Callable[[Fields, datetime], Made]:
    """His browser phone vanished in the talk, is back, or did not come (`huawu-rejoin`)."""

    def make(fields: Fields, at: datetime) -> Made:
        lost_at = joined_time(text(fields, "At", 20))
        if lost_at is None:
            return None
        data = {
            "endpoint": text(fields, "Endpoint", 80),
            "wait_s": text(fields, "WaitS", 6),
            "gap_ms": text(fields, "GapMs", 12),
        }
        # Told again to each start of the distributor; the loss is one.
        happened = lost_at if kind == kinds.PHONE_LOST else at
        suffix = f"{kind}:{text(fields, 'At', 20)}"
        return kind, text(fields, "Uniqueid"), suffix, data, happened

    return make


def _supervised(fields: Fields, at: datetime) -> Made:
    data = {"mode": text(fields, "Mode", 10)}
    suffix = f"supervised:{fact_at_key(at)}"
    return kinds.SUPERVISED, text(fields, "Uniqueid"), suffix, data, at


USER_EVENTS: dict[str, Callable[[Fields, datetime], Made]] = {
    "HuawuVoicemail": _voicemail,
    "HuawuRecording": _recording,
    "HuawuRecordingEnd": _recording_end,
    "HuawuFallback": _fallback,
    "HuawuQueueLeft": _queue_left,
    "HuawuWaiting": _waiting,
    "HuawuPhoneLost": _rejoin(kinds.PHONE_LOST),
    "HuawuRejoined": _rejoin(kinds.REJOINED),
    "HuawuNotRejoined": _rejoin(kinds.NOT_REJOINED),
    "HuawuSupervised": _supervised,
    "HuawuControl": _control,
}

MAKERS: dict[str, Callable[[Fields, datetime], Made]] = {
    "Newchannel": _newchannel,
    "Newstate": _newstate,
    "Hangup": _hangup,
    "HangupRequest": _hangup_request,
    "SoftHangupRequest": _hangup_request,
    "BridgeEnter": _bridge(kinds.BRIDGED),
    "BridgeLeave": _bridge(kinds.UNBRIDGED),
    "Hold": _hold(kinds.HELD),
    "Unhold": _hold(kinds.UNHELD),
    "QueueCallerJoin": _caller_queue(kinds.QUEUED, ""),
    "QueueCallerLeave": _caller_queue(kinds.QUEUE_LEFT, "left"),
    "QueueCallerAbandon": _caller_queue(kinds.QUEUE_LEFT, "abandoned"),
    "DialBegin": _dial,
    "DialEnd": _dial,
    "MixMonitorMute": _recording_mute,
    "AgentCalled": _agent(kinds.OFFERED),
    "AgentConnect": _agent(kinds.CONNECTED),
    "AgentComplete": _agent(kinds.COMPLETED),
    "AgentRingNoAnswer": _agent(kinds.NOT_ANSWERED),
    "UserEvent": _user_event,
}


def _unknown(name: str) -> None:
    UNKNOWN.inc()
    if name not in _reported and len(_reported) < 1000:
        _reported.add(name)
        logger.warning("manager event %r is read by nobody", clean(name, 60))
