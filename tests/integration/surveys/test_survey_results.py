"""A call's survey facts become one result, and a bad answer one task for the team lead."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AGI, Fact
from apps.calls.errors import NotTalkingError
from apps.calls.models import Call
from apps.calls.rows import fact_row
from apps.core.tenancy import all_tenants, tenant_scope
from apps.surveys.errors import NoSurveyError
from apps.surveys.models import Survey, SurveyQuestion, SurveyQueue, SurveyResult
from apps.surveys.selectors import (
    survey_means,
    survey_plan,
    survey_queue_limits,
    survey_result_list_for,
)
from apps.surveys.services import survey_transfer
from apps.tasks.models import Task
from apps.tasks.services import task_close
from apps.telephony.after_facts import after_facts
from tests.factories import (
    AgentFactory,
    CallFactory,
    DepartmentFactory,
    LegFactory,
    QueueFactory,
    TenantFactory,
    UserFactory,
)
from tests.fixtures.fake_phone_system import FakePhoneSystem

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Any:
    made = TenantFactory(slug="lab")
    with tenant_scope(made.pk):
        yield made


@pytest.fixture
def call(tenant: Any) -> Call:
    department = DepartmentFactory(tenant=tenant)
    agent = AgentFactory(tenant=tenant, user__tenant=tenant, user__department=department)
    return CallFactory(
        tenant=tenant, agent=agent, queue_number="7001", queue_department=department, ended_at=None
    )


def lead_of(call: Call) -> Any:
    return UserFactory(
        tenant_id=call.tenant_id, role=Role.TEAM_LEAD, department=call.queue_department
    )


def tell(call: Call, kind: str, second: int, **data: Any) -> Fact:
    fact = Fact(
        node=call.node,
        linkedid=call.linkedid,
        key=f"{call.linkedid}:{kind}:{second}",
        kind=kind,
        at=timezone.now() + timedelta(seconds=second),
        source=AGI,
        uniqueid=call.linkedid,
        data=data,
    )
    fact_row(fact, call).save()
    after_facts([fact], [call])
    return fact


def begin(call: Call) -> None:
    questions = [{"position": 1, "text": "How?"}]
    tell(
        call,
        kinds.SURVEY_STARTED,
        0,
        survey=0,
        name="S",
        queue="lab-7001",
        follow_up_hours=4,
        questions=questions,
    )


def answered(call: Call, score: int | None, *, is_bad: bool = False, second: int = 1) -> Fact:
    return tell(
        call,
        kinds.SURVEY_ANSWERED,
        second,
        position=1,
        text="How?",
        score=score,
        label="",
        is_bad=is_bad,
    )


def test_bad_answer_makes_one_task_for_the_lead_however_often_it_is_handled(call: Call) -> None:
    lead = lead_of(call)
    begin(call)
    fact = answered(call, 1, is_bad=True)
    for _ in range(3):
        after_facts([fact, fact], [call])
    [task] = Task.objects.all()
    assert (task.assignee, task.department, task.call) == (lead, call.queue_department, call)
    assert task.due_at == fact.at + timedelta(hours=4)
    assert task.number == call.caller
    task_close(task=task, actor=lead, result="recovered")
    after_facts([fact], [call])
    assert Task.objects.get().result == "recovered"
    [result] = SurveyResult.objects.all()
    assert (result.is_bad, result.state, result.agent) == (True, "running", call.agent)
    assert [row.score for row in result.answers.all()] == [1]


def test_good_answer_makes_no_task(call: Call) -> None:
    begin(call)
    answered(call, 5)
    tell(call, kinds.SURVEY_ENDED, 2, how="completed")
    assert SurveyResult.objects.get().state == "completed"
    assert Task.objects.count() == 0


def test_two_leads_share_the_task_and_without_a_lead_it_is_the_admins(call: Call) -> None:
    one, two = lead_of(call), lead_of(call)
    begin(call)
    answered(call, 1, is_bad=True)
    task = Task.objects.get()
    assert (task.assignee, task.department_id) == (None, one.department_id)
    Task.objects.all().delete()
    one.delete()
    two.delete()
    answered(call, 1, is_bad=True, second=3)
    task = Task.objects.get()
    assert (task.assignee, task.department) == (None, None)


def test_what_a_dead_process_left_is_handled_at_the_calls_end(call: Call) -> None:
    begin(call)
    SurveyResult.objects.all().delete()
    call.ended_at = timezone.now()
    call.save()
    tell(call, kinds.LEG_ENDED, 5)
    result = SurveyResult.objects.get()
    assert (result.state, result.ended_at) == ("cut_off", call.ended_at)


def test_call_without_a_survey_gets_no_result(call: Call) -> None:
    tell(call, kinds.LEG_ENDED, 5)
    assert SurveyResult.objects.count() == 0


def test_means_leave_unanswered_questions_out(tenant: Any, call: Call) -> None:
    begin(call)
    answered(call, 2, is_bad=True)
    other = CallFactory(tenant=tenant, agent=call.agent, queue_number="7001")
    begin(other)
    answered(other, 5)
    silent = CallFactory(tenant=tenant, agent=call.agent, queue_number="7001")
    begin(silent)
    answered(silent, None)
    admin = UserFactory(tenant=tenant, role=Role.ADMIN)
    results = survey_result_list_for(user=admin)
    assert survey_means(results, by="queue") == [
        {"name": "7001", "text": "How?", "mean": 3.5, "answers": 2, "bad": 1}
    ]
    assert call.agent is not None
    assert survey_means(results, by="agent")[0]["name"] == call.agent.number
    assert survey_means(results.none(), by="queue") == []


def test_results_are_seen_by_tier_and_never_by_another_company(tenant: Any, call: Call) -> None:
    begin(call)
    assert call.agent is not None
    may = [call.agent.user, lead_of(call), UserFactory(tenant=tenant, role=Role.INSPECTOR)]
    may_not = [UserFactory(tenant=tenant), UserFactory(tenant=tenant, role=Role.TEAM_LEAD)]
    assert [survey_result_list_for(user=user).count() for user in may] == [1, 1, 1]
    assert [survey_result_list_for(user=user).count() for user in may_not] == [0, 0]
    stranger = UserFactory(role=Role.ADMIN)
    with tenant_scope(stranger.tenant_id):
        assert survey_result_list_for(user=stranger).count() == 0


@pytest.fixture
def survey(tenant: Any) -> Survey:
    made = Survey.objects.create(tenant=tenant, name="S", sample_percent=50, tries=2)
    SurveyQuestion.objects.create(
        tenant=tenant, survey=made, position=1, text="How?", bad_up_to=2, labels="1 = awful\n"
    )
    queue = QueueFactory(tenant=tenant, number="7001")
    SurveyQueue.objects.create(tenant=tenant, survey=made, queue=queue)
    return made


def test_plan_of_a_queue_is_its_active_survey(survey: Survey) -> None:
    plan = survey_plan("lab-7001")
    assert plan is not None
    assert (plan.sample_percent, plan.script.questions[0].labels) == (50, (("1", "awful"),))
    assert survey_plan("lab-7002") is None
    Survey.objects.update(is_active=False)
    assert survey_plan("lab-7001") is None


def test_asterisk_is_told_how_long_a_queues_survey_takes_at_most(survey: Survey) -> None:
    with all_tenants("as the node does"):
        assert survey_queue_limits() == [("lab-7001", 20 + 3 * (5 + 10))]
        SurveyQuestion.objects.all().delete()
        assert survey_queue_limits() == []


def test_survey_of_another_company_is_not_asked(survey: Survey) -> None:
    stranger = TenantFactory()
    with all_tenants("an operator's slip"):
        Survey.objects.update(tenant=stranger)
        assert survey_queue_limits() == []
    assert survey_plan("lab-7001") is None


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakePhoneSystem:
    fake = FakePhoneSystem()
    monkeypatch.setattr("apps.surveys.services.phone_system", lambda: fake)
    return fake


def talk(call: Call) -> None:
    """Tell the facts of a talk that goes on."""
    assert call.agent is not None
    desk = {"channel": f"PJSIP/{call.agent.sip_username}-01"}
    tell(call, kinds.LEG_STARTED, -20, channel="PJSIP/trunk-x-01")
    own = Fact(
        node=call.node,
        linkedid=call.linkedid,
        key="2:answered",
        kind=kinds.LEG_ANSWERED,
        at=timezone.now(),
        source=AGI,
        uniqueid="2",
        data=desk,
    )
    bridged = replace(own, key="2:bridged", kind=kinds.BRIDGED, data={**desk, "bridge": "b"})
    for fact in (own, bridged):
        fact_row(fact, call).save()
    LegFactory(tenant=call.tenant, call=call, agent=call.agent, uniqueid="2")


def test_agent_hands_his_caller_to_the_survey(
    call: Call, survey: Survey, system: FakePhoneSystem
) -> None:
    call.queue_name = "lab-7001"
    call.save()
    talk(call)
    assert call.agent is not None
    client = Client()
    client.force_login(call.agent.user)
    assert client.post(f"/calls/{call.pk}/survey/").status_code == 204
    assert system.asked == [("call_to_survey", {"uniqueid": call.linkedid})]


def test_call_that_is_not_with_him_or_has_no_survey_is_not_handed_over(
    call: Call, survey: Survey, system: FakePhoneSystem
) -> None:
    assert call.agent is not None
    with pytest.raises(NotTalkingError):
        survey_transfer(call=call, agent=call.agent)
    talk(call)
    with pytest.raises(NoSurveyError):
        survey_transfer(call=call, agent=call.agent)
    client = Client()
    client.force_login(AgentFactory(tenant=call.tenant).user)
    assert client.post(f"/calls/{call.pk}/survey/").status_code == 404
    assert system.asked == []


def test_call_page_task_page_and_api_show_the_result(call: Call) -> None:
    lead = lead_of(call)
    begin(call)
    answered(call, 1, is_bad=True)
    client = Client(headers={"accept-language": "en"})
    client.force_login(lead)
    task = Task.objects.get()
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert f"/tasks/{task.pk}/" in page
    assert 'data-testid="score">1<' in page
    assert call.caller in client.get("/tasks/").content.decode()
    assert client.get("/surveys/?bad=True").content.decode().count('data-testid="survey-row"') == 1
    closed = client.post(f"/tasks/{task.pk}/close/", {"result": "recovered", "note": "sorry"})
    assert closed.status_code == 302
    assert 'data-result="recovered"' in client.get(f"/tasks/{task.pk}/").content.decode()
    assert call.caller not in client.get("/tasks/").content.decode()
    assert call.caller in client.get("/tasks/?state=done").content.decode()
    found = client.get(f"/api/v1/calls/{call.pk}/").json()["survey"]
    assert found == {
        "name": "S",
        "state": "running",
        "is_bad": True,
        "answers": [{"position": 1, "text": "How?", "score": 1, "label": ""}],
    }


def test_stranger_and_low_role_find_no_task_page(call: Call) -> None:
    lead_of(call)
    begin(call)
    answered(call, 1, is_bad=True)
    task = Task.objects.get()
    people = [UserFactory(role=Role.ADMIN), UserFactory(tenant_id=call.tenant_id)]
    for user in people:
        client = Client()
        client.force_login(user)
        assert client.get(f"/tasks/{task.pk}/").status_code == 404
        for act in ("claim", "close", "assign", "reopen"):
            assert client.post(f"/tasks/{task.pk}/{act}/").status_code == 404
    assert Client().get("/tasks/").status_code == 302
