"""Queues that keep hours, and the switch on the console."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.ivr import holidays
from apps.ivr.engine.voice import QueueDoor
from apps.ivr.models import Calendar, QueueHours
from apps.ivr.simulator import CompanyWorld
from tests.factories import CalendarFactory, QueueFactory, UserFactory

ALWAYS = dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "00:00-24:00"
)


@pytest.fixture
def calendar(db: None) -> Calendar:
    """Give a calendar that is always open."""
    with all_tenants("test"):
        found: Calendar = CalendarFactory(name="营业", follows_holidays=False, **ALWAYS)
    return found


def client_of(calendar: Calendar, role: str) -> Client:
    with all_tenants("test"):
        person = UserFactory(tenant=calendar.tenant, role=role)
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.mark.parametrize(("has_voicemail", "closed"), [(True, "closed_box"), (False, "closed")])
def test_a_queue_is_closed_when_its_calendar_is(
    calendar: Calendar, has_voicemail: bool, closed: str
) -> None:
    with all_tenants("test"):
        queue = QueueFactory(tenant=calendar.tenant, number="7001", has_voicemail=has_voicemail)
        QueueHours.objects.create(tenant=calendar.tenant, queue=queue, calendar=calendar)
        QueueFactory(tenant=calendar.tenant, number="7002")
    world = CompanyWorld(tenant_id=calendar.tenant_id, at=timezone.now())
    assert world.queue_door("7001") == QueueDoor.OPEN
    with all_tenants("test"):
        Calendar.objects.update(override="closed")
    assert world.queue_door("7001") == closed
    assert world.queue_door("7002") == QueueDoor.OPEN
    assert world.queue_door("7999") == QueueDoor.OPEN


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.ADMIN])
def test_a_team_lead_closes_until_a_time_and_takes_it_back(calendar: Calendar, role: str) -> None:
    client = client_of(calendar, role)
    assert 'data-state="open"' in client.get("/hours/").content.decode()
    until = timezone.localtime() + timedelta(hours=2)
    client.post(
        f"/hours/{calendar.pk}/",
        {"state": "closed", "until": until.strftime("%Y-%m-%dT%H:%M"), "reason": "<b>storm</b>"},
    )
    page = client.get("/hours/").content.decode()
    assert 'data-state="closed"' in page
    assert "&lt;b&gt;storm" in page
    with all_tenants("test"):
        calendar.refresh_from_db()
        entry = AuditEntry.objects.get(action="calendar.override")
    assert calendar.override_until is not None
    assert abs(calendar.override_until - until) < timedelta(minutes=1)
    assert entry.detail["state"] == "closed"
    client.post(f"/hours/{calendar.pk}/", {"state": "none"})
    assert 'data-state="open"' in client.get("/hours/").content.decode()


@pytest.mark.parametrize(
    "fields",
    [{"state": "burnt"}, {}, {"state": "closed", "until": "2020-01-01T00:00"}, {"until": "x"}],
    ids=str,
)
def test_a_wrong_wish_changes_nothing_and_says_so(
    calendar: Calendar, fields: dict[str, str]
) -> None:
    client = client_of(calendar, Role.ADMIN)
    page = client.post(f"/hours/{calendar.pk}/", fields, follow=True).content.decode()
    assert "alert-danger" in page
    with all_tenants("test"):
        calendar.refresh_from_db()
    assert calendar.override == "none"


def test_only_the_companys_leads_and_admins_switch(calendar: Calendar) -> None:
    agent = client_of(calendar, Role.AGENT)
    assert agent.get("/hours/").status_code == 403
    assert agent.post(f"/hours/{calendar.pk}/", {"state": "closed"}).status_code == 403
    with all_tenants("test"):
        other = CalendarFactory()
    stranger = client_of(other, Role.ADMIN)
    assert stranger.post(f"/hours/{calendar.pk}/", {"state": "closed"}).status_code == 404
    assert calendar.name not in stranger.get("/hours/").content.decode()
    with tenant_scope(calendar.tenant_id):
        assert Calendar.objects.get(pk=calendar.pk).override == "none"


@pytest.mark.parametrize(
    ("today", "year"),
    [(date(2026, 10, 1), None), (date(2026, 11, 2), 2027), (date(2027, 5, 1), 2027)],
)
def test_a_year_without_known_holidays_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch, today: date, year: int | None
) -> None:
    monkeypatch.setattr(holidays, "is_year_known", lambda asked: asked <= 2026)
    assert holidays.year_to_warn_of(today) == year


def test_the_page_warns_of_it_where_a_calendar_follows_the_holidays(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holidays, "is_year_known", lambda _year: False)
    client = client_of(calendar, Role.TEAM_LEAD)
    assert "unknown-year" not in client.get("/hours/").content.decode()
    with all_tenants("test"):
        Calendar.objects.update(follows_holidays=True)
    assert "unknown-year" in client.get("/hours/").content.decode()
