"""A fact: one thing that happened to one call, whoever told us.

The same happening has the same `key`, whether AMI, CEL or a spool file tells it, so telling it
twice is harmless. `docs/architecture.md` lists the kinds, their data and their keys.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from apps.core.phones import endpoint_of_channel

LEG_STARTED = "leg_started"
LEG_RINGING = "leg_ringing"
LEG_ANSWERED = "leg_answered"
LEG_ENDED = "leg_ended"
HANGUP_REQUESTED = "hangup_requested"
ENTERED = "entered"
NODE = "node"
DECIDED = "decided"
FORWARDED = "forwarded"
FALLBACK = "fallback"
QUEUED = "queued"
QUEUE_LEFT = "queue_left"
ROUTED = "routed"
OVERFLOWED = "overflowed"
CALL_BACK = "call_back"
RULED = "ruled"
OFFERED = "offered"
NOT_ANSWERED = "not_answered"
CONNECTED = "connected"
COMPLETED = "completed"
BRIDGED = "bridged"
UNBRIDGED = "unbridged"
HELD = "held"
UNHELD = "unheld"
CONTROL = "control"
RECORDING_STARTED = "recording_started"
RECORDING_STOPPED = "recording_stopped"
VOICEMAIL_LEFT = "voicemail_left"
SURVEY_STARTED = "survey_started"
SURVEY_ANSWERED = "survey_answered"
SURVEY_ENDED = "survey_ended"
RECORDING_PAUSED = "recording_paused"
RECORDING_RESUMED = "recording_resumed"
PHONE_LOST = "phone_lost"
REJOINED = "rejoined"
NOT_REJOINED = "not_rejoined"
SUPERVISED = "supervised"
TRANSFER_NOTE = "transfer_note"
DECLINED = "declined"
GAP = "gap"

KINDS = frozenset(
    {
        LEG_STARTED,
        LEG_RINGING,
        LEG_ANSWERED,
        LEG_ENDED,
        HANGUP_REQUESTED,
        ENTERED,
        NODE,
        DECIDED,
        FORWARDED,
        FALLBACK,
        QUEUED,
        QUEUE_LEFT,
        ROUTED,
        OVERFLOWED,
        CALL_BACK,
        RULED,
        OFFERED,
        NOT_ANSWERED,
        CONNECTED,
        COMPLETED,
        BRIDGED,
        UNBRIDGED,
        HELD,
        UNHELD,
        CONTROL,
        RECORDING_STARTED,
        RECORDING_STOPPED,
        VOICEMAIL_LEFT,
        SURVEY_STARTED,
        SURVEY_ANSWERED,
        SURVEY_ENDED,
        RECORDING_PAUSED,
        RECORDING_RESUMED,
        PHONE_LOST,
        REJOINED,
        NOT_REJOINED,
        SUPERVISED,
        TRANSFER_NOTE,
        DECLINED,
        GAP,
    }
)

AGI = "agi"
AMI = "ami"
CEL = "cel"
DIALPLAN = "dialplan"
RESYNC = "resync"
ACD = "acd"
DESK = "desk"

MAX_TEXT = 200

# Channels of people who listen in, and their tones: no calls, kept by nobody.
APART = "supervision-"


class BadFactError(ValueError):
    """A line is not a fact; the text says what is wrong with it."""


@dataclass(frozen=True)
class Fact:
    """One thing that happened to one call; `at` is aware UTC, `uniqueid` the leg or ''."""

    node: str
    linkedid: str
    key: str
    kind: str
    at: datetime
    source: str
    uniqueid: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def corrects(self) -> str:
        """Return the key of the fact that this one replaces, '' for most."""
        return str(self.data.get("corrects", ""))

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(
            {
                "node": self.node,
                "linkedid": self.linkedid,
                "key": self.key,
                "kind": self.kind,
                "at": self.at.isoformat(),
                "source": self.source,
                "uniqueid": self.uniqueid,
                "data": self.data,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, line: str) -> "Fact":
        """Return the fact of one line; BadFactError when it is cut or not one."""
        try:
            raw = json.loads(line)
            at = datetime.fromisoformat(raw.pop("at")).astimezone(UTC)
            made = cls(at=at, **raw)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadFactError(f"{error}: {line[:80]!r}") from error
        if made.kind not in KINDS:
            raise BadFactError(f"unknown kind {made.kind!r}")
        return made


def is_apart(linkedid: str) -> bool:
    """Say whether these channels are of no call: the ledger keeps nothing of them."""
    return linkedid.startswith(APART)


def clean(value: object, limit: int = MAX_TEXT) -> str:
    """Return a text from the network as it may be stored: no control characters, bounded."""
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else " " for char in text)[:limit].strip()


def fact_at_key(at: datetime) -> str:
    """Return a time as part of a key: microseconds since the epoch."""
    return str(int(at.timestamp() * 1_000_000))


def queued_suffix(queue: str, joined: str) -> str:
    """Return the end of a joining's key; CEL's entry of the same joining has the same."""
    return f"queued:{queue}:{joined}"


def endpoint_of(channel: str) -> str:
    """Return the phone of a channel, see `core.phones`: `PJSIP/1001-web-0000001f` is `1001-web`."""
    return endpoint_of_channel(channel)
