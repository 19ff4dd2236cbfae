"""The distributor's board: nobody lost, nobody served twice, nobody rung for two."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.board import Board
from apps.acd.engine.floor import LONGEST_IDLE, READY, RING_ALL, Membership, Need
from apps.acd.engine.orders import Ring, Step, TimeOut
from apps.acd.engine.record import replay, verdicts
from apps.acd.engine.rows import AgentRow, Joined, QueueRow
from tests.unit.acd.floors import NOW, ago


def after(seconds: float) -> datetime:
    """Return the time this long after NOW."""
    return NOW + timedelta(seconds=seconds)


def row(
    name: str, *, queues: tuple[str, ...] = ("q",), idle_s: float = 60, **more: object
) -> AgentRow:
    """Return a signed-in, ready agent."""
    fields = {"is_paused": False, "wish_since": ago(idle_s), **more}
    return AgentRow(
        id=name,
        phone=f"{name}-phone",
        endpoints=(f"{name}-phone", f"{name}-web"),
        queues={queue: Membership(order=int(name[1:])) for queue in queues},
        **fields,  # type: ignore[arg-type]
    )


def joined(name: str, *, at: datetime = NOW, queue: str = "q", **more: object) -> Joined:
    """Return a caller who came now."""
    return Joined(name, f"PJSIP/{name}", queue, at, **more)  # type: ignore[arg-type]


def board(*rows: AgentRow, queue: QueueRow | None = None) -> Board:
    """Return a board on which everybody's phones are there and idle."""
    made = Board()
    made.rows(rows, [queue or QueueRow("q", LONGEST_IDLE, ring_s=20, rest_s=2, wrap_up_s=10)])
    for one in rows:
        for phone in one.endpoints:
            made.device(phone, "NOT_INUSE", NOW)
    return made


def rung(found: Step) -> dict[str, tuple[str, ...]]:
    """Return who is rung for which call."""
    return {
        order.offer.call: order.offer.agents for order in found.orders if isinstance(order, Ring)
    }


def state(made: Board, agent: str, now: datetime = NOW) -> str:
    """Return an agent's state."""
    return made.floor(now).agents[agent].state


def test_a_caller_is_offered_once_and_his_agent_rings() -> None:
    made = board(row("a1"), row("a2", idle_s=30))
    made.joined(joined("c1"))
    found = made.step(NOW)
    assert rung(found) == {"c1": ("a1",)}
    order = found.orders[0]
    assert isinstance(order, Ring)
    assert (order.phones, order.channel) == (("a1-phone",), "PJSIP/c1")
    assert made.step(NOW) == Step()
    assert state(made, "a1") == "ringing"


def test_an_answer_a_talk_and_its_wrap_up_in_seconds() -> None:
    made = board(row("a1"))
    made.joined(joined("c1"))
    made.step(NOW)
    made.begun("c1")
    made.device("a1-phone", "RINGING", NOW)
    made.device("a1-phone", "INUSE", after(3))
    made.answered("c1", "a1-phone", after(3))
    assert made.calls == frozenset()
    assert state(made, "a1", after(4)) == "talking"
    made.device("a1-phone", "NOT_INUSE", after(60))
    made.left("c1", after(60))
    assert state(made, "a1", after(69)) == "wrap_up"
    assert made.next_at(after(61)) == after(70)
    assert state(made, "a1", after(70)) == READY
    assert made.floor(after(70)).agents["a1"].idle_since == after(60)
    assert made.floor(after(70)).agents["a1"].taken == 1


def test_an_answer_is_a_talk_before_the_phone_says_so() -> None:
    made = board(row("a1"))
    made.joined(joined("c1"))
    made.joined(joined("c2"))
    made.step(NOW)
    made.answered("c1", "a1-phone", after(1))
    assert made.step(after(1)).orders == ()
    assert state(made, "a1", after(1)) == "talking"


def test_a_talk_of_which_nothing_was_heard_ends_with_its_call() -> None:
    made = board(row("a1"))
    made.joined(joined("c1"))
    made.step(NOW)
    made.answered("c1", "a1-phone", after(1))
    made.alive([], after(5))
    assert state(made, "a1", after(5)) == "wrap_up"


def test_a_talk_whose_end_came_while_he_was_signed_out_holds_nobody() -> None:
    made = board(row("a1"))
    made.joined(joined("c1"))
    made.step(NOW)
    made.answered("c1", "a1-phone", after(1))
    made.device("a1-phone", "INUSE", after(1))
    made.left("c1", after(5))
    assert state(made, "a1", after(5)) == "talking"
    made.rows([], [QueueRow("q", LONGEST_IDLE)])
    made.device("a1-phone", "NOT_INUSE", after(6))
    made.rows([row("a1")], [QueueRow("q", LONGEST_IDLE)])
    assert state(made, "a1", after(20)) == READY


def test_a_call_asks_for_skills_beside_its_queue_and_for_its_agent() -> None:
    queue = Need("english", ((0.0, 50),))
    own = Need("hardware", ((0.0, 20), (30.0, 0)))
    made = board(row("a1"), row("a2"))
    made.rows(
        [replace(row("a1"), number="1001"), replace(row("a2"), number="1002")],
        [QueueRow("q", LONGEST_IDLE, needs=(queue,))],
    )
    made.joined(joined("c1", needs=(own,), wanted="1002", wanted_s=20))
    [waiting] = made.floor(NOW).waiting
    assert waiting.needs == (queue, own)
    assert (waiting.wanted, waiting.wanted_until) == (
        "a2",
        waiting.joined_at + timedelta(seconds=20),
    )
    made.rows([replace(row("a1"), number="1001")], [QueueRow("q", LONGEST_IDLE)])
    [waiting] = made.floor(NOW).waiting
    assert (waiting.needs, waiting.wanted) == ((own,), ""), "he signed out"


def test_who_does_not_answer_rests_and_comes_last_for_that_caller() -> None:
    made = board(row("a1", idle_s=90), row("a2"))
    made.joined(joined("c1"))
    made.step(NOW)
    made.missed(joined("c1"), after(20))
    assert state(made, "a1", after(20)) == "resting"
    assert rung(made.step(after(20))) == {"c1": ("a2",)}
    made.missed(joined("c1"), after(41))
    assert rung(made.step(after(41))) == {"c1": ("a1",)}


def test_an_offer_that_asterisk_does_not_begin_is_made_again() -> None:
    made = board(row("a1"))
    made.joined(joined("c1"))
    made.step(NOW)
    assert made.next_at(NOW) == after(3)
    assert made.step(after(3)).orders == ()
    assert rung(made.step(after(5))) == {"c1": ("a1",)}


def test_an_order_that_could_not_be_given_is_given_again() -> None:
    made = board(row("a1"))
    made.joined(joined("c1"))
    made.step(NOW)
    made.failed("c1")
    assert rung(made.step(NOW)) == {"c1": ("a1",)}


def test_a_colleague_picks_up_and_who_rang_is_free_again() -> None:
    made = board(row("a1", idle_s=90), row("a2"))
    assert made.picked("c1", "a2", NOW) is None, "there is no such caller"
    made.joined(joined("c1"))
    assert made.picked("c1", "a2", NOW) is None, "he rings nowhere yet"
    made.step(NOW)
    made.begun("c1")
    assert made.picked("c1", "nobody", NOW) is None
    assert made.picked("c1", "a1", NOW) is None, "it rings at himself"
    order = made.picked("c1", "a2", after(1))
    assert order is not None
    assert (order.phones, order.channel) == (("a2-phone",), "PJSIP/c1")
    assert (state(made, "a1", after(1)), state(made, "a2", after(1))) == ("ready", "ringing")
    made.joined(joined("c2"))
    assert rung(made.step(after(1))) == {"c2": ("a1",)}, "who picked up is offered nothing"
    assert made.picked("c2", "a2", after(1)) is None, "he has one that rings"
    made.begun("c1")
    made.device("a2-phone", "INUSE", after(2))
    made.answered("c1", "a2-phone", after(2))
    assert state(made, "a2", after(2)) == "talking"
    assert made.calls == {"c2"}


def test_who_picks_up_and_does_not_answer_gives_the_call_back() -> None:
    made = board(row("a1", idle_s=90), row("a2"))
    made.joined(joined("c1"))
    made.step(NOW)
    assert made.picked("c1", "a2", NOW) is not None
    made.missed(joined("c1"), after(20))
    assert state(made, "a2", after(20)) == "resting"
    assert rung(made.step(after(20))) == {"c1": ("a1",)}


def test_the_limit_of_the_wait_counts_only_while_nobody_rings() -> None:
    made = board(row("a1"))
    made.joined(joined("c1", limit_at=after(30)))
    made.step(after(20))
    made.begun("c1")
    assert made.step(after(31)).orders == ()
    made.missed(joined("c1", limit_at=after(30)), after(40))
    assert made.step(after(40)).orders == (TimeOut("c1", "PJSIP/c1", "q"),)
    assert made.calls == frozenset()


def test_ring_all_rings_everybody_who_is_free() -> None:
    made = board(row("a1"), row("a2"), row("a3", is_paused=True), queue=QueueRow("q", RING_ALL))
    made.joined(joined("c1"))
    assert rung(made.step(NOW)) == {"c1": ("a1", "a2")}


def test_states_come_from_phones_before_wishes() -> None:
    made = board(row("a1", is_paused=True))
    assert state(made, "a1") == "paused"
    made.device("a1-web", "INUSE", NOW)
    assert state(made, "a1") == "talking"
    made.device("a1-web", "ONHOLD", NOW)
    assert state(made, "a1") == "talking"
    made.hold("channel", "a1-web", is_on=True)
    assert state(made, "a1") == "held"
    made.device("a1-web", "NOT_INUSE", after(5))
    made.rows([row("a1")], [QueueRow("q", LONGEST_IDLE)])
    assert state(made, "a1") == READY
    made.device("a1-phone", "UNAVAILABLE", after(6))
    assert state(made, "a1") == "unreachable"


def test_a_caller_heard_of_again_keeps_his_place_and_his_offer() -> None:
    made = board(row("a1"))
    made.joined(joined("c1"))
    made.step(NOW)
    made.joined(joined("c1"))
    assert made.offered("c1") == ("a1",)
    assert made.step(NOW).orders == ()


def test_who_moved_to_another_queue_waits_there() -> None:
    made = board(row("a1", queues=("r",)))
    made.rows([row("a1", queues=("r",))], [QueueRow("q", LONGEST_IDLE), QueueRow("r", RING_ALL)])
    made.joined(joined("c1"))
    assert made.step(NOW).orders == ()
    made.joined(joined("c1", queue="r"))
    assert rung(made.step(NOW)) == {"c1": ("a1",)}


def test_the_ledger_s_shift_counts_after_a_restart() -> None:
    made = board(row("a1"), row("a2"))
    made.past("a1", idle_since=ago(5), taken=7)
    found = made.floor(NOW).agents["a1"]
    assert (found.idle_since, found.taken) == (ago(5), 7)


def test_each_offer_has_its_reason_and_a_wait_has_one_now_and_then() -> None:
    made = board(row("a1", is_paused=True))
    made.joined(joined("c1", linkedid="l1"))
    waiting = made.step(NOW).reasons
    assert [(one.call, one.linkedid, replay(one.record)) for one in waiting] == [("c1", "l1", None)]
    assert [one.code for one in verdicts(waiting[0].record)] == ["paused"]
    assert made.step(after(29)).reasons == ()
    assert len(made.step(after(30)).reasons) == 1
    made.rows([row("a1")], [QueueRow("q", LONGEST_IDLE)])
    found = made.step(after(31))
    assert [replay(one.record) for one in found.reasons] == [
        order.offer for order in found.orders if isinstance(order, Ring)
    ]


STATES = ["NOT_INUSE", "NOT_INUSE", "INUSE", "RINGING", "ONHOLD", "UNAVAILABLE"]


@given(st.integers(0, 2**32))
def test_nobody_is_lost_or_offered_twice_whatever_happens(seed: int) -> None:
    draw = Random(seed)
    agents = [
        row(f"a{number}", queues=draw.choice([("q",), ("r",), ("q", "r")])) for number in range(4)
    ]
    queues = [QueueRow("q", LONGEST_IDLE, wrap_up_s=3), QueueRow("r", RING_ALL, wrap_up_s=0)]
    made = Board()
    made.rows(agents, queues)
    here: set[str] = set()
    now, count = NOW, 0
    for _ in range(60):
        now += timedelta(seconds=draw.choice([0, 0.1, 1, 7]))
        what = draw.randrange(9)
        one = draw.choice(sorted(here)) if here else ""
        if what == 0:
            count += 1
            one = f"c{count}"
            here.add(one)
            made.joined(joined(one, at=now, queue=draw.choice("qr")))
        elif what == 1 and one:
            made.left(one, now)
            here.discard(one)
        elif what == 2 and one and made.offered(one):
            made.answered(one, f"{draw.choice(made.offered(one))}-phone", now)
            here.discard(one)
        elif what == 3 and one and made.offered(one):
            made.missed(joined(one, queue=made.queue_of(one)), now)
        elif what == 4 and one:
            draw.choice([made.begun, made.failed])(one)
        elif what == 5 and one:
            made.picked(one, f"a{draw.randrange(4)}", now)
        elif what == 6:
            made.rows(draw.sample(agents, draw.randrange(5)), queues)
        else:
            made.device(f"a{draw.randrange(4)}-phone", draw.choice(STATES), now)
        kept = made.floor(now)
        made._on_floor.clear()
        assert made.floor(now) == kept, "what is kept of the floor is what it is"
        ready = {name for name, agent in kept.agents.items() if agent.state == READY}
        orders = made.step(now).orders
        offered = [
            agent for order in orders if isinstance(order, Ring) for agent in order.offer.agents
        ]
        assert set(offered) <= ready
        ringing = [agent for call in made.calls for agent in made.offered(call)]
        assert len(ringing) == len(set(ringing))
        assert made.calls == here
    # Once everybody is there and idle, the queues empty.
    made.rows(agents, queues)
    made.alive(here, now)
    for _ in range(4 * (len(here) + 2)):
        now += timedelta(seconds=40)
        for agent in agents:
            for phone in agent.endpoints:
                made.device(phone, "NOT_INUSE", now)
        for call in sorted(made.calls):
            if made.offered(call):
                made.answered(call, f"{made.offered(call)[0]}-phone", now)
                made.left(call, now)
        made.step(now)
    assert made.calls == {call for call in made.calls if not _served(made, call, agents)}


def _served(made: Board, call: str, agents: list[AgentRow]) -> bool:
    served = {queue for agent in agents for queue in agent.queues}
    return made.queue_of(call) in served


def in_a_talk() -> Board:
    """Return a board on which a1 talks with c1 by his browser."""
    made = board(row("a1"), row("a2", queues=()))
    made.joined(joined("c1", linkedid="c1"))
    made.step(NOW)
    made.begun("c1")
    made.device("a1-web", "INUSE", after(3))
    made.answered("c1", "a1-web", after(3))
    return made


def test_a_phone_that_vanishes_in_a_talk_begins_no_wrap_up_and_gets_no_offer() -> None:
    made = in_a_talk()
    made.phone_lost("c1", "c1", "a1-web")
    made.device("a1-web", "UNAVAILABLE", after(10))
    made.joined(joined("c2", at=after(10)))
    assert state(made, "a1", after(11)) == "talking"
    assert rung(made.step(after(11))) == {}
    # Back: he is rung, answers, and the talk ends as any other.
    made.device("a1-web", "NOT_INUSE", after(12))
    made.rings("leg", "a1-web", is_on=True)
    made.device("a1-web", "BUSY", after(12))
    assert state(made, "a1", after(12)) == "talking"
    made.rings("leg", "a1-web", is_on=False, is_answered=True)
    made.rejoined("a1-web")
    assert state(made, "a1", after(13)) == "talking"
    made.device("a1-web", "NOT_INUSE", after(60))
    made.left("c1", after(60))
    assert state(made, "a1", after(61)) == "wrap_up"


def test_a_caller_who_gives_up_waiting_for_the_phone_ends_the_talk() -> None:
    made = in_a_talk()
    made.phone_lost("c1", "c1", "a1-web")
    made.device("a1-web", "UNAVAILABLE", after(10))
    made.left("c1", after(12))
    made.device("a1-web", "NOT_INUSE", after(13))
    assert state(made, "a1", after(13)) == "wrap_up"
    assert state(made, "a1", after(23)) == READY


def test_a_phone_that_does_not_come_ends_the_talk() -> None:
    made = in_a_talk()
    made.phone_lost("c1", "c1", "a1-web")
    made.device("a1-web", "UNAVAILABLE", after(10))
    made.not_rejoined("a1-web", after(30))
    made.not_rejoined("a1-web", after(30))
    made.device("a1-web", "NOT_INUSE", after(31))
    assert state(made, "a1", after(31)) == "wrap_up"
    assert state(made, "a1", after(40)) == READY


def test_an_own_call_whose_phone_vanished_ends_without_wrap_up() -> None:
    made = board(row("a1"))
    made.device("a1-web", "INUSE", NOW)
    made.phone_lost("out", "own", "a1-web")
    made.left("own", after(1))
    made.device("a1-web", "UNAVAILABLE", after(1))
    assert state(made, "a1", after(2)) == "talking"
    made.rejoined("a1-web")
    made.device("a1-web", "INUSE", after(3))
    made.left("out", after(9))
    made.device("a1-web", "NOT_INUSE", after(9))
    assert state(made, "a1", after(9)) == READY


def test_a_phone_that_vanished_may_be_told_of_twice_and_of_a_stranger() -> None:
    made = in_a_talk()
    for _ in range(2):
        made.phone_lost("c1", "c1", "a1-web")
    made.phone_lost("x", "x", "nobody-web")
    made.rejoined("nobody-web")
    made.not_rejoined("nobody-web", after(9))
    made.not_rejoined("a2-web", after(9))
    assert state(made, "a1", after(11)) == "talking"


def test_a_transferred_callers_end_begins_the_colleagues_wrap_up() -> None:
    made = board(row("a1"), row("a2", idle_s=30))
    made.joined(joined("c1"))
    made.step(NOW)
    made.device("a1-phone", "INUSE", after(3))
    made.answered("c1", "a1-phone", after(3))
    # Put through to a2: a1 is free, and wraps up.
    made.rings("x", "a2-phone", is_on=True)
    made.device("a1-phone", "NOT_INUSE", after(20))
    assert state(made, "a1", after(21)) == "wrap_up"
    made.device("a2-phone", "INUSE", after(24))
    made.rings("x", "a2-phone", is_on=False, is_answered=True)
    made.given("c1", "a2-phone", "q", "c1")
    made.joined(joined("c2"))
    assert rung(made.step(after(25))) == {}, "a1 wraps up, a2 talks"
    assert state(made, "a2", after(25)) == "talking"
    made.left("c1", after(60))
    made.device("a2-phone", "NOT_INUSE", after(60))
    assert state(made, "a2", after(61)) == "wrap_up"
    assert state(made, "a1", after(61)) != "wrap_up"


def test_a_caller_given_to_nobodys_phone_changes_nothing() -> None:
    made = board(row("a1"))
    made.given("c1", "trunk-demo", "q", "c1")
    assert state(made, "a1") == READY
