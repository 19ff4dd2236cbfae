"""Tables of customers."""

from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.accounts.selectors import number_for
from apps.console.columns import TimeColumn
from apps.console.tables import ATTRS, dial_cell
from apps.core.html_text import quoted
from apps.customers.engine.field_values import value_text
from apps.customers.models import BlacklistEntry, Customer
from apps.customers.vocabulary import Vocabulary
from apps.switchboard.templatetags.dial import person_of

CUSTOM = "custom_"
# As a list: a manager for each row, which looks like the relation, costs more than the query.
AS_LIST = "numbers_shown"
SHOWN_NUMBERS = Prefetch("numbers", to_attr=AS_LIST)


class CustomerTable(tables.Table):
    """Customers, newest first; the name opens the customer."""

    name = tables.Column(
        verbose_name=_("Name"), linkify=("console:customer", {"pk": tables.A("pk")})
    )
    number = tables.Column(verbose_name=_("Number"), empty_values=(), orderable=False)
    level = tables.Column(verbose_name=_("Level"), orderable=False)
    kind = tables.Column(verbose_name=_("Type"), orderable=False)
    tags = tables.Column(verbose_name=_("Tags"), orderable=False)
    owner = tables.Column(verbose_name=_("Owner agent"), orderable=False)
    source = tables.Column(verbose_name=_("Source"), orderable=False)
    place = tables.Column(verbose_name=_("Place"), empty_values=(), orderable=False)
    created_at = TimeColumn(
        verbose_name=_("Created at"), format="Y-m-d H:i", attrs={"td": {"class": "text-nowrap"}}
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "customer-row", "data-customer": lambda record: record.pk}
        empty_text = _("No customer fits. Take a filter away, or make the customer.")

    def __init__(
        self, *args: Any, words: Vocabulary, colours: dict[str, str], **kwargs: Any
    ) -> None:
        self.words, self.colours = words, colours
        shown = [field for field in words.fields.values() if field.in_list]
        more = [
            (f"{CUSTOM}{field.key}", CustomColumn(field.key, verbose_name=field.label))
            for field in shown
        ]
        super().__init__(*args, extra_columns=more, **kwargs)

    def render_number(self, record: Customer) -> SafeString:
        """Show the main number as a button that dials it, and how many more there are."""
        rows = sorted(record.__dict__[AS_LIST], key=lambda row: (not row.is_primary, row.pk))
        if not rows:
            return format_html("{}", "—")
        cell = dial_cell(self, rows[0].as_typed, "customer-number", rows[0].pk)
        return format_html("{} +{}", cell, len(rows) - 1) if len(rows) > 1 else cell

    def render_level(self, value: str) -> SafeString:
        """Show the level's name in its colour."""
        word = self.words.levels.get(value)
        colour = word.colour if word else "secondary"
        name = quoted(word.name if word else value)
        return SafeString(f'<span class="badge text-bg-{quoted(colour)}">{name}</span>')

    def render_kind(self, value: str) -> str:
        """Show the type's name."""
        return self.words.types[value].name if value in self.words.types else value

    def render_source(self, value: str) -> str:
        """Show the source's name."""
        return self.words.sources[value].name if value in self.words.sources else value

    def render_tags(self, value: list[str]) -> SafeString:
        """Show each tag in its colour."""
        return tag_badges(value, self.colours)

    def render_place(self, record: Customer) -> str:
        """Show province and city."""
        return f"{record.province} {record.city}".strip() or "—"


def list_columns(words: Vocabulary) -> dict[str, str]:
    """Return {name: heading} of the columns that a person may do without. No query."""
    known = {
        name: str(column.verbose_name)
        for name, column in CustomerTable.base_columns.items()
        if name != "name"
    }
    own = {f"{CUSTOM}{one.key}": one.label for one in words.fields.values() if one.in_list}
    return known | own


class CustomColumn(tables.Column):
    """A column of the company's own."""

    def __init__(self, key: str, **kwargs: Any) -> None:
        super().__init__(accessor="pk", orderable=False, **kwargs)
        self.key = key

    def render(self, record: Customer) -> str:
        """Show the value as text."""
        return value_text(record.custom.get(self.key)) or "—"


class BlacklistTable(tables.Table):
    """Numbers whose calls are not welcome."""

    number = tables.Column(verbose_name=_("Number"), orderable=False)
    action = tables.Column(verbose_name=_("What happens"), orderable=False)
    reason = tables.Column(verbose_name=_("Reason"), orderable=False)
    expires_at = tables.DateTimeColumn(
        verbose_name=_("Until"), format="Y-m-d H:i", orderable=False, default=_("for good")
    )
    created_by = tables.Column(
        verbose_name=_("By"), accessor="created_by__display_name", orderable=False
    )
    created_at = tables.DateTimeColumn(verbose_name=_("Since"), format="Y-m-d H:i", orderable=False)
    remove = tables.TemplateColumn(
        template_name="console/customers/blacklist_remove.html", verbose_name="", orderable=False
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "blacklist-row", "data-entry": lambda record: record.pk}
        empty_text = _("Nobody is refused.")

    def render_number(self, record: BlacklistEntry) -> str:
        """Show the number as the person may see it."""
        return number_for(person_of(getattr(self, "context", {})), record.number)


def tag_badges(tags: list[str], colours: dict[str, str]) -> SafeString:
    """Return tags as coloured badges, a dash for none; each leads to the list of who carries it."""
    if not tags:
        return format_html("{}", "—")
    address = quoted(reverse("console:customers"))
    return SafeString(
        " ".join(
            f'<a class="badge text-bg-{quoted(colours.get(tag, "secondary"))}" '
            f'href="{address}?{quoted(urlencode({"tag": tag}))}">{quoted(tag)}</a>'
            for tag in tags
        )
    )
