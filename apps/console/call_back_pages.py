"""Queue call-backs in the console: who waits to be called back, and what became of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.acd.call_back_models import OPEN_STATES, CallBackState
from apps.acd.call_backs import (
    LEADS,
    call_back_cancel,
    call_back_get_for,
    call_back_hurry,
    call_back_list_for,
    may_change,
)
from apps.acd.models import CallBack
from apps.calls.selectors import call_list_for
from apps.console.access import console_command, console_page, render_work
from apps.console.pages import PAGE_ROWS
from apps.console.tables import ATTRS, dial_cell
from apps.core.errors import HuawuError

NOT_REACHED = (CallBackState.FAILED, CallBackState.EXPIRED, CallBackState.CANCELLED)


class CallBackFilter(django_filters.FilterSet):
    """Which ones. Without a choice: those that are open."""

    which = django_filters.ChoiceFilter(
        method="by_state",
        label=gettext_lazy("State"),
        choices=(
            ("done", CallBackState.DONE.label),
            ("not_reached", gettext_lazy("Failed, expired, cancelled")),
            ("all", gettext_lazy("All")),
        ),
        empty_label=gettext_lazy("Open"),
    )
    queue = django_filters.CharFilter(field_name="queue__number", label=gettext_lazy("Queue"))
    number = django_filters.CharFilter(
        field_name="number", lookup_expr="icontains", label=gettext_lazy("Number")
    )

    class Meta:
        model = CallBack
        fields: list[str] = []

    def filter_queryset(self, queryset: "QuerySet[CallBack]") -> "QuerySet[CallBack]":
        """Leave closed ones out unless they are asked for."""
        found: QuerySet[CallBack] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("which"):
            found = found.filter(state__in=OPEN_STATES)
        return found

    def by_state(self, queryset: "QuerySet[CallBack]", name: str, value: str) -> Any:
        """Limit to what was chosen."""
        if value == "all":
            return queryset
        wanted = NOT_REACHED if value == "not_reached" else (CallBackState.DONE,)
        return queryset.filter(state__in=wanted)


class CallBackTable(tables.Table):
    """Call-backs, newest order first; the first column opens one."""

    ordered_at = tables.DateTimeColumn(
        verbose_name=gettext_lazy("Ordered"),
        format="m-d H:i:s",
        linkify=("console:call-back", {"pk": tables.A("pk")}),
    )
    joined_at = tables.DateTimeColumn(
        verbose_name=gettext_lazy("Place (joined)"), format="m-d H:i:s"
    )
    queue = tables.Column(verbose_name=gettext_lazy("Queue"), orderable=False)
    as_dialled = tables.Column(verbose_name=gettext_lazy("Number"), orderable=False)
    name = tables.Column(verbose_name=gettext_lazy("Customer"), orderable=False)
    state = tables.Column(verbose_name=gettext_lazy("State"))
    attempts = tables.Column(verbose_name=gettext_lazy("Tries"))
    last_result = tables.Column(verbose_name=gettext_lazy("Last result"), orderable=False)
    next_try = tables.Column(
        verbose_name=gettext_lazy("Next try"), empty_values=(), orderable=False
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "call-back-row", "data-call-back": lambda record: record.pk}
        empty_text = gettext_lazy("Nobody waits to be called back.")

    def render_as_dialled(self, value: str, record: CallBack) -> SafeString:
        """Show the number as a button that dials it."""
        return dial_cell(self, value, "call-back", record.pk)

    def render_next_try(self, record: CallBack) -> str:
        """Say when it may be tried again."""
        if record.state != CallBackState.WAITING:
            return "—"
        if record.not_before <= timezone.now():
            return _("in its turn")
        return date_format(timezone.localtime(record.not_before), "m-d H:i:s")


@console_page
@require_safe
def call_backs(request: HttpRequest, *, user: User) -> HttpResponse:
    """The call-backs of the queues that the person may see; asks again every ten seconds."""
    found = CallBackFilter(request.GET or None, queryset=call_back_list_for(user=user))
    rows = found.qs if found.is_bound else found.qs.filter(state__in=OPEN_STATES)
    table = CallBackTable(rows)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "title": _("Queue call-backs"),
        "address": request.get_full_path(),
    }
    return render_work(request, "console/call_backs.html", context)


@console_page
@require_safe
def call_back(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One call-back: the order, each try and its call."""
    found = call_back_get_for(user=user, pk=pk)
    tries = list(found.tries.select_related("agent__user"))
    linkedids = [one.linkedid for one in tries] + [found.order_linkedid]
    seen = {
        call.linkedid: call.pk
        for call in call_list_for(user=user).filter(linkedid__in=filter(None, linkedids))
    }
    context = {
        "row": found,
        "tries": [{"try": one, "call": seen.get(one.linkedid)} for one in tries],
        "order_call": seen.get(found.order_linkedid),
        "may_cancel": found.state == CallBackState.WAITING and may_change(user, found),
        "may_hurry": found.state == CallBackState.WAITING and user.role in LEADS,
        "title": _("Queue call-back"),
    }
    return render_work(request, "console/call_back.html", context)


@console_command
def cancel(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Give it up."""
    found = call_back_get_for(user=user, pk=pk)
    try:
        call_back_cancel(call_back=found, user=user)
    except HuawuError as error:
        return _told(request, pk, error)
    messages.success(request, _("The customer will not be called back."))
    return redirect("console:call-back", pk=pk)


@console_command
def hurry(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Have it tried now."""
    found = call_back_get_for(user=user, pk=pk)
    try:
        call_back_hurry(call_back=found, user=user)
    except HuawuError as error:
        return _told(request, pk, error)
    messages.success(request, _("It is made as soon as an agent is free for its place."))
    return redirect("console:call-back", pk=pk)


def _told(request: HttpRequest, pk: int, error: HuawuError) -> HttpResponse:
    """Show on the page what is in the way; who may not is refused as ever."""
    if error.status != 409:
        raise error
    messages.error(request, str(error.text))
    return redirect("console:call-back", pk=pk)
