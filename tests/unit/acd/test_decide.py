"""Who gets which call: each strategy by hand, and what holds on any floor."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine import floor as words
from apps.acd.engine.decide import Verdict, decide, explain, is_kept
from apps.acd.engine.floor import READY, Agent, Floor, Membership, Need, Queue
from tests.unit.acd.floors import NOW, agent, ago, call, floor, floors


def offered(found: Floor) -> dict[str, tuple[str, ...]]:
    return {offer.call: offer.agents for offer in decide(found, NOW)}


def test_longest_idle_is_rung() -> None:
    assert offered(floor([agent("1", idle_s=5), agent("2", idle_s=50)], [call("c")])) == {
        "c": ("2",)
    }


def test_fewest_calls_then_longest_idle() -> None:
    queue = Queue("7001", words.FEWEST_CALLS)
    agents = [agent("1", taken=3), agent("2", taken=1, idle_s=5), agent("3", taken=1, idle_s=6)]
    assert offered(floor(agents, [call("c")], queue)) == {"c": ("3",)}


def test_fixed_order_always_begins_with_the_first() -> None:
    queue = Queue("7001", words.FIXED, last_order=1)
    agents = [agent("1", order=1), agent("2", order=2), agent("3", order=3)]
    assert offered(floor(agents, [call("c")], queue)) == {"c": ("1",)}


@pytest.mark.parametrize(("last", "rung"), [(-1, "1"), (1, "2"), (2, "3"), (3, "1")])
def test_round_robin_goes_on_after_the_last(last: int, rung: str) -> None:
    queue = Queue("7001", words.ROUND_ROBIN, last_order=last)
    agents = [agent("1", order=1), agent("2", order=2), agent("3", order=3)]
    assert offered(floor(agents, [call("c")], queue)) == {"c": (rung,)}


def test_round_robin_gives_two_calls_at_once_to_two_in_turn() -> None:
    queue = Queue("7001", words.ROUND_ROBIN, last_order=1)
    agents = [agent("1", order=1), agent("2", order=2), agent("3", order=3)]
    calls = [call("first", waited_s=9), call("second", waited_s=8)]
    assert offered(floor(agents, calls, queue)) == {"first": ("2",), "second": ("3",)}


def test_ring_all_rings_every_free_one() -> None:
    queue = Queue("7001", words.RING_ALL)
    agents = [agent("1", order=2), agent("2", order=1), agent("3", state="talking")]
    assert offered(floor(agents, [call("c")], queue)) == {"c": ("2", "1")}


@pytest.mark.parametrize(
    ("strategy", "expected"), [(words.RANDOM, (1 / 3, 1 / 3)), (words.WEIGHTED, (1 / 4, 3 / 4))]
)
def test_draws_follow_their_shares(strategy: str, expected: tuple[float, float]) -> None:
    """3,000 draws: each share within four standard deviations."""
    weights = {"1": 1, "2": 3, "3": 0}
    agents = [
        agent(name, queues={"7001": Membership(weight=weight)}) for name, weight in weights.items()
    ]
    drawn = Counter(
        offered(floor(agents, [call(f"call {n}")], Queue("7001", strategy)))[f"call {n}"][0]
        for n in range(3_000)
    )
    for name, share in zip(("1", "2"), expected, strict=True):
        assert drawn[name] / 3_000 == pytest.approx(share, abs=0.035)
    assert (drawn["3"] == 0) is (strategy == words.WEIGHTED)


def test_the_second_line_rings_only_without_the_first() -> None:
    second = agent("2", idle_s=900, level=1)
    assert offered(floor([agent("1"), second], [call("c")])) == {"c": ("1",)}
    assert offered(floor([agent("1", state="talking"), second], [call("c")])) == {"c": ("2",)}


def test_an_agent_takes_calls_of_his_first_queue_first() -> None:
    queues = {"7001": Membership(level=1), "7002": Membership(level=0)}
    calls = [call("old", waited_s=300), call("new", waited_s=1, queue="7002")]
    found = floor([agent("1", queues=queues)], calls, Queue("7001"), Queue("7002"))
    assert offered(found) == {"new": ("1",)}


def test_higher_priority_then_longest_wait() -> None:
    calls = [call("a", waited_s=50), call("b", waited_s=60), call("vip", waited_s=1, priority=1)]
    assert list(offered(floor([agent("1"), agent("2")], calls))) == ["vip", "b"]


def test_a_skill_is_asked_for_less_the_longer_he_waits() -> None:
    need = Need("english", ((0, 50), (30, 20), (60, 0)))
    some = agent("1", skills={"english": 40})
    for waited_s, rung in ((0, {}), (29, {}), (30, {"c": ("1",)})):
        assert offered(floor([some], [call("c", waited_s=waited_s, needs=(need,))])) == rung
    nothing = floor([agent("2")], [call("c", waited_s=60, needs=(need,))])
    assert offered(nothing) == {"c": ("2",)}


def test_a_call_is_kept_for_its_owner_until_the_time_is_over() -> None:
    owner = agent("1", state="talking")
    kept = call("c", wanted="1", wanted_until=ago(-10))
    assert offered(floor([owner, agent("2")], [kept])) == {}
    assert offered(floor([owner, agent("2")], [replace(kept, wanted_until=ago(0))])) == {
        "c": ("2",)
    }
    assert offered(floor([agent("1", idle_s=1), agent("2")], [kept])) == {"c": ("1",)}


@pytest.mark.parametrize(
    "owner",
    [
        agent("1", state="paused"),
        agent("1", state="unreachable"),
        agent("1", state="talking", queues={"7002": Membership()}),
        agent("3"),
    ],
)
def test_nobody_waits_for_who_is_away_or_serves_elsewhere(owner: Agent) -> None:
    kept = call("c", wanted="1", wanted_until=ago(-10))
    assert offered(floor([owner, agent("2", idle_s=900)], [kept])) == {"c": ("2",)}


def test_who_missed_the_call_comes_last_but_is_not_barred() -> None:
    missed = call("c", missed=frozenset({"1"}))
    assert offered(floor([agent("1", idle_s=99), agent("2")], [missed])) == {"c": ("2",)}
    assert offered(floor([agent("1")], [missed])) == {"c": ("1",)}


def test_a_live_caller_is_before_a_call_back_of_the_same_moment() -> None:
    calls = [call("back", waited_s=30, is_call_back=True), call("live", waited_s=30)]
    assert list(offered(floor([agent("1")], calls))) == ["live"]


def test_every_other_agent_has_his_reason() -> None:
    need = Need("english", ((0, 50),))
    skilled = {"english": 60}
    wrap_up = agent("4", state="wrap_up", until=ago(-5))
    agents = [
        agent("1", idle_s=90, skills=skilled),
        agent("2", idle_s=80, skills=skilled),
        agent("3", skills={"english": 40}),
        wrap_up,
        agent("5", queues={"7002": Membership()}),
    ]
    first, second = call("first", waited_s=9, needs=(need,)), call("second", needs=(need,))
    found = floor(agents, [first, replace(second, joined_at=ago(8))])
    offers = decide(found, NOW)
    assert explain(found, first, NOW, offers) == (
        Verdict("1", "chosen"),
        Verdict("2", "offered_now", detail="second"),
        Verdict("3", "skill", detail="english 40 < 50"),
        Verdict("4", "wrap_up", until=NOW + timedelta(seconds=5)),
    )


def test_a_queue_that_is_gone_and_an_empty_floor_offer_nothing() -> None:
    assert decide(floor([agent("1")], [call("c", queue="gone")]), NOW) == ()
    assert decide(floor([], [call("c")]), NOW) == ()
    assert decide(floor([agent("1")], []), NOW) == ()


@given(floors())
def test_no_agent_is_offered_two_calls_and_no_call_twice(found: Floor) -> None:
    offers = decide(found, NOW)
    rung = [name for offer in offers for name in offer.agents]
    assert len(rung) == len(set(rung))
    assert len({offer.call for offer in offers}) == len(offers)
    assert all(found.agents[name].state == READY for name in rung)
    assert all(
        offer.queue in found.agents[name].queues for offer in offers for name in offer.agents
    )


@given(floors())
def test_in_a_queue_nobody_overtakes_an_equal(found: Floor) -> None:
    """Who asks for nothing, waits longer and has the same priority is offered no later."""
    offers = {offer.call for offer in decide(found, NOW)}
    for one in found.waiting:
        if one.needs or is_kept(found, one, NOW) or one.id in offers:
            continue
        for other in found.waiting:
            if other.queue == one.queue and other.id in offers and not is_kept(found, other, NOW):
                assert other.place < one.place


@given(floors())
def test_a_call_waits_on_only_when_each_agent_has_a_reason(found: Floor) -> None:
    offers = decide(found, NOW)
    served = {offer.call for offer in offers}
    for one in found.waiting:
        codes = {verdict.code for verdict in explain(found, one, NOW, offers)}
        assert ("chosen" in codes) is (one.id in served)
        if one.id not in served:
            assert "lower" not in codes


@given(floors(), st.integers())
def test_a_decision_replays_whatever_the_order_of_its_input(found: Floor, seed: int) -> None:
    agents, calls = list(found.agents.items()), list(found.waiting)
    shuffle = random.Random(seed).shuffle
    shuffle(agents)
    shuffle(calls)
    again = Floor(agents=dict(agents), queues=found.queues, waiting=tuple(calls))
    assert decide(again, NOW) == decide(found, NOW)


@given(floors())
def test_never_more_call_backs_than_free_agents(found: Floor) -> None:
    backs = {one.id for one in found.waiting if one.is_call_back}
    free = sum(one.state == READY for one in found.agents.values())
    assert sum(offer.call in backs for offer in decide(found, NOW)) <= free
