"""Days for what-if tests: drawn by a seed, or of a textbook's queue."""

from datetime import UTC, datetime
from random import Random

from hypothesis import strategies as st

from apps.acd.engine.floor import STRATEGIES, Membership, Need
from apps.acd.engine.what_if_day import Arrival, Day, Rules, Staff, Try

BEGINS = datetime(2026, 11, 23, tzinfo=UTC)
QUEUES = ("7001", "7002", "7003")
SKILLS = ("english", "hardware")
HOUR_MS = 3_600_000


def day_of(
    arrivals: list[Arrival], staff: list[Staff], rules: Rules | list[Rules] | None = None
) -> Day:
    """Return a day; queue 7001 alone unless told otherwise."""
    every = rules if isinstance(rules, list) else [rules or Rules("7001")]
    return Day(BEGINS, tuple(arrivals), tuple(staff), {one.id: one for one in every})


def arrival(name: str, at_s: float, queue: str = "7001", **more: object) -> Arrival:
    """Return a caller who talks for a minute."""
    fields = {"talk_ms": 60_000, **more}
    return Arrival(name, queue, int(at_s * 1000), **fields)  # type: ignore[arg-type]  # as named


def staff(name: str, *queues: str, end_s: float = 36_000, **more: object) -> Staff:
    """Return an agent who is there from the day's beginning."""
    served = {queue: Membership(order=number) for number, queue in enumerate(queues or ("7001",))}
    fields = {"queues": served, "spans": ((0, int(end_s * 1000)),), **more}
    return Staff(name, **fields)  # type: ignore[arg-type]  # as named


def markov(
    seed: int, *, agents: int, per_s: float, handling_s: float, hours: float, patience_s: float = 0
) -> Day:
    """Return M/M/c, with patience M/M/c+M: no ringing, no wrap-up."""
    draw = Random(seed)
    at_s, arrivals = 0.0, []
    while (at_s := at_s + draw.expovariate(per_s)) < hours * 3600:
        arrivals.append(
            Arrival(
                id=f"c{len(arrivals)}",
                queue="7001",
                at_ms=round(at_s * 1000),
                talk_ms=round(draw.expovariate(1 / handling_s) * 1000),
                patience_ms=round(draw.expovariate(1 / patience_s) * 1000) if patience_s else None,
            )
        )
    people = [staff(f"a{number}", end_s=hours * 3600 + 86_400) for number in range(agents)]
    return day_of(arrivals, people, Rules("7001", rest_ms=0))


def _made_tries(draw: Random, agents: int) -> tuple[Try, ...]:
    return tuple(
        Try(
            f"a{draw.randrange(max(agents, 1))}",
            draw.choice([None, 0, 3_000, 12_000]),
            is_answered=draw.random() < 0.7,
        )
        for _try in range(draw.randrange(4))
    )


def _made_arrival(number: int, draw: Random, agents: int) -> Arrival:
    steps = tuple(sorted((draw.randrange(60), draw.randrange(101)) for _ in range(2)))
    return Arrival(
        id=f"c{number}",
        queue=draw.choice(QUEUES),
        at_ms=draw.randrange(0, HOUR_MS, draw.choice([1, 60_000])),
        priority=draw.choice([0, 0, 0, 1]),
        needs=(Need(draw.choice(SKILLS), steps),) if draw.random() < 0.2 else (),
        wanted=f"a{draw.randrange(8)}" if draw.random() < 0.1 else "",
        wanted_ms=30_000,
        patience_ms=draw.choice([None, 0, 4_000, draw.randrange(600_000)]),
        talk_ms=draw.choice([0, 1_000, draw.randrange(600_000)]),
        tries=_made_tries(draw, agents),
    )


def _made_staff(name: str, draw: Random) -> Staff:
    cuts = sorted(draw.sample(range(HOUR_MS), 4))
    return Staff(
        name,
        queues={
            queue: Membership(draw.randrange(2), draw.randrange(9), draw.randrange(1, 4))
            for queue in draw.sample(QUEUES, draw.randrange(1, len(QUEUES) + 1))
        },
        spans=((cuts[0], cuts[1]), (cuts[2], cuts[3] + draw.randrange(HOUR_MS))),
        skills={skill: draw.randrange(101) for skill in SKILLS if draw.random() < 0.6},
    )


def _made_rules(queue: str, draw: Random) -> Rules:
    return Rules(
        queue,
        strategy=draw.choice(sorted(STRATEGIES)),
        ring_ms=draw.choice([5_000, 20_000]),
        rest_ms=draw.choice([0, 2_000]),
        wrap_up_ms=draw.choice([0, 10_000]),
        max_wait_ms=draw.choice([None, 30_000, 300_000]),
        needs=(Need("english", ((0, 50), (20, 0))),) if draw.random() < 0.2 else (),
        open=draw.choice([None, None, ((0, HOUR_MS // 2),)]),
    )


def _made_day(seed: int, calls: int, agents: int) -> Day:
    draw = Random(seed)
    return day_of(
        [_made_arrival(number, draw, agents) for number in range(calls)],
        [_made_staff(f"a{number}", draw) for number in range(agents)],
        [_made_rules(queue, draw) for queue in QUEUES],
    )


def days() -> st.SearchStrategy[Day]:
    """Return any day; by a seed, as `floors.floors`."""
    return st.builds(_made_day, st.integers(0, 2**32), st.integers(0, 60), st.integers(0, 8))
