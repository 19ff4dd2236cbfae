"""Deadlines: working hours, holidays, waiting for the customer, escalation, people who left."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core.events import publisher
from apps.workorders import services
from apps.workorders.due import work_orders_due
from apps.workorders.models import Order, OrderStep
from tests.factories import CalendarDateFactory, CalendarFactory
from tests.integration.workorders.office import Office, act, step, waits
from tests.integration.workorders.test_orders import same_as_history

LATE = {"deadline_min": 60, "escalation": [{"after_min": 0, "do": "head"}]}
# A Thursday; 09:00 in Shanghai.
THURSDAY_NINE = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)
HOURS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-17:00")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that sets the services' clock."""

    def at(now: datetime) -> datetime:
        monkeypatch.setattr(services.timezone, "now", lambda: now)
        return now

    at(THURSDAY_NINE)
    return at


def row(order: Order) -> OrderStep:
    return order.steps.get(state="active")


def test_deadline_at_a_holiday_is_on_the_next_working_day(office: Office, clock: Any) -> None:
    calendar = CalendarFactory(tenant=office.tenant, name="office", **HOURS)
    CalendarDateFactory(tenant=office.tenant, calendar=calendar, on=date(2026, 12, 4))
    clock(THURSDAY_NINE + timedelta(hours=7, minutes=30))  # 16:30
    order = office.order(step("a", office.agent, office.lead, **LATE), calendar="office")
    # Half an hour on Thursday; Friday is a day off, then the weekend; half an hour on Monday.
    assert row(order).due_at == datetime(2026, 12, 7, 1, 30, tzinfo=UTC)
    assert work_orders_due(datetime(2026, 12, 7, 1, 29, tzinfo=UTC)) == 0
    assert work_orders_due(datetime(2026, 12, 7, 1, 30, tzinfo=UTC)) == 1


def test_day_off_that_was_added_since_moves_the_deadline(office: Office, clock: Any) -> None:
    calendar = CalendarFactory(tenant=office.tenant, name="office", **HOURS)
    order = office.order(step("a", office.lead, **LATE), calendar="office")
    due = row(order).due_at
    assert due == THURSDAY_NINE + timedelta(hours=1)
    CalendarDateFactory(tenant=office.tenant, calendar=calendar, on=THURSDAY_NINE.date())
    assert work_orders_due(due) == 0
    assert row(order).due_at == THURSDAY_NINE + timedelta(days=1, hours=1)


def test_escalation_is_carried_out_once(office: Office, clock: Any) -> None:
    order = office.order(step("a", office.colleague, **LATE))
    late = clock(THURSDAY_NINE + timedelta(hours=1))
    assert work_orders_due(late) == 1
    assert work_orders_due(late) == 0
    assert waits(order) == {"a": {office.lead.pk}}
    assert order.events.filter(kind="escalate", actor=None).count() == 1
    same_as_history(order)


def test_clock_stands_still_while_waiting_for_the_customer(office: Office, clock: Any) -> None:
    order = office.order(step("a", office.lead, **LATE), sla_minutes={"normal": 120})
    clock(THURSDAY_NINE + timedelta(minutes=20))
    act(order, office.lead, "wait", "a")
    assert (row(order).due_at, Order.objects.get(pk=order.pk).due_at) == (None, None)
    assert work_orders_due(THURSDAY_NINE + timedelta(days=3)) == 0
    back = clock(THURSDAY_NINE + timedelta(days=3))
    act(order, office.agent, "resume")
    assert row(order).due_at == back + timedelta(minutes=40)
    assert Order.objects.get(pk=order.pk).due_at == back + timedelta(minutes=100)
    same_as_history(order)


def test_type_may_let_the_clock_run_on(office: Office, clock: Any) -> None:
    order = office.order(step("a", office.lead, **LATE), pauses_while_waiting=False)
    act(order, office.lead, "wait", "a")
    assert row(order).due_at == THURSDAY_NINE + timedelta(hours=1)


def test_reminder_tells_who_is_asked(
    office: Office,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    remind = {"deadline_min": 60, "escalation": [{"after_min": -10, "do": "remind"}]}
    order = office.order(step("a", office.lead, **remind))
    sent: list[Any] = []
    monkeypatch.setattr(publisher, "send", lambda group, envelope: sent.append((group, envelope)))
    with django_capture_on_commit_callbacks(execute=True):
        assert work_orders_due(THURSDAY_NINE + timedelta(minutes=50)) == 1
    told = {group for group, envelope in sent if envelope["kind"] == "order.due"}
    assert told == {f"stream.user.{office.lead.pk}"}
    assert waits(order) == {"a": {office.lead.pk}}


def test_overdue_order_is_told_once(office: Office, clock: Any) -> None:
    order = office.order(step("a", office.lead), sla_minutes={"normal": 30})
    late = THURSDAY_NINE + timedelta(minutes=31)
    assert work_orders_due(THURSDAY_NINE + timedelta(minutes=29)) == 0
    assert work_orders_due(late) == 1
    assert work_orders_due(late) == 0
    assert Order.objects.get(pk=order.pk).overdue_told_at == late


def test_who_left_the_company_is_replaced_by_the_fall_back(office: Office) -> None:
    fallback = {"fallback": {"by": "person", "ids": [office.support_lead.pk]}}
    order = office.order(step("a", office.colleague, **fallback))
    office.colleague.is_active = False
    office.colleague.save()
    assert work_orders_due() == 1
    assert work_orders_due() == 0
    assert waits(order) == {"a": {office.support_lead.pk}}
    act(order, office.support_lead, "approve", "a")
    same_as_history(order)


def test_without_a_named_fall_back_it_is_the_admins(office: Office) -> None:
    order = office.order(step("a", office.colleague))
    office.colleague.is_active = False
    office.colleague.save()
    work_orders_due()
    assert waits(order) == {"a": {office.admin.pk}}


def test_step_that_found_nobody_gets_the_admin_who_comes_later(office: Office) -> None:
    office.admin.is_active = False
    office.admin.save()
    office.colleague.is_active = False
    office.colleague.save()
    order = office.order(step("a", office.colleague))
    assert waits(order) == {"a": set()}
    assert work_orders_due() == 0
    admin = office.person("admin")  # type: ignore[arg-type]
    assert work_orders_due() == 1
    assert waits(order) == {"a": {admin.pk}}


def test_calendar_that_is_gone_loses_no_deadline(office: Office, clock: Any) -> None:
    order = office.order(step("a", office.lead, **LATE), calendar="no such calendar")
    assert row(order).due_at == THURSDAY_NINE + timedelta(hours=1)
    assert timezone.is_aware(THURSDAY_NINE)
