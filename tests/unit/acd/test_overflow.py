"""Who goes on elsewhere, when, and that it ends: the rules alone and on the board."""

from datetime import datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine import overflow
from apps.acd.engine.board import Board
from apps.acd.engine.conditions import condition_parse
from apps.acd.engine.floor import LONGEST_IDLE
from apps.acd.engine.orders import Ring, Step, TimeOut
from apps.acd.engine.overflow import MOST, Overflow, Rule, used_read
from apps.acd.engine.rows import Joined, QueueRow
from apps.acd.engine.ways import Ways
from tests.unit.acd.floors import NOW
from tests.unit.acd.test_board import after, row

Q, OTHER = "demo-7001", "demo-7002"


def rule(when: str, limit: int = 0, *, id: int = 1, **more: object) -> Rule:
    fields = {"then": overflow.VOICEMAIL, "target": Q, **more}
    return Rule(id=id, when=when, limit=limit, **fields)  # type: ignore[arg-type]


def board(*rules: Rule, agents: tuple[str, ...] = (), busy: bool = False) -> Board:
    """Return a board with these rules in queue 7001, agents in it, and no rules in 7002."""
    made = Board()
    rows = [row(name, queues=(Q,), is_paused=busy) for name in agents]
    made.rows(
        rows,
        [QueueRow(Q, LONGEST_IDLE, ways=Ways(rules)), QueueRow(OTHER, LONGEST_IDLE)],
    )
    for one in rows:
        for phone in one.endpoints:
            made.device(phone, "NOT_INUSE", NOW)
    return made


def come(made: Board, name: str, at: datetime = NOW, queue: str = Q, **more: object) -> None:
    made.joined(Joined(name, f"PJSIP/{name}", queue, at, **more))  # type: ignore[arg-type]


def sent(found: Step) -> dict[str, tuple[int, float | None]]:
    """Return by call which rule sent him on, and of what."""
    return {
        order.call: (order.due.rule.id, order.due.was)
        for order in found.orders
        if isinstance(order, Overflow)
    }


def test_he_goes_at_the_second_and_the_board_says_when() -> None:
    made = board(rule("waited", 20), agents=("a1",), busy=True)
    come(made, "c1")
    assert made.step(NOW).orders == ()
    assert made.next_at(after(1)) == after(20)
    assert made.step(after(19.999)).orders == ()
    assert sent(made.step(after(20))) == {"c1": (1, 20.0)}
    assert made.calls == frozenset()
    assert made.step(after(21)).orders == ()


def test_length_and_expected_wait_are_looked_at_when_he_joins_only() -> None:
    made = board(rule("length", 1), rule("expected", 500, id=2), agents=("a1",), busy=True)
    come(made, "c1")
    come(made, "c2", after(1))
    assert sent(made.step(after(1))) == {}
    come(made, "c3", after(2))
    assert sent(made.step(after(2))) == {"c3": (1, 2)}
    made.left("c3", after(2))
    come(made, "c4", after(3), is_new=False)
    assert sent(made.step(after(3))) == {}, "he waited already when this distributor began"


def test_expected_wait_over_the_limit() -> None:
    made = board(rule("expected", 300), agents=("a1",))
    come(made, "c1")
    assert [type(order) for order in made.step(NOW).orders] == [Ring]
    made.answered("c1", "a1-phone", NOW)
    come(made, "c2", after(1))
    assert sent(made.step(after(1))) == {}, "180 s, the usual talk"
    come(made, "c3", after(2))
    ((_, was),) = sent(made.step(after(2))).values()
    assert was == pytest.approx(360, rel=0.02)


def test_whom_an_agent_can_take_does_not_go() -> None:
    made = board(rule("length", 0), rule("waited", 0, id=2), agents=("a1",))
    come(made, "c1")
    assert [type(order) for order in made.step(NOW).orders] == [Ring]
    made.begun("c1")
    assert made.step(after(10)).orders == ()


def test_nobody_signed_in_at_joining_and_while_waiting() -> None:
    made = board(rule("nobody"), agents=("a1",), busy=True)
    come(made, "c1")
    assert sent(made.step(NOW)) == {}, "paused is signed in"
    made.rows([], [QueueRow(Q, LONGEST_IDLE, ways=Ways((rule("nobody"),)))])
    assert sent(made.step(after(5))) == {"c1": (1, None)}
    come(made, "c2", after(6))
    assert sent(made.step(after(6))) == {"c2": (1, None)}


def test_a_condition_on_another_queue() -> None:
    """Queue 7001 over 1 waiting and at least 1 idle in 7002: the third goes there."""
    facts = [
        {"fact": "queues.7001.waiting", "op": "more", "value": 1},
        {"fact": "queues.7002.idle", "op": "at_least", "value": 1},
        {"fact": "waited_s", "op": "at_least", "value": 3},
    ]
    condition = condition_parse({"all": facts})
    rules = (rule("condition", condition=condition, then="queue", target=OTHER),)
    made = board(*rules)
    come(made, "c1")
    come(made, "c2", after(1))
    assert sent(made.step(after(5))) == {}
    assert made.next_at(after(5)) == after(6)
    helper = row("a1", queues=(OTHER,))
    made.rows(
        [helper],
        [QueueRow(Q, LONGEST_IDLE, ways=Ways(rules)), QueueRow(OTHER, LONGEST_IDLE)],
    )
    for phone in helper.endpoints:
        made.device(phone, "NOT_INUSE", after(5))
    assert sent(made.step(after(6))) == {"c1": (1, None), "c2": (1, None)}


def test_of_several_the_first_true_rule_counts() -> None:
    made = board(rule("waited", 5, id=7), rule("waited", 0, id=3), rule("nobody", id=1))
    come(made, "c1")
    assert sent(made.step(NOW)) == {"c1": (3, 0.0)}
    made.left("c1", NOW)
    come(made, "c2")
    assert sent(made.step(after(5))) == {"c2": (7, 5.0)}


def test_the_longest_wait_stays_the_last_resort() -> None:
    made = board(rule("waited", 60))
    come(made, "c1", limit_at=after(30))
    assert [type(order) for order in made.step(after(30)).orders] == [TimeOut]


def test_who_was_sent_and_not_heard_of_waits_again_but_not_for_the_same_rule() -> None:
    made = board(rule("waited", 5))
    come(made, "c1", limit_at=after(60))
    assert sent(made.step(after(5))) == {"c1": (1, 5.0)}
    assert made.next_at(after(5)) == after(8)
    assert made.step(after(8)).orders == ()
    assert made.calls == {"c1"}
    assert [type(order) for order in made.step(after(60)).orders] == [TimeOut]


def test_a_failed_order_is_given_again() -> None:
    made = board(rule("waited", 5))
    come(made, "c1")
    made.step(after(5))
    made.failed("c1")
    assert sent(made.step(after(6))) == {"c1": (1, 6.0)}


def test_his_place_is_kept_when_he_takes_it_along() -> None:
    made = board(agents=("a1",), busy=True)
    come(made, "first", after(5), place_at=after(-20))
    come(made, "second", after(1))
    made.rows([row("a1", queues=(Q,))], [QueueRow(Q, LONGEST_IDLE)])
    (order,) = made.step(after(6)).orders
    assert isinstance(order, Ring)
    assert order.offer.call == "first"


def test_what_the_dialplan_is_told_has_seven_fields() -> None:
    there = rule("waited", 5, then="queue", target=OTHER, keeps_place=True, wait_s=60, extra=OTHER)
    made = board(there)
    come(made, "c1", used=frozenset({9, 4}))
    (order,) = made.step(after(5)).orders
    assert isinstance(order, Overflow)
    assert order.text == "1~queue~demo-7002~1~60~demo-7002~1.4.9"
    assert used_read(order.text.split("~")[6]) == {1, 4, 9}


@pytest.mark.parametrize("text", ["", "x", "²", "1.x.2"])
def test_used_rules_that_cannot_be_read_are_none(text: str) -> None:
    assert used_read(text) <= {1, 2}


@given(st.integers(0, 2**32), st.integers(1, 12), st.booleans())
def test_a_ring_of_queues_always_ends(seed: int, rules: int, keeps_used: bool) -> None:
    """Whatever rules lead to and fro: at most MOST overflows, each rule once, nobody is lost."""
    random = Random(seed)
    queues = ["demo-1", "demo-2", "demo-3"]
    of: dict[str, list[Rule]] = {queue: [] for queue in queues}
    for number in range(rules):
        here, there = random.sample(queues, 2)
        when = random.choice(["waited", "nobody", "length"])
        one = rule(when, random.randrange(4), id=number, then="queue", target=there)
        of[here].append(one)
    made = Board()
    made.rows([], [QueueRow(one, LONGEST_IDLE, ways=Ways(tuple(of[one]))) for one in queues])
    used: frozenset[int] = frozenset()
    queue, now, moves = "demo-1", NOW, 0
    made.joined(Joined("c", "PJSIP/c", queue, now))
    for second in range(60):
        now = after(second)
        for order in made.step(now).orders:
            assert isinstance(order, Overflow)
            moves += 1
            assert not set(order.used[-1:]) & used or len(order.used) > len(used)
            used = frozenset(order.used)
            queue = order.due.rule.target
            made.left("c", now)
            told = used if keeps_used else frozenset(order.used)
            made.joined(Joined("c", "PJSIP/c", queue, now, used=told))
    assert moves <= min(MOST, rules)
    assert made.calls == {"c"}
