"""Queues on the console: how they are now, their figures of a period, the callers behind them."""

from datetime import datetime, timedelta
from typing import Any

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.acd.overflow_services import MAY_LOOK
from apps.acd.queue_figures import QueueFigures, queue_figures, queue_visits, total_of
from apps.calls.choices import VisitEnd
from apps.calls.models import QueueVisit
from apps.console.access import console_page, render_work
from apps.console.pages import PAGE_ROWS
from apps.console.tables import ATTRS, dial_cell, seconds

PERIODS = {
    "half_hour": gettext_lazy("Last 30 minutes"),
    "today": gettext_lazy("Today"),
    "week": gettext_lazy("7 days"),
    "month": gettext_lazy("30 days"),
}
DEFAULT_PERIOD = "today"
BEHIND = (VisitEnd.ANSWERED, VisitEnd.ABANDONED, VisitEnd.FLOWED_OUT)


def _period(request: HttpRequest, now: datetime) -> tuple[str, datetime]:
    """Return the period's name and its beginning."""
    name = request.GET.get("period", "")
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    since = {
        "half_hour": now - timedelta(minutes=30),
        "today": midnight,
        "week": midnight - timedelta(days=6),
        "month": midnight - timedelta(days=29),
    }
    return (name, since[name]) if name in since else (DEFAULT_PERIOD, since[DEFAULT_PERIOD])


@console_page
@require_safe
def queues(request: HttpRequest, *, user: User) -> HttpResponse:
    """The queues that the person may see; the page asks again every ten seconds."""
    now = timezone.now()
    period, since = _period(request, now)
    figures = queue_figures(user=user, since=since, until=now, now=now)
    context = {
        "rows": [_row(one) for one in figures],
        "total": _row(total_of(figures)) if len(figures) > 1 else None,
        "period": period,
        "periods": PERIODS.items(),
        "may_look": user.role in MAY_LOOK,
        "title": _("Queues"),
    }
    return render_work(request, "console/queues.html", context)


def _row(one: QueueFigures) -> dict[str, Any]:
    return {
        "queue": one,
        "service_level": _percent(one.rates.service_level),
        "abandon_rate": _percent(one.rates.abandon_rate),
        "asa": seconds(None if one.rates.asa_ms is None else round(one.rates.asa_ms)),
        "longest": seconds(one.counts.longest_wait_ms if one.counts.offered else None),
        "expected": seconds(None if one.expected_s is None else round(one.expected_s * 1000)),
        "longest_now": seconds(one.live.longest_s * 1000 if one.live.waiting else None),
    }


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


class VisitTable(tables.Table):
    """Stays in queues, newest first; the first column opens the call."""

    joined_at = tables.DateTimeColumn(
        verbose_name=gettext_lazy("Joined"),
        format="m-d H:i:s",
        linkify=("console:call", {"pk": tables.A("call_id")}),
    )
    queue_number = tables.Column(verbose_name=gettext_lazy("Queue"))
    caller = tables.Column(
        verbose_name=gettext_lazy("Number"), accessor="call__caller", orderable=False
    )
    customer = tables.Column(
        verbose_name=gettext_lazy("Customer"), accessor="call__customer", orderable=False
    )
    how = tables.Column(verbose_name=gettext_lazy("How it ended"))
    reason = tables.Column(verbose_name=gettext_lazy("Why"), orderable=False)
    wait_ms = tables.Column(verbose_name=gettext_lazy("Wait"))
    agent = tables.Column(verbose_name=gettext_lazy("Agent"), orderable=False)

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "visit-row"}
        empty_text = gettext_lazy("No caller in this time.")

    def render_caller(self, value: str, record: QueueVisit) -> SafeString:
        """Show the number as a button that dials it."""
        return dial_cell(self, value, "call", record.call_id)

    def render_wait_ms(self, value: int) -> str:
        """Show m:ss."""
        return seconds(value)


@console_page
@require_safe
def visits(request: HttpRequest, *, user: User) -> HttpResponse:
    """The callers behind a figure."""
    now = timezone.now()
    period, since = _period(request, now)
    how = request.GET.get("how", "")
    found = queue_visits(
        user=user,
        number=request.GET.get("queue", ""),
        since=since,
        until=now,
        how=how if how in BEHIND else "",
    )
    table = VisitTable(found)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {"table": table, "period": period, "title": _("Callers in queues")}
    return render_work(request, "console/queue_visits.html", context)
