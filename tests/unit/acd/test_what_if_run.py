"""What-if: nobody is lost or served twice, a day plays the same again, as the books say."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import sqrt
from statistics import mean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.acd.engine.decide import Offer, decide
from apps.acd.engine.erlang import impatient, patient
from apps.acd.engine.floor import Floor
from apps.acd.engine.what_if_day import (
    SHUT,
    WAITING,
    Day,
    Played,
    Rules,
    Try,
    as_recorded,
)
from apps.acd.engine.what_if_draws import Draws
from apps.acd.engine.what_if_run import play
from apps.calls.engine.figures import ABANDONED, ANSWERED, FLOWED_OUT
from tests.unit.acd.what_if_days import BEGINS, arrival, day_of, days, markov, staff


def played(day: Day, seed: int = 1) -> Played:
    return play(day, Draws(day.arrivals), seed)


@given(days(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_nobody_is_lost_or_served_twice(day: Day, seed: int) -> None:
    found = played(day, seed)
    assert Counter(stay.call for stay in found.stays) == Counter(
        {one.id: 1 for one in day.arrivals}
    )
    ends = Counter(stay.how for stay in found.stays)
    assert set(ends) <= {ANSWERED, ABANDONED, FLOWED_OUT, SHUT, WAITING}
    assert all(stay.wait_ms >= 0 for stay in found.stays)


@given(days(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_an_agent_has_one_call_at_a_time_and_only_of_his_queues(day: Day, seed: int) -> None:
    found = played(day, seed)
    people = {one.id: one for one in day.staff}
    by_agent: dict[str, list[tuple[int, int]]] = {}
    for agent, start, end in (*found.busy, *found.ready):
        by_agent.setdefault(agent, []).append((start, end))
    for spans in by_agent.values():
        ordered = sorted(spans)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered))
    for stay in found.stays:
        if stay.how == ANSWERED:
            answer = stay.joined_ms + stay.wait_ms
            assert stay.queue in people[stay.agent].queues
            # He was there when the call began to ring; rings are 20 s at most here.
            assert any(a <= answer <= b + 20_000 for a, b in people[stay.agent].spans)


@given(days(), st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_a_seed_gives_one_result(day: Day, seed: int) -> None:
    shuffled = replace(day, arrivals=day.arrivals[::-1])
    assert played(day, seed) == played(shuffled, seed)


@given(days())
@settings(max_examples=60, deadline=None)
def test_the_cut_floor_decides_as_the_whole_one(day: Day) -> None:
    def watch(cut: Floor, whole: Floor, now_ms: int, offers: tuple[Offer, ...]) -> None:
        now = BEGINS + timedelta(milliseconds=now_ms)
        assert {offer.call: offer for offer in offers} == {
            offer.call: offer for offer in decide(whole, now)
        }

    play(day, Draws(day.arrivals), 1, watch)


@given(days(), st.integers(0, 5), st.integers(6, 9))
@settings(max_examples=80, deadline=None)
def test_unchanged_rules_reproduce_the_recorded_day(day: Day, seed: int, other: int) -> None:
    first = played(day, seed)
    recorded = as_recorded(day, first.stays)
    again = played(recorded, other)
    ends, before = by_call(again), by_call(first)
    for call, end in before.items():
        # Who waited still when all agents were gone had more patience; how much, nobody knows.
        if end[0] == WAITING:
            assert ends[call][0] in (WAITING, ABANDONED)
            assert wait_of(again, call) >= wait_of(first, call)
            ends[call] = end
    assert ends == before
    assert again.busy == first.busy
    assert again.ready == first.ready


def wait_of(found: Played, call: str) -> int:
    return next(stay.wait_ms for stay in found.stays if stay.call == call)


def by_call(found: Played) -> dict[str, tuple[object, ...]]:
    return {
        stay.call: (stay.how, stay.reason, stay.wait_ms, stay.agent, stay.talk_ms, stay.wrap_up_ms)
        for stay in found.stays
    }


@given(days())
@settings(max_examples=50, deadline=None)
def test_equal_callers_of_one_queue_are_first_come_first_served(day: Day) -> None:
    plain = replace(
        day,
        arrivals=tuple(
            replace(one, needs=(), wanted="", priority=0, tries=()) for one in day.arrivals
        ),
        rules={queue: replace(one, needs=()) for queue, one in day.rules.items()},
        staff=tuple(
            replace(one, queues={q: replace(served, level=0) for q, served in one.queues.items()})
            for one in day.staff
        ),
    )
    served: dict[str, list[tuple[int, int]]] = {}
    for stay in played(plain).stays:
        if stay.how == ANSWERED:
            served.setdefault(stay.queue, []).append(
                (stay.joined_ms + stay.wait_ms, stay.joined_ms)
            )
    for order in served.values():
        # No tries are known here: everybody answers at once.
        assert [joined for _at, joined in sorted(order)] == sorted(joined for _, joined in order)


def test_the_time_limit_waits_for_a_ring_to_end() -> None:
    rules = Rules("7001", ring_ms=20_000, max_wait_ms=30_000)
    late = arrival("c1", 0, tries=(Try("a1"), Try("a1")))
    [stay] = played(day_of([late], [staff("a1")], rules)).stays
    # 20 s ring, 2 s rest, 20 s ring again: the limit of 30 s is looked at when that ends.
    assert (stay.how, stay.reason, stay.wait_ms) == (FLOWED_OUT, "timeout", 42_000)


def test_who_missed_comes_last_and_rests() -> None:
    day = day_of(
        [arrival("c1", 10, tries=(Try("a1", 3_000), Try("a2", 2_000, is_answered=True)))],
        [staff("a1"), staff("a2", spans=((1, 36_000_000),))],
    )
    [stay] = played(day).stays
    assert (stay.agent, stay.wait_ms, [one.agent for one in stay.tries]) == (
        "a2",
        5_000,
        ["a1", "a2"],
    )


def test_who_is_kept_for_an_agent_waits_for_him_unless_he_goes() -> None:
    kept = {"wanted": "a1", "wanted_ms": 90_000}
    calls = [arrival("c1", 0, talk_ms=50_000), arrival("c2", 5, **kept)]
    people = [staff("a1"), staff("a2", spans=((1_000, 36_000_000),))]
    found = {stay.call: stay for stay in played(day_of(calls, people)).stays}
    # a1 talks with the first caller, a2 is free: the second waits for a1 all the same.
    assert (found["c2"].agent, found["c2"].wait_ms) == ("a1", 45_000)
    goes = [staff("a1", spans=((0, 20_000),)), people[1]]
    found = {stay.call: stay for stay in played(day_of(calls, goes)).stays}
    # He leaves after his talk: then the other one may have him.
    assert (found["c2"].agent, found["c2"].wait_ms) == ("a2", 45_000)
    [alone] = played(day_of([arrival("c2", 5, **{**kept, "wanted": "a9"})], people)).stays
    assert (alone.agent, alone.wait_ms) == ("a1", 0)


def test_wrap_up_keeps_an_agent_from_the_next_call() -> None:
    calls = [arrival("c1", 0), arrival("c2", 1)]
    day = day_of(calls, [staff("a1")], Rules("7001", wrap_up_ms=15_000))
    waits = {stay.call: stay.wait_ms for stay in played(day).stays}
    assert waits == {"c1": 0, "c2": 74_000}


def test_overflow_takes_him_to_the_other_queue_with_his_patience() -> None:
    first = Rules("7001", max_wait_ms=10_000, overflow_to="7002")
    calls = [arrival("c1", 0, patience_ms=60_000), arrival("c2", 0, patience_ms=12_000)]
    day = day_of(calls, [staff("a1", "7002", spans=((15_000, 900_000),))], [first, Rules("7002")])
    ends = [(stay.call, stay.queue, stay.how, stay.wait_ms) for stay in played(day).stays]
    assert ends == [
        ("c1", "7001", FLOWED_OUT, 10_000),
        ("c2", "7001", FLOWED_OUT, 10_000),
        ("c2", "7002", ABANDONED, 2_000),
        ("c1", "7002", ANSWERED, 5_000),
    ]


def test_the_next_queue_comes_only_when_the_first_stay_ends_as_it_did() -> None:
    second = arrival("c1#1", 0, "7002")
    first = arrival("c1", 0, how=FLOWED_OUT, reason="timeout", then=second, then_after_ms=500)
    rules = [Rules("7001", max_wait_ms=10_000), Rules("7002")]
    without = day_of([first], [staff("a2", "7002")], rules)
    ends = [(stay.call, stay.how, stay.joined_ms) for stay in played(without).stays]
    assert ends == [("c1", FLOWED_OUT, 0), ("c1#1", ANSWERED, 10_500)]
    served = day_of([first], [staff("a1"), staff("a2", "7002")], rules)
    assert [(stay.call, stay.how) for stay in played(served).stays] == [("c1", ANSWERED)]


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="7009"):
        played(day_of([arrival("c1", 0, "7009")], [staff("a1")]))


# --- Against the textbooks: several days, means within four standard errors ---


def assert_near(values: list[float], expected: float, least: float) -> None:
    error = stdev(values) / sqrt(len(values))
    assert abs(mean(values) - expected) <= max(4 * error, least), (mean(values), expected, error)


def stays_of(seeds: int, **queue: float) -> list[Played]:
    return [played(markov(seed, **queue)) for seed in range(seeds)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("agents", "per_s"), [(1, 0.012), (5, 0.065)])
def test_endless_patience_queues_as_erlang_c(agents: int, per_s: float) -> None:
    runs = stays_of(8, agents=agents, per_s=per_s, handling_s=60, hours=12)
    book = patient(agents, per_s * 60, 60, 20)
    assert book.asa_s is not None
    waits = [[stay.wait_ms / 1000 for stay in run.stays] for run in runs]
    assert_near([mean(one) for one in waits], book.asa_s, 0.2)
    assert_near([sum(w > 0 for w in one) / len(one) for one in waits], book.waits, 0.01)
    assert_near([sum(w <= 20 for w in one) / len(one) for one in waits], book.in_time, 0.01)


@pytest.mark.parametrize(("agents", "per_s"), [(5, 0.07), (5, 0.12)])
def test_impatience_queues_as_erlang_a(agents: int, per_s: float) -> None:
    runs = stays_of(8, agents=agents, per_s=per_s, handling_s=60, hours=6, patience_s=90)
    book = impatient(agents, per_s * 60, 60, 20, 90)
    for how, share in ((ABANDONED, book.abandons), (ANSWERED, 1 - book.abandons)):
        assert_near(
            [sum(stay.how == how for stay in run.stays) / len(run.stays) for run in runs],
            share,
            0.01,
        )
    in_time = [
        sum(stay.how == ANSWERED and stay.wait_ms <= 20_000 for stay in run.stays) / len(run.stays)
        for run in runs
    ]
    assert_near(in_time, book.in_time, 0.01)
    assert book.asa_s is not None
    assert_near([mean(stay.wait_ms for stay in run.stays) / 1000 for run in runs], book.asa_s, 0.2)


def test_one_more_agent_shortens_the_mean_wait() -> None:
    means = [
        [
            mean(stay.wait_ms for stay in run.stays)
            for run in stays_of(3, agents=agents, per_s=0.12, handling_s=60, hours=5)
        ]
        for agents in (8, 9, 10)
    ]
    fewer, some, more = means
    # The same callers on the same days: each day by itself, but for the rounding to milliseconds.
    assert all(a >= b - 1 and b >= c - 1 for a, b, c in zip(fewer, some, more, strict=True))
