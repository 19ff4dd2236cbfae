"""What a call's facts tell of its survey. Pure; facts handled twice tell the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact

COMPLETED = "completed"
HUNG_UP = "hung_up"
RUNNING = "running"
CUT_OFF = "cut_off"
SURVEY_KINDS = frozenset({kinds.SURVEY_STARTED, kinds.SURVEY_ANSWERED, kinds.SURVEY_ENDED})


@dataclass(frozen=True)
class ToldAnswer:
    """One question; `score` None: not answered, or not reached."""

    position: int
    text: str
    score: int | None = None
    label: str = ""
    is_bad: bool = False


@dataclass(frozen=True)
class ToldSurvey:
    """The last survey of a call. Times are aware UTC; `bad_at` is the first bad answer's."""

    survey_id: int
    name: str
    queue: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    follow_up_hours: int
    answers: tuple[ToldAnswer, ...]
    bad_at: datetime | None


def survey_told(found: Iterable[Fact], *, is_call_over: bool) -> ToldSurvey | None:
    """Return the call's survey, None when it had none. `found` may hold other facts too."""
    told = sorted(
        (fact for fact in found if fact.kind in SURVEY_KINDS),
        key=lambda fact: (fact.at, fact.key),
    )
    starts = [n for n, fact in enumerate(told) if fact.kind == kinds.SURVEY_STARTED]
    if not starts:
        return None
    start, rest = told[starts[-1]], told[starts[-1] + 1 :]
    answers = {
        int(question["position"]): ToldAnswer(int(question["position"]), str(question["text"]))
        for question in start.data.get("questions", [])
    }
    bad_at = None
    for fact in rest:
        if fact.kind != kinds.SURVEY_ANSWERED:
            continue
        answer = _answer(fact)
        answers[answer.position] = answer
        if answer.is_bad and bad_at is None:
            bad_at = fact.at
    end = next((fact for fact in rest if fact.kind == kinds.SURVEY_ENDED), None)
    if end is not None:
        state = str(end.data.get("how", COMPLETED))
    else:
        state = CUT_OFF if is_call_over else RUNNING
    return ToldSurvey(
        survey_id=int(start.data.get("survey", 0)),
        name=str(start.data.get("name", "")),
        queue=str(start.data.get("queue", "")),
        state=state,
        started_at=start.at,
        ended_at=end.at if end else None,
        follow_up_hours=int(start.data.get("follow_up_hours", 24)),
        answers=tuple(answers[position] for position in sorted(answers)),
        bad_at=bad_at,
    )


def _answer(fact: Fact) -> ToldAnswer:
    score = fact.data.get("score")
    return ToldAnswer(
        position=int(fact.data.get("position", 0)),
        text=str(fact.data.get("text", "")),
        score=None if score is None else int(score),
        label=str(fact.data.get("label", "")),
        is_bad=bool(fact.data.get("is_bad")),
    )
