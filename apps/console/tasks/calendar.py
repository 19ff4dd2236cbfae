"""Tasks on a month's calendar, by the day on which they are due."""

from calendar import Calendar
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.core.days import midnight
from apps.tasks.models import Task
from apps.tasks.selectors import task_due_list_for

# The rest of a day is counted and one click away.
SHOWN_A_DAY = 4
# A month of a large company: what is beyond is said on the page.
MOST_A_MONTH = 3_000
FIRST_YEAR, LAST_YEAR = 2000, 2199
DECEMBER = 12


@console_page
@require_safe
def task_calendar(request: HttpRequest, *, user: User) -> HttpResponse:
    """A month, `?month=2026-11`; `?whose=all` shows all that the person may see."""
    month = _month(request.GET.get("month", ""))
    is_mine = request.GET.get("whose") != "all"
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    since, until = midnight(weeks[0][0]), midnight(weeks[-1][-1] + timedelta(days=1))
    found = task_due_list_for(user=user, since=since, until=until, is_mine=is_mine)
    rows = list(found[: MOST_A_MONTH + 1])
    by_day: dict[date, list[Task]] = defaultdict(list)
    for row in rows[:MOST_A_MONTH]:
        by_day[timezone.localtime(row.due_at).date()].append(row)
    context: dict[str, Any] = {
        "month": month,
        "is_mine": is_mine,
        "before": month - timedelta(days=1),
        "after": (month + timedelta(days=31)).replace(day=1),
        "weekdays": [WEEKDAYS_ABBR[day] for day in range(7)],
        "weeks": [[_day(day, month, by_day.get(day, [])) for day in week] for week in weeks],
        "is_cut": len(rows) > MOST_A_MONTH,
        "title": _("Calendar of tasks"),
    }
    return render_work(request, "console/tasks/calendar.html", context)


def _day(day: date, month: date, rows: list[Task]) -> dict[str, Any]:
    return {
        "day": day,
        "is_other": day.month != month.month,
        "is_today": day == timezone.localdate(),
        "tasks": rows[:SHOWN_A_DAY],
        "more": max(0, len(rows) - SHOWN_A_DAY),
    }


def _month(text: str) -> date:
    """Return the first of the month asked for; this month for nonsense."""
    year, _dash, month = text.partition("-")
    is_number = year.isdecimal() and month.isdecimal() and len(text) <= len("2026-11")
    if is_number and FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(month) <= DECEMBER:
        return date(int(year), int(month), 1)
    return timezone.localdate().replace(day=1)
