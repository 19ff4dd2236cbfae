"""Scheduled reports: who gets what when; stop and start them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.imports.access import export_need
from apps.reports.choices import report_choice
from apps.reports.engine.due import next_due
from apps.reports.errors import RecipientError, ReportTooManyError, ScheduleError
from apps.reports.models import ReportSchedule, SavedReport
from apps.reports.saved_models import Every, Form, Stopped

MOST_SCHEDULES = 20
MOST_RECIPIENTS = 50


@dataclass(frozen=True)
class When:
    """When a report is sent: how often, at what time of the company's clock."""

    every: str
    at: time
    weekday: int = 0
    month_day: int = 1


def schedule_create(
    *,
    user: User,
    report: SavedReport,
    when: When,
    form: str,
    people: Iterable[int],
    addresses: Iterable[str],
    language: str,
) -> ReportSchedule:
    """Have a report that the person keeps himself sent. Audited.

    Raises ForbiddenError for who may not export, NotFoundError for a report of another,
    ReportTooManyError, RecipientError, ScheduleError.
    """
    export_need(user)
    if report.owner_id != user.pk or report.tenant_id != user.tenant_id:
        raise NotFoundError(f"saved report {report.pk}")
    if ReportSchedule.objects.filter(report__owner=user).count() >= MOST_SCHEDULES:
        raise ReportTooManyError(user.username)
    is_time = when.every in Every.values and 0 <= when.weekday <= 6 and 1 <= when.month_day <= 31
    if not is_time or form not in Form.values:
        raise ScheduleError(when.every[:10])
    asked, outside = set(people), {one.strip() for one in addresses if one.strip()}
    known = {one.pk for one in people_reachable(report.tenant_id, asked)}
    if asked - known or not (known or outside) or len(known) + len(outside) > MOST_RECIPIENTS:
        raise RecipientError(user.username)
    if outside - set(addresses_allowed(outside)):
        raise RecipientError(user.username)
    found: ReportSchedule = ReportSchedule.objects.create(
        tenant_id=report.tenant_id,
        report=report,
        every=when.every,
        at=when.at,
        weekday=when.weekday,
        month_day=when.month_day,
        form=form,
        language=language[:10],
        people=sorted(known),
        addresses=sorted(outside),
        next_at=due_after(report, when, timezone.now()),
    )
    detail = {"report": report.name, "people": sorted(known), "outside": sorted(outside)}
    schedule_audit(found, user, "create", **detail)
    return found


def due_after(report: SavedReport, when: When, after: datetime) -> datetime:
    """Return the schedule's first due time after a moment."""
    return next_due(
        when.every,
        at=when.at,
        weekday=when.weekday,
        month_day=when.month_day,
        zone=ZoneInfo(report.tenant.timezone),
        after=after,
    )


def when_of(schedule: ReportSchedule) -> When:
    """Return when a schedule sends."""
    return When(schedule.every, schedule.at, schedule.weekday, schedule.month_day)


def people_reachable(tenant_id: int, people: Iterable[int]) -> "QuerySet[User]":
    """Return those of these users who are active, of the company, and have an address. 1 query."""
    rows: QuerySet[User] = User.objects.filter(
        pk__in=list(people), tenant=tenant_id, is_active=True
    )
    return rows.exclude(email="").order_by("pk")


def addresses_allowed(addresses: Iterable[str]) -> list[str]:
    """Return those of these addresses outside to which the company's policy lets reports go.

    1 query.
    """
    domains = set(report_choice().outside_domains)
    return [one for one in addresses if _is_address(one) and _domain_of(one) in domains]


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return len(address) <= 200


def schedule_list_for(user: User) -> "QuerySet[ReportSchedule]":
    """Return the person's own schedules. 1 query, 1 for what was sent."""
    rows: QuerySet[ReportSchedule] = ReportSchedule.objects.filter(
        report__owner=user, tenant=user.tenant
    )
    return rows.select_related("report").prefetch_related("sendings").order_by("pk")


def schedule_own_get(*, user: User, pk: int) -> ReportSchedule:
    """Return a schedule of the person's own; NotFoundError otherwise. 1 query."""
    rows = ReportSchedule.objects.filter(pk=pk, report__owner=user, tenant=user.tenant)
    found: ReportSchedule | None = rows.select_related("report__tenant", "report__owner").first()
    if found is None:
        raise NotFoundError(f"schedule {pk}")
    return found


def schedule_stop(schedule: ReportSchedule, *, why: str = Stopped.BY_HAND) -> None:
    """Send no more; what waits to be sent is not sent. Harmless the second time."""
    ReportSchedule.objects.filter(pk=schedule.pk, stopped="").update(
        stopped=why, next_at=None, updated_at=timezone.now()
    )
    schedule_audit(schedule, None, "stop", why=why)


def schedule_start(*, user: User, schedule: ReportSchedule) -> None:
    """Send again, from the next due time on. Raises ForbiddenError for who may not export."""
    export_need(user)
    ReportSchedule.objects.filter(pk=schedule.pk).exclude(stopped="").update(
        stopped="",
        next_at=due_after(schedule.report, when_of(schedule), timezone.now()),
        updated_at=timezone.now(),
    )
    schedule_audit(schedule, user, "start")


def schedule_delete(schedule: ReportSchedule) -> None:
    """Remove a schedule that `schedule_own_get` gave."""
    schedule.delete()


def schedule_audit(schedule: ReportSchedule, user: User | None, act: str, **detail: object) -> None:
    """Note what became of a schedule."""
    audit_record(
        actor=user,
        tenant_id=schedule.tenant_id,
        action=f"report.schedule_{act}",
        object_type="report_schedule",
        object_id=schedule.pk,
        detail=detail,
    )
