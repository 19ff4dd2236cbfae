"""Surveys: hand a caller over; fold answers into results, bad ones into tasks for the lead."""

from datetime import timedelta

from django.db import transaction

from apps.accounts.models import Agent
from apps.audit.services import audit_record
from apps.calls.cards import other_number
from apps.calls.models import Call
from apps.calls.ports import phone_system, queue_directory
from apps.calls.rows import fact_of
from apps.calls.selectors import call_need_talk, call_timeline
from apps.core.events import user_stream
from apps.core.tenancy import tenant_scope
from apps.surveys.choices import ResultState
from apps.surveys.engine.told import ToldSurvey, survey_told
from apps.surveys.errors import NoSurveyError
from apps.surveys.models import Survey, SurveyAnswer, SurveyResult
from apps.surveys.selectors import survey_plan
from apps.tasks.choices import TaskKind
from apps.tasks.selectors import department_leads
from apps.tasks.services import task_create


def survey_transfer(*, call: Call, agent: Agent) -> None:
    """Send the caller who talks with the agent to his queue's survey; the agent is released.

    Raises NotTalkingError, NoSurveyError, and what the phone system raises without a link.
    """
    call_need_talk(call=call, agent=agent)
    if survey_plan(call.queue_name) is None:
        raise NoSurveyError(call.queue_name)
    audit_record(
        actor=agent.user,
        tenant_id=agent.tenant_id,
        action="survey.transfer",
        object_type="call",
        object_id=call.pk,
    )
    # A call's linkedid is the uniqueid of the caller's channel.
    phone_system().call_to_survey(
        node=call.node, uniqueid=call.linkedid, user_stream=user_stream(agent.user_id)
    )


def survey_result_update(call: Call) -> SurveyResult | None:
    """Bring the call's survey result in line with its facts; None when it had no survey.

    Harmless again and from several processes: the row is locked before the facts are read, so the
    last writer has seen all. One transaction with the task of a bad answer.
    """
    if call.tenant_id is None:
        return None
    with tenant_scope(call.tenant_id), transaction.atomic():
        if _told(call) is None:
            return None
        result, _ = SurveyResult.objects.get_or_create(
            call=call, defaults={"tenant_id": call.tenant_id, "started_at": call.started_at}
        )
        SurveyResult.objects.select_for_update(no_key=True, of=("self",)).get(pk=result.pk)
        told = _told(call)
        if told is None:
            return None
        _result_fill(result, told, call)
        _answers_write(result, told)
        if told.bad_at is not None:
            _follow_up(call, result, told)
    return result


def _told(call: Call) -> ToldSurvey | None:
    return survey_told(
        (fact_of(row) for row in call_timeline(call)), is_call_over=call.ended_at is not None
    )


def _result_fill(result: SurveyResult, told: ToldSurvey, call: Call) -> None:
    result.survey = Survey.objects.filter(pk=told.survey_id).first()
    result.name = told.name[:100]
    result.queue_number = told.queue.partition("-")[2][:10]
    result.department_id = call.queue_department_id or _department_of(told.queue)
    result.agent_id = call.agent_id
    result.state = told.state if told.state in ResultState else ResultState.CUT_OFF
    result.is_bad = told.bad_at is not None
    result.started_at = told.started_at
    result.ended_at = told.ended_at or (
        call.ended_at if told.state == ResultState.CUT_OFF else None
    )
    result.save()


def _department_of(queue: str) -> int | None:
    """Return the department of a queue in which the caller has not been: a flow asked."""
    entry = queue_directory().find(queue)
    return entry.department_id if entry else None


def _answers_write(result: SurveyResult, told: ToldSurvey) -> None:
    for answer in told.answers:
        SurveyAnswer.objects.update_or_create(
            result=result,
            position=answer.position,
            defaults={
                "tenant_id": result.tenant_id,
                "text": answer.text[:200],
                "score": answer.score,
                "label": answer.label[:100],
                "is_bad": answer.is_bad,
            },
        )


def _follow_up(call: Call, result: SurveyResult, told: ToldSurvey) -> None:
    agent = call.agent
    own = agent.user.department_id if agent else None
    department_id, leads = department_leads(own or result.department_id)
    worst = next(answer for answer in told.answers if answer.is_bad)
    who = call.customer.name if call.customer else ""
    title = " · ".join(
        part for part in (who, other_number(call), f"{worst.score} {worst.label}".strip()) if part
    )
    assert told.bad_at is not None  # noqa: S101 - the caller looked
    task_create(
        tenant_id=result.tenant_id,
        kind=TaskKind.SURVEY_FOLLOW_UP,
        title=title,
        due_at=told.bad_at + timedelta(hours=told.follow_up_hours),
        customer=call.customer,
        call=call,
        number=other_number(call),
        # One lead: it is his. Several: whoever of them claims it. None: the company's admins.
        assignee=leads[0] if len(leads) == 1 else None,
        department_id=department_id,
    )
