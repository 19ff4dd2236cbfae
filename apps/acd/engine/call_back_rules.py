"""When a call-back may be made, what a try gave, and what follows. Pure.

The place in the queue never changes: whatever a try gives, only the time before which nobody tries
again (`not_before`) moves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum


class State(StrEnum):
    """Where a call-back is. `offered`: its agent's phone rings; `calling`: he has answered."""

    WAITING = "waiting"
    OFFERED = "offered"
    CALLING = "calling"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OPEN = frozenset({State.WAITING, State.OFFERED, State.CALLING})
OUT = frozenset({State.OFFERED, State.CALLING})
# Which state may follow which. A try's facts may come all at once: `offered` ends as `calling` may.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.OFFERED, State.EXPIRED, State.CANCELLED}),
    State.OFFERED: frozenset({State.CALLING, State.WAITING, State.DONE, State.FAILED}),
    State.CALLING: frozenset({State.WAITING, State.DONE, State.FAILED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}


class Result(StrEnum):
    """What a try gave. The last two say nothing of the customer and are not counted."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    AGENT_LEFT = "agent_left"
    AGENT_MISSED = "agent_missed"
    LOST = "lost"


COUNTED = frozenset({Result.BUSY, Result.NO_ANSWER, Result.FAILED, Result.AGENT_LEFT})
# ISUP causes (ITU-T Q.850) of the customer's leg; 0 and 127 when nobody said why, 26 a CANCEL.
BUSY_CAUSES = frozenset({17, 21})
NO_ANSWER_CAUSES = frozenset({0, 16, 18, 19, 20, 26, 127})


@dataclass(frozen=True)
class Retry:
    """How often a result may come before the call-back has failed, and the pause after each."""

    tries: int
    pause: timedelta


# China, as in `core.phone_numbers`.
HOME = "+86"


@dataclass(frozen=True)
class Rule:
    """A queue's call-backs. Customers are called between two times of the day.

    Numbers abroad only with `abroad`: anybody may type one, and the company pays for the call.
    `window_from` = `window_to` means at any time; a window over midnight is allowed.
    """

    by_flow: bool = False
    by_key: bool = False
    abroad: bool = False
    key_after_s: int = 20
    window_from: time = time(9)
    window_to: time = time(21)
    expires: timedelta = timedelta(hours=24)
    retries: Mapping[Result, Retry] = field(
        default_factory=lambda: {
            Result.BUSY: Retry(3, timedelta(minutes=5)),
            Result.NO_ANSWER: Retry(3, timedelta(minutes=30)),
            Result.FAILED: Retry(2, timedelta(minutes=10)),
        }
    )

    def takes(self, number: str) -> bool:
        """Say whether this number (E.164) may be called back by machine."""
        return self.abroad or number.startswith(HOME)

    def is_open(self, now: datetime, zone: tzinfo) -> bool:
        """Say whether customers may be called at this time of the day."""
        at = now.astimezone(zone).time().replace(tzinfo=None)
        if self.window_from == self.window_to:
            return True
        if self.window_from < self.window_to:
            return self.window_from <= at < self.window_to
        return at >= self.window_from or at < self.window_to

    def opens_at(self, now: datetime, zone: tzinfo) -> datetime:
        """Return `now` when customers may be called, else when they may be next."""
        if self.is_open(now, zone):
            return now
        local = now.astimezone(zone)
        today = local.replace(
            hour=self.window_from.hour,
            minute=self.window_from.minute,
            second=self.window_from.second,
            microsecond=0,
        )
        opens = today if today > local else today + timedelta(days=1)
        return opens.astimezone(now.tzinfo)


@dataclass(frozen=True)
class After:
    """What follows a try: the state, and for `waiting` when it may be tried again."""

    state: State
    not_before: datetime


def after_try(rule: Rule, result: Result, earlier: Mapping[Result, int], now: datetime) -> After:
    """Return what follows a try that gave `result`; `earlier` counts the tries before by result.

    An agent who did not answer costs the customer nothing: the next one is rung at once. One who
    hung up while the customer's phone rang has disturbed him as no answer has.
    """
    if result == Result.ANSWERED:
        return After(State.DONE, now)
    if result not in COUNTED:
        return After(State.WAITING, now)
    retry = rule.retries.get(result) or rule.retries[Result.NO_ANSWER]
    if earlier.get(result, 0) + 1 >= retry.tries:
        return After(State.FAILED, now)
    return After(State.WAITING, now + retry.pause)


@dataclass(frozen=True)
class CustomerLeg:
    """The customer's side of a try; `cause` None while nobody knows."""

    is_answered: bool
    cause: int | None = None


def result_of(
    *, agent_answered: bool, agent_hung_up: bool, customer: Iterable[CustomerLeg]
) -> Result:
    """Return what an ended try gave."""
    if not agent_answered:
        return Result.AGENT_MISSED
    legs = list(customer)
    if any(leg.is_answered for leg in legs):
        return Result.ANSWERED
    causes = {leg.cause or 0 for leg in legs}
    if causes & BUSY_CAUSES:
        return Result.BUSY
    if agent_hung_up:
        return Result.AGENT_LEFT
    if legs and causes <= NO_ANSWER_CAUSES:
        return Result.NO_ANSWER
    return Result.FAILED
