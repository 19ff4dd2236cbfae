"""The blacklist: whose calls are refused, why, until when."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.calls.cards import other_number
from apps.calls.selectors import call_get_for
from apps.console.access import console_page, render_work
from apps.console.customers.access import done_or_told, may_manage
from apps.console.customers.tables import BlacklistTable
from apps.core.errors import NotFoundError
from apps.customers.blacklist import (
    blacklist_add,
    blacklist_for,
    blacklist_get_for,
    blacklist_remove,
)
from apps.customers.choices import BlacklistAction
from apps.customers.selectors import customer_number_get_for

PAGE_ROWS = 25
DAYS = {
    "1": gettext_lazy("1 day"),
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "365": gettext_lazy("1 year"),
    "": gettext_lazy("for good"),
}


@console_page
def blacklist(request: HttpRequest, *, user: User) -> HttpResponse:
    """The entries, and the form of a new one; a call or a customer may give its number."""
    number = _number(request, user)
    if request.method == "POST":
        return _add(request, user, number)
    is_over = request.GET.get("over") == "1"
    table = BlacklistTable(
        blacklist_for(user=user, is_over=is_over),
        exclude=() if may_manage(user) else ("remove",),
    )
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "is_over": is_over,
        "shown_number": number_for(user, number),
        "call": request.GET.get("call", ""),
        "number_ref": request.GET.get("number", ""),
        "actions": BlacklistAction.choices,
        "days": DAYS.items(),
        "title": _("Blacklist"),
    }
    return render_work(request, "console/customers/blacklist.html", context)


def _add(request: HttpRequest, user: User, number: str) -> HttpResponse:
    days = request.POST.get("days", "")
    until = timezone.now() + timedelta(days=int(days)) if days in DAYS and days else None
    return done_or_told(
        request,
        lambda: blacklist_add(
            user=user,
            number=number or request.POST.get("typed", ""),
            reason=request.POST.get("reason", ""),
            expires_at=until,
            action=request.POST.get("action", ""),
            queue_number=request.POST.get("queue_number", ""),
        ),
        _("From now on these calls are refused."),
        "console:blacklist",
    )


def _number(request: HttpRequest, user: User) -> str:
    """Return the number of a call or of a customer, '' for none; who sees it masked may name it."""
    call, number = request.GET.get("call", ""), request.GET.get("number", "")
    key = call or number
    if not key:
        return ""
    if not (key.isascii() and key.isdigit() and len(key) < 13):
        raise NotFoundError(key[:40])
    if call:
        return other_number(call_get_for(user=user, pk=int(key)))
    return customer_number_get_for(user=user, pk=int(key)).as_typed


@console_page
@require_POST
def blacklist_remove_page(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Welcome a number again; team leads and admins."""
    entry = blacklist_get_for(user=user, pk=pk)
    return done_or_told(
        request,
        lambda: blacklist_remove(user=user, entry=entry),
        _("The number is welcome again."),
        "console:blacklist",
    )
