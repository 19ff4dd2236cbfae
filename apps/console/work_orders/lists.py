"""Work orders as a list with bulk actions, and as a board by state of the flow."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.console.saved_views.kept import WORK_ORDERS, kept_views
from apps.console.work_orders.filters import OrderFilter
from apps.console.work_orders.tables import OrderTable
from apps.core.errors import HuawuError
from apps.workorders.access import may_create
from apps.workorders.choices import LIVE_STATES, OrderState, Priority
from apps.workorders.engine.state import Kind
from apps.workorders.models import Order
from apps.workorders.selectors import order_type_list, work_order_list_for
from apps.workorders.services import Act, priority_set, work_order_act

PAGE_ROWS = 25
MOST_AT_ONCE = PAGE_ROWS
CARDS_A_COLUMN = 50
MOST_CARDS = 1_000


@console_page
@require_safe
def order_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The orders that the person may see; the page asks again when one changes."""
    rows = work_order_list_for(user=user)
    found = OrderFilter(request.GET or None, queryset=rows, request=request)
    table = OrderTable(found.qs if found.is_bound else rows.filter(state__in=LIVE_STATES))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "address": request.get_full_path(),
        "kept": kept_views(request, user, WORK_ORDERS, OrderFilter.base_filters),
        "may_create": may_create(user),
        "priorities": Priority.choices,
        "title": _("Work orders"),
    }
    return render_work(request, "console/work_orders/list.html", context)


@console_command
def order_bulk(request: HttpRequest, *, user: User) -> HttpResponse:
    """Do one thing with the chosen orders; each by itself, and what is refused is said."""
    asked = [pk for pk in request.POST.getlist("chosen") if pk.isdecimal() and len(pk) < 19]
    rows = work_order_list_for(user=user).filter(pk__in=asked[:MOST_AT_ONCE])
    kind, refused, done = request.POST.get("do", ""), [], 0
    for row in rows:
        try:
            _bulk_one(request, user, row, kind)
        except HuawuError as error:
            refused.append(f"{row.number}: {error.text}")
        else:
            done += 1
    if done:
        messages.success(request, _("Work orders changed: %(count)d") % {"count": done})
    for text in refused:
        messages.error(request, text)
    if not done and not refused:
        messages.error(request, _("Choose one or more work orders first."))
    return redirect("console:work-order-list")


def _bulk_one(request: HttpRequest, user: User, row: Order, kind: str) -> None:
    if kind == "urge":
        work_order_act(user=user, order=row, act=Act(Kind.URGE))
    elif kind == "close":
        opinion = request.POST.get("opinion", "")
        work_order_act(user=user, order=row, act=Act(Kind.CLOSE, opinion=opinion))
    else:
        priority_set(user=user, order=row, priority=request.POST.get("priority", ""))


@console_page
@require_safe
def order_board(request: HttpRequest, *, user: User) -> HttpResponse:
    """One type's orders as cards: a column for each step, and for what was returned or is new."""
    types = list(order_type_list(only_usable=False))
    wanted = request.GET.get("type", "")
    chosen = next((one for one in types if str(one.pk) == wanted), types[0] if types else None)
    columns: dict[str, list[Order]] = defaultdict(list)
    is_cut = False
    if chosen is not None:
        rows = list(
            work_order_list_for(user=user).filter(type=chosen, state__in=LIVE_STATES)[
                : MOST_CARDS + 1
            ]
        )
        is_cut = len(rows) > MOST_CARDS
        for row in rows[:MOST_CARDS]:
            for name in _columns_of(row):
                columns[name].append(row)
    first = [str(OrderState.DRAFT.label), str(OrderState.RETURNED.label)]
    names = [*(one for one in first if one in columns), *sorted(set(columns) - set(first))]
    context: dict[str, Any] = {
        "types": types,
        "chosen": chosen,
        "columns": [
            {"name": name, "count": len(columns[name]), "orders": columns[name][:CARDS_A_COLUMN]}
            for name in names
        ],
        "is_cut": is_cut,
        "address": request.get_full_path(),
        "title": _("Board of work orders"),
    }
    return render_work(request, "console/work_orders/board.html", context)


def _columns_of(row: Order) -> list[str]:
    """Return where an order stands: its steps when several run at once."""
    if row.state != OrderState.RUNNING:
        return [str(row.get_state_display())]
    steps = row.current_steps  # type: ignore[attr-defined]  # work_order_list_for brings them along
    return [step.name for step in steps] or [str(row.get_state_display())]
