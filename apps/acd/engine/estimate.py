"""How long a caller at a place of a queue will wait, from what the queue did lately. Pure.

An agent of the queue takes `r` of its callers each second while somebody waits. With `c` agents
at it the first in line is served after 1 / (r·c) on average, the one behind him after as much
again; and those ahead may give up, each with the rate `p`. So at place k, nobody being idle:

    wait(k) = sum over i = 0 … k - 1 of 1 / (r·c + i·p)
    r = (answered + N) / (agent seconds + N·h)        p = gave up / (seconds waited + M)

`answered` and `agent seconds` count only while somebody waited: when nobody does, the calls that
come are the arrivals' rate and not the agents'. `h`, the mean handling time, stands for N calls
that every agent would have taken, so that a queue of which little is known is guessed by its
agents, and a busy one by what it did. Agents who idle take the first callers at once.

Source: "QL_a" of Ibrahim and Whitt, Real-Time Delay Estimation in Overloaded Multiserver Queues
with Abandonments, Management Science 55 (2009) 10, and Whitt, Predicting Queueing Delays,
Management Science 45 (1999) 6; the prior is the gamma's for a rate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# How far back `Pace` looks.
WINDOW = timedelta(minutes=15)
# N and M: how much is needed to believe in what was seen more than in what is usual.
PRIOR_CALLS = 20.0
PRIOR_WAIT_S = 300.0
# A talk with its wrap-up, where none was seen.
HANDLE_S = 180.0
# Nobody waits for so long, and nobody is told so.
LONGEST_S = 24 * 3600.0
# Who is offered within this time did not wait for an agent.
AT_ONCE = timedelta(seconds=2)


@dataclass(frozen=True)
class Pace:
    """What a queue did in the last time.

    `answered`: callers whom an agent took after they had waited for one. `agent_s`: the agents at
    work, times the seconds in which somebody waited for one. `gave_up`: callers who hung up
    waiting. `waited_s`: the seconds that all callers waited. `handle_s`: the mean of talk and
    wrap-up, None when there was none.
    """

    answered: int = 0
    agent_s: float = 0.0
    gave_up: int = 0
    waited_s: float = 0.0
    handle_s: float | None = None


@dataclass(frozen=True)
class Staff:
    """Who serves a queue now: agents signed in and not paused, and of those the idle."""

    serving: int
    idle: int = 0


@dataclass(frozen=True)
class Stay:
    """One stay in the queue: `offered_at` when an agent was rung first, None never.

    `left_at` is None for who waits; `how` as in `calls.engine.visits`.
    """

    joined_at: datetime
    offered_at: datetime | None = None
    left_at: datetime | None = None
    how: str = "waiting"


def expected_wait_s(place: int, pace: Pace, staff: Staff) -> float | None:
    """Return the seconds that the caller at this place (1 is next) will wait on average.

    None when nobody serves the queue: then nobody knows.
    """
    if staff.serving <= 0:
        return None
    ahead = place - staff.idle
    if ahead <= 0:
        return 0.0
    handle_s = pace.handle_s or HANDLE_S
    served = staff.serving * (pace.answered + PRIOR_CALLS)
    served /= pace.agent_s + PRIOR_CALLS * handle_s
    given_up = pace.gave_up / (pace.waited_s + PRIOR_WAIT_S)
    return min(sum(1 / (served + i * given_up) for i in range(ahead)), LONGEST_S)


def pace_of(
    stays: Iterable[Stay], serving: int, now: datetime, handle_s: float | None = None
) -> Pace:
    """Return the pace that recent stays tell; `serving` agents were there all the time."""
    since = now - WINDOW
    answered = gave_up = 0
    waited = timedelta()
    busy: list[tuple[datetime, datetime]] = []
    for stay in stays:
        until = stay.left_at or now
        if until < since:
            continue
        waited += max(timedelta(), until - max(stay.joined_at, since))
        gave_up += stay.how == "abandoned"
        free_at = min(stay.offered_at or until, until)
        if free_at - stay.joined_at < AT_ONCE:
            continue
        answered += stay.how == "answered"
        if free_at > since:
            busy.append((max(stay.joined_at, since), free_at))
    agent_s = _length(busy).total_seconds() * max(serving, 0)
    return Pace(answered, agent_s, gave_up, waited.total_seconds(), handle_s)


def _length(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """Return the length of the spans' union."""
    whole, end = timedelta(), None
    for start, stop in sorted(spans):
        if end is None or start > end:
            whole += stop - start
        elif stop > end:
            whole += stop - end
        end = stop if end is None else max(end, stop)
    return whole
