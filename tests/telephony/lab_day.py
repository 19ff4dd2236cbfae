"""A day of a call centre as a table: who calls, what becomes of him, how long it takes.

Nothing here is measured: it is what the callers and phones of `lab_day_play.py` are told to do, and
what `lab_day_expected.py` reckons the day's figures from. Times are seconds. All calls of one lane
follow each other; lanes go on side by side, each with phones of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

# Of every queue: the service level and the short limit lie far from any wait of the table, so that
# a slow machine does not move a call from one side to the other.
SERVICE_LEVEL_S, SHORT_ABANDON_S = 4, 3
LONGEST_WAIT_S = 6
OVERFLOW_AFTER_S = 3
CALL_BACK_AFTER_S = 2
# Who declined rests until the caller has given up.
DECLINED_REST_S = 6
WRAP_UP_S = {"8001": 2, "8002": 1, "8005": 1, "8007": 1, "8008": 1}
# A phone that answers at once rings so long; the exchange needs some 0.2 s more.
AT_ONCE, LATE = 0.4, 7.0
SHORT, LONG = 0.6, 5.0


class Kind(StrEnum):
    """What becomes of a call."""

    SURVEYED = "an agent takes it and hangs up, the caller is asked"
    SERVED = "an agent takes it and hangs up"
    LEFT_TALK = "an agent takes it, the caller hangs up first"
    GAVE_UP_RINGING = "the caller hangs up while the agent's phone rings"
    GAVE_UP = "the caller hangs up in a queue that nobody serves"
    DECLINED = "the agent declines, the caller hangs up before he is rung again"
    RACED = "two phones ring, one is quicker"
    OVERFLOWED = "a rule sends the caller on into another queue, where he is served"
    TIMED_OUT = "the longest wait is over, the caller hangs up in the greeting"
    TIMED_OUT_MESSAGE = "the longest wait is over, the caller leaves a message"
    CALL_BACK = "the caller orders a call-back by key"
    MESSAGE = "the number leads to a box, the caller leaves a message"
    MENU = "the caller hangs up in the menu"
    REFUSED = "the caller is on the blacklist"
    OUT = "the agent calls out and reaches somebody"
    OUT_BUSY = "the agent calls out, and it is busy"
    TO_QUEUE = "an agent takes it and gives it to another queue, where it is served"
    TO_AGENT = "an agent takes it and gives it to a colleague"
    STRANGER = "a caller of another company gives up"


@dataclass(frozen=True)
class Call:
    """One row of the table. `wait` is until an agent answers or the caller gives up.

    `agent` serves, misses or makes it; `other` is the quicker one's colleague, or who gets it next;
    `next_queue` is where it goes on. `key` is pressed in the survey, '' none. `said` is the
    disposition that the agent chooses afterwards.
    """

    kind: Kind
    caller: str
    dialled: str
    queue: str = ""
    agent: str = ""
    wait: float = 0.0
    talk: float = 0.0
    hold: float = 0.0
    other: str = ""
    next_queue: str = ""
    key: str = ""
    said: str = ""


@dataclass(frozen=True)
class Lane:
    """Calls one after the other, and the agents whose phones only they ring."""

    name: str
    agents: tuple[str, ...]
    calls: tuple[Call, ...]


DIDS = {
    "8001": "4007008001", "8002": "4007008002", "8003": "4007008003", "8004": "4007008004",
    "8005": "4007008005", "8006": "4007008006", "8007": "4007008007", "8008": "4007008008",
    "8009": "4007008009",
}  # fmt: skip
BOX, MENU, BLACKLISTED = "4007009001", "4007009002", "13700770077"
STRANGERS = "4008005000"  # the demo's other company's
# Which agent serves which queue. Who serves 8001 is wished for by the caller's number.
MEMBERS = {
    "3001": ("8001",), "3002": ("8001",), "3003": ("8001",), "3012": ("8001",),
    "3004": ("8002",), "3005": ("8002",), "3006": ("8005",), "3007": ("8006",),
    "3008": ("8007",), "3009": ("8007",), "3010": ("8010",), "3011": ("8008",),
    "3013": ("8010",), "3014": ("8011",),
}  # fmt: skip
# Customers who call twice: to the same queue and taken, to another one, to the same and in vain (
# the second long after the first); and one who calls once.
CUSTOMERS = {
    "两次": ("13977005001", "13977005002"),
    "两处": ("13977008001", "13977005004"),
    "又来": ("13977001001", "13977012018"),
    "一次": ("13977005005",),
}
INQUIRY, COMPLAINT, DONE = "咨询 / 产品价格", "投诉 / 物流延误", "办理 / 已办结"


def _numbers(lane: int) -> list[str]:
    """Return callers' numbers of a lane: its number is in them, to be wished for by."""
    return [f"139770{lane:02d}{n:03d}" for n in range(1, 100)]


def caller_start(agent: str) -> str:
    """Return how the numbers of the callers begin who wish for this agent."""
    return f"139770{agent[2:]}"


def _surveyed(agent: str) -> Lane:
    """Ten callers who are asked, five who hang up first; a disposition on most."""
    numbers = iter(_numbers(int(agent[2:])))
    calls = []
    for key, said in zip(
        "5413525", (INQUIRY, INQUIRY, COMPLAINT, DONE, "", DONE, INQUIRY), strict=True
    ):
        calls.append(
            Call(Kind.SURVEYED, next(numbers), DIDS["8001"], "8001", agent, AT_ONCE, 2.0,
                 key=key, said=said)
        )  # fmt: skip
    # He is asked and says nothing: no score, but a survey.
    calls += [
        Call(Kind.SURVEYED, next(numbers), DIDS["8001"], "8001", agent, AT_ONCE, 1.5)
        for _ in range(2)
    ]
    calls += [
        Call(Kind.LEFT_TALK, next(numbers), DIDS["8001"], "8001", agent, AT_ONCE, 2.4, said=DONE)
        for _ in range(5)
    ]
    return Lane(f"sales {agent}", (agent,), tuple(calls))


def _many(kind: Kind, lane: int, count: int, dialled: str, **more: object) -> tuple[Call, ...]:
    return tuple(Call(kind, one, dialled, **more) for one in _numbers(lane)[:count])  # type: ignore[arg-type]


def moment() -> tuple[Lane, ...]:
    """Return the day's last moment: an agent talks, and two callers wait for him in vain."""
    talk, *waiting = _numbers(41)[:3]
    dialled = DIDS["8005"]
    return (
        Lane("talks", ("3006",),
             (Call(Kind.SERVED, talk, dialled, "8005", "3006", AT_ONCE, 19.0),)),
        *(Lane("waits", (), (Call(Kind.GAVE_UP, one, dialled, "8005", wait=14.0),))
          for one in waiting),
    )  # fmt: skip


def whole_day() -> tuple[Lane, ...]:
    """Return every lane of the day."""
    return (*lanes(), *moment())


def lanes() -> tuple[Lane, ...]:
    """Return what goes on side by side, before the last moment."""
    queue, at = "queue", DIDS
    return (
        _surveyed("3001"),
        _surveyed("3002"),
        _surveyed("3003"),
        Lane("late", ("3004",),
             _many(Kind.SERVED, 4, 11, at["8002"], **{queue: "8002"}, agent="3004", wait=LATE,
                   talk=1.0, said=INQUIRY)),
        Lane("holds", ("3005",),
             _many(Kind.SERVED, 5, 15, at["8002"], **{queue: "8002"}, agent="3005", wait=AT_ONCE,
                   talk=2.0, hold=2.0, said=COMPLAINT)),
        Lane("overflow", ("3006",),
             _many(Kind.OVERFLOWED, 6, 11, at["8004"], **{queue: "8004"}, agent="3006",
                   wait=AT_ONCE, talk=1.0, next_queue="8005")),
        Lane("declines", ("3007",),
             _many(Kind.DECLINED, 7, 9, at["8006"], **{queue: "8006"}, agent="3007", wait=LONG)),
        Lane("races", ("3008", "3009"),
             _many(Kind.RACED, 8, 13, at["8007"], **{queue: "8007"}, agent="3008", other="3009",
                   wait=1.0, talk=1.2)),
        Lane("transfers", ("3011", "3014", "3010"),
             _many(Kind.TO_QUEUE, 11, 4, at["8008"], **{queue: "8008"}, agent="3011",
                   wait=AT_ONCE, talk=1.5, next_queue="8011", other="3014")
             + _many(Kind.TO_AGENT, 21, 4, at["8008"], **{queue: "8008"}, agent="3011",
                     wait=AT_ONCE, talk=1.5, other="3010")),
        Lane("gives up ringing", ("3012",),
             _many(Kind.GAVE_UP_RINGING, 12, 10, at["8001"], **{queue: "8001"}, agent="3012",
                   wait=2.0)
             + _many(Kind.GAVE_UP_RINGING, 12, 18, at["8001"], **{queue: "8001"}, agent="3012",
                     wait=LONG)[10:]),
        Lane("out", ("3013",),
             tuple(Call(Kind.OUT, "3013", f"13977013{n:03d}", agent="3013", talk=2.0)
                   for n in range(1, 13))
             + tuple(Call(Kind.OUT_BUSY, "3013", f"13977013{n:03d}", agent="3013")
                     for n in range(13, 19))),
        Lane("nobody there", (),
             _many(Kind.GAVE_UP, 31, 10, at["8003"], **{queue: "8003"}, wait=SHORT)
             + _many(Kind.GAVE_UP, 31, 20, at["8003"], **{queue: "8003"}, wait=4.0)[10:]),
        Lane("time limit", (),
             _many(Kind.TIMED_OUT, 32, 6, at["8003"], **{queue: "8003"}, wait=LONGEST_WAIT_S)),
        Lane("time limit, message", (),
             _many(Kind.TIMED_OUT_MESSAGE, 33, 3, at["8003"], **{queue: "8003"},
                   wait=LONGEST_WAIT_S)),
        Lane("call-backs", (),
             _many(Kind.CALL_BACK, 34, 4, at["8009"], **{queue: "8009"})),
        Lane("messages", (), _many(Kind.MESSAGE, 35, 5, BOX)),
        Lane("menu", (), _many(Kind.MENU, 36, 24, MENU)),
        Lane("refused", (),
             tuple(Call(Kind.REFUSED, BLACKLISTED, MENU) for _ in range(15))),
        Lane("strangers", (), _many(Kind.STRANGER, 37, 5, STRANGERS)),
    )  # fmt: skip


def every_call(day: Sequence[Lane]) -> Iterator[Call]:
    """Yield each row of the table."""
    for lane in day:
        yield from lane.calls
