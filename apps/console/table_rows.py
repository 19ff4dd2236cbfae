"""The rows of django-tables2's tables, drawn with a third of its work.

Its own way asks for each cell anew what is the same for the whole column: the signature of the
function that renders it, whether the model's field has choices, the attributes of `<td>`. Here that
is asked once for a table; the functions, links, defaults and attributes are called as it calls
them, and what is out of the ordinary (a callable in a cell's attributes, a path over several
objects, a record that is no model's) goes its own way.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import django_tables2
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.template import Context
from django.template.base import render_value_in_context
from django.utils import formats
from django.utils.safestring import SafeString
from django_tables2.columns.linkcolumn import BaseLinkColumn
from django_tables2.rows import BoundRow
from django_tables2.utils import signature

from apps.core.html_text import attribute, quoted

# What django-tables2 never writes as an attribute.
NO_ATTRIBUTES = ("th", "td", "_ordering", "thead", "tbody", "tfoot")
Wants = tuple[tuple[str, ...], bool]


@lru_cache(maxsize=2048)
def _wants_of(function: Callable[..., Any], is_bound: bool) -> Wants:
    names, rest = signature(function)
    return (names[1:] if is_bound else names), rest is not None


def wants(function: Callable[..., Any]) -> Wants:
    """Return which arguments a function wants by name, and whether it takes all others too."""
    inner = getattr(function, "__func__", None)
    # Kept by the function itself: a bound method would keep its table, and its rows, alive.
    return _wants_of(inner or function, inner is not None)


def given(function: Callable[..., Any], wanted: Wants, offered: Mapping[str, Any]) -> Any:
    """Call the function with what it wants; None when it wants what is not there."""
    names, takes_all = wanted
    if takes_all:
        return function(**offered)
    if any(name not in offered for name in names):
        return None
    return function(**{name: offered[name] for name in names})


def _has_callable(attrs: Any) -> bool:
    if isinstance(attrs, dict):
        return any(_has_callable(value) for value in attrs.values())
    return callable(attrs)


class _Cells:
    """One column of one table."""

    def __init__(self, table: django_tables2.Table, bound: Any, context: Context) -> None:
        self.table, self.bound, self.context = table, bound, context
        self.column = bound.column
        self.name = str(bound.accessor)
        self.render, self.wanted = bound.render, wants(bound.render)
        # What its attributes are made of: a callable there may want the record.
        is_fixed = not any(
            _has_callable(attrs.get(part))
            for attrs in (table.attrs, self.column.attrs)
            for part in ("td", "cell")
        )
        self.opening = self._opening() if is_fixed else None
        self.is_ordinary = "__" not in self.name and not isinstance(
            self.column, BaseLinkColumn | django_tables2.ManyToManyColumn
        )
        self._display: dict[type, str] = {}

    def _opening(self) -> str:
        return f"<td {self.bound.attrs['td'].as_html()}>"

    def draw(self, row: BoundRow) -> str:
        """Return the cell of a row."""
        content = self._content(row)
        opening = self.opening
        if opening is None:
            self.bound.current_value, self.bound.current_record = content, row.record
            opening = self._opening()
        return f"{opening}{self._shown(content)}</td>"

    def _shown(self, content: Any) -> str:
        if self.column.localize is not None:
            return quoted(formats.localize(content) if self.column.localize else str(content))
        if isinstance(content, str):
            return quoted(content)
        return str(render_value_in_context(content, self.context))

    def _content(self, row: BoundRow) -> Any:
        record = row.record
        if not self.is_ordinary or not isinstance(record, models.Model):
            return row.get_cell(self.bound.name)
        value = self._value(record)
        if value in self.column.empty_values:
            return self.bound.default
        offered = {
            "value": value,
            "record": record,
            "column": self.column,
            "bound_column": self.bound,
            "bound_row": row,
            "table": self.table,
        }
        content = given(self.render, self.wanted, offered)
        return self.bound.link(content, **offered) if self.bound.link else content

    def _value(self, record: models.Model) -> Any:
        """Return what the record has, by its words when the field has choices; None for nothing."""
        kind = type(record)
        if kind not in self._display:
            self._display[kind] = self._display_of(record)
        if name := self._display[kind]:
            return getattr(record, name)()
        try:
            value = getattr(record, self.name)
        except (AttributeError, ObjectDoesNotExist):
            return None
        if callable(value) and not getattr(value, "do_not_call_in_templates", False):
            return None if getattr(value, "alters_data", False) else value()
        return value

    def _display_of(self, record: models.Model) -> str:
        try:
            field = record._meta.get_field(self.name)
        except FieldDoesNotExist:
            return ""
        name = f"get_{self.name}_display"
        return name if getattr(field, "choices", ()) and hasattr(record, name) else ""


class _RowOpening:
    """The `<tr>` of one table's rows."""

    def __init__(self, table: django_tables2.Table) -> None:
        self.table = table
        attrs = dict(table.row_attrs or {})
        self.is_ordinary = not any(isinstance(value, dict) for value in attrs.values())
        self.attrs = [
            (name, value, wants(value) if callable(value) else None)
            for name, value in attrs.items()
            if name not in NO_ATTRIBUTES
        ]

    def draw(self, row: BoundRow) -> str:
        """Return the tag of a row."""
        if not self.is_ordinary or type(row) is not BoundRow:
            return f"<tr {row.attrs.as_html()}>"
        offered = {"table": self.table, "record": row.record}
        told = {
            name: value if wanted is None else given(value, wanted, offered)
            for name, value, wanted in self.attrs
        }
        own = told.get("class")
        order = row.get_even_odd_css_class()
        told["class"] = f"{own} {order}" if own else order
        shown = (attribute(name, value) for name, value in told.items() if value is not None)
        return f"<tr{''.join(shown)}>"


def rows_drawn(table: django_tables2.Table, context: Context) -> SafeString:
    """Return the rows of the page that a table is at, '' for none."""

    def lines() -> Iterator[str]:
        cells: list[_Cells] = []
        opening = _RowOpening(table)
        for row in table.paginated_rows:
            cells = cells or [_Cells(table, bound, context) for bound in table.columns]
            yield opening.draw(row)
            for cell in cells:
                yield cell.draw(row)
            yield "</tr>\n"

    return SafeString("".join(lines()))
