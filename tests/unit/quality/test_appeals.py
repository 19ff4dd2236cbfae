"""No order of acts breaks a case, and its history gives its state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.quality.engine.appeals import (
    ACTS,
    FROM,
    SHOWN,
    STATES,
    Act,
    Case,
    NotPossibleError,
    Rules,
    act,
    refusal,
    replay,
)

AGENT, INSPECTOR, SECOND, THIRD = 1, 2, 3, 4
RULES = Rules(most_appeals=2, appeal_s=1000, undo_s=100)
PEOPLE = st.sampled_from([None, AGENT, INSPECTOR, SECOND, THIRD])
# What is tried, by whom, for whom, and how long after the one before.
TRIED = st.lists(
    st.tuples(st.sampled_from(ACTS), PEOPLE, PEOPLE, st.sampled_from([0, 90, 400])), max_size=40
)


def done(*acts: Act) -> Case:
    case = Case()
    for one in acts:
        case = act(case, one, RULES)
    return case


START = Act("assign", None, 0, to=INSPECTOR, agent=AGENT)
PUBLISH = Act("publish", INSPECTOR, 10)
APPEAL = Act("appeal", AGENT, 20)


def why(case: Case, one: Act) -> str:
    return refusal(case, one, RULES)


@given(TRIED, st.integers(0, 3))
def test_no_order_of_acts_breaks_a_case(
    tried: list[tuple[str, int | None, int | None, int]], most: int
) -> None:
    rules = Rules(most, RULES.appeal_s, RULES.undo_s)
    case, now = Case(), 0.0
    history: list[Act] = []
    for kind, by, to, step in tried:
        now += step
        one = Act(kind, by, now, to, AGENT)
        before = case
        try:
            case = act(before, one, rules)
        except NotPossibleError as error:
            refused = error.why
        else:
            refused = ""
        assert refused == refusal(before, one, rules)
        if refused:
            continue
        history.append(one)
        assert case.state in STATES
        # Nobody inspects or judges himself.
        assert AGENT not in case.judges
        assert case.inspector != AGENT
        assert case.appeals <= most
        assert bool(case.judges) == case.is_shown
        assert (case.told_at is not None) == case.is_shown
        if one.kind == "decide":
            assert one.by not in before.judges
        if one.kind in ("appeal", "acknowledge"):
            assert one.by == AGENT
        if before.state == "cancelled":
            pytest.fail("a cancelled case went on")
    assert replay(history) == case
    # An appeal is answered by a decision before there is another.
    kinds = [one.kind for one in history if one.kind in ("appeal", "decide")]
    assert all(kind == ("appeal" if at % 2 == 0 else "decide") for at, kind in enumerate(kinds))


def test_the_way_through_two_appeals() -> None:
    case = done(START, Act("save", INSPECTOR), PUBLISH, Act("acknowledge", AGENT, 15), APPEAL)
    assert (case.state, case.appeals_left(RULES)) == ("appealed", 1)
    assert why(case, Act("decide", INSPECTOR, 30)) == "judged_it"
    assert why(case, Act("decide", AGENT, 30)) == "own_case"
    case = act(case, Act("decide", SECOND, 30), RULES)
    assert (case.state, case.told_at) == ("decided", 30)
    case = act(case, Act("appeal", AGENT, 40), RULES)
    assert why(case, Act("decide", SECOND, 50)) == "judged_it"
    case = act(case, Act("decide", THIRD, 50), RULES)
    assert why(case, Act("appeal", AGENT, 60)) == "no_more_appeals"
    assert act(case, Act("acknowledge", AGENT, 60), RULES).state == "acknowledged"


def test_times_are_kept() -> None:
    case = done(START, PUBLISH)
    assert why(case, Act("undo", INSPECTOR, 110)) == ""
    assert why(case, Act("undo", INSPECTOR, 111)) == "too_late"
    assert why(case, Act("appeal", AGENT, 1010)) == ""
    assert why(case, Act("appeal", AGENT, 1011)) == "too_late"


def test_published_is_not_published_again() -> None:
    case = done(START, PUBLISH)
    assert why(case, PUBLISH) == "wrong_state"
    assert why(case, Act("cancel", INSPECTOR, 20)) == "wrong_state"
    assert why(case, Act("give", INSPECTOR, 20, to=SECOND)) == "wrong_state"


def test_decision_is_not_written_over_by_the_inspector() -> None:
    case = done(START, PUBLISH, APPEAL, Act("decide", SECOND, 30), Act("acknowledge", AGENT, 31))
    assert why(case, Act("correct", INSPECTOR, 40)) == "wrong_state"


def test_correction_tells_the_agent_anew() -> None:
    case = done(START, PUBLISH, Act("acknowledge", AGENT, 20), Act("correct", INSPECTOR, 900))
    assert (case.state, case.told_at) == ("published", 900)
    assert why(case, Act("appeal", AGENT, 1500)) == ""


def test_stranger_does_nothing_and_the_agent_is_given_nothing() -> None:
    case = done(START)
    for kind in ("save", "publish"):
        assert why(case, Act(kind, SECOND)) == "not_his"
        assert why(case, Act(kind, None)) == "not_his"
    assert why(case, Act("give", INSPECTOR, to=AGENT)) == "own_case"
    assert why(Case(), Act("assign", None, to=AGENT, agent=AGENT)) == "own_case"
    assert why(case, Act("fly", INSPECTOR)) == "wrong_state"
    given = act(case, Act("give", INSPECTOR, to=SECOND), RULES)
    assert why(given, Act("publish", INSPECTOR)) == "not_his"
    shown = done(START, PUBLISH)
    assert why(shown, Act("appeal", SECOND, 20)) == "not_his"
    assert why(shown, Act("appeal", None, 20)) == "not_his"


def test_every_act_has_its_states() -> None:
    assert set(FROM) == set(ACTS) - {"assign"}
    assert all(set(states) <= set(STATES) for states in FROM.values())
    assert set(SHOWN) < set(STATES)
