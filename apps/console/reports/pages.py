"""A report's page: what is chosen, the table with its definitions, charts, and the calls behind."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.day.texts import clock
from apps.console.pages import PAGE_ROWS
from apps.console.reports.asked import (
    MOST_FILE_DAYS,
    Choice,
    choice_of,
    step_query,
    time_of,
    week_of,
    week_query,
)
from apps.console.reports.charts import Chart, charts, week_chart
from apps.console.reports.more_texts import LEVEL_TEXTS
from apps.console.reports.sizes import FORMS, is_big
from apps.console.reports.sizes import PREFIX as PREFIX_OF_FILES
from apps.console.reports.sources import PREFIX, behind_of
from apps.console.reports.tables import table_of
from apps.console.reports.texts import (
    COLUMN_TEXTS,
    ITEMS,
    KINDS,
    PRESET_NAMES,
    STEP_NAMES,
    change,
    definition,
    item_name,
    step_text,
    written,
)
from apps.console.texts import pause_reasons
from apps.core.errors import NotFoundError
from apps.imports.access import can_export
from apps.reports.behind import HourOfWeek, cities
from apps.reports.engine.columns import (
    AGENTS,
    ATTENDANCE,
    COLUMNS,
    EVERY,
    QUEUES,
    REGIONS,
    RINGS,
    Column,
)
from apps.reports.engine.periods import MOST_DAYS
from apps.reports.kinds_of_ledger import OF_LEDGER
from apps.reports.saved import SHARERS
from apps.reports.saved_models import Sharing
from apps.reports.selectors import (
    BY_TIME,
    Report,
    ReportRow,
    hours_of_week,
    items_for,
    kinds_for,
    report,
    zone_of,
)


@console_page
@require_safe
def first(request: HttpRequest, *, user: User) -> HttpResponse:
    """The first report that the person may open."""
    return redirect("console:report", kinds_for(user)[0])


@console_page
@require_safe
def page(request: HttpRequest, kind: str, *, user: User) -> HttpResponse:
    """One report. NotFoundError for a kind or an item that is not the person's."""
    choice = choice_for(request.GET, kind, user)
    found = report(user=user, asked=choice.asked)
    items = items_for(user, kind, choice.asked.period)
    hours = hours_of_week(found)
    drawn = [*charts_of(found), *week_chart(hours, title=_("Hours of the week"), unit=_("calls"))]
    context = {
        "kind": kind,
        "kinds": [(one, KINDS[one]) for one in kinds_for(user)],
        "choice": choice,
        "found": found,
        "presets": PRESET_NAMES.items(),
        "steps": STEP_NAMES.items(),
        "item_title": ITEMS[kind],
        "items": [(str(one.key), item_name(kind, one)) for one in items],
        "is_by_time": choice.asked.by == BY_TIME,
        "columns": [
            (one, COLUMN_TEXTS[kind][one.id][0], definition(found, one)) for one in found.columns
        ],
        "levels": LEVEL_TEXTS.items() if kind == QUEUES else (),
        "cities": _cities(user, found),
        "rows": [_row(choice, found, row) for row in found.rows],
        "total": _cells(choice, found, None),
        "earlier_cells": _plain_cells(found, found.earlier_total),
        "changes": [
            change(one, found.value(one, found.total), found.value(one, found.earlier_total))
            for one in found.columns
        ],
        "pauses": _pauses(found),
        "charts": [{"title": one["title"], "json": json.dumps(one)} for one in drawn],
        "week": [(WEEKDAYS[day], _hours(choice, day, row)) for day, row in enumerate(hours)],
        "hours": range(24),
        "can_export": can_export(user),
        "may_share": user.role in SHARERS,
        "sharing": Sharing.choices,
        "is_admin": user.role == Role.ADMIN,
        **_files(request, choice, found, user),
        "title": KINDS[kind],
    }
    return render_work(request, "console/reports/report.html", context)


def _files(request: HttpRequest, choice: Choice, found: Report, user: User) -> dict[str, Any]:
    """Return which files there are: at once, in the background, and of what the page cuts off."""
    kind = found.asked.kind
    longer = choice_for(request.GET, kind, user, most_days=MOST_FILE_DAYS)
    is_longer = longer.asked.period.days > choice.asked.period.days
    return {
        "files": [(form, form.upper(), is_big(found, form)) for form in FORMS],
        "file_source": f"{PREFIX_OF_FILES}{kind}",
        "whole_query": longer.address() if is_longer else "",
        "whole": longer.asked.period,
    }


@console_page
@require_safe
def calls(request: HttpRequest, kind: str, *, user: User) -> HttpResponse:
    """The calls behind one figure; exactly as many as the figure says."""
    choice = choice_for(request.GET, kind, user)
    zone, figure = zone_of(user), request.GET.get("figure", "")
    since, until = time_of(request.GET, choice.asked.period, zone)
    query = request.GET.copy()
    query["kind"] = kind
    found = behind_of(user, query)
    table = table_of(found)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    name = next(COLUMN_TEXTS[kind][one.id][0] for one in COLUMNS[kind] if one.behind == figure)
    items = {
        str(one.key): item_name(kind, one) for one in items_for(user, kind, choice.asked.period)
    }
    context = {
        "kind": KINDS[kind],
        "figure": name,
        "item": items.get(choice.asked.item, choice.asked.item),
        "table": table,
        "hidden": found.hidden,
        "ms": found.ms,
        "lasted": "" if found.ms is None else clock(found.ms),
        "can_export": can_export(user),
        "export_source": f"{PREFIX}{found.what}",
        "export_query": query.urlencode(),
        "hour_of_week": _hour_name(week_of(request.GET)),
        "since": since.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "until": until.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "back": f"{reverse('console:report', args=[kind])}?{choice.address()}",
        "title": _("Calls behind a figure"),
    }
    return render_work(request, "console/reports/calls.html", context)


def _hour_name(week: HourOfWeek | None) -> str:
    return f"{WEEKDAYS[week.day]} {week.hour:02d}:00" if week else ""


def _cities(user: User, found: Report) -> list[tuple[str, int]]:
    if found.asked.kind != REGIONS or not found.asked.item:
        return []
    return cities(user=user, code=found.asked.item, period=found.asked.period)


def charts_of(found: Report) -> list[Chart]:
    """Return the charts of a report, in the language in force."""
    kind = found.asked.kind
    units = {ATTENDANCE: _("hours"), **dict.fromkeys(OF_LEDGER, _("number"))}
    return charts(
        found,
        title=str(KINDS[kind]),
        whole=_("The whole period"),
        unit=units.get(kind, _("calls")),
    )


def choice_for(
    query: QueryDict, kind: str, user: User, *, most_days: Mapping[str, int] = MOST_DAYS
) -> Choice:
    """Return what is asked for. Raises NotFoundError for a kind the person may not open."""
    if kind not in kinds_for(user):
        raise NotFoundError(kind[:20])
    today = timezone.now().astimezone(zone_of(user)).date()
    return choice_of(kind, query, today, most_days=most_days)


def row_name(found: Report, row: ReportRow) -> str:
    """Return how a row is called."""
    if row.bucket is not None:
        return step_text(row.bucket, found.asked.step, found.zone)
    return item_name(found.asked.kind, row.item)


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
            "text": written(one, value, found.zone),
            "raw": "" if value is None else value,
            "link": _behind_link(choice, one, row) if value else "",
            "level": found.level_of(row) if one.at_level is not None else "",
        }
        for one in found.columns
        for value in [found.value(one, sums, row)]
    ]


def _hours(choice: Choice, day: int, row: Sequence[int]) -> list[tuple[int, str]]:
    """Return how many began in each hour of a weekday, each with where they are."""
    where = reverse("console:report-calls", args=[choice.asked.kind])
    return [
        (many, f"{where}?{choice.address(figure=EVERY, **week_query(day, hour))}" if many else "")
        for hour, many in enumerate(row)
    ]


def _plain_cells(found: Report, sums: Any) -> list[str]:
    return [written(one, found.value(one, sums), found.zone) for one in found.columns]


def _behind_link(choice: Choice, column: Column, row: ReportRow | None) -> str:
    asked = choice.asked
    item = asked.item
    if row is not None and row.item is not None:
        item = str(row.item.key)
    # Several agents may have had one call: there the calls are those of one agent.
    is_of_one = asked.kind == AGENTS and column.behind not in RINGS
    if not column.behind or asked.kind == ATTENDANCE or (is_of_one and not item):
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
