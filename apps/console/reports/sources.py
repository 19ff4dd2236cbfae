"""Rows behind a figure as lists that can be exported: few at once, more by a worker."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.console.imports.sources import CallsExport
from apps.console.reports.asked import choice_of, time_of, week_of
from apps.imports.exports import ExportColumn, register
from apps.reports.behind import RING_ROWS, TRUNK_LEGS, VISITS, Behind, behind
from apps.reports.kinds_of_ledger import ANSWERS, CALLS, ORDER_STEPS, ORDERS, RESULTS, STEPS
from apps.reports.kinds_of_quality import INSPECTIONS, ITEM_SCORES
from apps.reports.selectors import zone_of

Says = Sequence[tuple[Any, Callable[[Any], Any]]]
PREFIX = "report-"


def behind_of(user: User, query: QueryDict) -> Behind:
    """Return what is behind the figure that an address names. Raises NotFoundError."""
    zone, kind = zone_of(user), query.get("kind", "")
    choice = choice_of(kind, query, timezone.now().astimezone(zone).date())
    since, until = time_of(query, choice.asked.period, zone)
    return behind(
        user=user,
        kind=kind,
        figure=query.get("figure", ""),
        item=choice.asked.item,
        since=since,
        until=until,
        period=choice.asked.period,
        week=week_of(query),
    )


class BehindExport:
    """What is behind a figure, of one kind of rows."""

    def __init__(self, what: str, label: Any, says: Says, number: Any = None) -> None:
        self.key = f"{PREFIX}{what}"
        self.label = label
        self._what, self._says, self._number = what, says, number

    def columns(self) -> list[ExportColumn]:
        """Return the columns; a telephone number is masked for who may not see it."""
        found = [ExportColumn(str(title), value) for title, value in self._says]
        if self._number is not None:
            found.append(ExportColumn(str(_("Number")), self._number, is_number=True))
        return found

    def rows(self, user: User, query: QueryDict) -> "QuerySet[Any]":
        """Return the rows in sight; none where the figure is of other rows."""
        found = behind_of(user, query)
        rows: QuerySet[Any] = found.rows
        return rows if found.what == self._what else rows.none()


class BehindCallsExport(CallsExport):
    """Calls behind a figure, with the columns of the call history."""

    key = f"{PREFIX}{CALLS}"

    def rows(self, user: User, query: QueryDict) -> "QuerySet[Any]":
        """Return the calls in sight; none where the figure is of other rows."""
        found = behind_of(user, query)
        rows: QuerySet[Any] = found.rows
        return rows.select_related("customer", "agent") if found.what == CALLS else rows.none()


def _seconds(value: int | None) -> int | str:
    return "" if value is None else round(value / 1000)


_RESULT: Says = (
    (_("Time"), lambda row: row.started_at),
    (_("Survey"), lambda row: row.name),
    (_("Queue"), lambda row: row.queue_number),
    (_("Agent"), lambda row: row.agent.number if row.agent else ""),
    (_("State"), lambda row: row.get_state_display()),
)
_ANSWER: Says = (
    (_("Time"), lambda row: row.result.started_at),
    (_("Survey"), lambda row: row.result.name),
    (_("Queue"), lambda row: row.result.queue_number),
    (_("Agent"), lambda row: row.result.agent.number if row.result.agent else ""),
    (_("Question"), lambda row: row.text),
    (_("Score"), lambda row: row.score),
    (_("Meaning"), lambda row: row.label),
)
_VISIT: Says = (
    (_("Joined"), lambda row: row.joined_at),
    (_("Queue"), lambda row: row.queue_number),
    (_("How it ended"), lambda row: row.get_how_display()),
    (_("Why"), lambda row: row.reason),
    (_("Wait (s)"), lambda row: _seconds(row.wait_ms)),
    (_("Agent"), lambda row: row.agent.number if row.agent else ""),
)
_RING: Says = (
    (_("Time"), lambda row: row.offered_at),
    (_("Agent"), lambda row: row.agent.number),
    (_("Queue"), lambda row: row.call.queue_number),
    (_("Answered at"), lambda row: row.answered_at),
    (_("Ended at"), lambda row: row.ended_at),
)
_TRUNK_LEG: Says = (
    (_("From"), lambda row: row.since),
    (_("Ended at"), lambda row: row.until),
    (_("Channel"), lambda row: row.channel),
    (_("Direction"), lambda row: row.call.get_direction_display()),
)
_STEP: Says = (
    (_("Time"), lambda row: row.at),
    (_("Flow"), lambda row: row.step_flow),
    (_("Step"), lambda row: row.step),
)
_ORDER: Says = (
    (_("Number"), lambda row: row.number),
    (_("Title"), lambda row: row.title),
    (_("Type"), lambda row: row.type.name),
    (_("State"), lambda row: row.get_state_display()),
    (_("Submitted"), lambda row: row.submitted_at),
    (_("Due"), lambda row: row.due_at),
    (_("Closed"), lambda row: row.closed_at),
)
_ORDER_STEP: Says = (
    (_("Number"), lambda row: row.order.number),
    (_("Type"), lambda row: row.order.type.name),
    (_("Step"), lambda row: row.name),
    (_("State"), lambda row: row.get_state_display()),
    (_("Begun"), lambda row: row.started_at),
    (_("Due"), lambda row: row.due_at),
    (_("Done"), lambda row: row.ended_at),
)
_INSPECTION: Says = (
    (_("Number"), lambda row: row.pk),
    (_("Call"), lambda row: row.call.started_at),
    (_("Queue"), lambda row: row.call.queue_number),
    (_("Agent"), lambda row: row.agent.number),
    (_("Score sheet"), lambda row: row.version.sheet.name),
    (_("Inspector"), lambda row: row.inspector.display_name),
    (_("State"), lambda row: row.get_state_display()),
    (_("Score"), lambda row: row.score),
    (_("Fatal"), lambda row: row.is_fatal),
    (_("Published"), lambda row: row.published_at),
)
_ITEM_SCORE: Says = (
    (_("Number"), lambda row: row.inspection_id),
    (_("Agent"), lambda row: row.inspection.agent.number),
    (_("Score sheet"), lambda row: row.sheet.name),
    (_("Item"), lambda row: row.title),
    (_("Earned"), lambda row: row.share),
    (_("Fatal"), lambda row: row.is_fatal),
    (_("Published"), lambda row: row.inspection.published_at),
)


def sources_register() -> None:
    """Make the rows behind figures known as exports."""
    label = _("Rows behind a figure")
    register(BehindCallsExport())
    register(BehindExport(VISITS, label, _VISIT, lambda row: row.call.caller))
    register(BehindExport(RING_ROWS, label, _RING, lambda row: row.call.caller))
    register(BehindExport(TRUNK_LEGS, label, _TRUNK_LEG))
    register(BehindExport(RESULTS, label, _RESULT))
    register(BehindExport(ANSWERS, label, _ANSWER))
    register(BehindExport(STEPS, label, _STEP))
    register(BehindExport(ORDERS, label, _ORDER))
    register(BehindExport(ORDER_STEPS, label, _ORDER_STEP))
    register(BehindExport(INSPECTIONS, label, _INSPECTION))
    register(BehindExport(ITEM_SCORES, label, _ITEM_SCORE))
