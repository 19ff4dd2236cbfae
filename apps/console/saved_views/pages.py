"""Keep a list's filters by a name, and remove them; the list itself shows what is kept."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.console.access import console_page
from apps.console.recordings.filters import RecordingFilter
from apps.console.saved_views.kept import CUSTOMERS, RECORDINGS, WORK_ORDERS
from apps.console.work_orders.filters import OrderPageFilter
from apps.core.errors import HuawuError, NotFoundError
from apps.customers.filters import CustomerFilter
from apps.saved_views.selectors import saved_view_own_get
from apps.saved_views.services import query_kept, saved_view_delete, saved_view_save

LISTS: dict[str, tuple[str, Any]] = {
    CUSTOMERS: ("console:customers", CustomerFilter),
    WORK_ORDERS: ("console:work-order-list", OrderPageFilter),
    RECORDINGS: ("console:recordings", RecordingFilter),
}


@console_page
@require_POST
def saved_view_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Keep what a list is filtered by; the list is shown with it again."""
    page = request.POST.get("page", "")
    if page not in LISTS:
        raise NotFoundError(f"list {page[:20]}")
    address, filters = LISTS[page]
    query = request.POST.get("query", "")
    try:
        found = saved_view_save(
            user=user,
            page=page,
            name=request.POST.get("name", ""),
            query=query,
            known=filters.base_filters,
            is_shared=request.POST.get("share") == "1",
        )
        query = found.query
        messages.success(request, _("Kept: %(name)s") % {"name": found.name})
    except HuawuError as error:
        query = query_kept(query, filters.base_filters)
        messages.error(request, str(error.text))
    return redirect(f"{reverse(address)}?{query}" if query else reverse(address))


@console_page
@require_POST
def saved_view_remove(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove a filter of one's own, for those with whom it was shared as well."""
    found = saved_view_own_get(user=user, pk=pk)
    saved_view_delete(view=found)
    messages.success(request, _("Removed: %(name)s") % {"name": found.name})
    return redirect(LISTS[found.page][0] if found.page in LISTS else "console:desk")
