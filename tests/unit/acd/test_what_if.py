"""A study: changes, figures, error bars, and Erlang beside them."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.acd.engine.erlang import impatient, patient
from apps.acd.engine.floor import RANDOM, Membership, Need
from apps.acd.engine.what_if import CHANGED, RECORDED, REPRODUCED, Study
from apps.acd.engine.what_if_change import (
    Changes,
    MemberChange,
    QueueChange,
    SkillChange,
    StaffChange,
    changed,
)
from apps.acd.engine.what_if_day import HALF_HOUR_MS, SHUT, Day, Rules, as_recorded
from apps.acd.engine.what_if_draws import Draws
from apps.acd.engine.what_if_erlang import erlang_figures
from apps.acd.engine.what_if_figures import (
    DAY,
    RATES,
    Scope,
    estimate,
    half_key,
    measure,
    queue_key,
    recorded_play,
    student,
)
from apps.acd.engine.what_if_run import play
from apps.acd.engine.what_if_spans import length, merged, without
from apps.calls.engine.figures import ABANDONED, ANSWERED, Counts, service_levels
from tests.unit.acd.what_if_days import HOUR_MS, QUEUES, arrival, day_of, days, markov, staff

ALL = Scope(frozenset(QUEUES), "without_short")
ONE = Scope(frozenset({"7001"}), "without_short")


def recorded(day: Day, seed: int = 1) -> Day:
    return as_recorded(day, play(day, Draws(day.arrivals), seed).stays)


def study(day: Day, changes: Changes | None = None, scope: Scope = ONE, runs: int = 3) -> Study:
    made = Study(day, changes or Changes(), scope)
    for seed in range(runs):
        made.reproduce(seed)
        made.replicate(seed)
    return made


# --- Changes ---


@given(days(), st.integers(0, 9))
@settings(max_examples=50, deadline=None)
def test_no_change_changes_nothing(day: Day, seed: int) -> None:
    assert changed(day, Changes(), seed) == day


@pytest.mark.parametrize(
    ("factor", "low", "high"), [(1.2, 230, 250), (0.5, 80, 120), (2, 400, 400)]
)
def test_calls_are_scaled_within_their_half_hours(factor: float, low: int, high: int) -> None:
    day = day_of([arrival(f"c{n}", n * 9) for n in range(200)], [])
    found = changed(day, Changes(calls=factor), 3).arrivals
    assert low <= len(found) <= high
    assert len({one.id for one in found}) == len(found)
    at = {one.id: one.at_ms // HALF_HOUR_MS for one in day.arrivals}
    assert all(one.at_ms // HALF_HOUR_MS == at[one.id.partition("+")[0]] for one in found)


def test_calls_are_scaled_only_in_the_queues_named() -> None:
    calls = [arrival(f"c{n}", n, QUEUES[n % 2]) for n in range(40)]
    day = day_of(calls, [], [Rules(queue) for queue in QUEUES])
    found = changed(day, Changes(calls=3, talks=2, within=frozenset({"7002"})), 1)
    count = {queue: sum(one.queue == queue for one in found.arrivals) for queue in QUEUES}
    assert count == {"7001": 20, "7002": 60, "7003": 0}
    assert (found.rules["7001"].talk_factor, found.rules["7002"].talk_factor) == (1, 2)


def test_a_varied_day_has_another_number_of_calls_for_each_seed() -> None:
    day = day_of([arrival(f"c{n}", n) for n in range(400)], [])
    counts = [len(changed(day, Changes(is_varied=True), seed).arrivals) for seed in range(30)]
    assert len(set(counts)) > 10
    assert sum(counts) / 30 == pytest.approx(400, rel=0.05)


def test_agents_come_and_go_for_a_span() -> None:
    rules = Rules("7001", needs=(Need("english", ((0, 60), (30, 20))),))
    day = day_of([], [staff("a1"), staff("a2", "7001", "7002"), staff("a3", end_s=10)], rules)
    span = (HOUR_MS, 2 * HOUR_MS)
    more = changed(day, Changes(staff=(StaffChange("7001", 2, span),)), 1).staff
    new = [one for one in more if one.id.startswith("+")]
    assert [(one.spans, dict(one.skills), list(one.queues)) for one in new] == [
        ((span,), {"english": 60}, ["7001"])
    ] * 2
    fewer = {
        one.id: one.spans
        for one in changed(day, Changes(staff=(StaffChange("7001", -1, span),)), 1).staff
    }
    # a1 serves only this queue; a3 is gone by then.
    assert fewer["a1"] == ((0, HOUR_MS), (2 * HOUR_MS, 36_000_000))
    assert fewer["a2"] == ((0, 36_000_000),)
    none = changed(day, Changes(staff=(StaffChange("7001", -9, span),)), 1).staff
    assert all(length(without(one.spans, [span])) == length(one.spans) for one in none)


def test_rules_members_and_skills_change() -> None:
    calls = [arrival("c1", 0, wrap_up_ms=9_000)]
    day = day_of(calls, [staff("a1"), staff("a2")], [Rules("7001"), Rules("7002")])
    ask = QueueChange(strategy=RANDOM, wrap_up_ms=0, open=(0, HOUR_MS), overflow_to="7002")
    found = changed(
        day,
        Changes(
            queues={"7001": ask},
            members=(MemberChange("a1", "7002", 3), MemberChange("a2", "7001", None)),
            skills=(SkillChange("a1", "english", 70),),
        ),
        1,
    )
    rules = found.rules["7001"]
    assert (rules.strategy, rules.wrap_up_ms, rules.open) == (RANDOM, 0, ((0, HOUR_MS),))
    assert (rules.overflow_to, found.arrivals[0].wrap_up_ms) == ("7002", None)
    assert dict(found.staff[0].queues) == {"7001": Membership(), "7002": Membership(level=3)}
    assert dict(found.staff[1].queues) == {}
    assert found.staff[0].skills == {"english": 70}


@pytest.mark.parametrize(
    "changes",
    [
        Changes(calls=0),
        Changes(talks=11),
        Changes(within=frozenset({"7009"})),
        Changes(queues={"7001": QueueChange(overflow_to="7009")}),
        Changes(staff=(StaffChange("7009", 1, (0, 1)),)),
        Changes(members=(MemberChange("a9", "7001", 0),)),
        Changes(skills=(SkillChange("a9", "english", 1),)),
    ],
)
def test_changes_that_do_not_fit_are_refused(changes: Changes) -> None:
    with pytest.raises(ValueError, match=r"unknown|factor"):
        Study(day_of([], [staff("a1")]), changes, ONE)


# --- Figures ---


@given(days(), st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_who_was_offered_is_answered_abandons_or_flows_out(day: Day, seed: int) -> None:
    found = measure(day, play(day, Draws(day.arrivals), seed), ALL)
    for key, one in found.items():
        ends = [one[name] or 0 for name in ("answered", "abandoned", "flowed_out")]
        assert one["offered"] == sum(ends), key
    for part in ("half:", "queue:"):
        parts = [one["offered"] or 0 for key, one in found.items() if key.startswith(part)]
        assert sum(parts) == found[DAY]["offered"]


@given(days(), st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_the_recorded_day_has_the_figures_of_the_play_that_it_records(day: Day, seed: int) -> None:
    whole = play(day, Draws(day.arrivals), seed)
    told = as_recorded(day, whole.stays)
    played, ledger = measure(day, whole, ALL), measure(told, recorded_play(told), ALL)
    for name in ("offered", "answered", *RATES):
        assert ledger[DAY][name] == played[DAY][name]
    # With ring all, who refused is ringing until the others' phones stop; a ledger does not tell.
    before, after = played[DAY]["occupancy"], ledger[DAY]["occupancy"]
    assert before == after or before == pytest.approx(after, abs=0.02)


def test_occupancy_is_work_of_work_and_readiness_also_per_half_hour() -> None:
    # From 0:10 to 0:50 at work, once 20 minutes of talk from 0:20 on: 10 in the first half hour.
    day = day_of(
        [arrival("c1", 1_200, talk_ms=1_200_000)], [staff("a1", spans=((600_000, 3_000_000),))]
    )
    found = measure(day, play(day, Draws(()), 1), ONE)
    assert found[DAY]["occupancy"] == pytest.approx(0.5)
    assert found[half_key(0)]["occupancy"] == pytest.approx(0.5)
    assert found[half_key(1)]["occupancy"] == pytest.approx(0.5)
    assert found[queue_key("7001")]["occupancy"] == pytest.approx(0.5)


def test_shut_callers_are_not_offered() -> None:
    day = day_of([arrival("c1", 0), arrival("c2", 7_200)], [staff("a1")])
    made = changed(day, Changes(queues={"7001": QueueChange(open=(0, HOUR_MS))}), 1)
    found = play(made, Draws(day.arrivals), 1)
    assert {stay.call: stay.how for stay in found.stays} == {"c1": ANSWERED, "c2": SHUT}
    assert measure(made, found, ONE)[DAY]["offered"] == 1


def test_every_definition_of_the_service_level_can_be_asked_for() -> None:
    day = markov(1, agents=3, per_s=0.06, handling_s=60, hours=2, patience_s=60)
    found = play(day, Draws(day.arrivals), 1)
    for definition in service_levels(Counts()):
        assert measure(day, found, Scope(ONE.queues, definition))[DAY]["service_level"] is not None


def test_error_bars_are_students() -> None:
    assert student(1) == 12.706
    for freedom, value in ((3, 3.182), (9, 2.262), (19, 2.093), (200, 1.972)):
        assert student(freedom) == pytest.approx(value, abs=0.01)
    assert estimate([]) is None
    alone = estimate([3.0])
    assert alone is not None
    assert (alone.mean, alone.low) == (3.0, None)
    found = estimate([1.0, 2.0, 3.0])
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((2, 2 - 2.484, 2 + 2.484), abs=0.01)


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    draw, held = Random(5), 0
    for _set in range(400):
        found = estimate([draw.gauss(10, 3) for _run in range(20)])
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 10 <= found.high
    assert 0.92 <= held / 400 <= 0.98


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6),
)
def test_spans_are_sets_of_moments(
    spans: list[tuple[int, int]], cut: list[tuple[int, int]]
) -> None:
    def moments(found: object) -> set[int]:
        return {at for start, end in found for at in range(start, end)}  # type: ignore[attr-defined]

    assert moments(merged(spans)) == moments(spans)
    left = without(spans, cut)
    assert moments(left) == moments(spans) - moments(cut)
    assert length(left) == len(moments(left))


# --- Erlang beside it ---


def test_erlang_is_that_of_the_half_hours_load() -> None:
    calls = [arrival(f"c{n}", n * 10, talk_ms=60_000) for n in range(180)]
    day = recorded(day_of(calls, [staff(f"a{n}") for n in range(8)]))
    found = erlang_figures(day, recorded_play(day).stays, Draws(day.arrivals), ["7001"])
    assert "erlang_a" not in found or DAY not in found["erlang_a"]
    book = patient(8, 6.0, 60, 20)
    assert found["erlang_c"][half_key(0)]["service_level"] == pytest.approx(book.in_time)
    assert found["erlang_c"][DAY]["occupancy"] == pytest.approx(book.occupancy)
    assert book.asa_s is not None
    assert found["erlang_c"][DAY]["asa_ms"] == pytest.approx(book.asa_s * 1000)


def test_an_agent_of_two_queues_counts_in_each_by_its_load() -> None:
    calls = [arrival(f"c{n}", n * 10, "7001" if n % 3 else "7002") for n in range(180)]
    rules = [Rules("7001"), Rules("7002")]
    day = recorded(day_of(calls, [staff(f"a{n}", "7001", "7002") for n in range(9)], rules))
    found = erlang_figures(day, recorded_play(day).stays, Draws(day.arrivals), QUEUES)["erlang_c"]
    assert found[queue_key("7001")]["occupancy"] == pytest.approx(4 / 6)
    assert found[queue_key("7002")]["occupancy"] == pytest.approx(2 / 3)


def test_too_few_agents_have_no_mean_wait_without_patience_but_one_with() -> None:
    day = recorded(markov(3, agents=4, per_s=0.1, handling_s=60, hours=4, patience_s=60))
    found = erlang_figures(day, recorded_play(day).stays, Draws(day.arrivals), ["7001"])
    assert found["erlang_c"][DAY]["asa_ms"] is None
    abandons = found["erlang_a"][DAY]["abandon_rate"]
    book = impatient(4, 6.0, 60, 20, 60)
    assert abandons == pytest.approx(book.abandons, abs=0.05)


# --- The study ---


def test_unchanged_a_made_day_deviates_by_nothing() -> None:
    day = recorded(markov(2, agents=4, per_s=0.07, handling_s=60, hours=4, patience_s=60))
    answer = study(day).answer()
    assert answer["deviation"] == {
        "service_level": 0.0,
        "answered": 0.0,
        "abandoned": 0.0,
        "same_end": 1.0,
        "is_near": True,
    }
    for row in (answer["day"], *answer["half_hours"]):
        for name in ("offered", "answered", "service_level", "asa_ms"):
            values = [row[column][name] for column in (RECORDED, REPRODUCED, CHANGED)]
            means = [value[0] if value else None for value in values]
            assert means[0] == means[1] == means[2]


def test_a_day_that_the_model_cannot_know_is_said_to_be_far() -> None:
    day = recorded(markov(2, agents=4, per_s=0.07, handling_s=60, hours=4, patience_s=60))
    # Half the callers were served by somebody of whom nothing is known.
    lost = replace(day, staff=day.staff[:2])
    answer = study(lost).answer()
    assert not answer["deviation"]["is_near"]
    assert answer["deviation"]["answered"] < -0.02


def test_agents_away_make_it_worse_with_error_bars() -> None:
    day = recorded(markov(4, agents=6, per_s=0.08, handling_s=60, hours=5, patience_s=90))
    fewer = Changes(staff=(StaffChange("7001", -2, (0, 24 * HOUR_MS)),))
    answer = study(day, fewer, runs=8).answer()
    mean, low, high = answer["day"][CHANGED]["service_level"]
    assert low < mean < high
    assert high < answer["day"][RECORDED]["service_level"][0]
    assert answer["day"]["erlang_a"]["service_level"][0] == pytest.approx(mean, abs=0.1)
    assert answer["day"][CHANGED]["abandon_rate"][0] > answer["day"][RECORDED]["abandon_rate"][0]


def test_an_answer_is_plain_data() -> None:
    day = recorded(day_of([arrival("c1", 0, how=ABANDONED, waited_ms=0)], [staff("a1")]))
    answer = study(day).answer()
    assert json.loads(json.dumps(answer)) == answer
