"""Work orders as a list with bulk actions."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.console.saved_views.kept import WORK_ORDERS, kept_views
from apps.console.work_orders.filters import OrderPageFilter
from apps.console.work_orders.tables import OrderTable
from apps.core.errors import HuawuError
from apps.workorders.access import may_create
from apps.workorders.choices import LIVE_STATES, Priority
from apps.workorders.engine.state import Kind
from apps.workorders.marks import priority_set
from apps.workorders.models import Order
from apps.workorders.selectors import work_order_list_for
from apps.workorders.services import Act, work_order_act

PAGE_ROWS = 25
MOST_AT_ONCE = PAGE_ROWS


@console_page
@require_safe
def order_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The orders that the person may see; the page asks again when one changes."""
    rows = work_order_list_for(user=user)
    found = OrderPageFilter(request.GET or None, queryset=rows, request=request)
    table = OrderTable(found.qs if found.is_bound else rows.filter(state__in=LIVE_STATES))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "address": request.get_full_path(),
        "kept": kept_views(request, user, WORK_ORDERS, OrderPageFilter.base_filters),
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
