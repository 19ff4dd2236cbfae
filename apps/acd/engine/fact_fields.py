"""The facts that a condition may look at: names, kinds, and which comparisons each kind has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# What a fact is: a text, a number, yes or no, or some texts (tags).
Value = str | int | float | bool | tuple[str, ...]

# A text that counts as a number.
NUMBER_TEXT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)

TEXT, PHONE, COUNT, FLAG, TAGS = "text", "phone", "count", "flag", "tags"
CLOCK, CHOICE, VARIABLE = "clock", "choice", "variable"

EQUALS, NOT_EQUALS, IN, NOT_IN = "equals", "not_equals", "in", "not_in"
BEGINS_WITH, CONTAINS = "begins_with", "contains"
LESS, AT_MOST, MORE, AT_LEAST, BETWEEN = "less", "at_most", "more", "at_least", "between"
IS, HAS, HAS_NOT, KNOWN, UNKNOWN = "is", "has", "has_not", "known", "unknown"

LISTS = (EQUALS, NOT_EQUALS, IN, NOT_IN)
TEXTS = (*LISTS, BEGINS_WITH, CONTAINS)
NUMBERS = (LESS, AT_MOST, MORE, AT_LEAST, BETWEEN)
IF_KNOWN = (KNOWN, UNKNOWN)
# Which comparisons a kind of fact has, in the order in which an editor offers them.
OPS: Mapping[str, tuple[str, ...]] = {
    TEXT: (*TEXTS, *IF_KNOWN),
    PHONE: (BEGINS_WITH, *LISTS, *IF_KNOWN),
    COUNT: (MORE, AT_LEAST, LESS, AT_MOST, EQUALS, NOT_EQUALS, BETWEEN, *IF_KNOWN),
    FLAG: (IS, *IF_KNOWN),
    TAGS: (HAS, HAS_NOT, *IF_KNOWN),
    CLOCK: (BETWEEN, LESS, AT_LEAST, *IF_KNOWN),
    CHOICE: (*LISTS, *IF_KNOWN),
    VARIABLE: (*TEXTS, *NUMBERS, *IF_KNOWN),
}


@dataclass(frozen=True)
class Field:
    """One fact, or one family of facts: `queues.{queue}.waiting` is one for each queue.

    `options` are all values of a choice, when they are known here.
    """

    name: str
    kind: str
    options: tuple[str, ...] = ()

    @property
    def parameter(self) -> str:
        """Return what has to be put between braces: queue, calendar, variable; '' for nothing."""
        return self.name.partition("{")[2].partition("}")[0]

    @property
    def ops(self) -> tuple[str, ...]:
        """Return the comparisons that it has."""
        return OPS[self.kind]

    def with_parameter(self, value: str) -> str:
        """Return the name of one fact of the family."""
        return self.name.replace("{" + self.parameter + "}", value)


# Every fact that a condition may look at; docs/rules.md says the same in words.
FIELDS: tuple[Field, ...] = (
    Field("caller.number", PHONE),
    Field("caller.known", FLAG),
    Field("caller.region", TEXT),
    Field("caller.carrier", TEXT),
    Field("customer.level", CHOICE),
    Field("customer.type", TEXT),
    Field("customer.tags", TAGS),
    Field("owner.number", PHONE),
    Field("owner.ready", FLAG),
    Field("last_agent.number", PHONE),
    Field("last_agent.days", COUNT),
    Field("last_agent.ready", FLAG),
    Field("dialled", PHONE),
    Field("language", CHOICE, ("zh", "en")),
    Field("variables.{variable}", VARIABLE),
    Field("time.clock", CLOCK),
    Field("time.weekday", CHOICE, ("1", "2", "3", "4", "5", "6", "7")),
    Field("calendars.{calendar}", FLAG),
    Field("waited_s", COUNT),
    Field("queues.{queue}.waiting", COUNT),
    Field("queues.{queue}.idle", COUNT),
    Field("queues.{queue}.signed_in", COUNT),
    Field("queues.{queue}.longest_wait_s", COUNT),
    Field("queues.{queue}.expected_wait_s", COUNT),
    # Of today, in percent: 0 to 100.
    Field("queues.{queue}.service_level", COUNT),
)

_PARAMETERS = {
    "queue": r"[0-9]{1,10}",
    "variable": r"[a-z][a-z0-9_]{0,39}",
    "calendar": r".{1,60}",
}


def _pattern(field: Field) -> re.Pattern[str]:
    before, _, after = field.name.partition("{" + field.parameter + "}")
    inside = f"({_PARAMETERS[field.parameter]})" if field.parameter else ""
    text = re.escape(before) + inside + re.escape(after) if inside else re.escape(field.name)
    return re.compile(text, re.ASCII)


_PATTERNS = tuple((_pattern(field), field) for field in FIELDS)


# Each comparison of each call asks; the names are those of a few rules.
@lru_cache(maxsize=4096)
def field_of(name: str) -> tuple[Field, str] | None:
    """Return the field that the name is of and its parameter ('' without), None for no fact."""
    for pattern, field in _PATTERNS:
        found = pattern.fullmatch(name)
        if found:
            return field, found.group(1) if field.parameter else ""
    return None


def facts_raw(facts: Mapping[str, Value]) -> dict[str, Any]:
    """Return facts as JSON has them."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()
    }


def facts_read(raw: Mapping[str, object]) -> dict[str, Value]:
    """Return facts that were kept as JSON; what is no fact or no value is left out: unknown."""
    found: dict[str, Value] = {}
    for name, value in raw.items():
        if field_of(name) is None:
            continue
        if isinstance(value, str | int | float):
            found[name] = value
        elif isinstance(value, list | tuple):
            found[name] = tuple(map(str, value))
    return found
