"""Keep, share and remove filters of lists; choose columns."""

from collections.abc import Collection, Sequence
from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from apps.accounts.models import User
from apps.saved_views.errors import ViewEmptyError, ViewRefusedError, ViewTooManyError
from apps.saved_views.models import MAX_NAME, MAX_QUERY, ColumnChoice, SavedView

MOST = 30


def saved_view_save(
    *, user: User, page: str, name: str, query: str, known: Collection[str], is_shared: bool
) -> SavedView:
    """Keep a list's filters by a name; the same name again is overwritten. One transaction.

    `known` are the filters that the list has: nothing else of the address is kept, no page and no
    order. Shared, the person's department sees it. Raises ViewRefusedError, ViewEmptyError,
    ViewTooManyError.
    """
    assert user.tenant_id is not None  # noqa: S101 - the page saw to it
    name = " ".join(name.replace("\0", "").split())
    kept = query_kept(query, known)
    if not name or len(name) > MAX_NAME:
        raise ViewRefusedError(name[:MAX_NAME])
    if not kept or len(kept) > MAX_QUERY:
        raise ViewEmptyError(page)
    with transaction.atomic():
        # Who presses twice waits here for himself, so that the count holds.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
        own = SavedView.objects.filter(user=user, page=page)
        if not own.filter(name=name).exists() and own.count() >= MOST:
            raise ViewTooManyError(page)
        found, _is_new = SavedView.objects.update_or_create(
            user=user,
            page=page,
            name=name,
            defaults={
                "tenant_id": user.tenant_id,
                "query": kept,
                "department_id": user.department_id if is_shared else None,
            },
        )
    return found


def query_kept(query: str, known: Collection[str]) -> str:
    """Return what of an address's query are filters with a value, as a query again."""
    pairs = parse_qsl(query[: 4 * MAX_QUERY], max_num_fields=None)
    return urlencode([(key, value) for key, value in pairs if key in known and value])


def saved_view_delete(*, view: SavedView) -> None:
    """Remove a filter that `saved_view_own_get` gave."""
    view.delete()


def columns_choose(
    *, user: User, page: str, columns: Collection[str], known: Sequence[str]
) -> None:
    """Keep which columns of a list the person looks at; none chosen or all: no choice."""
    assert user.tenant_id is not None  # noqa: S101 - the page saw to it
    chosen = [name for name in known if name in columns]
    mine = ColumnChoice.objects.filter(user=user, page=page)
    if not chosen or len(chosen) == len(known):
        mine.delete()
        return
    ColumnChoice.objects.update_or_create(
        user=user, page=page, defaults={"tenant_id": user.tenant_id, "columns": chosen}
    )
