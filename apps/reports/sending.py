"""Send scheduled reports by mail: each due time once, with what its owner may see at that moment.

The file is made by the pages (`HUAWU_REPORT_FILE`), which stand above this app.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.sendings import due_send, sending_take
from apps.core.tenancy import all_tenants, tenant_scope
from apps.imports.access import can_export
from apps.reports.models import ReportSchedule, ReportSending
from apps.reports.saved_models import SendingState, Stopped
from apps.reports.schedules import (
    addresses_allowed,
    due_after,
    people_reachable,
    schedule_audit,
    schedule_stop,
    when_of,
)
from apps.reports.selectors import kinds_for
from apps.tasks.choices import TaskKind
from apps.tasks.services import task_create

logger = logging.getLogger(__name__)

MOST_TRIES = 8
# Who sends has this long; afterwards another may try.
LEASE = timedelta(minutes=10)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60, 3600
AT_ONCE = 100


@dataclass(frozen=True)
class Attached:
    """A report as a file, and what the mail says of it."""

    name: str
    content: bytes
    content_type: str
    subject: str
    body: str


# A user, a kind, a query as in the address, the file's form.
Maker = Callable[[User, str, str, str], Attached]


def reports_send() -> int:
    """Send what is due and return how many went out. Safe to run twice and by two at once."""
    now = timezone.now()
    with all_tenants("every company's reports come due"):
        due = list(
            ReportSchedule.objects.filter(stopped="", next_at__lte=now)
            .order_by("next_at", "pk")
            .values_list("tenant_id", "pk")[:AT_ONCE]
        )
    for tenant_id, pk in due:
        with tenant_scope(tenant_id):
            _due_note(pk)
    return due_send(ReportSending, pending=SendingState.PENDING, most=AT_ONCE, send=report_send)


def _due_note(pk: int) -> None:
    """Make the row of a due time, and say when the next is.

    After a night without a worker the last due time counts once; those that were missed do not
    come all together.
    """
    now = timezone.now()
    with transaction.atomic():
        rows = ReportSchedule.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        schedule = (
            rows.select_related("report__tenant")
            .filter(pk=pk, stopped="", next_at__lte=now)
            .first()
        )
        if schedule is None or schedule.next_at is None:
            return
        ReportSending.objects.get_or_create(
            schedule=schedule,
            due_at=schedule.next_at,
            defaults={"tenant_id": schedule.tenant_id, "next_try_at": now},
        )
        schedule.next_at = due_after(schedule.report, when_of(schedule), now)
        schedule.save(update_fields=["next_at", "updated_at"])


def report_send(pk: int) -> bool:
    """Send one due time; False when it is not due, was stopped, or failed (and is tried later).

    A sender that dies between the server's yes and our row sends again after the lease: the mail's
    Message-ID is the same, so that mail programs show it once.
    """
    if not sending_take(ReportSending, pk, pending=SendingState.PENDING, lease=LEASE):
        return False
    rows = ReportSending.objects.select_related(
        "schedule__tenant", "schedule__report__owner__tenant"
    )
    sending = rows.get(pk=pk)
    schedule = sending.schedule
    if schedule.stopped:
        return _given_up(sending, "stopped", is_told=False)
    why = _hindrance(schedule)
    if why:
        schedule_stop(schedule, why=why)
        return _given_up(sending, why, is_told=True)
    to = _recipients(schedule)
    if not to:
        schedule_stop(schedule, why=Stopped.NOBODY)
        return _given_up(sending, Stopped.NOBODY, is_told=True)
    try:
        _mail(sending, to)
    except Exception as error:  # noqa: BLE001 - servers fail in every way; the next try decides
        return _failed(sending, error)
    _mark(sending, state=SendingState.SENT, sent_at=timezone.now(), sent_to=len(to), error="")
    schedule_audit(schedule, schedule.report.owner, "sent", to=len(to))
    return True


def _hindrance(schedule: ReportSchedule) -> str:
    """Return why the owner's rights of now do not allow it, '' when they do."""
    owner = schedule.report.owner
    if not owner.is_active or owner.tenant_id != schedule.tenant_id:
        return Stopped.OWNER_LEFT
    if schedule.report.kind not in kinds_for(owner) or not can_export(owner):
        return Stopped.NO_RIGHT
    return ""


def _recipients(schedule: ReportSchedule) -> list[str]:
    people = people_reachable(schedule.tenant_id, schedule.people)
    inside = list(people.values_list("email", flat=True))
    return sorted({*inside, *addresses_allowed(schedule.addresses)})


def _mail(sending: ReportSending, to: list[str]) -> None:
    schedule = sending.schedule
    report = schedule.report
    make: Maker = import_string(settings.HUAWU_REPORT_FILE)
    with translation.override(schedule.language), timezone.override(schedule.tenant.timezone):
        file = make(report.owner, report.kind, report.query, schedule.form)
    mail = EmailMessage(
        f"{report.name}: {file.subject}",
        file.body,
        # Nobody sees who else gets it.
        bcc=to,
        headers={"Message-ID": f"<report-{schedule.pk}-{sending.pk}@huawu>"},
    )
    mail.attach(file.name, file.content, file.content_type)
    mail.send()


def _failed(sending: ReportSending, error: Exception) -> bool:
    # Only the kind of error: a server's words may hold addresses or secrets.
    text = type(error).__name__[:60]
    logger.warning("report %d not sent (%s)", sending.pk, text, exc_info=error)
    if sending.tries >= MOST_TRIES:
        return _given_up(sending, text, is_told=True)
    pause_s = min(FIRST_PAUSE_S * 2 ** (sending.tries - 1), LONGEST_PAUSE_S)
    _mark(sending, next_try_at=timezone.now() + timedelta(seconds=pause_s), error=text)
    return False


def _given_up(sending: ReportSending, why: str, *, is_told: bool) -> bool:
    _mark(sending, state=SendingState.FAILED, error=why)
    logger.error("report %d given up: %s", sending.pk, why)
    owner = sending.schedule.report.owner
    if is_told and owner.is_active and owner.tenant_id == sending.tenant_id:
        with translation.override(sending.schedule.language):
            title = _("A scheduled report was not sent: %(name)s") % {
                "name": sending.schedule.report.name
            }
        task_create(
            tenant_id=sending.tenant_id,
            kind=TaskKind.REMINDER,
            title=title,
            due_at=timezone.now(),
            assignee=owner,
        )
    return False


def _mark(sending: ReportSending, **values: object) -> None:
    ReportSending.objects.filter(pk=sending.pk).update(updated_at=timezone.now(), **values)
