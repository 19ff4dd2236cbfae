"""Read saved filters and choices of columns."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.saved_views.models import ColumnChoice, SavedView


def saved_view_list_for(*, user: User, page: str) -> "QuerySet[SavedView]":
    """Return the filters of a list that the person keeps or his department shares. 1 query."""
    seen = Q(user=user)
    if user.department_id is not None:
        seen |= Q(department=user.department_id)
    rows: QuerySet[SavedView] = SavedView.objects.filter(seen, tenant=user.tenant, page=page)
    return rows.select_related("user").order_by("name", "pk")


def saved_view_own_get(*, user: User, pk: int) -> SavedView:
    """Return a filter that the person keeps himself; NotFoundError otherwise. 1 query."""
    found: SavedView | None = SavedView.objects.filter(pk=pk, user=user, tenant=user.tenant).first()
    if found is None:
        raise NotFoundError(f"saved view {pk}")
    return found


def columns_shown(*, user: User, page: str, known: Sequence[str]) -> list[str]:
    """Return which of the known columns the person looks at, all without a choice. 1 query.

    A column that came after the choice was made (a new custom field) is not shown: he chose.
    """
    row = ColumnChoice.objects.filter(user=user, tenant=user.tenant, page=page).first()
    if row is None:
        return list(known)
    return [name for name in known if name in row.columns]
