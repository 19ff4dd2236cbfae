"""A report's page: what is chosen, the table with its definitions, charts, and the calls behind."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.day.texts import clock
from apps.console.pages import PAGE_ROWS
from apps.console.queue_pages import VisitTable
from apps.console.reports.asked import Choice, choice_of, step_query, time_of
from apps.console.reports.charts import Chart, charts
from apps.console.reports.texts import (
    COLUMN_TEXTS,
    ITEMS,
    KINDS,
    PRESET_NAMES,
    STEP_NAMES,
    change,
    step_text,
    written,
)
from apps.console.tables import CallTable
from apps.console.texts import pause_reasons
from apps.core.errors import NotFoundError
from apps.dispositions.selectors import OF_CALL
from apps.imports.access import can_export
from apps.reports.behind import behind
from apps.reports.engine.columns import AGENTS, ATTENDANCE, COLUMNS, QUEUES, Column
from apps.reports.selectors import BY_TIME, Report, ReportRow, items_for, kinds_for, report, zone_of


@console_page
@require_safe
def first(request: HttpRequest, *, user: User) -> HttpResponse:
    """The first report that the person may open."""
    return redirect("console:report", kinds_for(user)[0])


@console_page
@require_safe
def page(request: HttpRequest, kind: str, *, user: User) -> HttpResponse:
    """One report. NotFoundError for a kind or an item that is not the person's."""
    choice = choice_for(request, kind, user)
    found = report(user=user, asked=choice.asked)
    items = items_for(user, kind, choice.asked.period)
    context = {
        "kind": kind,
        "kinds": [(one, KINDS[one]) for one in kinds_for(user)],
        "choice": choice,
        "found": found,
        "presets": PRESET_NAMES.items(),
        "steps": STEP_NAMES.items(),
        "item_title": ITEMS[kind],
        "items": [(str(one.key), one.name) for one in items],
        "is_by_time": choice.asked.by == BY_TIME,
        "columns": [(one, *COLUMN_TEXTS[kind][one.id]) for one in COLUMNS[kind]],
        "rows": [_row(choice, found, row) for row in found.rows],
        "total": _cells(choice, found, None),
        "earlier_cells": _plain_cells(found, found.earlier_total),
        "changes": [
            change(one, one.value(found.total), one.value(found.earlier_total))
            for one in COLUMNS[kind]
        ],
        "pauses": _pauses(found),
        "charts": [{"title": one["title"], "json": json.dumps(one)} for one in _charts(found)],
        "can_export": can_export(user),
        "title": KINDS[kind],
    }
    return render_work(request, "console/reports/report.html", context)


@console_page
@require_safe
def calls(request: HttpRequest, kind: str, *, user: User) -> HttpResponse:
    """The calls behind one figure; exactly as many as the figure says."""
    choice = choice_for(request, kind, user)
    zone, figure = zone_of(user), request.GET.get("figure", "")
    since, until = time_of(request.GET, choice.asked.period, zone)
    found = behind(
        user=user,
        kind=kind,
        figure=figure,
        item=choice.asked.item,
        since=since,
        until=until,
        period=choice.asked.period,
    )
    is_visits = kind == QUEUES
    table = VisitTable(found.rows) if is_visits else CallTable(found.rows.select_related(OF_CALL))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    name = next(COLUMN_TEXTS[kind][one.id][0] for one in COLUMNS[kind] if one.behind == figure)
    items = {str(one.key): one.name for one in items_for(user, kind, choice.asked.period)}
    context = {
        "kind": KINDS[kind],
        "figure": name,
        "item": items.get(choice.asked.item, ""),
        "table": table,
        "hidden": found.hidden,
        "since": since.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "until": until.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "back": f"{reverse('console:report', args=[kind])}?{choice.address()}",
        "title": _("Calls behind a figure"),
    }
    return render_work(request, "console/reports/calls.html", context)


def _charts(found: Report) -> list[Chart]:
    is_time = found.asked.kind == ATTENDANCE
    return charts(
        found,
        title=str(KINDS[found.asked.kind]),
        whole=_("The whole period"),
        unit=_("hours") if is_time else _("calls"),
    )


def choice_for(request: HttpRequest, kind: str, user: User) -> Choice:
    """Return what is asked for. Raises NotFoundError for a kind the person may not open."""
    if kind not in kinds_for(user):
        raise NotFoundError(kind[:20])
    return choice_of(kind, request.GET, timezone.now().astimezone(zone_of(user)).date())


def row_name(found: Report, row: ReportRow) -> str:
    """Return how a row is called."""
    if row.bucket is not None:
        return step_text(row.bucket, found.asked.step, found.zone)
    return row.item.name if row.item else ""


def _row(choice: Choice, found: Report, row: ReportRow) -> dict[str, Any]:
    link = ""
    if row.item is not None:
        # The same period in its steps, of this one alone.
        link = choice.address(by=BY_TIME, item=str(row.item.key))
    return {
        "name": row_name(found, row),
        "link": link,
        "unheard": row.unheard_s,
        "cells": _cells(choice, found, row),
    }


def _cells(choice: Choice, found: Report, row: ReportRow | None) -> list[dict[str, Any]]:
    """Return a row's cells, of the whole for None; with where the calls behind them are."""
    sums = found.total if row is None else row.sums
    return [
        {
            "column": one.id,
            "text": written(one, one.value(sums), found.zone),
            "raw": _raw(one, sums),
            "link": _behind_link(choice, one, row) if one.value(sums) else "",
        }
        for one in COLUMNS[found.asked.kind]
    ]


def _raw(column: Column, sums: Any) -> object:
    value = column.value(sums)
    return "" if value is None else value


def _plain_cells(found: Report, sums: Any) -> list[str]:
    return [written(one, one.value(sums), found.zone) for one in COLUMNS[found.asked.kind]]


def _behind_link(choice: Choice, column: Column, row: ReportRow | None) -> str:
    asked = choice.asked
    item = asked.item
    if row is not None and row.item is not None:
        item = str(row.item.key)
    # Several agents may have had one call: there the calls are those of one agent.
    if not column.behind or asked.kind == ATTENDANCE or (asked.kind == AGENTS and not item):
        return ""
    changed = {"item": item, "figure": column.behind}
    if row is not None and row.bucket is not None:
        changed.update(step_query(row.bucket, asked.step))
    return f"{reverse('console:report-calls', args=[asked.kind])}?{choice.address(**changed)}"


def _pauses(found: Report) -> list[tuple[str, str]]:
    names = pause_reasons()
    return [
        (names.get(reason, reason) or "—", clock(ms))
        for reason, ms in sorted(found.pauses.items(), key=lambda one: -one[1])
    ]
