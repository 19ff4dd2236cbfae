"""Bench: what-if of a day with 20,000 calls, 200 agents and 10 queues, one replication.

    python -m tests.bench.what_if

The day is made by a seed and played once, so that it is a recorded one: who was answered has an
unknown patience, who hung up an unknown talk. Then it is played with a tenth of the agents away.
Baseline: the same callers through a bare heap, first in first out, without rules or reasons.
"""

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from heapq import heappop, heappush
from random import Random
from time import perf_counter

from apps.acd.engine.floor import LONGEST_IDLE, Membership
from apps.acd.engine.what_if_day import Arrival, Day, Rules, Staff, Try, as_recorded
from apps.acd.engine.what_if_draws import Draws
from apps.acd.engine.what_if_run import play
from apps.calls.engine.figures import ANSWERED
from tests.bench.report import at_most, emit, say

CALLS, AGENTS, QUEUES = 20_000, 200, 10
HOURS = 12
LIMIT_S = 10
RUNS = 3


def day() -> Day:
    """Return a day with a peak in the morning, three queues an agent, waits and hang-ups."""
    draw = Random(20)
    queues = [f"7{number:03}" for number in range(QUEUES)]
    arrivals = [_arrival(number, draw, queues) for number in range(CALLS)]
    staff = [_staff(number, queues) for number in range(AGENTS)]
    rules = {
        queue: Rules(queue, strategy=LONGEST_IDLE, wrap_up_ms=15_000, max_wait_ms=300_000)
        for queue in queues
    }
    return Day(datetime(2026, 11, 23, tzinfo=UTC), tuple(arrivals), tuple(staff), rules)


def _arrival(number: int, draw: Random, queues: list[str]) -> Arrival:
    return Arrival(
        id=f"c{number}",
        queue=draw.choice(queues),
        at_ms=int(draw.triangular(0, HOURS * 3_600_000, 3 * 3_600_000)),
        priority=draw.choice([0, 0, 0, 0, 1]),
        patience_ms=round(draw.expovariate(1 / 90_000)),
        talk_ms=round(draw.expovariate(1 / 210_000)),
        tries=tuple(
            Try(f"a{agent}", draw.randrange(1_000, 9_000), is_answered=True)
            for agent in draw.sample(range(AGENTS), 5)
        ),
    )


def _staff(number: int, queues: list[str]) -> Staff:
    served = [queues[(number + step) % QUEUES] for step in range(3)]
    members = {queue: Membership(level=level, order=number) for level, queue in enumerate(served)}
    noon = HOURS * 1_800_000
    return Staff(f"a{number}", members, ((0, noon), (noon + 1_800_000, HOURS * 3_600_000)))


def bare(found: Day) -> int:
    """Return how many callers a single line of first come, first served answers; the baseline."""
    heap: list[tuple[int, int, str, Arrival | None]] = []
    for number, one in enumerate(found.arrivals):
        heappush(heap, (one.at_ms, number, "arrives", one))
    planned, free, line, served = len(heap), len(found.staff), deque[Arrival](), 0
    while heap:
        now, _number, what, arrival = heappop(heap)
        if what == "arrives" and arrival is not None:
            line.append(arrival)
        else:
            free += 1
        while free and line:
            one = line.popleft()
            if one.patience_ms is not None and one.at_ms + one.patience_ms < now:
                continue
            free, served, planned = free - 1, served + 1, planned + 1
            heappush(heap, (now + (one.talk_ms or 0) + 15_000, planned, "frees", None))
    return served


def main() -> None:
    """Measure, and tell both figures."""
    made = day()
    first = play(made, Draws(made.arrivals), 1)
    recorded = as_recorded(made, first.stays)
    draws = Draws(recorded.arrivals)
    again = play(recorded, draws, 2)
    say(f"reproduced {sum(a == b for a, b in zip(first.stays, again.stays, strict=True))} stays")
    fewer = replace(recorded, staff=recorded.staff[: AGENTS * 9 // 10])
    took, stays = [], ()
    for seed in range(RUNS):
        started = perf_counter()
        stays = play(fewer, draws, seed).stays
        took.append(perf_counter() - started)
    answered = sum(stay.how == ANSWERED for stay in stays)
    say(
        f"{answered} answered of {len(stays)}, before {sum(s.how == ANSWERED for s in first.stays)}"
    )
    started = perf_counter()
    bare(made)
    baseline = perf_counter() - started
    emit(
        at_most(
            "what-if: a day of 20,000 calls, 200 agents, 10 queues, once (slowest of 3)",
            max(took),
            "s",
            LIMIT_S,
            baseline,
            "the callers through a bare heap, first in first out",
        )
    )


if __name__ == "__main__":
    main()
