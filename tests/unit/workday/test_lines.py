"""Figures of an agent against days worked out by hand, and what holds for every day."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from apps.acd.engine.agent_state import HELD, PAUSED, READY, TALKING, WRAP_UP
from apps.acd.engine.occupancy import Times
from apps.calls.engine.figures import (
    AgentCounts,
    AgentLeg,
    agent_call,
    agent_counts,
    handling_ms,
)
from apps.workday.engine.inheritance import Kept, targets_in_force
from apps.workday.engine.lines import SMALLEST_TEAM, UNITS, Score, Work, lines, team_mean

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def leg(
    call: int = 1,
    seconds: float = 0,
    direction: str = "in",
    result: str = "",
    *,
    is_first: bool = False,
    is_call_back: bool = False,
    is_live: bool = False,
    is_up: bool = False,
) -> AgentLeg:
    at = NOON + timedelta(seconds=seconds)
    return AgentLeg(call, at, direction, is_first, is_call_back, is_live, result, is_up)


def figures(*legs: AgentLeg) -> tuple[str, ...] | None:
    found = agent_call(legs)
    return found.figures if found else None


def test_a_call_counts_once_however_often_it_rang() -> None:
    again = leg(seconds=30, result="connected", is_up=True)
    assert figures(leg(result="not_answered", is_up=True), again) == ("answered",)
    found = agent_call([again, leg(result="not_answered", is_up=True)])
    assert found is not None
    assert found.at == NOON


def test_missed_is_what_he_let_ring_and_a_quicker_colleague_is_none() -> None:
    assert figures(leg(result="not_answered", is_up=True)) == ("missed",)
    assert figures(leg(result="", is_up=True)) == ("taken",)
    assert figures(leg(result="", is_up=False)) == ("missed",)
    assert figures(leg(result="", is_live=True)) is None


def test_made_calls_are_his_own_and_those_of_call_backs() -> None:
    assert figures(leg(direction="out", is_first=True)) == ("made",)
    assert figures(leg(direction="out", is_first=True, is_up=True)) == ("made", "reached")
    assert figures(leg(direction="out", is_call_back=True, is_up=True)) == ("made", "reached")
    # A colleague who called out gave it to him: it rang at him.
    assert figures(leg(direction="out", result="connected", is_up=True)) == ("answered",)
    assert figures(leg(direction="internal", result="connected", is_up=True)) is None


LEGS = st.builds(
    AgentLeg,
    st.integers(1, 5),
    st.integers(0, 3600).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    st.sampled_from(["in", "out", "internal"]),
    st.booleans(),
    st.booleans(),
    st.just(False),
    st.sampled_from(["", "connected", "not_answered"]),
    st.booleans(),
)


@given(st.lists(LEGS, max_size=30))
def test_every_call_of_an_agent_is_in_one_place(legs: list[AgentLeg]) -> None:
    by_call: dict[int, list[AgentLeg]] = {}
    for one in legs:
        by_call.setdefault(one.call_id, []).append(one)
    calls = [call for call in map(agent_call, by_call.values()) if call]
    counts = agent_counts(calls)
    assert counts.rung + counts.made == len(calls)
    assert counts.reached <= counts.made
    assert sum((agent_counts([one]) for one in calls), AgentCounts()) == counts


def minutes(**states: int) -> Times:
    names = {"talk": TALKING, "hold": HELD, "wrap": WRAP_UP, "ready": READY, "busy": PAUSED}
    return Times({names[key]: value * 60_000 for key, value in states.items()})


# By hand: 40 + 5 + 15 = 60 minutes of handling, 20 of readiness: 60 / 80 = 75 %; of 12 + 3 calls
# 4 minutes each; 60 + 20 of 100 minutes seen: 80 %.
HIS = Work(
    AgentCounts(answered=12, missed=2, taken=1, made=5, reached=3),
    minutes(talk=40, hold=5, wrap=15, ready=20, busy=20),
    Score(answers=8, good=6),
)


def test_a_day_worked_out_by_hand() -> None:
    found = {name: line.value for name, line in lines(HIS, [], {}).items()}
    assert found == {
        "answered": 12,
        "missed": 2,
        "taken": 1,
        "made": 5,
        "reached": 3,
        "talk": 40 * 60_000,
        "hold": 5 * 60_000,
        "wrap_up": 15 * 60_000,
        "ready": 20 * 60_000,
        "paused": 20 * 60_000,
        "signed_in": 100 * 60_000,
        "handling": 4 * 60_000,
        "occupancy": 0.75,
        "utilisation": 0.8,
        "service_score": 0.75,
    }


def test_nothing_gives_no_value_and_meets_no_target() -> None:
    found = lines(Work(), [], {"occupancy": 70, "handling": 60, "service_score": 80, "missed": 0})
    for name in ("occupancy", "utilisation", "handling", "service_score"):
        assert found[name].value is None
        assert found[name].is_met is None
    assert found["missed"].is_met is True
    assert handling_ms(AgentCounts(), 0) is None


def test_targets_are_at_least_or_at_most_and_of_calls_for_each_day_worked() -> None:
    kept = {"answered": 6, "missed": 1, "handling": 240, "occupancy": 76, "service_score": 75}
    day, two = lines(HIS, [], kept), lines(HIS, [], kept, days=2)
    assert {name: day[name].is_met for name in kept} == {
        "answered": True,
        "missed": False,
        "handling": True,
        "occupancy": False,
        "service_score": True,
    }
    assert (two["answered"].target, two["answered"].is_met) == (12, True)
    assert (two["missed"].target, two["missed"].is_met) == (2, True)
    assert two["handling"].target == day["handling"].target == 240_000


def test_the_teams_mean_is_of_who_worked_and_of_three_at_least() -> None:
    other = Work(AgentCounts(answered=6), minutes(talk=20, ready=60))
    third = Work(AgentCounts(answered=0), minutes(ready=20))
    assert team_mean([HIS, other, Work()], "answered") is None
    team = [HIS, other, third, Work()]
    assert team_mean(team, "answered") == 6
    assert team_mean(team, "talk") == 20 * 60_000
    # 80 minutes of handling and 100 of readiness of all together; not the mean of three shares.
    assert team_mean(team, "occupancy") == 80 / 180
    assert team_mean(team, "handling") == 80 * 60_000 / 21
    assert team_mean([HIS] * (SMALLEST_TEAM - 1), "answered") is None


WORKS = st.builds(
    Work,
    st.builds(AgentCounts, *[st.integers(0, 50)] * 5),
    st.builds(minutes, talk=st.integers(0, 99), ready=st.integers(0, 99), busy=st.integers(0, 9)),
    st.builds(lambda good, bad: Score(good + bad, good), st.integers(0, 9), st.integers(0, 9)),
)


@given(st.lists(WORKS, min_size=SMALLEST_TEAM, max_size=8))
@example([Work(AgentCounts(answered=1), minutes(ready=1))] * 2 + [Work(times=minutes(talk=1))])
def test_a_mean_lies_between_the_least_and_the_most(team: list[Work]) -> None:
    at_work = [one for one in team if one.is_any]
    for name in UNITS:
        mean = team_mean(team, name)
        values = [value for one in at_work if (value := one.value(name)) is not None]
        if mean is None:
            assert len(at_work) < SMALLEST_TEAM or not values
        elif name != "handling" or len(values) == len(at_work):
            # Wrap-up of who has no call is in the mean of all together, and in nobody's own.
            assert min(values) - 1e-6 <= mean <= max(values) + 1e-6


def test_his_own_target_comes_before_the_departments_above_and_the_companys() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: 1}
    company = Kept("answered", 10)
    above = Kept("answered", 20, department_id=1)
    near = Kept("answered", 30, department_id=3)
    sister = Kept("answered", 99, department_id=4)
    own = Kept("answered", 40, agent_id=7)
    others = Kept("answered", 98, agent_id=8)
    every = [others, sister, company, above, near, own]

    def value(kept: list[Kept], department: int | None = 3) -> int | None:
        found = targets_in_force(kept, agent_id=7, department_id=department, parents=parents)
        return found["answered"].value if "answered" in found else None

    assert value(every) == 40
    assert value([one for one in every if one is not own]) == 30
    assert value([others, sister, company, above]) == 20
    assert value([others, sister, company]) == 10
    assert value([others, sister]) is None
    assert value(every[:-1], department=None) == 10
    # A tree that was broken by hand does not hang the page.
    looped = targets_in_force([company], agent_id=7, department_id=5, parents={5: 6, 6: 5})
    assert looped["answered"].value == 10
