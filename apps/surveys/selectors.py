"""Read surveys for calls, and results by view tier."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypedDict

from django.db.models import Avg, Count, F, Q, QuerySet

from apps.accounts.models import Agent, User
from apps.accounts.scope import restrict
from apps.acd.selectors import queue_by_asterisk_name
from apps.core.tenancy import tenant_scope
from apps.prompts.selectors import prompt_mapping
from apps.surveys.engine.survey import MAX_QUESTIONS, Question, SurveyScript, most_asked
from apps.surveys.models import Survey, SurveyAnswer, SurveyQueue, SurveyResult

# Room for the longest prompt before each wait, for introduction and thanks.
PROMPT_S = 10
ENDS_S = 20


@dataclass(frozen=True)
class SurveyPlan:
    """A queue's survey as a call needs it."""

    survey_id: int
    name: str
    sample_percent: int
    follow_up_hours: int
    script: SurveyScript
    # The company's own prompts: name -> what Asterisk plays.
    prompts: Mapping[str, str] = field(default_factory=dict)


class ScoreMean(TypedDict):
    """The mean score of one question in one queue or of one agent; `answers` counts scores."""

    name: str
    text: str
    mean: float
    answers: int
    bad: int


def survey_plan(asterisk_queue: str) -> SurveyPlan | None:
    """Return the active survey of a queue, by its Asterisk name; None without one. 4 queries."""
    queue = queue_by_asterisk_name(asterisk_queue)
    if queue is None:
        return None
    with tenant_scope(queue.tenant_id):
        survey: Survey | None = (
            Survey.objects.filter(queues__queue=queue, is_active=True)
            .prefetch_related("questions")
            .first()
        )
        plan = _plan(survey) if survey else None
        if plan is None:
            return None
        own = prompt_mapping(queue.tenant_id, queue.tenant.slug)
    return replace(plan, prompts=own)


def _plan(survey: Survey) -> SurveyPlan | None:
    questions = tuple(
        Question(
            position=row.position,
            text=row.text,
            prompt=row.prompt,
            low=row.low,
            high=row.high,
            bad_up_to=row.bad_up_to,
            labels=row.label_pairs(),
        )
        for row in survey.questions.all()
    )
    if not questions:
        return None
    return SurveyPlan(
        survey_id=survey.pk,
        name=survey.name,
        sample_percent=survey.sample_percent,
        follow_up_hours=survey.follow_up_hours,
        script=SurveyScript(
            intro=survey.intro_prompt,
            thanks=survey.thanks_prompt,
            questions=questions[:MAX_QUESTIONS],
            timeout_s=float(survey.timeout_s),
            tries=survey.tries,
        ),
    )


def survey_queue_numbers() -> list[str]:
    """Return the numbers of the queues in scope that have an active survey. 1 query."""
    return [name.partition("-")[2] for name, _ in survey_queue_limits()]


def survey_queue_limits() -> list[tuple[str, int]]:
    """Return (Asterisk's queue, longest survey in seconds) of queues with an active survey.

    In scope, by queue. 1 query. A survey without questions is none.
    """
    rows = (
        SurveyQueue.objects.filter(
            survey__is_active=True, queue__is_active=True, survey__tenant=F("queue__tenant")
        )
        .select_related("survey", "queue__tenant")
        .annotate(asked=Count("survey__questions"))
        .filter(asked__gt=0)
        .order_by("queue__tenant__slug", "queue__number")
    )
    return [
        (
            row.queue.asterisk_name,
            ENDS_S
            + min(row.asked, MAX_QUESTIONS)
            * most_asked(row.survey.tries)
            * (row.survey.timeout_s + PROMPT_S),
        )
        for row in rows
    ]


def survey_result_list_for(*, user: User) -> "QuerySet[SurveyResult]":
    """Return the results that the person may see, newest first. 1 query and 1 for the answers.

    Own: of calls that the person answered. Department: of its queues and its people.
    """
    rows: QuerySet[SurveyResult] = SurveyResult.objects.all()
    allowed = restrict(
        rows,
        user=user,
        own=Q(agent__user=user),
        department_paths=("department", "agent__user__department"),
    )
    return (
        allowed.select_related("agent__user", "call__customer")
        .prefetch_related("answers")
        .order_by("-started_at", "-pk")
    )


def survey_result_for_call(*, user: User, call_id: int) -> SurveyResult | None:
    """Return the result of a call that the person may see. 2 queries."""
    return survey_result_list_for(user=user).filter(call_id=call_id).first()


def survey_means(results: "QuerySet[SurveyResult]", *, by: str) -> list[ScoreMean]:
    """Return the mean score of each question by `queue` or `agent`, in order. 1 query.

    Mean = sum of scores / number of scores, over questions that were answered; a question left
    unanswered counts in neither, so no answer gives no mean. Definition `survey_mean` in
    docs/surveys.md.
    """
    path = {"queue": "result__queue_number", "agent": "result__agent__number"}[by]
    rows = (
        SurveyAnswer.objects.filter(result__in=results.order_by().values("pk"), score__isnull=False)
        .values(path, "text")
        .annotate(mean=Avg("score"), answers=Count("pk"), bad=Count("pk", filter=Q(is_bad=True)))
        .order_by(path, "text")
    )
    return [
        ScoreMean(
            name=row[path] or "—",
            text=row["text"],
            mean=round(row["mean"], 2),
            answers=row["answers"],
            bad=row["bad"],
        )
        for row in rows
    ]


def survey_scores(
    agents: Iterable[Agent], since: datetime, until: datetime
) -> dict[int, tuple[int, int]]:
    """Return (scores given, scores that were not bad) of each agent asked about in [since, until).

    By the agent's id; who was not scored is left out. 1 query. Definition `service_score` in
    docs/figures.md.
    """
    rows = (
        _scored(agents, since, until)
        .values("result__agent")
        .annotate(answers=Count("pk"), good=Count("pk", filter=Q(is_bad=False)))
    )
    return {row["result__agent"]: (row["answers"], row["good"]) for row in rows}


def survey_scored_call_ids(agent: Agent, since: datetime, until: datetime) -> list[int]:
    """Return the calls in which the agent was scored in [since, until). 1 query."""
    rows = _scored([agent], since, until).values_list("result__call", flat=True)
    return sorted(set(rows))


def _scored(agents: Iterable[Agent], since: datetime, until: datetime) -> "QuerySet[SurveyAnswer]":
    rows: QuerySet[SurveyAnswer] = SurveyAnswer.objects.filter(
        result__agent__in=[agent.pk for agent in agents],
        result__started_at__gte=since,
        result__started_at__lt=until,
        score__isnull=False,
    )
    return rows.order_by()
