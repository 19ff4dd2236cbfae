"""What is behind a figure, as a table of its own kind of rows."""

from collections.abc import Callable, Mapping
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.translation import gettext_lazy

from apps.console.columns import TimeColumn
from apps.console.quality.tables import InspectionTable
from apps.console.quality.texts import percent
from apps.console.queue_pages import VisitTable
from apps.console.survey_pages import SurveyResultTable
from apps.console.tables import ATTRS, CallTable
from apps.dispositions.selectors import OF_CALL
from apps.reports.behind import RING_ROWS, TRUNK_LEGS, VISITS, Behind
from apps.reports.kinds_of_ledger import ANSWERS, ORDER_STEPS, ORDERS, RESULTS, STEPS
from apps.reports.kinds_of_quality import INSPECTIONS, ITEM_SCORES

EMPTY = gettext_lazy("Nothing in this time.")


class AnswerTable(tables.Table):
    """Answers to questions; the first column opens the call."""

    at = TimeColumn(
        accessor="result__started_at",
        verbose_name=gettext_lazy("Time"),
        format="m-d H:i",
        linkify=("console:call", {"pk": tables.A("result__call_id")}),
    )
    name = tables.Column(accessor="result__name", verbose_name=gettext_lazy("Survey"))
    queue = tables.Column(accessor="result__queue_number", verbose_name=gettext_lazy("Queue"))
    agent = tables.Column(
        accessor="result__agent", verbose_name=gettext_lazy("Agent"), orderable=False
    )
    text = tables.Column(verbose_name=gettext_lazy("Question"))
    score = tables.Column(verbose_name=gettext_lazy("Score"))
    label = tables.Column(verbose_name=gettext_lazy("Meaning"))

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "answer-row"}
        empty_text = EMPTY


class StepTable(tables.Table):
    """Steps of flows that callers went through; the first column opens the call."""

    at = TimeColumn(
        verbose_name=gettext_lazy("Time"),
        format="m-d H:i:s",
        linkify=lambda record: _call_address(record),
    )
    step_flow = tables.Column(verbose_name=gettext_lazy("Flow"), orderable=False)
    step = tables.Column(verbose_name=gettext_lazy("Step"), orderable=False)

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "step-row"}
        empty_text = EMPTY


class OrderRowTable(tables.Table):
    """Work orders; the number opens them."""

    number = tables.Column(
        verbose_name=gettext_lazy("Number"),
        linkify=("console:work-order", {"pk": tables.A("pk")}),
    )
    title = tables.Column(verbose_name=gettext_lazy("Title"))
    type = tables.Column(verbose_name=gettext_lazy("Type"), orderable=False)
    state = tables.Column(verbose_name=gettext_lazy("State"))
    submitted_at = TimeColumn(verbose_name=gettext_lazy("Submitted"), format="m-d H:i")
    due_at = TimeColumn(verbose_name=gettext_lazy("Due"), format="m-d H:i")
    closed_at = TimeColumn(verbose_name=gettext_lazy("Closed"), format="m-d H:i")

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "order-row"}
        empty_text = EMPTY


class OrderStepTable(tables.Table):
    """Steps of work orders; the number opens the order."""

    number = tables.Column(
        accessor="order__number",
        verbose_name=gettext_lazy("Number"),
        linkify=("console:work-order", {"pk": tables.A("order_id")}),
    )
    type = tables.Column(accessor="order__type", verbose_name=gettext_lazy("Type"), orderable=False)
    name = tables.Column(verbose_name=gettext_lazy("Step"))
    state = tables.Column(verbose_name=gettext_lazy("State"))
    started_at = TimeColumn(verbose_name=gettext_lazy("Begun"), format="m-d H:i")
    due_at = TimeColumn(verbose_name=gettext_lazy("Due"), format="m-d H:i")
    ended_at = TimeColumn(verbose_name=gettext_lazy("Done"), format="m-d H:i")

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "order-step-row"}
        empty_text = EMPTY


class RingTable(tables.Table):
    """Rings at agents' phones; the first column opens the call."""

    at = TimeColumn(
        accessor="offered_at",
        verbose_name=gettext_lazy("Time"),
        format="m-d H:i:s",
        linkify=("console:call", {"pk": tables.A("call_id")}),
    )
    agent = tables.Column(verbose_name=gettext_lazy("Agent"), orderable=False)
    queue = tables.Column(accessor="call__queue_number", verbose_name=gettext_lazy("Queue"))
    answered_at = TimeColumn(verbose_name=gettext_lazy("Answered at"), format="H:i:s")
    ended_at = TimeColumn(verbose_name=gettext_lazy("Ended at"), format="H:i:s")

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "ring-row"}
        empty_text = EMPTY


class TrunkLegTable(tables.Table):
    """Legs that took a trunk's channel, from when to when within the time; opens the call."""

    since = TimeColumn(
        verbose_name=gettext_lazy("From"),
        format="m-d H:i:s",
        linkify=("console:call", {"pk": tables.A("call_id")}),
    )
    until = TimeColumn(verbose_name=gettext_lazy("Ended at"), format="m-d H:i:s")
    channel = tables.Column(verbose_name=gettext_lazy("Channel"))
    direction = tables.Column(
        accessor="call__get_direction_display",
        verbose_name=gettext_lazy("Direction"),
        orderable=False,
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "trunk-leg-row"}
        empty_text = EMPTY


class ItemScoreTable(tables.Table):
    """What items of inspections earned; the number opens the inspection."""

    number = tables.Column(
        accessor="inspection_id",
        verbose_name=gettext_lazy("Number"),
        linkify=("console:inspection", {"pk": tables.A("inspection_id")}),
    )
    published_at = TimeColumn(
        accessor="inspection__published_at",
        verbose_name=gettext_lazy("Published"),
        format="Y-m-d H:i",
    )
    agent = tables.Column(
        accessor="inspection__agent", verbose_name=gettext_lazy("Agent"), orderable=False
    )
    sheet = tables.Column(verbose_name=gettext_lazy("Score sheet"), orderable=False)
    title = tables.Column(verbose_name=gettext_lazy("Item"), orderable=False)
    share = tables.Column(verbose_name=gettext_lazy("Earned"), empty_values=())
    is_fatal = tables.BooleanColumn(verbose_name=gettext_lazy("Fatal"), null=False, yesno="✓,")

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "item-score-row"}
        empty_text = EMPTY

    def render_share(self, record: Any) -> str:
        """Show the share; a dash where the item was not applicable."""
        return percent(None if record.share is None else float(record.share))


def _call_address(record: Any) -> str | None:
    # Facts of a call that is not known yet lead nowhere.
    return reverse("console:call", args=[record.call_id]) if record.call_id else None


_TABLES: Mapping[str, Callable[[Any], tables.Table]] = {
    VISITS: VisitTable,
    RING_ROWS: RingTable,
    TRUNK_LEGS: TrunkLegTable,
    RESULTS: SurveyResultTable,
    ANSWERS: AnswerTable,
    STEPS: StepTable,
    ORDERS: OrderRowTable,
    ORDER_STEPS: OrderStepTable,
    INSPECTIONS: InspectionTable,
    ITEM_SCORES: ItemScoreTable,
}


def table_of(found: Behind) -> tables.Table:
    """Return the table that shows what is behind a figure."""
    if found.what in _TABLES:
        return _TABLES[found.what](found.rows)
    return CallTable(found.rows.select_related(OF_CALL))
