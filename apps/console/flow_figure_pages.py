"""Figures of a flow's steps: a table, the graph's, and the calls behind them."""

from dataclasses import asdict
from typing import Any

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.calls.selectors import call_list_for
from apps.console.access import console_page, render_work
from apps.console.figure_choice import figure_choice
from apps.console.flow_pages import may_change
from apps.console.flow_texts import flow_texts
from apps.console.pages import PAGE_ROWS
from apps.console.tables import ATTRS, CallTable, seconds
from apps.ivr.drafts import flow_get
from apps.ivr.flow_figures import (
    PERIODS_DAYS,
    NodeFigure,
    node_calls,
    node_figures,
    version_in_force,
)


class NodeFigureTable(tables.Table):
    """One row a step; counts of calls lead to the calls."""

    node = tables.Column(verbose_name=gettext_lazy("Step"))
    kind = tables.Column(verbose_name=gettext_lazy("Kind"))
    entered = tables.Column(verbose_name=gettext_lazy("Entered"))
    calls = tables.Column(verbose_name=gettext_lazy("Calls"))
    keys = tables.Column(verbose_name=gettext_lazy("Keys pressed"), orderable=False)
    timeouts = tables.Column(verbose_name=gettext_lazy("Time-outs"))
    invalid = tables.Column(verbose_name=gettext_lazy("Invalid"))
    hung_up = tables.Column(verbose_name=gettext_lazy("Hung up here"))
    mean_ms = tables.Column(verbose_name=gettext_lazy("Mean time"))

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "node-figure", "data-node": lambda record: record.node}
        empty_text = gettext_lazy("Nobody came through this flow in this time.")

    def __init__(self, *args: Any, address: str, query: dict[str, str], **kwargs: Any) -> None:
        self._address, self._query = address, query
        self._kinds = flow_texts()["kinds"]
        super().__init__(*args, **kwargs)

    def render_kind(self, value: str) -> str:
        """Show the kind by its name."""
        return str(self._kinds.get(value, (value,))[0])

    def render_calls(self, record: NodeFigure) -> SafeString:
        """Lead to the calls."""
        return self._link(record.calls, node=record.node)

    def render_hung_up(self, record: NodeFigure) -> SafeString:
        """Lead to the calls that ended here, with their share."""
        link = self._link(record.hung_up, node=record.node, hung_up="1")
        share = round(100 * record.hung_up / max(record.calls, 1))
        return format_html("{} ({} %)", link, share) if record.hung_up else link

    def render_keys(self, record: NodeFigure, value: dict[str, int]) -> SafeString:
        """Show each key with its count and its share of the visits, most pressed first."""
        most = sorted(value.items(), key=lambda pair: (-pair[1], pair[0]))[:20]
        shown = ((key, n, round(100 * n / max(record.entered, 1))) for key, n in most)
        return format_html_join(" ", "<kbd>{}</kbd> {} ({} %)", shown) or SafeString("—")

    def render_mean_ms(self, value: int) -> str:
        """Show m:ss."""
        return seconds(value)

    def _link(self, count: int, **query: str) -> SafeString:
        if not count:
            return SafeString("0")
        address = f"{self._address}?{urlencode({**self._query, **query})}"
        return format_html('<a href="{}">{}</a>', address, count)


@console_page
@require_safe
def flow_figures(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The table of a flow's steps."""
    may_change(user)
    choice, form = figure_choice(request.GET, flow_get(pk))
    in_force = version_in_force(choice.flow)
    table = NodeFigureTable(
        node_figures(choice.flow, choice.period, version=choice.version),
        address=reverse("console:flow-figure-calls", args=[pk]),
        query=choice.query,
    )
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "flow": choice.flow,
        "table": table,
        "days": choice.days,
        "days_query": urlencode(choice.days_query),
        "version_query": urlencode(choice.version_query),
        "choice": choice,
        "form": form,
        "periods": PERIODS_DAYS,
        "version": choice.version,
        "in_force": in_force,
        "title": _("Figures of %(name)s") % {"name": choice.flow.name},
    }
    return render_work(request, "console/flow_figures.html", context)


@console_page
@require_safe
def flow_figures_json(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The figures for the graph, by step."""
    may_change(user)
    choice, _form = figure_choice(request.GET, flow_get(pk))
    figures = node_figures(choice.flow, choice.period, version=choice.version)
    nodes = {figure.node: asdict(figure) for figure in figures}
    version = choice.version.number if choice.version else None
    response = JsonResponse({"days": choice.days, "version": version, "nodes": nodes})
    response["Cache-Control"] = "no-store"
    return response


@console_page
@require_safe
def flow_figure_calls(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The calls behind a figure."""
    may_change(user)
    choice, _form = figure_choice(request.GET, flow_get(pk))
    node, is_hung_up = request.GET.get("node", ""), request.GET.get("hung_up") == "1"
    calls = node_calls(
        call_list_for(user=user),
        choice.flow,
        choice.period,
        node=node,
        version=choice.version,
        is_hung_up=is_hung_up,
    )
    table = CallTable(calls)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    heading = _("Calls that ended in step %(node)s") if is_hung_up else _("Calls through %(node)s")
    context = {
        "flow": choice.flow,
        "table": table,
        "back": urlencode(choice.query),
        "title": heading % {"node": node},
    }
    return render_work(request, "console/flow_figure_calls.html", context)
