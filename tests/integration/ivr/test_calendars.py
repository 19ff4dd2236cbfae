"""Calendars as rows: what is refused, the switch and its trail, what a call sees."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.tenancy import tenant_scope
from apps.demo.services import demo_companies_make
from apps.ivr.engine.calendars import Override, Reason, opening
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.holidays import day_kind
from apps.ivr.last_known import FRESH_S
from apps.ivr.models import Calendar, OverrideState
from apps.ivr.selectors import calendar_plan
from apps.ivr.services import OverridePastError, calendar_override
from apps.telephony.agi.calendars import Calendars
from apps.telephony.agi.enter import TenantLookups
from apps.tenants.models import Tenant
from tests.factories import CalendarDateFactory, CalendarFactory, UserFactory

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


class HereVisits:
    """Read in this thread; `is_away` fails."""

    is_away = False
    count = 0

    def visit(self, read: Any) -> Any:
        self.count += 1
        if self.is_away:
            raise LookupFailedError("away")
        return read()


class Desk:
    """Calendars as calls see them, with a clock that the test moves."""

    def __init__(self) -> None:
        self.visits = HereVisits()
        self.clock_s = 0.0
        self.now = MONDAY
        self.calendars = Calendars(self.visits, clock=lambda: self.clock_s, now=lambda: self.now)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("monday", "09:00-12:00, 11:00-13:00", "overlap"),
        ("friday", "22:00-06:00", "order"),
        ("sunday", "morning", "format"),
        ("time_zone", "Asia/Nowhere", "time_zone"),
    ],
)
def test_what_means_nothing_is_refused_at_its_field(field: str, value: str, code: str) -> None:
    calendar = CalendarFactory(**{field: value})
    with tenant_scope(calendar.tenant_id), pytest.raises(ValidationError) as caught:
        calendar.full_clean()
    assert {
        name: [error.code for error in errors] for name, errors in caught.value.error_dict.items()
    } == {field: [code]}


def test_name_is_unique_in_a_company_only() -> None:
    first = CalendarFactory(name="工作时间")
    CalendarFactory(name="工作时间")
    with pytest.raises(IntegrityError):
        CalendarFactory(name="工作时间", tenant=first.tenant)


def test_plan_has_everything_the_engine_needs() -> None:
    calendar = CalendarFactory(name="工作时间", monday="9:00-12:00", time_zone="Europe/Berlin")
    CalendarDateFactory(
        calendar=calendar, tenant=calendar.tenant, on=date(2026, 12, 24), periods="09:00-11:00"
    )
    with tenant_scope(calendar.tenant_id):
        plan = calendar_plan("工作时间")
        assert calendar_plan("no such") is None
    assert plan is not None
    assert plan.time_zone == "Europe/Berlin"
    assert list(map(len, plan.weekly)) == [1, 0, 0, 0, 0, 0, 0]
    assert plan.own_dates == {date(2026, 12, 24): ((540, 660),)}
    assert plan.follows_holidays
    assert plan.override is None


def test_other_companys_calendar_is_not_there() -> None:
    CalendarFactory(name="工作时间")
    with tenant_scope(CalendarFactory().tenant_id):
        assert calendar_plan("工作时间") is None


def test_override_is_written_with_who_and_why() -> None:
    calendar = CalendarFactory()
    actor = UserFactory(tenant=calendar.tenant)
    until = timezone.now() + timedelta(hours=1)
    with tenant_scope(calendar.tenant_id):
        calendar_override(
            calendar=calendar, state=OverrideState.CLOSED, until=until, reason="停电", actor=actor
        )
        plan = calendar_plan(calendar.name)
        assert plan is not None
        assert plan.override == Override(is_open=False, until=until)
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor_id) == ("calendar.override", actor.pk)
        assert entry.detail == {"state": "closed", "until": until.isoformat(), "reason": "停电"}
        calendar_override(calendar=calendar, state=OverrideState.NONE, actor=actor)
        calendar.refresh_from_db()
        assert (calendar.override_until, calendar.override_reason) == (None, "")
        assert AuditEntry.objects.count() == 2


def test_override_that_is_over_before_it_begins_is_refused() -> None:
    calendar = CalendarFactory()
    with tenant_scope(calendar.tenant_id):
        with pytest.raises(OverridePastError):
            calendar_override(calendar=calendar, state=OverrideState.OPEN, until=timezone.now())
        assert AuditEntry.objects.count() == 0
        assert Calendar.objects.get(pk=calendar.pk).override == OverrideState.NONE


def test_switch_counts_for_callers_within_five_seconds() -> None:
    desk = Desk()
    calendar = CalendarFactory(monday="09:00-18:00")
    assert desk.calendars.is_open(calendar.tenant_id, calendar.name)
    with tenant_scope(calendar.tenant_id):
        calendar_override(calendar=calendar, state=OverrideState.CLOSED)
    desk.clock_s += FRESH_S - 0.1
    assert desk.calendars.is_open(calendar.tenant_id, calendar.name)
    assert desk.visits.count == 1
    desk.clock_s += 0.1
    # As a flow asks.
    lookups = TenantLookups(calendar.tenant_id, desk.visits, desk.calendars)
    assert not lookups.is_open(calendar.name)


def test_last_known_plan_goes_on_and_still_closes_in_the_evening() -> None:
    desk = Desk()
    calendar = CalendarFactory(monday="09:00-18:00")
    assert desk.calendars.is_open(calendar.tenant_id, calendar.name)
    desk.visits.is_away = True
    desk.clock_s += 3_600
    assert desk.calendars.is_open(calendar.tenant_id, calendar.name)
    desk.now += timedelta(hours=8)
    assert not desk.calendars.is_open(calendar.tenant_id, calendar.name)


def test_unknown_calendar_and_absent_database_are_failed_lookups() -> None:
    desk = Desk()
    calendar = CalendarFactory()
    with pytest.raises(LookupFailedError, match="no calendar"):
        desk.calendars.is_open(calendar.tenant_id, "no such")
    desk.visits.is_away = True
    with pytest.raises(LookupFailedError):
        desk.calendars.is_open(calendar.tenant_id, calendar.name)


@pytest.mark.parametrize("wrong", [{"monday": "x"}, {"time_zone": "Asia/Nowhere"}])
def test_row_written_past_the_checks_is_a_failed_lookup(wrong: dict[str, str]) -> None:
    calendar = CalendarFactory(**wrong)
    with pytest.raises(LookupFailedError, match="cannot be read"):
        Desk().calendars.is_open(calendar.tenant_id, calendar.name)


def test_demo_company_has_working_hours(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_companies_make()
    demo_companies_make()
    with tenant_scope(Tenant.objects.get(slug="demo").pk):
        plan = calendar_plan("工作时间")
    assert plan is not None
    for now, is_open, reason in [
        (MONDAY, True, Reason.WEEKLY),
        (MONDAY + timedelta(hours=3), False, Reason.WEEKLY),
        (datetime(2026, 10, 1, 2, tzinfo=UTC), False, Reason.HOLIDAY),
        (datetime(2026, 10, 10, 2, tzinfo=UTC), True, Reason.MAKEUP_WORKDAY),
    ]:
        found = opening(plan, now, day_kind)
        assert (found.is_open, found.reason) == (is_open, reason)


FORM = {
    "name": "工作时间",
    "time_zone": "Asia/Shanghai",
    "monday": "09:00-12:00",
    "override": "closed",
    "override_reason": "停电",
    "queues-TOTAL_FORMS": "0",
    "queues-INITIAL_FORMS": "0",
    "dates-TOTAL_FORMS": "1",
    "dates-INITIAL_FORMS": "0",
    "dates-0-on": "2026-12-24",
    "dates-0-periods": "09:00-11:00",
}


def test_admin_makes_a_calendar_with_a_date_and_the_switch_leaves_a_trail(admin: Any) -> None:
    answer = admin.post("/admin/ivr/calendar/add/", FORM)
    assert answer.status_code == 302, answer.content.decode()
    with tenant_scope(admin.user.tenant_id):
        calendar = Calendar.objects.get()
        assert calendar.override_by == admin.user
        assert calendar.dates.get().tenant_id == admin.user.tenant_id
        assert AuditEntry.objects.get().detail["reason"] == "停电"
    action = {"action": "as_planned", "_selected_action": [calendar.pk]}
    assert admin.post("/admin/ivr/calendar/", action).status_code == 302
    with tenant_scope(admin.user.tenant_id):
        assert Calendar.objects.get().override == OverrideState.NONE
        assert AuditEntry.objects.count() == 2


def test_admin_is_told_what_is_wrong_in_his_language(admin: Any) -> None:
    past = {"override_until_0": "2020-01-01", "override_until_1": "10:00"}
    wrong = {**FORM, **past, "monday": "22:00-06:00", "dates-0-periods": "x"}
    page = admin.post("/admin/ivr/calendar/add/", wrong, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "The end must be in the future." in page
    assert "past midnight needs two" in page
    assert "Write periods as" in page


def test_stranger_and_agent_cannot_touch_a_calendar(admin: Any) -> None:
    theirs = CalendarFactory()
    url = f"/admin/ivr/calendar/{theirs.pk}/change/"
    assert admin.get(url).status_code == 302  # not found and not allowed look the same
    agent = Client()
    agent.force_login(UserFactory(tenant=theirs.tenant, is_staff=True))
    assert agent.get(url).status_code == 403
    action = {"action": "close_now", "_selected_action": [theirs.pk]}
    admin.post("/admin/ivr/calendar/", action)
    with tenant_scope(theirs.tenant_id):
        assert Calendar.objects.get().override == OverrideState.NONE
