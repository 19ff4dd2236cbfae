"""Call-backs on the board: in their place, one agent each, never lost, never made twice."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.board import Board
from apps.acd.engine.call_backs import CallBackRing, DueCallBack
from apps.acd.engine.floor import LONGEST_IDLE, READY, RING_ALL, Need
from apps.acd.engine.orders import Ring, Step
from apps.acd.engine.record import replay
from apps.acd.engine.rows import QueueRow
from tests.unit.acd.floors import NOW, ago
from tests.unit.acd.test_board import after, board, joined, row, rung, state


def due(name: str, *, at: datetime = NOW, queue: str = "q", **more: object) -> DueCallBack:
    """Return a call-back that may be made."""
    return DueCallBack(f"callback-{name}", queue, at, **more)  # type: ignore[arg-type]


def made_now(found: Step) -> list[CallBackRing]:
    """Return the call-backs that are made."""
    return [order for order in found.orders if isinstance(order, CallBackRing)]


def test_a_call_back_reserves_one_agent_until_its_try_is_over() -> None:
    made = board(row("a1"), row("a2", idle_s=30), queue=QueueRow("q", RING_ALL, rest_s=2))
    made.call_backs.due([due("1", at=ago(60))])
    found = made.step(NOW)
    order = made_now(found)[0]
    assert (order.offer.agents, order.agent, order.phone) == (("a1",), "a1", "a1-phone")
    assert order.channel == f"callback-1-{int(NOW.timestamp() * 1000)}"
    assert state(made, "a1") == "ringing"
    made.call_backs.due([due("1", at=ago(60))])
    assert made.step(NOW) == Step()
    # Why he: with the try, and deciding again gives the same.
    (reason,) = found.reasons
    assert (reason.call, reason.linkedid) == ("callback-1", order.channel)
    assert replay(reason.record) == order.offer


def test_the_customer_who_answers_is_a_talk_with_wrap_up() -> None:
    made = board(row("a1"))
    made.call_backs.due([due("1")])
    (order,) = made_now(made.step(NOW))
    made.call_backs.begun(order.channel)
    made.call_backs.agent_there(order.channel)
    made.device("a1-phone", "INUSE", after(3))
    made.call_back_answered(order.channel, after(10))
    made.device("a1-phone", "NOT_INUSE", after(60))
    made.left(order.channel, after(60))
    assert state(made, "a1", after(61)) == "wrap_up"
    assert made.floor(after(70)).agents["a1"].taken == 1
    assert made.step(after(71)).orders == ()


def test_a_look_at_all_channels_ends_no_try_that_is_on_its_way() -> None:
    made = board(row("a1"))
    made.call_backs.due([due("1")])
    (order,) = made_now(made.step(NOW))
    # Asked while the row is claimed: Asterisk has not been told yet.
    made.alive((), after(1))
    made.joined(joined("c1"))
    assert rung(made.step(after(1))) == {}
    assert state(made, "a1", after(1)) == "ringing"
    # That it began was not heard, but it is there: believed beyond the time for beginning.
    made.alive((order.channel, "c1"), after(2))
    assert rung(made.step(after(15))) == {}
    made.alive(("c1",), after(16))
    assert state(made, "a1", after(16)) == "resting"


def test_without_a_talk_there_is_no_wrap_up() -> None:
    made = board(row("a1"))
    made.call_backs.due([due("1")])
    (order,) = made_now(made.step(NOW))
    made.call_backs.agent_there(order.channel)
    made.device("a1-phone", "INUSE", after(3))
    made.device("a1-phone", "NOT_INUSE", after(20))
    made.left(order.channel, after(20))
    assert state(made, "a1", after(20)) == READY
    assert made.floor(after(20)).agents["a1"].taken == 0


def test_an_agent_who_misses_it_rests_and_the_next_one_is_rung() -> None:
    made = board(row("a1", idle_s=90), row("a2"))
    made.call_backs.due([due("1")])
    (order,) = made_now(made.step(NOW))
    made.call_backs.begun(order.channel)
    made.left(order.channel, after(20))
    assert state(made, "a1", after(20)) == "resting"
    assert made.step(after(20)).orders == ()
    made.call_backs.due([due("1")])
    assert made_now(made.step(after(30)))[0].agent == "a2"


def test_a_live_caller_who_joined_earlier_goes_first() -> None:
    made = board(row("a1"))
    made.joined(joined("c1", at=ago(30)))
    made.call_backs.due([due("1", at=ago(20))])
    assert rung(made.step(NOW)) == {"c1": ("a1",)}
    made = board(row("a1"))
    made.joined(joined("c1", at=ago(20)))
    made.call_backs.due([due("1", at=ago(30))])
    assert made_now(made.step(NOW))[0].agent == "a1"
    # At the same moment it is the one who holds the line.
    made = board(row("a1"))
    made.joined(joined("c1", at=ago(20)))
    made.call_backs.due([due("1", at=ago(20))])
    assert rung(made.step(NOW)) == {"c1": ("a1",)}


def test_one_that_another_node_has_is_not_made() -> None:
    made = board(row("a1"))
    made.call_backs.due([due("1")])
    made.step(NOW)
    made.call_backs.refused("callback-1")
    assert state(made, "a1") == READY
    assert made.step(NOW).orders == ()


def test_nothing_heard_frees_the_agent() -> None:
    made = board(row("a1"))
    made.call_backs.due([due("1")])
    (order,) = made_now(made.step(NOW))
    assert made.next_at(NOW) == after(10)
    made.step(after(10))
    assert state(made, "a1", after(13)) == READY
    made.call_backs.due([due("1")])
    (order,) = made_now(made.step(after(14)))
    made.call_backs.begun(order.channel)
    assert made.next_at(after(14)) == after(14 + 20 + 30)
    made.alive([], after(20))
    assert state(made, "a1", after(23)) == READY


def test_a_call_back_asks_for_its_skills_beside_the_queues() -> None:
    needs = (Need("english", ((0.0, 50),)),)
    made = board(row("a1"), row("a2", idle_s=10, skills={"english": 60}))
    made.call_backs.due([due("1", needs=needs)])
    assert made_now(made.step(NOW))[0].agent == "a2"


@given(st.integers(0, 2**32))
def test_none_overtakes_none_is_lost_and_never_more_are_out_than_were_free(seed: int) -> None:
    """Random arrivals, agents, answers, misses and busy customers, with the database's part."""
    draw = Random(seed)
    agents = [row(f"a{number}") for number in range(3)]
    made = Board()
    made.rows(agents, [QueueRow("q", draw.choice([LONGEST_IDLE, RING_ALL]), rest_s=1, ring_s=300)])
    for one in agents:
        made.device(one.phone, "NOT_INUSE", NOW)
    callers: dict[str, datetime] = {}
    # The database: places of what waits, and what is out by channel.
    waiting: dict[str, DueCallBack] = {}
    out: dict[str, CallBackRing] = {}
    phones: dict[str, str] = {}
    served: Counter[str] = Counter()
    ordered = 0
    now = NOW
    for _ in range(60):
        now += timedelta(seconds=draw.choice([0.01, 0.5, 3]))
        what = draw.randrange(7)
        if what == 0:
            name = f"c{len(callers)}-{now.timestamp()}"
            callers[name] = now
            made.joined(joined(name, at=now))
        elif what == 1:
            ordered += 1
            place = now - timedelta(seconds=draw.randrange(60))
            waiting[f"callback-{ordered}"] = due(str(ordered), at=place)
        elif what == 2 and out:
            channel = draw.choice(sorted(out))
            order = out.pop(channel)
            how = draw.randrange(3)
            if how:
                made.call_backs.agent_there(channel)
            if how == 2:
                made.call_back_answered(channel, now)
                served[order.offer.call] += 1
                del waiting[order.offer.call]
            made.left(channel, now)
        elif what == 3 and made.calls:
            call = draw.choice(sorted(made.calls))
            if made.offered(call):
                phones[call] = f"{draw.choice(made.offered(call))}-phone"
                made.answered(call, phones[call], now)
                made.left(call, now)
            del callers[call]
            made.left(call, now)
        if draw.random() < 0.7:
            # What was read may be a little old: also one that is out meanwhile.
            made.call_backs.due(waiting.values())
        before = made.floor(now)
        free = {name for name, agent in before.agents.items() if agent.state == READY}
        found = made.step(now)
        taken = [agent for order in found.orders for agent in order.offer.agents]  # type: ignore[union-attr]
        assert set(taken) <= free
        assert len(taken) == len(set(taken))
        for order in made_now(found):
            is_out = any(order.offer.call == other.offer.call for other in out.values())
            if is_out or order.offer.call not in waiting:
                # The claim is refused, since the row does not wait.
                made.call_backs.refused(order.offer.call)
                continue
            assert len(order.offer.agents) == 1
            left_waiting = [wait for wait in made.floor(now).waiting if not wait.is_call_back]
            assert all(
                wait.place > (0, waiting[order.offer.call].joined_at, True, "")
                for wait in left_waiting
            )
            out[order.channel] = order
            made.call_backs.begun(order.channel)
        assert len(made.call_backs.reserved) == len(out)
        assert not any(
            isinstance(order, Ring) and order.offer.call in waiting for order in found.orders
        )
    assert all(count == 1 for count in served.values())
    assert len(waiting) + len(served) == ordered
