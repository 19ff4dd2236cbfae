"""Keep reports by a name, share them, and say how the company counts."""

import re
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.models import Queue
from apps.audit.services import audit_record
from apps.calls.engine.figures import SERVICE_LEVELS
from apps.core.errors import ForbiddenError, NotFoundError
from apps.reports.errors import ReportNameError, ReportSharingError, ReportTooManyError
from apps.reports.models import ReportChoice, SavedReport
from apps.reports.saved_models import MAX_NAME, MAX_QUERY, Sharing
from apps.reports.selectors import kinds_for

MOST_SAVED = 100
MOST_DOMAINS = 20
SHARERS = frozenset({Role.TEAM_LEAD, Role.ADMIN})
_DOMAIN = re.compile(r"^(?=.{4,190}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")


def saved_report_save(*, user: User, name: str, kind: str, query: str, sharing: str) -> SavedReport:
    """Keep what a report is asked for; the same name again is overwritten.

    Raises NotFoundError for a kind that is not the person's, ReportNameError, ReportSharingError,
    ReportTooManyError.
    """
    assert user.tenant_id is not None  # noqa: S101 - a person of a company
    name = " ".join(name.replace("\x00", "").split())
    if kind not in kinds_for(user):
        raise NotFoundError(kind[:20])
    if not name or len(name) > MAX_NAME or len(query) > MAX_QUERY:
        raise ReportNameError(name[:MAX_NAME])
    shared = Sharing(sharing if sharing in Sharing.values else Sharing.OWN)
    is_without = shared == Sharing.DEPARTMENT and user.department_id is None
    if shared != Sharing.OWN and (user.role not in SHARERS or is_without):
        raise ReportSharingError(user.username)
    with transaction.atomic():
        # Who presses twice waits here for himself, so that the count holds.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
        own = SavedReport.objects.filter(owner=user)
        if not own.filter(name=name).exists() and own.count() >= MOST_SAVED:
            raise ReportTooManyError(user.username)
        found: SavedReport
        found, _is_new = SavedReport.objects.update_or_create(
            owner=user,
            name=name,
            defaults={
                "tenant_id": user.tenant_id,
                "kind": kind,
                "query": query,
                "sharing": shared,
                "department_id": user.department_id if shared == Sharing.DEPARTMENT else None,
            },
        )
    return found


def saved_report_list_for(user: User) -> "QuerySet[SavedReport]":
    """Return what the person keeps and what is shared with him, of kinds that he may open.

    1 query.
    """
    seen = Q(owner=user) | Q(sharing=Sharing.COMPANY)
    if user.department_id is not None:
        seen |= Q(sharing=Sharing.DEPARTMENT, department=user.department_id)
    rows: QuerySet[SavedReport] = SavedReport.objects.filter(
        seen, tenant=user.tenant, kind__in=kinds_for(user)
    )
    return rows.select_related("owner").order_by("name", "pk")


def saved_report_own_get(*, user: User, pk: int) -> SavedReport:
    """Return a report that the person keeps himself; NotFoundError otherwise. 1 query."""
    rows = SavedReport.objects.filter(pk=pk, owner=user, tenant=user.tenant)
    found: SavedReport | None = rows.select_related("owner", "tenant").first()
    if found is None:
        raise NotFoundError(f"saved report {pk}")
    return found


def saved_report_delete(*, report: SavedReport) -> None:
    """Remove a report that `saved_report_own_get` gave, with its schedules."""
    report.delete()


def report_choice_set(
    *, user: User, level: str, queue_levels: Mapping[str, str], days: int, domains: Iterable[str]
) -> ReportChoice:
    """Say how the company counts and where its reports may go. Audited.

    What is no definition, no queue or no domain is left out. Raises ForbiddenError for who is no
    admin.
    """
    if user.role != Role.ADMIN or user.tenant_id is None:
        raise ForbiddenError(user.username)
    numbers = set(Queue.objects.values_list("number", flat=True))
    said = {one.strip().lower() for one in domains}
    values = {
        "service_level": level if level in SERVICE_LEVELS else ReportChoice().service_level,
        "queue_levels": {
            number: one
            for number, one in queue_levels.items()
            if number in numbers and one in SERVICE_LEVELS
        },
        "contact_days": min(max(days, 1), 90),
        "outside_domains": sorted(one for one in said if _DOMAIN.match(one))[:MOST_DOMAINS],
    }
    found: ReportChoice
    found, _is_new = ReportChoice.objects.update_or_create(
        tenant_id=user.tenant_id, defaults=values
    )
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action="report.choice",
        object_type="tenant",
        object_id=user.tenant_id,
        detail=values,
    )
    return found
