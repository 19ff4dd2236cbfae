"""Saved reports and their schedules: keep, share, send by mail."""

from datetime import time

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.reports.asked import choice_of
from apps.console.reports.texts import KINDS
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.imports.access import can_export, export_need
from apps.reports.choices import report_choice
from apps.reports.saved import (
    saved_report_delete,
    saved_report_list_for,
    saved_report_own_get,
    saved_report_save,
)
from apps.reports.saved_models import Every, Form
from apps.reports.schedules import (
    When,
    schedule_create,
    schedule_delete,
    schedule_list_for,
    schedule_own_get,
    schedule_start,
    schedule_stop,
)
from apps.reports.selectors import kinds_for, zone_of

LATEST = 5


@console_page
@require_http_methods(["GET", "HEAD", "POST"])
def saved(request: HttpRequest, *, user: User) -> HttpResponse:
    """The reports that are kept, and when one's own are sent; POST keeps one."""
    if request.method == "POST":
        return _save(request, user)
    schedules = [
        {
            "row": row,
            "kind": KINDS[row.report.kind],
            "weekday": WEEKDAYS[row.weekday],
            "latest": sorted(row.sendings.all(), key=lambda one: one.due_at, reverse=True)[:LATEST],
        }
        for row in schedule_list_for(user)
    ]
    rows = [
        {"row": row, "kind": KINDS[row.kind], "is_own": row.owner_id == user.pk}
        for row in saved_report_list_for(user)
    ]
    context = {
        "rows": rows,
        "schedules": schedules,
        "can_export": can_export(user),
        "has_mail": bool(settings.EMAIL_HOST),
        "title": _("Saved and scheduled reports"),
    }
    return render_work(request, "console/reports/saved.html", context)


def _save(request: HttpRequest, user: User) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in kinds_for(user):
        raise NotFoundError(kind[:20])
    # Kept as our own words say it: what is strange in it is the default.
    today = timezone.now().astimezone(zone_of(user)).date()
    query = choice_of(kind, QueryDict(request.POST.get("query", "")[:2000]), today).address()
    try:
        found = saved_report_save(
            user=user,
            name=request.POST.get("name", ""),
            kind=kind,
            query=query,
            sharing=request.POST.get("sharing", ""),
        )
        messages.success(request, _("Kept: %(name)s") % {"name": found.name})
    except HuawuError as error:
        messages.error(request, str(error.text))
    return redirect("console:report-saved")


@require_POST
@console_page
def remove(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove a report of one's own, with its schedules."""
    found = saved_report_own_get(user=user, pk=pk)
    saved_report_delete(report=found)
    messages.success(request, _("Removed: %(name)s") % {"name": found.name})
    return redirect("console:report-saved")


@console_page
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Have a report of one's own sent."""
    found = saved_report_own_get(user=user, pk=pk)
    export_need(user)
    if request.method == "POST":
        post = request.POST
        try:
            schedule_create(
                user=user,
                report=found,
                when=When(
                    post.get("every", ""),
                    _time(post.get("at", "")),
                    _number(post.get("weekday", ""), 0),
                    _number(post.get("month_day", ""), 1),
                ),
                form=post.get("form", ""),
                people=[int(one) for one in post.getlist("people") if _is_key(one)],
                addresses=post.get("addresses", "")[:5000].replace(",", " ").split(),
                language=get_language(),
            )
            messages.success(request, _("Scheduled."))
            return redirect("console:report-saved")
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            messages.error(request, str(error.text))
    context = {
        "report": found,
        "kind": KINDS[found.kind],
        "every": Every.choices,
        "weekdays": WEEKDAYS.items(),
        "forms": Form.choices,
        "people": _people(user),
        "domains": report_choice().outside_domains,
        "zone": zone_of(user).key,
        "title": _("Send %(name)s by mail") % {"name": found.name},
    }
    return render_work(request, "console/reports/schedule.html", context)


def _people(user: User) -> list[tuple[int, str]]:
    rows = User.objects.filter(tenant=user.tenant, is_active=True).exclude(email="")
    return [(one.pk, f"{one.display_name} <{one.email}>") for one in rows.order_by("username")]


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _number(text: str, default: int) -> int:
    return int(text) if _is_key(text) else default


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return time(8)


@require_POST
@console_page
def stop(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Send it no more."""
    schedule_stop(schedule_own_get(user=user, pk=pk))
    messages.success(request, _("Stopped."))
    return redirect("console:report-saved")


@require_POST
@console_page
def start(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Send it again, from its next time on."""
    schedule_start(user=user, schedule=schedule_own_get(user=user, pk=pk))
    messages.success(request, _("Started."))
    return redirect("console:report-saved")


@require_POST
@console_page
def drop(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove a schedule."""
    schedule_delete(schedule_own_get(user=user, pk=pk))
    messages.success(request, _("Deleted."))
    return redirect("console:report-saved")
