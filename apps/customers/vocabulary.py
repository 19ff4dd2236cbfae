"""The company's own words for customers, read at once: levels, types, sources, agents, fields.

Who parses many rows reads it once and passes it on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.utils.translation import gettext as _

from apps.accounts.models import Agent
from apps.core.tenancy import current_tenant_id
from apps.customers.choices import Gender, Level
from apps.customers.engine import field_values
from apps.customers.field_models import (
    CompanyWord,
    CustomerField,
    CustomerLevel,
    CustomerSource,
    CustomerType,
)

CUSTOM = "custom."
"""What custom fields' names begin with, beside the plain ones: `custom.contract_no`."""


@dataclass(frozen=True)
class FieldSpec:
    """One field of a customer as forms, files and the API know it.

    `kind` is a kind of `engine/field_values.py`, or numbers, emails, tags, agent. `options` are
    (value, text) of choices.
    """

    name: str
    label: str
    kind: str
    is_required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    help_text: str = ""
    most: int = 0


@dataclass(frozen=True)
class Word:
    """A level, type or source: what is kept, what people read, and its colour."""

    code: str
    name: str
    colour: str = "secondary"
    is_active: bool = True


@dataclass(frozen=True)
class Vocabulary:
    """The company's words. `agents` are by number; `fields` in their order, active ones only.

    The agents are read when somebody asks for them: a page that shows a customer needs none.
    """

    levels: Mapping[str, Word]
    types: Mapping[str, Word]
    sources: Mapping[str, Word]
    agents: Mapping[str, Agent]
    fields: Mapping[str, CustomerField]


def vocabulary() -> Vocabulary:
    """Return the words of the company in scope. 2 queries, and 1 for the agents when asked for."""
    levels, types, sources = _words_of(CustomerLevel, CustomerType, CustomerSource)
    return Vocabulary(
        levels=_built_in_levels() | levels,
        types=types,
        sources=sources,
        agents=_Agents(current_tenant_id()),
        fields={field.key: field for field in custom_field_list()},
    )


class _Agents(Mapping[str, Agent]):
    """Agents by number, read once, in the company that was in scope when the words were read."""

    def __init__(self, tenant_id: int | None) -> None:
        self._tenant_id = tenant_id

    @cached_property
    def _rows(self) -> dict[str, Agent]:
        rows = Agent.objects.select_related("user").order_by("number", "pk")
        if self._tenant_id is not None:
            rows = rows.filter(tenant=self._tenant_id)
        return {agent.number: agent for agent in rows}

    def __getitem__(self, number: str) -> Agent:
        return self._rows[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def agent_names() -> dict[str, str]:
    """Return {number: `1001 Chen`} of all agents, to choose from. 1 query, no objects."""
    rows = Agent.objects.order_by("number", "pk")
    names = rows.values_list("number", "user__first_name", "user__username")
    return {number: f"{number} {first or username}" for number, first, username in names}


def level_words() -> dict[str, Word]:
    """Return the levels by code; `normal` and `vip` are there without a row. 1 query."""
    return _built_in_levels() | _words_of(CustomerLevel)[0]


def type_words() -> dict[str, Word]:
    """Return the types by code. 1 query."""
    return _words_of(CustomerType)[0]


def source_words() -> dict[str, Word]:
    """Return the sources by code. 1 query."""
    return _words_of(CustomerSource)[0]


def custom_field_list() -> list[CustomerField]:
    """Return the custom fields in use, in their order. 1 query."""
    return list(CustomerField.objects.filter(is_active=True))


def _built_in_levels() -> dict[str, Word]:
    return {
        Level.NORMAL.value: Word(Level.NORMAL.value, str(Level.NORMAL.label)),
        Level.VIP.value: Word(Level.VIP.value, str(Level.VIP.label), "warning"),
    }


def _words_of(*kinds: type[CompanyWord]) -> list[dict[str, Word]]:
    """Return the words of each kind by code, in their order. 1 query for all kinds.

    Every page of customers reads them: as one query and without objects it is a third of the work.
    """
    first, *others = (_told(kind, at) for at, kind in enumerate(kinds))
    rows = first.union(*others, all=True) if others else first
    found: list[dict[str, Word]] = [{} for _kind in kinds]
    for at, code, name, colour, is_active, *_order in rows.order_by("position", "name", "pk"):
        found[at][code] = Word(code, name, colour, is_active)
    return found


def _told(kind: type[CompanyWord], at: int) -> "QuerySet[Any, tuple[Any, ...]]":
    has_colour = kind is CustomerLevel
    colour = F("colour") if has_colour else Value("secondary", output_field=CharField())
    rows = kind._default_manager.order_by().annotate(at=Value(at), shown=colour)
    return rows.values_list("at", "code", "name", "shown", "is_active", "position", "pk")


def customer_fields(words: Vocabulary) -> list[FieldSpec]:
    """Return every field that can be written, in the order of forms and files. No query.

    Custom fields that are not for import, export and API are among them: who exchanges data leaves
    out those whose `CustomerField.in_exchange` is off (`exchange_fields`).
    """
    plain = [
        FieldSpec("name", _("Name"), field_values.TEXT, is_required=True, most=100),
        FieldSpec("contact_name", _("Contact person"), field_values.TEXT, most=100),
        FieldSpec("numbers", _("Telephone numbers"), "numbers", help_text=_("Main number first.")),
        FieldSpec("emails", _("E-mail addresses"), "emails"),
        FieldSpec("level", _("Level"), field_values.CHOICE, options=_options(words.levels)),
        FieldSpec("type", _("Type"), field_values.CHOICE, options=_options(words.types)),
        FieldSpec("source", _("Source"), field_values.CHOICE, options=_options(words.sources)),
        FieldSpec("owner", _("Owner agent"), "agent", options=_agents(words)),
        FieldSpec("tags", _("Tags"), "tags"),
        FieldSpec(
            "gender",
            _("Gender"),
            field_values.CHOICE,
            options=tuple((value, str(text)) for value, text in Gender.choices),
        ),
        FieldSpec("born_on", _("Birthday"), field_values.DATE),
        FieldSpec("province", _("Province"), field_values.TEXT, most=40),
        FieldSpec("city", _("City"), field_values.TEXT, most=40),
        FieldSpec("address", _("Address"), field_values.TEXT, most=300),
        FieldSpec("account_number", _("Account number"), field_values.TEXT, most=20),
        FieldSpec("balance", _("Balance"), field_values.DECIMAL),
        FieldSpec(
            "note",
            _("Note"),
            field_values.LONG_TEXT,
            help_text=_("Shown on the next call."),
            most=10_000,
        ),
    ]
    return plain + [custom_spec(field) for field in words.fields.values()]


def exchange_fields(words: Vocabulary) -> list[FieldSpec]:
    """Return the fields of import, export and API. No query."""
    hidden = {CUSTOM + key for key, field in words.fields.items() if not field.in_exchange}
    return [spec for spec in customer_fields(words) if spec.name not in hidden]


def custom_spec(field: CustomerField) -> FieldSpec:
    """Return a custom field as forms know it."""
    return FieldSpec(
        CUSTOM + field.key,
        field.label,
        field.kind,
        is_required=field.is_required,
        options=tuple((option, option) for option in field.options),
        help_text=field.help_text,
    )


def field_shape(field: CustomerField) -> field_values.Shape:
    """Return what a value of the field must look like."""
    return field_values.Shape(field.kind, tuple(field.options))


def _options(words: Mapping[str, Word]) -> tuple[tuple[str, str], ...]:
    return tuple((word.code, word.name) for word in words.values() if word.is_active)


def _agents(words: Vocabulary) -> tuple[tuple[str, str], ...]:
    return tuple(
        (number, f"{number} {agent.user.display_name}")
        for number, agent in words.agents.items()
        if agent.is_active
    )
