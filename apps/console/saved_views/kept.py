"""What a list's page shows of the filters that are kept for it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest

from apps.accounts.models import User
from apps.saved_views.models import SavedView
from apps.saved_views.selectors import saved_view_list_for
from apps.saved_views.services import query_kept

CUSTOMERS, WORK_ORDERS, RECORDINGS = "customers", "work_orders", "recordings"
"""The lists that keep filters, as `SavedView.page` names them."""


@dataclass(frozen=True)
class KeptLine:
    """One filter as a link; `is_now` when the list shows it."""

    view: SavedView
    is_own: bool
    is_now: bool


@dataclass(frozen=True)
class Kept:
    """The filters of one list, and what of the address would be kept now ('': nothing)."""

    page: str
    lines: list[KeptLine]
    query: str
    may_share: bool


def kept_views(request: HttpRequest, user: User, page: str, known: Collection[str]) -> Kept:
    """Return what `console/saved_views.html` shows above a list. 1 query."""
    query = query_kept(request.GET.urlencode(), known)
    lines = [
        KeptLine(view=row, is_own=row.user_id == user.pk, is_now=bool(query) and row.query == query)
        for row in saved_view_list_for(user=user, page=page)
    ]
    return Kept(page=page, lines=lines, query=query, may_share=user.department_id is not None)
