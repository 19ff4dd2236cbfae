"""Ask a caller the questions of a survey, and decide who is asked. Pure."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from apps.ivr.engine.node import PREFIX
from apps.ivr.engine.voice import Voice

MAX_QUESTIONS = 5
MAX_TRIES = 3
# Even with one try: a slip of the finger is no refusal.
MOST_WRONG = 2
INVALID_KEY = "invalid-key"
NO_INPUT = "no-input"


@dataclass(frozen=True)
class Question:
    """One question. `prompt` is a prompt's name; keys from `low` to `high` are scores.

    `bad_up_to`: scores up to it are bad, None means that none is.
    """

    position: int
    text: str
    prompt: str
    low: int = 1
    high: int = 5
    bad_up_to: int | None = None
    labels: tuple[tuple[str, str], ...] = ()

    def score(self, key: str) -> int | None:
        """Return the score of a key, None for a key that is not offered."""
        if len(key) != 1 or key not in "0123456789":
            return None
        return int(key) if self.low <= int(key) <= self.high else None

    def is_bad(self, score: int) -> bool:
        """Say whether the score asks for a follow-up."""
        return self.bad_up_to is not None and score <= self.bad_up_to

    def label(self, score: int) -> str:
        """Return what the score means in words, '' when nobody said."""
        return dict(self.labels).get(str(score), "")


@dataclass(frozen=True)
class SurveyScript:
    """A survey as it is asked. `timeout_s` is the wait for each key, `tries` at each question."""

    intro: str
    thanks: str
    questions: tuple[Question, ...]
    timeout_s: float = 5.0
    tries: int = 2


@dataclass(frozen=True)
class Answer:
    """What came to one question; None when nothing usable came."""

    question: Question
    score: int | None


def is_sampled(linkedid: str, percent: int) -> bool:
    """Say whether this call is asked: the same answer whenever and wherever it is asked.

    `percent` 0 asks nobody, 100 everybody. A hash of the linkedid spreads the calls evenly.
    """
    digest = hashlib.sha256(linkedid.encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < percent


def most_asked(tries: int) -> int:
    """Return how often one question is asked at most: silences and wrong keys count apart."""
    silences = max(1, min(tries, MAX_TRIES))
    return silences + max(MOST_WRONG, silences) - 1


def run_survey(script: SurveyScript, *, voice: Voice, on_answer: Callable[[Answer], None]) -> None:
    """Ask every question, tell each answer at once, thank. Raises CallerGoneError from the voice.

    Ends after at most `tries` silences and as many wrong keys for each question, but at least one
    wrong key is forgiven.
    """
    opening = [PREFIX + script.intro] if script.intro else []
    for question in script.questions[:MAX_QUESTIONS]:
        score = _asked(script, question, voice, opening)
        opening = []
        on_answer(Answer(question, score))
    if script.thanks:
        voice.play([PREFIX + script.thanks])


def _asked(
    script: SurveyScript, question: Question, voice: Voice, opening: list[str]
) -> int | None:
    before = opening
    tries = max(1, min(script.tries, MAX_TRIES))
    silences, wrong = tries, max(MOST_WRONG, tries)
    while silences and wrong:
        key = voice.ask([*before, PREFIX + question.prompt], script.timeout_s)
        score = question.score(key)
        if score is not None:
            return score
        if key:
            wrong -= 1
        else:
            silences -= 1
        before = [PREFIX + (INVALID_KEY if key else NO_INPUT)]
    return None
