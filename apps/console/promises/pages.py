"""The page of the promises, what is behind a figure, and the same as a PDF."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.console.access import console_page, render_work
from apps.console.pages import PAGE_ROWS
from apps.console.promises.asked import NAMES, Choice, choice_of
from apps.console.promises.pdf import pdf_of
from apps.console.promises.texts import (
    AGAINST,
    CAUSES,
    TEXTS,
    against_rows,
    milliseconds,
    target_text,
    verdict_text,
    written,
)
from apps.console.tables import CallTable
from apps.dispositions.selectors import OF_CALL
from apps.promises.engine.verdicts import ALL, Measured
from apps.promises.selectors import Report, calls_behind, promise_report, promises_need
from apps.reports.engine.periods import Bucket, bounds
from apps.reports.selectors import zone_of


@console_page
@require_safe
def page(request: HttpRequest, *, user: User) -> HttpResponse:
    """The promises of a month, quarter or year. ForbiddenError below the highest tier."""
    return render_work(request, "console/promises/promises.html", _context(request, user))


@console_page
@require_safe
def pdf(request: HttpRequest, *, user: User) -> HttpResponse:
    """The page as a PDF. Audited."""
    context = _context(request, user)
    choice: Choice = context["choice"]
    assert user.tenant_id is not None  # noqa: S101 - _context saw to it
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action="promises.fetch",
        object_type="promises",
        object_id=choice.period.first.isoformat(),
        detail={"of": choice.of},
    )
    text = render_to_string(
        "console/promises/print.html", {**context, "language": get_language()}, request
    )
    response = HttpResponse(pdf_of(text), content_type="application/pdf")
    name = f"promises-{choice.period.first:%Y%m%d}-{choice.period.last:%Y%m%d}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@console_page
@require_safe
def calls(request: HttpRequest, *, user: User) -> HttpResponse:
    """The calls that count against a promise; exactly as many as the figure says."""
    promises_need(user)
    zone = zone_of(user)
    choice = _choice(request, zone)
    period = choice.time_of(request.GET)
    what = request.GET.get("what", "")
    found = calls_behind(user, what, *bounds(period, zone))
    table = CallTable(found.rows.select_related(OF_CALL))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "kind": _("Service promises"),
        "figure": AGAINST[what],
        "item": "",
        "table": table,
        "hidden": found.hidden,
        "since": f"{period.first:%Y-%m-%d}",
        "until": f"{period.last:%Y-%m-%d}",
        "back": f"{reverse('console:promises')}?{choice.query}",
        "title": _("Calls behind a figure"),
    }
    return render_work(request, "console/reports/calls.html", context)


def _choice(request: HttpRequest, zone: ZoneInfo) -> Choice:
    return choice_of(request.GET, timezone.now().astimezone(zone).date())


def _context(request: HttpRequest, user: User) -> dict[str, Any]:
    promises_need(user)
    zone = zone_of(user)
    choice = _choice(request, zone)
    found = promise_report(user, choice.steps(zone))
    whole = found.whole
    return {
        "title": _("Service promises"),
        "company": user.tenant,
        "choice": choice,
        "before": choice.moved(-1),
        "after": choice.moved(1),
        "kinds": NAMES.items(),
        "made_at": timezone.now().astimezone(zone),
        "zone": str(zone),
        "found": found,
        "since": found.since.astimezone(zone) if found.since else None,
        "promises": [_promise_row(choice, found, one) for one in ALL],
        "promise_names": [TEXTS[one.id][0] for one in ALL],
        "steps": [_step_row(choice, step, measured) for step, measured in found.steps],
        "calls": whole.calls,
        "mean_pick": milliseconds(whole.calls.pick_ms, whole.calls.picks),
        "longest_pick": milliseconds(whole.calls.longest_pick_ms, min(1, whole.calls.picks)),
        "longest_voice": milliseconds(whole.calls.longest_voice_ms, min(1, whole.calls.voices)),
        "causes": [(CAUSES.get(name, name), seconds) for name, seconds in found.causes_s.items()],
        "unknown_s": whole.service.unknown * 30,
        "down_s": whole.service.down * 30,
        "definitions": [TEXTS[one.id] for one in ALL],
    }


def _promise_row(choice: Choice, found: Report, promise: Any) -> dict[str, Any]:
    name, text = TEXTS[promise.id]
    return {
        "id": promise.id,
        "name": name,
        "text": text,
        "target": target_text(promise),
        "value": written(promise, promise.value(found.whole)),
        "is_kept": promise.is_kept(found.whole),
        "verdict": verdict_text(promise.is_kept(found.whole)),
        "against": [
            {"name": label, "count": count, "link": _link(choice, what)}
            for what, label, count in against_rows(promise.id, found.against)
        ],
    }


def _step_row(choice: Choice, step: Bucket, measured: Measured) -> dict[str, Any]:
    days = {"since": step.first.isoformat(), "until": step.last.isoformat()}
    sums = measured.calls
    behind = {"connect_time": ("late", sums.voices_late), "connected": ("unserved", sums.unserved),
              "dropped": ("dropped", sums.dropped)}  # fmt: skip
    cells = []
    for one in ALL:
        what, count = behind.get(one.id, ("", 0))
        cells.append(
            {
                "id": one.id,
                "text": written(one, one.value(measured)),
                "is_kept": one.is_kept(measured),
                "count": count,
                "link": _link(choice, what, days) if count else "",
            }
        )
    name = f"{step.first:%Y-%m-%d}"
    if step.first != step.last:
        name = f"{step.first:%Y-%m} – {step.last:%Y-%m}" if choice.of == "year" else name[:7]
    return {
        "name": name,
        "cells": cells,
        "callers": sums.callers,
        "talks": sums.talks,
        "not_up_s": (measured.service.down + measured.service.unknown) * 30,
        "is_measured": bool(measured.service.slots),
    }


def _link(choice: Choice, what: str, days: Mapping[str, str] | None = None) -> str:
    more = "".join(f"&{name}={value}" for name, value in (days or {}).items())
    return f"{reverse('console:promise-calls')}?{choice.query}&what={what}{more}"
