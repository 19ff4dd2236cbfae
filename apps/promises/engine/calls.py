"""How one call kept the promises: connected or not, how soon, and who ended its talk. Pure.

docs/promises.md has the definitions in words; this is them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.promises.engine.sums import CallSums, added

# The promise, and how long somebody may hear nothing before it counts although he hung up.
VOICE_WITHIN_MS = 7_000
# Two channels that end within it ended together.
TOGETHER = timedelta(seconds=2)
# A person answered what the flow rang, and with him the exchange the caller.
AT_ONCE = timedelta(seconds=1)
# ISUP causes with which a network or a line, not a person, ends a talk (Q.850): destination out
# of order, no circuit, network out of order, temporary failure, congestion, channel gone (also
# Asterisk's RTP time-out), resource unavailable, recovery on timer expiry.
NETWORK_CAUSES = frozenset({27, 34, 38, 41, 42, 44, 47, 102})

LATE, UNANSWERED, FALLBACK, APOLOGY, CUT = "late", "unanswered", "fallback", "apology", "cut"
NETWORK, PHONE, UNHEARD = "network", "phone", "unheard"
UNSERVED = (UNANSWERED, FALLBACK, APOLOGY, CUT)
DROPS = (NETWORK, PHONE, UNHEARD)


@dataclass(frozen=True)
class EndedCall:
    """An ended call as the ledger has it.

    `partner_ended_at`: the last end of a channel that talked with whom the call began with, and
    with which cause (`partner_cause`). A line that a network ends is one leg's; the other is then
    hung up as usual, so its cause tells nothing.
    `has_fallen_back`, `has_apology`: the dialplan's fall-back took him, or said the apology.
    `has_lost_phone`: an agent's phone was gone in the talk and did not come back.
    `is_asked`: somebody or we ourselves asked the exchange to hang up. `picks_ms`: from an
    agent's phone answering to his talk, one for each that talked.
    """

    call_id: int
    direction: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    picked_up_at: datetime | None = None
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    has_path: bool = False
    hangup_by: str = ""
    hangup_cause: int | None = None
    partner_ended_at: datetime | None = None
    partner_cause: int | None = None
    has_fallen_back: bool = False
    has_apology: bool = False
    has_lost_phone: bool = False
    is_asked: bool = False
    picks_ms: tuple[int, ...] = field(default=())


def measured(call: EndedCall) -> tuple[CallSums, tuple[str, ...]]:
    """Return what a call adds, and what of it counts against a promise."""
    sums, against = _talk(call)
    if call.direction == "in":
        connect, against_connect = _connect(call)
        sums, against = added(sums, connect), (*against_connect, *against)
    for ms in call.picks_ms:
        sums = added(sums, CallSums(picks=1, pick_ms=ms, longest_pick_ms=ms))
    return sums, against


def measured_all(
    calls: Iterable[tuple[datetime, EndedCall]],
) -> tuple[Mapping[datetime, CallSums], list[tuple[datetime, int, str]]]:
    """Return the sums by quarter-hour, and (quarter, call, what) of what counts against."""
    sums: dict[datetime, CallSums] = {}
    against: list[tuple[datetime, int, str]] = []
    for quarter, call in calls:
        one, what = measured(call)
        if one != CallSums():
            sums[quarter] = added(sums.get(quarter, CallSums()), one)
        against += [(quarter, call.call_id, name) for name in what]
    return sums, against


def _connect(call: EndedCall) -> tuple[CallSums, tuple[str, ...]]:
    """Return how an inbound call was connected: one of connected, refused, unserved, gave_up."""
    if call.outcome == "refused":
        return CallSums(callers=1, refused=1), ()
    why = _unserved(call)
    if why == "gave_up":
        return CallSums(callers=1, gave_up=1), ()
    if why:
        return CallSums(callers=1, unserved=1), (why,)
    sums = CallSums(callers=1, connected=1)
    if call.picked_up_at is None or _is_straight(call):
        # A person was rung before any voice: how soon he answers is no matter of ours.
        return added(sums, CallSums(straight=1)), ()
    ms = max(0, round((call.picked_up_at - call.started_at) / timedelta(milliseconds=1)))
    is_late = ms >= VOICE_WITHIN_MS
    voice = CallSums(voices=1, voice_ms=ms, voices_late=int(is_late), longest_voice_ms=ms)
    return added(sums, voice), (LATE,) if is_late else ()


def _unserved(call: EndedCall) -> str:
    """Return why a caller reached nothing, 'gave_up' for who hung up sooner than promised."""
    if call.has_fallen_back:
        # Menus were not there, even if a queue took him then.
        return APOLOGY if call.has_apology else FALLBACK
    if call.has_apology:
        return APOLOGY
    if call.picked_up_at or call.has_path or call.queued_at or call.answered_at:
        return ""
    if call.hangup_by != "caller":
        return CUT
    waited_ms = (call.ended_at - call.started_at) / timedelta(milliseconds=1)
    return "gave_up" if waited_ms < VOICE_WITHIN_MS else UNANSWERED


def _is_straight(call: EndedCall) -> bool:
    """Say whether the first voice was a person's whom the flow rang, no menu's and no queue's."""
    if call.queued_at is not None or call.answered_at is None or call.picked_up_at is None:
        return False
    return call.picked_up_at >= call.answered_at - AT_ONCE


def _talk(call: EndedCall) -> tuple[CallSums, tuple[str, ...]]:
    if call.answered_at is None:
        return CallSums(), ()
    why = _dropped(call)
    return CallSums(talks=1, dropped=int(bool(why))), (why,) if why else ()


def _dropped(call: EndedCall) -> str:
    """Return by what a talk was lost, '' for one that a person, or we on purpose, ended."""
    if call.has_lost_phone:
        return PHONE
    if not _ended_in_talk(call):
        return ""  # the talk was over before: a survey, a standard answer, a mailbox
    if not NETWORK_CAUSES.isdisjoint({call.hangup_cause, call.partner_cause}):
        return NETWORK
    if call.hangup_by in ("caller", "agent", "callee") or call.is_asked:
        return ""
    return UNHEARD


def _ended_in_talk(call: EndedCall) -> bool:
    partner = call.partner_ended_at
    return partner is not None and abs(call.ended_at - partner) <= TOGETHER
