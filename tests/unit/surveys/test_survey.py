"""A survey ends whatever the caller does; the draw is the same wherever it is made."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AGI, Fact
from apps.ivr.engine.voice import CallerGoneError
from apps.surveys.engine.survey import (
    MAX_QUESTIONS,
    Answer,
    Question,
    SurveyScript,
    is_sampled,
    most_asked,
    run_survey,
)
from apps.surveys.engine.told import survey_told

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
HANG_UP = "hang up"


class Caller:
    """Press these keys, one a question ('' is silence); then be silent."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = list(keys)
        self.heard: list[str] = []
        self.asked = 0

    def answer(self) -> None:
        """Be picked up."""

    def play(self, prompts: Sequence[str]) -> None:
        """Hear prompts."""
        self.heard += prompts

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        """Hear prompts and press the next key."""
        self.heard += prompts
        self.asked += 1
        key = self.keys.pop(0) if self.keys else ""
        if key == HANG_UP:
            raise CallerGoneError(HANG_UP)
        return key

    def collect(self, prompts: Sequence[str], timeout_s: float, most: int) -> str:
        """A survey collects nothing."""
        raise AssertionError

    def set_language(self, language: str) -> None:
        """A survey speaks the call's language."""
        raise AssertionError


def script(questions: int = 1, **fields: Any) -> SurveyScript:
    asked = tuple(
        Question(n, f"Question {n}", f"question-{n}", bad_up_to=2, labels=(("1", "awful"),))
        for n in range(1, questions + 1)
    )
    return SurveyScript(intro="intro", thanks="thanks", questions=asked, **fields)


def run(caller: Caller, survey: SurveyScript) -> list[Answer]:
    answers: list[Answer] = []
    run_survey(survey, voice=caller, on_answer=answers.append)
    return answers


def test_key_is_the_score_and_the_caller_is_thanked() -> None:
    caller = Caller(["1"])
    [answer] = run(caller, script())
    assert (answer.score, answer.question.is_bad(1), answer.question.label(1)) == (1, True, "awful")
    assert caller.heard == ["huawu/intro", "huawu/question-1", "huawu/thanks"]


def test_wrong_key_and_silence_are_asked_again_and_say_what_was_wrong() -> None:
    caller = Caller(["9", "", "4"])
    [answer] = run(caller, script(tries=3))
    assert answer.score == 4
    assert not answer.question.is_bad(4)
    assert caller.heard[2:5:2] == ["huawu/invalid-key", "huawu/no-input"]


def test_answers_before_a_hang_up_are_told() -> None:
    answers: list[Answer] = []
    with pytest.raises(CallerGoneError):
        run_survey(script(2), voice=Caller(["3", HANG_UP]), on_answer=answers.append)
    assert [answer.score for answer in answers] == [3]


@pytest.mark.parametrize("key", ["", "*", "#", "0", "6", "12", "٣", "a"])
def test_keys_that_are_not_offered_are_no_score(key: str) -> None:
    assert script().questions[0].score(key) is None


@given(
    keys=st.lists(st.sampled_from([*"0123456789*#", "", HANG_UP]), max_size=30),
    questions=st.integers(0, 9),
    tries=st.integers(0, 9),
)
def test_any_keys_silence_or_hang_up_ends(keys: list[str], questions: int, tries: int) -> None:
    caller = Caller(keys)
    answers: list[Answer] = []
    try:
        run_survey(script(questions, tries=tries), voice=caller, on_answer=answers.append)
    except CallerGoneError:
        assert HANG_UP in keys
    else:
        assert len(answers) == min(questions, MAX_QUESTIONS)
    assert caller.asked <= min(questions, MAX_QUESTIONS) * most_asked(tries)
    assert all(answer.score is None or 1 <= answer.score <= 5 for answer in answers)


def test_a_wrong_key_costs_no_silence_and_one_is_always_forgiven() -> None:
    caller, answers = Caller(["9", "5"]), []
    run_survey(script(1, tries=1), voice=caller, on_answer=answers.append)
    assert [answer.score for answer in answers] == [5]
    caller, answers = Caller(["9", "9", "5"]), []
    run_survey(script(1, tries=1), voice=caller, on_answer=answers.append)
    assert [answer.score for answer in answers] == [None]


def test_draw_is_the_same_for_a_call_and_fair_over_many() -> None:
    calls = [f"pbx1-{1_700_000_000 + n}.{n}" for n in range(5_000)]
    asked = [call for call in calls if is_sampled(call, 30)]
    assert asked == [call for call in calls if is_sampled(call, 30)]
    assert 0.27 < len(asked) / len(calls) < 0.33
    assert not any(is_sampled(call, 0) for call in calls)
    assert all(is_sampled(call, 100) for call in calls)


def fact(kind: str, second: int, key: str = "", **data: Any) -> Fact:
    return Fact(
        node="pbx1",
        linkedid="1",
        key=key or f"1:{kind}:{second}",
        kind=kind,
        at=AT + timedelta(seconds=second),
        source=AGI,
        uniqueid="1",
        data=data,
    )


STARTED = fact(
    kinds.SURVEY_STARTED,
    0,
    survey=3,
    name="S",
    queue="demo-7001",
    questions=[{"position": 1, "text": "How?"}, {"position": 2, "text": "Why?"}],
)
ANSWERED = fact(
    kinds.SURVEY_ANSWERED, 5, position=1, text="How?", score=1, label="awful", is_bad=True
)


def test_questions_not_reached_are_told_as_unanswered() -> None:
    told = survey_told([STARTED, ANSWERED], is_call_over=False)
    assert told is not None
    assert [(a.position, a.score) for a in told.answers] == [(1, 1), (2, None)]
    assert (told.state, told.bad_at) == ("running", ANSWERED.at)


@pytest.mark.parametrize(
    ("more", "is_call_over", "state"),
    [
        ([], False, "running"),
        ([], True, "cut_off"),
        ([fact(kinds.SURVEY_ENDED, 9, how="hung_up")], True, "hung_up"),
        ([fact(kinds.SURVEY_ENDED, 9, how="completed")], False, "completed"),
    ],
)
def test_state_says_how_the_survey_ended(more: list[Fact], is_call_over: bool, state: str) -> None:
    told = survey_told([STARTED, ANSWERED, *more], is_call_over=is_call_over)
    assert told is not None
    assert told.state == state


def test_order_of_arrival_does_not_matter() -> None:
    facts = [STARTED, ANSWERED, fact(kinds.SURVEY_ENDED, 9, how="completed")]
    expected = survey_told(facts, is_call_over=True)
    for seed in range(10):
        shuffled = facts[:]
        Random(seed).shuffle(shuffled)
        assert survey_told(shuffled, is_call_over=True) == expected


def test_call_without_a_survey_tells_none() -> None:
    assert survey_told([ANSWERED], is_call_over=True) is None
