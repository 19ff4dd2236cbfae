"""The list of customers and their figures."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.bounded import BoundedPaginator
from apps.console.customers.access import managers_page, may_define, may_manage
from apps.console.customers.tables import SHOWN_NUMBERS, CustomerTable, list_columns
from apps.console.saved_views.kept import CUSTOMERS, kept_views
from apps.console.selects import LongSelect
from apps.customers.choices import CustomerState
from apps.customers.figures import (
    DIMENSIONS,
    TAG,
    Figure,
    customer_figures,
    figure_query,
    figures_total,
    measures,
)
from apps.customers.filters import CustomerFilter, as_choices
from apps.customers.models import Customer, CustomerTag
from apps.customers.selectors import (
    customer_deleted_list_for,
    customer_list_for,
    customer_search_few,
    customer_search_steps,
    sees_all_customers,
)
from apps.customers.vocabulary import Vocabulary, agent_names, vocabulary
from apps.saved_views.selectors import columns_shown
from apps.saved_views.services import columns_choose, query_kept

PAGE_ROWS = 25
MOST_FIGURES = 200
MOST_BARS = 20
ALL = gettext_lazy("All")


class PageFilter(CustomerFilter):
    """The filter with the company's words to choose from."""

    def offer(self, words: Vocabulary, tags: dict[str, str]) -> None:
        """Give the fields their choices. 1 query."""
        choices: dict[str, list[tuple[str, str]]] = {
            "level": [(word.code, word.name) for word in words.levels.values()],
            "type": as_choices(words.types),
            "source": as_choices(words.sources),
            "owner": [("-", "—"), *agent_names().items()],
            "tag": [("-", "—"), *((tag, tag) for tag in tags), *self._several()],
        }
        for name, options in choices.items():
            self.form.fields[name].widget = LongSelect(choices=[("", ALL), *options])
        for name in ("since", "until"):
            self.form.fields[name].widget = forms.DateInput(attrs={"type": "date"})
        # The figures lead here with a month; it is seen and can be taken away.
        for name in ("month", "city"):
            if not self.data.get(name):
                self.form.fields[name].widget = forms.HiddenInput()

    def _several(self) -> list[tuple[str, str]]:
        """Return several tags that are asked for at once, as figures of tags do, as one choice."""
        asked = str(self.data.get("tag", ""))
        return [(asked, " + ".join(asked.splitlines()))] if len(asked.splitlines()) > 1 else []


def customers_found(request: HttpRequest, user: User) -> "tuple[PageFilter, QuerySet[Customer]]":
    """Return the filter and what it leaves of the customers whom the person may see."""
    rows = customer_list_for(user=user)
    found = PageFilter(request.GET or None, queryset=rows, request=request)
    return found, (found.qs if found.is_bound else rows)


def customers_leafed(
    request: HttpRequest, user: User, rows: "QuerySet[Customer]"
) -> "tuple[list[int] | None, list[QuerySet[Customer]]]":
    """Return all keys of a search that finds few, else None, and the list, before it what gives its
    beginning faster. 1 to 2 queries for a search.
    """
    wanted, is_sorted = request.GET.get("q", ""), bool(request.GET.get("sort"))
    if not wanted or is_sorted or not sees_all_customers(user):
        return None, [rows]
    few = customer_search_few(rows, wanted)
    return few, ([rows] if few is not None else customer_search_steps(rows))


def tag_colours() -> dict[str, str]:
    """Return {tag: colour} of the company. 1 query."""
    return dict(CustomerTag.objects.values_list("name", "colour"))


@console_page
@require_safe
def customers(request: HttpRequest, *, user: User) -> HttpResponse:
    """The customers that the person may see, with search and filters."""
    words, colours = vocabulary(), tag_colours()
    found, rows = customers_found(request, user)
    found.offer(words, colours)
    columns = list_columns(words)
    shown = columns_shown(user=user, page=CUSTOMERS, known=list(columns))
    hidden = [name for name in columns if name not in shown]
    few, (*narrower, rows) = customers_leafed(request, user, rows)
    rows = rows.select_related("owner__user").prefetch_related(SHOWN_NUMBERS)
    table = CustomerTable(rows, words=words, colours=colours, exclude=hidden)
    paginate = {
        "per_page": PAGE_ROWS,
        "paginator_class": BoundedPaginator,
        "narrower": narrower,
        "known": few,
    }
    RequestConfig(request, paginate=paginate).configure(table)
    context = {
        "table": table,
        "filter": found,
        "count": table.paginator.count,
        "has_more": table.paginator.has_more,
        "query": request.GET.urlencode(),
        "kept": kept_views(request, user, CUSTOMERS, CustomerFilter.base_filters),
        "columns": [(name, text, name in shown) for name, text in columns.items()],
        "may_manage": may_manage(user),
        "may_define": may_define(user),
        "title": _("Customers"),
    }
    return render_work(request, "console/customers/list.html", context)


@console_page
@require_POST
def customers_columns(request: HttpRequest, *, user: User) -> HttpResponse:
    """Keep which columns of the list the person looks at."""
    known = list(list_columns(vocabulary()))
    columns_choose(user=user, page=CUSTOMERS, columns=request.POST.getlist("columns"), known=known)
    query = query_kept(request.POST.get("query", ""), CustomerFilter.base_filters)
    address = reverse("console:customers")
    return redirect(f"{address}?{query}" if query else address)


@console_page
@require_safe
def customers_count(request: HttpRequest, *, user: User) -> HttpResponse:
    """How many customers the filter leaves, counted to the last one."""
    _found, rows = customers_found(request, user)
    context = {"count": rows.order_by().count(), "title": _("Customers")}
    return render_work(request, "console/customers/count.html", context)


@managers_page
@require_safe
def customers_deleted(request: HttpRequest, *, user: User) -> HttpResponse:
    """Customers deleted within 30 days, to be brought back."""
    rows = customer_deleted_list_for(user=user)[:200]
    context = {"rows": rows, "state": CustomerState.DELETED, "title": _("Deleted customers")}
    return render_work(request, "console/customers/deleted.html", context)


@console_page
@require_safe
def customer_figures_page(request: HttpRequest, *, user: User) -> HttpResponse:
    """How many customers and what value by one dimension: bars, table, the list behind each."""
    by = request.GET.get("by", "owner")
    by = by if by in DIMENSIONS else "owner"
    words = vocabulary()
    known = measures(words)
    measure = request.GET.get("value", "")
    measure = measure if measure in known else ""
    found, rows = customers_found(request, user)
    figures = customer_figures(rows, by, words, measure)
    kept = {
        name: str(value)
        for name, value in request.GET.items()
        if name in found.filters and value and (name != by or by == TAG)
    }
    pairs = [(figure.count, figure.amount) for figure in figures]
    rest = pairs[MOST_FIGURES:]
    total, total_amount = figures_total(rows, by, pairs, measure)
    context: dict[str, Any] = {
        "figures": [
            (figure, urlencode(figure_query(kept, by, figure.value)))
            for figure in figures[:MOST_FIGURES]
        ],
        "rest": sum(count for count, _amount in rest),
        "rest_amount": sum((amount for _count, amount in rest), Decimal(0)),
        "bars": figure_bars(figures[:MOST_BARS], bool(measure)),
        "total": total,
        "total_amount": total_amount,
        "by": by,
        "dimension": DIMENSIONS[by],
        "dimensions": DIMENSIONS.items(),
        "measure": measure,
        "measure_label": known.get(measure, ""),
        "measures": known.items(),
        "is_several": by == TAG,
        "kept": kept,
        "title": _("Customer figures"),
    }
    return render_work(request, "console/customers/figures.html", context)


def figure_bars(figures: list[Figure], is_amount: bool) -> list[dict[str, Any]]:
    """Return the bars, as wide as the count or the amount; what is owed has the narrowest."""
    values = [figure.amount if is_amount else Decimal(figure.count) for figure in figures]
    most = max((value for value in values if value > 0), default=Decimal(1))
    return [
        {"figure": figure, "shown": value, "width": max(round(float(100 * value / most), 1), 0.5)}
        for figure, value in zip(figures, values, strict=True)
    ]
