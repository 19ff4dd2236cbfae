"""Floors for tests, by hand and by hypothesis."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from apps.acd.engine.floor import (
    BUSY_STATES,
    READY,
    STRATEGIES,
    Agent,
    Floor,
    Membership,
    Need,
    Queue,
    Waiting,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    """Return the time this long before NOW."""
    return NOW - timedelta(seconds=seconds)


def agent(
    name: str, *, idle_s: float = 60, order: int = 0, level: int = 0, **more: object
) -> Agent:
    """Return a ready agent of queue 7001."""
    fields = {
        "state": READY,
        "idle_since": ago(idle_s),
        "queues": {"7001": Membership(level=level, order=order)},
        **more,
    }
    return Agent(id=name, **fields)  # type: ignore[arg-type]  # what tests name


def call(name: str, *, waited_s: float = 10, queue: str = "7001", **more: object) -> Waiting:
    """Return a caller who waits in queue 7001."""
    return Waiting(id=name, queue=queue, joined_at=ago(waited_s), **more)  # type: ignore[arg-type]


def floor(agents: list[Agent], waiting: list[Waiting], *queues: Queue) -> Floor:
    """Return a floor; queue 7001 takes the longest idle unless told otherwise."""
    known = queues or (Queue("7001"),)
    return Floor(
        agents={one.id: one for one in agents},
        queues={queue.id: queue for queue in known},
        waiting=tuple(waiting),
    )


QUEUES = ("7001", "7002", "7003")
SKILLS = ("english", "hardware")
AGENT_IDS = tuple(f"a{number}" for number in range(8))


def _made_agent(name: str, draw: Random) -> Agent:
    return Agent(
        id=name,
        state=draw.choice([READY, READY, READY, *sorted(BUSY_STATES)]),
        idle_since=ago(draw.randrange(3_600)),
        queues={
            queue: Membership(draw.randrange(3), draw.randrange(20), draw.randrange(6))
            for queue in draw.sample(QUEUES, draw.randrange(len(QUEUES) + 1))
        },
        skills={skill: draw.randrange(101) for skill in SKILLS if draw.random() < 0.6},
        taken=draw.randrange(50),
    )


def _made_call(name: str, draw: Random) -> Waiting:
    steps = tuple(sorted((draw.randrange(120), draw.randrange(101)) for _ in range(2)))
    return Waiting(
        id=name,
        queue=draw.choice(QUEUES),
        joined_at=ago(draw.randrange(20) * 30),
        priority=draw.randrange(3),
        needs=(Need(draw.choice(SKILLS), steps),) if draw.random() < 0.4 else (),
        wanted=draw.choice(["", "", *AGENT_IDS]),
        wanted_until=draw.choice([None, ago(-30), ago(30)]),
        missed=frozenset(draw.sample(AGENT_IDS, draw.randrange(3))),
        attempt=draw.randrange(5),
        is_call_back=draw.random() < 0.3,
    )


def _made_floor(seed: int, agents: int, calls: int) -> Floor:
    draw = Random(seed)
    queues = [
        Queue(name, draw.choice(sorted(STRATEGIES)), draw.randrange(-1, 20)) for name in QUEUES
    ]
    return floor(
        [_made_agent(name, draw) for name in AGENT_IDS[:agents]],
        [_made_call(f"c{number}", draw) for number in range(calls)],
        *queues,
    )


def floors() -> st.SearchStrategy[Floor]:
    """Return any floor. Drawn by a seed: field by field hypothesis needs 0.2 s for each."""
    return st.builds(
        _made_floor, st.integers(0, 2**32), st.integers(0, len(AGENT_IDS)), st.integers(0, 8)
    )
