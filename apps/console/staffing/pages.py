"""The staffing page: a week by days, a day by half-hours, what is assumed, and its files."""

import json
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.staffing.asked import AssumptionsForm, Choice, address, choice_of
from apps.console.staffing.texts import COLUMNS, DEFINITIONS, day_cells, kind_text, percent
from apps.core.errors import NotFoundError
from apps.imports.access import can_export
from apps.reports.selectors import zone_of
from apps.staffing.selectors import (
    Plan,
    PlanDay,
    assumptions_of,
    plan,
    plan_need,
    queues_chosen,
    queues_for,
)
from apps.staffing.services import KEPT, assumptions_save


@console_page
@require_safe
def page(request: HttpRequest, *, user: User) -> HttpResponse:
    """What a week of queues needs. ForbiddenError for who plans no seats."""
    plan_need(user)
    known = queues_for(user)
    context: dict[str, Any] = {"title": _("Staffing"), "queues": known}
    if known or request.GET.getlist("q"):
        choice, form, found = asked_plan(request, user)
        context |= _context(request, choice, form, found) | {"can_export": can_export(user)}
    return render_work(request, "console/staffing/plan.html", context)


@console_page
@require_POST
def assume(request: HttpRequest, *, user: User) -> HttpResponse:
    """Try what is assumed (an address that says it), or keep it for each chosen queue."""
    queues_chosen(user, request.POST.getlist("q"))
    query = request.POST.copy()
    query.pop("csrfmiddlewaretoken", None)
    if query.pop("act", [""])[-1] == "keep":
        if _kept(request, user):
            for name in (*KEPT, "apply"):
                query.pop(name, None)
            messages.success(request, _("The assumptions are kept."))
    else:
        query["apply"] = "1"
    return redirect(f"{reverse('console:staffing')}?{address(query)}")


def _kept(request: HttpRequest, user: User) -> bool:
    for queue in queues_chosen(user, request.POST.getlist("q")):
        form = AssumptionsForm(request.POST, instance=assumptions_of(queue.key))
        if not form.is_valid():
            messages.error(request, _("Not saved: %(why)s") % {"why": _first_fault(form)})
            return False
        assumptions_save(user=user, assumed=form.instance)
    return True


def asked_plan(request: HttpRequest, user: User) -> tuple[Choice, AssumptionsForm, Plan]:
    """Return what an address asks for. What it assumes wrongly is said, and the kept is taken."""
    queues = queues_chosen(user, request.GET.getlist("q"))
    if not queues:
        raise NotFoundError("queue")
    choice = choice_of(request.GET, timezone.now().astimezone(zone_of(user)).date())
    kept = assumptions_of(queues[0].key)
    form = AssumptionsForm(instance=kept)
    assumed = kept
    if request.GET.get("apply"):
        form = AssumptionsForm(request.GET, instance=assumptions_of(queues[0].key))
        assumed = form.instance if form.is_valid() else kept
    found = plan(
        user=user,
        queues=queues,
        monday=choice.monday,
        assumed=assumed,
        tried=choice.tried_at,
        alone_on=choice.day,
    )
    return choice, form, found


def _first_fault(form: AssumptionsForm) -> str:
    name, faults = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    return f"{label}: {faults[0]}"


def _context(
    request: HttpRequest, choice: Choice, form: AssumptionsForm, found: Plan
) -> dict[str, Any]:
    day = next(one for one in found.days if one.on == choice.day)
    before, after = choice.monday - timedelta(days=7), choice.monday + timedelta(days=7)
    rows = [row for row in day.rows if _has_anything(row)]
    return {
        "plan": found,
        "choice": choice,
        "form": form,
        "is_tried": bool(request.GET.get("apply")),
        "chosen": [one.key for one in found.queues],
        "several": len(found.queues) > 1,
        "hidden": [("q", one.key) for one in found.queues],
        "hidden_assumed": [(name, request.GET[name]) for name in KEPT if name in request.GET],
        "address": address(request.GET),
        "before": address(request.GET, week=before.isoformat(), day=""),
        "after": address(request.GET, week=after.isoformat(), day=""),
        "sunday": choice.monday + timedelta(days=6),
        "week": [_week_row(request, one, choice.day) for one in found.days],
        "day": day,
        "columns": [one for one in COLUMNS if one.id != "needed_alone" or len(found.queues) > 1],
        "rows": [
            {"row": row, "cells": day_cells(row, several=len(found.queues) > 1)} for row in rows
        ],
        "definitions": DEFINITIONS,
        "charts": [{"title": one["title"], "json": json.dumps(one)} for one in _charts(found, day)],
        "fault": {
            "wape": percent(found.fault.wape),
            "day_mape": percent(found.fault.day_mape),
            "naive": percent(found.fault.naive_wape),
        },
        "lacks": [one for one in found.days if one.forecast.calls is None],
    }


def _has_anything(row: Any) -> bool:
    """Say whether a half-hour has calls, to come or past, or somebody sat there."""
    return bool((row.calls or 0) >= 0.05 or row.came or (row.staffed or 0) >= 0.05)


def _week_row(request: HttpRequest, one: PlanDay, chosen: date) -> dict[str, Any]:
    total, hours, staffed = one.forecast.total, one.seat_hours, one.staffed_hours
    return {
        "on": one.on,
        "kind": kind_text(one.forecast.kind),
        "link": address(request.GET, day=one.on.isoformat(), week=""),
        "is_chosen": one.on == chosen,
        "calls": "—" if total is None else f"{total:,.0f}",
        "came": "—" if one.came is None else f"{one.came:,}",
        "hours": "—" if hours is None else f"{hours:,.1f}",
        "staffed": "—" if staffed is None else f"{staffed:,.1f}",
        "most": "—" if one.most_seats is None else str(one.most_seats),
        "days": one.forecast.days,
        "left_out": one.forecast.left_out,
    }


def _charts(found: Plan, day: PlanDay) -> list[dict[str, Any]]:
    rows = [row for row in day.rows if _has_anything(row)]
    if not rows:
        return []
    seats = [float(row.needed.seats) if row.needed else None for row in rows]
    series: list[Any] = [{"name": _("Suggested seats"), "values": seats}]
    if any(row.staffed is not None for row in rows):
        series.append({"name": _("Staffed"), "values": [_round(row.staffed) for row in rows]})
    if any(row.tried for row in rows):
        tried = [float(row.tried.seats) if row.tried else None for row in rows]
        series.append({"name": _("What if"), "values": tried})
    calls: list[Any] = [
        {"name": _("Expected calls"), "values": [_round(row.calls) for row in rows]}
    ]
    if any(row.came is not None for row in rows):
        came = [None if row.came is None else float(row.came) for row in rows]
        calls.append({"name": _("Calls that came"), "values": came})
    labels = [row.clock for row in rows]
    day_text = f"{day.on:%Y-%m-%d}"
    return [
        _chart(_("Seats by half-hour, %(day)s") % {"day": day_text}, _("seats"), labels, series),
        _chart(_("Calls by half-hour, %(day)s") % {"day": day_text}, _("calls"), labels, calls),
    ]


def _chart(title: str, unit: str, labels: list[str], series: list[Any]) -> dict[str, Any]:
    return {
        "kind": "line", "unit": unit, "title": title, "labels": labels, "series": series,
        "slices": [],
    }  # fmt: skip


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
