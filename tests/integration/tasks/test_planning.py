"""Planned tasks: who may plan for whom, series, alerts, and the pages."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import ForbiddenError
from apps.core.events import publisher
from apps.core.tenancy import tenant_scope
from apps.ivr.models import CalendarDate
from apps.tasks import alerts, planning, services
from apps.tasks.errors import BadPlanError, IllegalTransitionError, NotAssignableError
from apps.tasks.models import Task, TaskEvent
from apps.tasks.planning import TaskPlan
from apps.tasks.selectors import task_alert_list_for
from apps.tenants.models import Tenant
from tests.factories import (
    CalendarFactory,
    CallFactory,
    CustomerFactory,
    DepartmentFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    made = TenantFactory()
    with tenant_scope(made.pk):
        yield made


@pytest.fixture
def agent(tenant: Tenant) -> User:
    return UserFactory(tenant=tenant, department=DepartmentFactory(tenant=tenant))


@pytest.fixture
def lead(agent: User) -> User:
    return UserFactory(tenant=agent.tenant, role=Role.TEAM_LEAD, department=agent.department)


def plan(**more: Any) -> TaskPlan:
    return TaskPlan(title="回访王芳", due_at=timezone.now() + timedelta(hours=2), **more)


def planned(user: User, **more: Any) -> Task:
    assignee = more.pop("assignee", user)
    return planning.task_plan(user=user, kind="reminder", plan=plan(**more), assignee=assignee)


def browser(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def form(**more: Any) -> dict[str, Any]:
    due = timezone.localtime() + timedelta(days=1)
    return {
        "kind": "call_back",
        "title": "回电",
        "due_at": due.strftime("%Y-%m-%dT%H:%M"),
        "number": "13800138000",
        **more,
    }


def test_agent_plans_for_himself_only_and_a_lead_for_everybody(agent: User, lead: User) -> None:
    assert planned(agent).assignee == agent
    assert planned(lead, assignee=agent).department_id == agent.department_id
    assert planned(lead, assignee=None).assignee is None
    for other in (lead, None):
        with pytest.raises(NotAssignableError):
            planned(agent, assignee=other)
    stranger = UserFactory(tenant=TenantFactory())
    with pytest.raises(NotAssignableError):
        planned(lead, assignee=stranger)


@pytest.mark.parametrize(
    "broken",
    [
        {"priority": "highest"},
        {"repeat": "fortnightly"},
        {"remind_before_min": -1},
        {"remind_before_min": 10**9},
    ],
)
def test_plan_that_cannot_be_is_refused(agent: User, broken: dict[str, Any]) -> None:
    with pytest.raises(BadPlanError):
        planned(agent, **broken)
    assert not Task.objects.exists()


def test_bad_survey_follow_up_is_not_planned_by_hand(agent: User) -> None:
    with pytest.raises(BadPlanError):
        planning.task_plan(user=agent, kind="survey_follow_up", plan=plan(), assignee=agent)


def test_alert_is_told_once_to_the_assignee_only(
    agent: User, lead: User, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    task = planned(agent, remind_before_min=60)
    assert alerts.tasks_alert(now=task.due_at - timedelta(minutes=61)) == 0
    sent: dict[str, bool] = {}
    monkeypatch.setattr(
        publisher, "send", lambda group, told: sent.update({group: told["data"]["is_alert"]})
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert alerts.tasks_alert(now=task.due_at - timedelta(minutes=59)) == 1
    assert sent == {f"stream.user.{agent.pk}": True, f"stream.user.{lead.pk}": False}
    assert alerts.tasks_alert(now=task.due_at) == 0
    assert list(task_alert_list_for(user=agent)) == [task]
    assert not task_alert_list_for(user=lead).exists()


def test_unassigned_alert_goes_to_those_who_may_claim_it(agent: User, lead: User) -> None:
    task = planned(lead, assignee=None)
    alerts.tasks_alert(now=task.due_at)
    assert list(task_alert_list_for(user=lead)) == [task]
    assert not task_alert_list_for(user=agent).exists()


def test_snoozed_alert_comes_again_and_one_put_away_does_not(agent: User) -> None:
    task = planned(agent)
    alerts.tasks_alert(now=task.due_at)
    until = timezone.now() + timedelta(minutes=10)
    alerts.task_snooze(task=task, actor=agent, until=until)
    assert not task_alert_list_for(user=agent).exists()
    assert alerts.tasks_alert(now=until) == 1
    alerts.task_dismiss(task=task, actor=agent)
    alerts.task_dismiss(task=task, actor=agent)
    assert alerts.tasks_alert(now=until + timedelta(days=1)) == 0
    actions = TaskEvent.objects.filter(task=task).values_list("action", flat=True)
    assert list(actions) == ["create", "snooze", "dismiss"]


def test_snooze_needs_a_time_to_come_and_the_right(agent: User, lead: User) -> None:
    task = planned(agent)
    for until in (timezone.now(), timezone.now() + timedelta(days=40)):
        with pytest.raises(BadPlanError):
            alerts.task_snooze(task=task, actor=agent, until=until)
    stranger = UserFactory(tenant=agent.tenant, department=agent.department)
    with pytest.raises(ForbiddenError):
        alerts.task_dismiss(task=task, actor=stranger)


def test_closed_task_reminds_nobody(agent: User) -> None:
    task = planned(agent)
    alerts.tasks_alert(now=task.due_at)
    services.task_close(task=task, actor=agent, result="done")
    assert not task_alert_list_for(user=agent).exists()
    with pytest.raises(IllegalTransitionError):
        alerts.task_dismiss(task=task, actor=agent)


def test_closing_one_of_a_series_makes_one_next(agent: User) -> None:
    task = planned(agent, repeat="daily", remind_before_min=10)
    services.task_close(task=task, actor=agent, result="done")
    services.task_reopen(task=task, actor=agent)
    services.task_close(task=task, actor=agent, result="cancelled")
    following = Task.objects.get(previous=task)
    assert following.due_at == task.due_at + timedelta(days=1)
    assert following.remind_at == following.due_at - timedelta(minutes=10)
    assert (following.assignee, following.state) == (agent, "open")
    assert Task.objects.count() == 2


def test_series_ends_on_its_last_day(agent: User) -> None:
    last = timezone.localtime(plan().due_at).date()
    task = planned(agent, repeat="daily", repeat_until=last)
    services.task_close(task=task, actor=agent, result="done")
    assert Task.objects.count() == 1


def test_change_moves_the_alert_and_a_closed_task_does_not_change(agent: User) -> None:
    task = planned(agent)
    alerts.tasks_alert(now=task.due_at)
    later = TaskPlan(title="改期", due_at=task.due_at + timedelta(days=3), repeat="weekly")
    planning.task_change(task=task, actor=agent, plan=later)
    assert (task.alerted_at, task.remind_at, task.first_due_at) == (
        None,
        later.due_at,
        later.due_at,
    )
    services.task_close(task=task, actor=agent, result="done")
    with pytest.raises(IllegalTransitionError):
        planning.task_change(task=task, actor=agent, plan=later)


def test_changed_words_leave_the_alert_as_it_is(agent: User) -> None:
    task = planned(agent)
    alerts.tasks_alert(now=task.due_at)
    alerts.task_dismiss(task=task, actor=agent)
    planning.task_change(task=task, actor=agent, plan=TaskPlan(title="别的字", due_at=task.due_at))
    assert (task.title, task.remind_at) == ("别的字", None)


def test_form_plans_a_task_about_a_customer(agent: User) -> None:
    customer = CustomerFactory(tenant=agent.tenant)
    client = browser(agent)
    page = client.get(reverse("console:task-new"), {"customer": customer.pk, "number": "123"})
    assert f'value="{customer.pk}"' in page.text
    answer = client.post(reverse("console:task-new"), form(customer=customer.pk, repeat="weekly"))
    task = Task.objects.get()
    assert answer.headers["Location"] == reverse("console:task", args=[task.pk])
    assert (task.customer, task.assignee, task.repeat) == (customer, agent, "weekly")
    page = client.get(answer.headers["Location"])
    assert "回电" in page.text


@pytest.mark.parametrize(
    "broken",
    [
        {"title": ""},
        {"title": " \x00 "},
        {"due_at": "soon"},
        {"due_at": "9999-12-31T23:59"},
        {"kind": "survey_follow_up"},
        {"remind": "-1"},
        {"assignee": "999999"},
        {"detail": "字" * 4001},
        {"repeat_until": "2026-02-31"},
    ],
)
def test_form_says_what_is_wrong_and_makes_nothing(agent: User, broken: dict[str, str]) -> None:
    answer = browser(agent).post(reverse("console:task-new"), form(**broken))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not Task.objects.exists()


@pytest.mark.parametrize("about", ["customer", "call"])
def test_task_about_what_another_company_has_is_not_found(agent: User, about: str) -> None:
    other = TenantFactory()
    with tenant_scope(other.pk):
        make = CustomerFactory if about == "customer" else CallFactory
        foreign = make(tenant=other)
    answer = browser(agent).post(reverse("console:task-new"), form(**{about: foreign.pk}))
    assert answer.status_code == 404
    huge = browser(agent).post(reverse("console:task-new"), form(**{about: 10**30}))
    assert huge.status_code == 404


def test_edit_is_for_who_may_work_on_it(agent: User, lead: User) -> None:
    task = planned(agent)
    inspector = UserFactory(tenant=agent.tenant, role=Role.INSPECTOR)
    address = reverse("console:task-edit", args=[task.pk])
    assert browser(inspector).get(address).status_code == 404
    assert browser(lead).get(address).status_code == 200
    browser(lead).post(address, form(title="新标题"))
    task.refresh_from_db()
    assert task.title == "新标题"


def test_alert_part_shows_snoozes_and_puts_away(agent: User) -> None:
    task = planned(agent)
    alerts.tasks_alert(now=task.due_at)
    client = browser(agent)
    part = reverse("console:task-alerts")
    assert f'data-task="{task.pk}"' in client.get(part).text
    bad = client.post(reverse("console:task-snooze", args=[task.pk]), {"for": "ever"})
    assert bad.status_code == 400
    answer = client.post(reverse("console:task-snooze", args=[task.pk]), {"for": "tomorrow"})
    assert "task-alert" not in answer.text
    task.refresh_from_db()
    assert timezone.localtime(task.remind_at).hour == 9
    answer = client.post(reverse("console:task-dismiss", args=[task.pk]))
    task.refresh_from_db()
    assert (answer.status_code, task.remind_at) == (200, None)


def test_calendar_shows_the_month_in_a_constant_number_of_queries(
    agent: User, lead: User, django_assert_max_num_queries: Any
) -> None:
    due = timezone.localtime().replace(day=15, hour=0, minute=5)
    for number in range(7):
        services.task_create(
            tenant_id=agent.tenant_id,
            kind="general",
            title=f"<b>{number}</b>",
            due_at=due,
            assignee=agent,
            department_id=agent.department_id,
        )
    client = browser(agent)
    address = reverse("console:task-calendar")
    with django_assert_max_num_queries(25):
        page = client.get(address)
    assert page.text.count("calendar-task") == 4
    assert "&lt;b&gt;0" in page.text
    assert "<b>0" not in page.text
    assert page.text.count(f"day={due:%Y-%m-%d}") == 2
    everybody = browser(lead).get(address, {"whose": "all"})
    assert everybody.text.count("calendar-task") == 4
    assert "calendar-task" not in browser(lead).get(address).text
    for nonsense in ("", "2026-13", "99999-1", "x", "٢٠٢٦-٠١"):
        assert client.get(address, {"month": nonsense}).status_code == 200
    day_list = client.get(reverse("console:task-list"), {"day": f"{due:%Y-%m-%d}", "whose": "mine"})
    assert day_list.text.count('data-testid="task-row"') == 7


def test_workdays_of_a_series_follow_the_companys_calendars(agent: User) -> None:
    first = datetime(2099, 1, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Friday
    calendar = CalendarFactory(tenant=agent.tenant, friday="09:00-18:00", tuesday="09:00-18:00")
    CalendarDate.objects.create(
        tenant=agent.tenant, calendar=calendar, on=date(2099, 1, 6), periods=""
    )
    task = planned(agent, repeat="workdays")
    Task.objects.filter(pk=task.pk).update(due_at=first, first_due_at=first)
    task.refresh_from_db()
    services.task_close(task=task, actor=agent, result="done")
    # Tuesday the 6th has no hours that year, so Friday the 9th.
    assert task.following.due_at == first + timedelta(days=7)
