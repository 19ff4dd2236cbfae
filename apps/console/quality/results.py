"""Results of inspections: a line for each agent, team, inspector, item or step of time.

Every figure opens the inspections behind it; both come of `quality.results.result_list_for`.
"""

import json
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import Department, User
from apps.console.access import console_page, render_work
from apps.console.quality.lists import PAGE_ROWS
from apps.console.quality.results_asked import Choice, choice_of
from apps.console.quality.tables import InspectionTable
from apps.console.quality.texts import percent, points
from apps.console.reports.charts import Chart
from apps.console.reports.texts import PRESET_NAMES, STEP_NAMES, step_text
from apps.imports.access import can_export
from apps.quality.models import Inspection, Sheet
from apps.quality.results import (
    BY_AGENT,
    BY_DEPARTMENT,
    BY_INSPECTOR,
    BY_ITEM,
    BY_TIME,
    ItemRow,
    Row,
    Sums,
    behind_group,
    by_item,
    by_time,
    grouped,
    narrowed,
    result_list_for,
    total,
)
from apps.quality.selectors import inspector_list
from apps.reports.engine.periods import Period
from apps.reports.selectors import zone_of

GROUP_NAMES = {
    BY_AGENT: _("Agent"),
    BY_DEPARTMENT: _("Team"),
    BY_INSPECTOR: _("Inspector"),
    BY_ITEM: _("Item"),
    BY_TIME: _("Step of time"),
}
# id, name, definition; docs/quality.md says the same.
COLUMNS = (
    ("inspections", _("Inspections"), _("Published in the period, taken back ones left out.")),
    ("mean", _("Mean score"), _("Sum of scores / inspections that have a score.")),
    ("pass_share", _("Passed"), _("At least the pass mark and nothing fatal / could be.")),
    ("fatal", _("Fatal"), _("Inspections in which a fatal item was failed.")),
    (
        "appealed",
        pgettext_lazy("inspections", "Appealed"),
        _("Inspections that the agent appealed against."),
    ),
    (
        "changed",
        pgettext_lazy("inspections", "Changed"),
        _("Of those: an appeal changed the score."),
    ),
)
ITEM_COLUMNS = (
    ("asked", _("Inspections"), _("Inspections on whose sheet the item is.")),
    ("applicable", _("Applicable"), _("Of those: it was not marked as not applicable.")),
    ("mean", _("Earned"), _("Mean share of its weight over the applicable.")),
    ("fatal", _("Fatal"), _("How often it was failed as a fatal item.")),
)
MOST_BARS = 40
MIDDLE = 100


def choice_for(request: HttpRequest, user: User) -> Choice:
    """Return what the person asks for, in his company's days."""
    zone = zone_of(user)
    today = timezone.now().astimezone(zone).date()
    return choice_of(request.GET, zone, Period(today, today))


def lines(choice: Choice, rows: "QuerySet[Inspection]") -> list[Row]:
    """Return the lines of every grouping but by item."""
    if choice.by != BY_TIME:
        return grouped(rows, choice.by)
    steps = choice.buckets
    sums = by_time(rows, [one.since for one in steps], choice.zone)
    return [
        Row(one.first.isoformat(), step_text(one, choice.step, choice.zone), sum_)
        for one, sum_ in zip(steps, sums, strict=True)
    ]


@console_page
@require_safe
def results(request: HttpRequest, *, user: User) -> HttpResponse:
    """The page; an agent sees his own figures."""
    choice = choice_for(request, user)
    rows = result_list_for(user=user, asked=choice.asked)
    is_items = choice.by == BY_ITEM
    items = by_item(rows) if is_items else []
    found = [] if is_items else lines(choice, rows)
    whole = total(rows)
    context: dict[str, Any] = {
        "choice": choice,
        "by_name": GROUP_NAMES[choice.by],
        "groups": GROUP_NAMES.items(),
        "presets": PRESET_NAMES.items(),
        "steps": [
            (key, name) for key, name in STEP_NAMES.items() if key in ("day", "week", "month")
        ],
        "columns": ITEM_COLUMNS if is_items else COLUMNS,
        "rows": [_item_line(choice, one) for one in items] or [_line(choice, one) for one in found],
        "total": _cells(whole, choice.address(by=choice.by)) if not is_items else [],
        "charts": [
            {"title": one["title"], "json": json.dumps(one)}
            for one in _charts(choice, found, items)
        ],
        "can_export": can_export(user),
        **_choices(choice, user),
        "title": _now("Quality results"),
    }
    return render_work(request, "console/quality/results.html", context)


def _choices(choice: Choice, user: User) -> dict[str, Any]:
    """What can be chosen in the filters; nothing is shown there that is not the company's."""
    assert user.tenant_id is not None  # noqa: S101 - the console has only people of companies
    return {
        "sheets": Sheet.objects.order_by("name"),
        "departments": Department.objects.order_by("name"),
        "inspectors": inspector_list(user.tenant_id),
        "only": choice.only,
    }


def _line(choice: Choice, row: Row) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "cells": _cells(row.sums, choice.address(key=row.key)),
    }


def _cells(sums: Sums, address: str) -> list[dict[str, Any]]:
    texts = {
        "inspections": str(sums.inspections),
        "mean": points(sums.mean),
        "pass_share": percent(sums.pass_share),
        "fatal": str(sums.fatal),
        "appealed": str(sums.appealed),
        "changed": str(sums.changed),
    }
    link = address if sums.inspections else ""
    return [
        {"id": key, "text": texts[key], "link": link if key == "inspections" else ""}
        for key, _name, _says in COLUMNS
    ]


def _item_line(choice: Choice, row: ItemRow) -> dict[str, Any]:
    texts = {
        "asked": str(row.asked),
        "applicable": str(row.applicable),
        "mean": percent(row.mean),
        "fatal": str(row.fatal),
    }
    link = choice.address(key=row.key)
    return {
        "key": row.key,
        "name": f"{row.sheet} · {row.title}",
        "cells": [
            {"id": key, "text": texts[key], "link": link if key == "asked" else ""}
            for key, _name, _says in ITEM_COLUMNS
        ],
    }


def _charts(choice: Choice, found: list[Row], items: list[ItemRow]) -> list[Chart]:
    if items:
        labels = [one.title for one in items[:MOST_BARS]]
        values = [
            None if one.mean is None else round(one.mean * MIDDLE, 1) for one in items[:MOST_BARS]
        ]
        return [_chart("bar", _now("Earned"), "%", labels, values)]
    if not any(one.sums.inspections for one in found):
        return []
    shown = found if choice.by == BY_TIME else found[:MOST_BARS]
    means = [None if one.sums.mean is None else float(one.sums.mean) for one in shown]
    kind = "line" if choice.by == BY_TIME else "bar"
    return [_chart(kind, _now("Mean score"), "", [one.name for one in shown], means)]


def _chart(kind: str, name: str, unit: str, labels: list[str], values: list[float | None]) -> Chart:
    return {
        "kind": kind,
        "unit": unit,
        "title": name,
        "labels": labels,
        "series": [{"name": name, "values": values}],
        "slices": [],
    }


@console_page
@require_safe
def behind(request: HttpRequest, *, user: User) -> HttpResponse:
    """The inspections behind a line, or behind the whole; exactly as many as the figure says."""
    choice = choice_for(request, user)
    key = request.GET.get("key", "")[:40]
    rows = behind_rows(choice, user, key)
    table = InspectionTable(rows, order_by="-published_at")
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    sums = total(rows)
    context = {
        "table": table,
        "sums": _cells(sums, ""),
        "columns": COLUMNS,
        "back": choice.address(),
        "title": _now("Inspections behind a figure"),
    }
    return render_work(request, "console/quality/behind.html", context)


def behind_rows(choice: Choice, user: User, key: str) -> "QuerySet[Inspection]":
    """Return the inspections behind a line's key; '' is the whole."""
    if key and choice.by == BY_TIME:
        step = next((one for one in choice.buckets if one.first.isoformat() == key), None)
        if step is not None:
            asked = narrowed(choice.asked, step.since, step.until)
            return result_list_for(user=user, asked=asked)
    rows = result_list_for(user=user, asked=choice.asked)
    return behind_group(rows, choice.by, key) if key else rows
