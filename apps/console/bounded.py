"""Pages of lists with millions of rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django_tables2.rows import BoundRows

LOOK_AHEAD = 10
MOST_PAGES, MOST_ROWS = 400, 100


class BoundedPaginator(Paginator[Any]):
    """Counts no further than some pages ahead, and leafs no further than `MOST_PAGES`.

    A page is read in two steps: the keys of it and of the pages ahead, and then its rows. Joins are
    made for the rows shown and not for those passed over. `narrower` are queries that give the
    beginning of the same list faster (the calls of the last month, say); the first that reaches far
    enough is used. `known` are the whole list's keys in order, when they are few and were read. For
    django-tables2's tables of a query without annotations. 1 query for each of them that is tried,
    none for keys that are known, and the rows'.
    """

    def __init__(
        self,
        rows: Any,
        per_page: int,
        *,
        narrower: Iterable[Any] = (),
        known: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rows, min(per_page, MOST_ROWS), **kwargs)
        self._narrower, self._all = list(narrower), known
        self._known: int | None = None
        self.has_more = False
        """Whether there are more rows than `count` says."""

    @property
    def count(self) -> int:
        """Return how many rows are known of: all, or `LOOK_AHEAD` pages more than were read."""
        if self._known is None:
            self._keys(0)
        return self._known or 0

    @property
    def num_pages(self) -> int:
        """Return how many pages are known of; an empty list has one."""
        return min(max(1, -(-self.count // self.per_page)), MOST_PAGES)

    def page(self, number: int | str) -> Page[Any]:
        """Return one page with its rows."""
        at = self._number(number)
        first = (at - 1) * self.per_page
        keys = self._keys(first)
        if not keys and at > 1:
            raise EmptyPage(self.error_messages["no_results"])
        shown = keys[: self.per_page]
        found = {row.pk: row for row in self._of(shown)}
        rows = [found[key] for key in shown if key in found]
        return Page(BoundRows(rows, self._bound.table), at, self)

    def _number(self, number: int | str) -> int:
        try:
            at = int(number)
        except (TypeError, ValueError) as error:
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from error
        if not 1 <= at <= MOST_PAGES:
            raise EmptyPage(self.error_messages["no_results"])
        return at

    def _keys(self, first: int) -> list[Any]:
        """Return the keys from this row on, as many as are counted; the count follows from them."""
        most = self.per_page * (1 + LOOK_AHEAD)
        keys: list[Any] = list((self._all or [])[first : first + most + 1])
        for rows in (*self._narrower, self._rows) if self._all is None else ():
            keys = list(rows.values_list("pk", flat=True)[first : first + most + 1])
            if len(keys) > most:
                break
        self.has_more = len(keys) > most
        # Beyond the last page nothing is learned.
        self._known = first + len(keys[:most]) if keys or not first else None
        return keys

    def _of(self, keys: list[Any]) -> Any:
        """Return the rows of keys that the list's own query gave, with what they are joined with.

        Without the list's conditions: to be looked at again they would cost more than the rows.
        """
        listed = self._rows
        rows = listed.model._default_manager.filter(pk__in=keys)
        rows.query.select_related = listed.query.select_related
        return rows.prefetch_related(*listed._prefetch_related_lookups)

    @property
    def _bound(self) -> Any:
        return self.object_list

    @property
    def _rows(self) -> Any:
        return self._bound.data.data
