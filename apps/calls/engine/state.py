"""What a call is, folded from its facts: plain values that rows and pages are made of."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.calls.engine.visits import Visit


@dataclass(frozen=True)
class Step:
    """What a channel does in a call operation, as the dialplan (`huawu-control`) says it.

    `by` is the phone user of the agent who ordered it, `kind` and `to` whom he asked for.
    """

    name: str
    at: datetime
    by: str = ""
    kind: str = ""
    to: str = ""


@dataclass
class LegState:
    """One channel. `endpoint` is its PJSIP endpoint; `result` is connected, not_answered or ''."""

    uniqueid: str
    channel: str = ""
    endpoint: str = ""
    kind: str = "external"
    started_at: datetime | None = None
    ringing_at: datetime | None = None
    offered_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None
    hangup_source: str = ""
    result: str = ""
    bridge: str = ""
    bridged_at: datetime | None = None
    step: Step | None = None
    # Whether his channel is recorded, and since when that is paused.
    is_recorded: bool = False
    recording_paused_at: datetime | None = None
    # The number that was dialled for it in a consultation or transfer.
    number: str = ""
    # Only the way to an agent's outside phone (core.phones): nobody of its own.
    is_way: bool = False
    talk_spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        """Say whether the channel has not ended."""
        return self.ended_at is None


@dataclass
class CallState:
    """One call. Times are aware UTC or None, durations milliseconds or None."""

    node: str = ""
    linkedid: str = ""
    direction: str = "in"
    status: str = "ivr"
    outcome: str = ""
    caller: str = ""
    caller_name: str = ""
    dialled: str = ""
    tenant_slug: str = ""
    queue: str = ""
    agent_endpoint: str = ""
    path: list[dict[str, str]] = field(default_factory=list)
    started_at: datetime | None = None
    picked_up_at: datetime | None = None
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_ms: int | None = None
    talk_ms: int | None = None
    hold_ms: int | None = None
    hangup_by: str = ""
    hangup_cause: int | None = None
    is_incomplete: bool = False
    is_in_queue: bool = False
    is_in_survey: bool = False
    is_call_back: bool = False
    has_ordered_call_back: bool = False
    decided: str = ""
    decided_target: str = ""
    voicemail_path: str = ""
    recordings: list[str] = field(default_factory=list)
    holding: dict[str, datetime] = field(default_factory=dict)
    # Who is alone with music in a call operation, and since when.
    waiting: dict[str, datetime] = field(default_factory=dict)
    # The leg of the agent who conducts call operations.
    conductor: str = ""
    # The phone user whose agent consulted somebody or gave the customer away, the last one.
    handed_by: str = ""
    # Whom he meant declined: that one's phone user, and why. None since he asked the next.
    handed_declined: tuple[str, str] | None = None
    is_handed_to_queue: bool = False
    # What each of them wrote for whom he gave it to, by phone user; the last one.
    handed_notes: dict[str, str] = field(default_factory=dict)
    hold_spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    legs: dict[str, LegState] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)

    @property
    def caller_leg(self) -> LegState | None:
        """Return the leg that the call began with: its uniqueid is the linkedid."""
        return self.legs.get(self.linkedid) or next(iter(self.legs.values()), None)

    def ringing_endpoints(self) -> list[str]:
        """Return the endpoints that ring now, in order of offer."""
        return [
            leg.endpoint
            for leg in self.legs.values()
            if leg.kind == "agent"
            and leg.is_live
            and leg.answered_at is None
            and leg.uniqueid != self.linkedid
        ]

    def talking_endpoints(self) -> list[str]:
        """Return the agents' endpoints that are up now."""
        return [
            leg.endpoint
            for leg in self.legs.values()
            if leg.kind == "agent" and leg.is_live and leg.answered_at is not None
        ]
