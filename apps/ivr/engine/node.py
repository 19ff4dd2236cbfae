"""What every kind of node is, and how its fields are read from JSON."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from apps.ivr.engine.shapes import (
    FLOW_NAME_LENGTH,
    KEYS,
    PROMPT_NAME,
    QUEUE_NUMBER,
    TO_RING,
    Shape,
)
from apps.ivr.engine.steps import (
    GIVEN,
    VALUE_LIMIT,
    VARIABLE,
    Decision,
    EnterFlow,
    Return,
    Run,
)

PREFIX = "huawu/"
NODE_ID_LENGTH = 80
COMMON = frozenset({"kind", "prompts", "note"})


class FlowError(ValueError):
    """A document that cannot run; the text names the node and says what is wrong."""


@dataclass(frozen=True)
class Node(ABC):
    """One node of a flow: its fields, where it leads, what it does for a caller.

    `shape` is the JSON Schema of each field beside the common ones, `required` which must be there,
    `rules` what else the schema says of the object.
    `is_asking`: the caller may press keys in it. `must_speak`: without prompts he hears nothing.
    `picks_up`: the call is answered before it, unless it was already.
    """

    kind: ClassVar[str]
    shape: ClassVar[Mapping[str, Shape]] = {}
    required: ClassVar[tuple[str, ...]] = ()
    rules: ClassVar[Shape] = {}
    is_asking: ClassVar[bool] = False
    must_speak: ClassVar[bool] = False
    picks_up: ClassVar[bool] = True
    id: str
    prompts: tuple[str, ...]

    @classmethod
    @abstractmethod
    def read(cls, fields: "Fields") -> Self:
        """Return the node of a JSON object. Raises FlowError."""

    def targets(self) -> tuple[str, ...]:
        """Return the ids that this node leads to."""
        return ()

    @property
    def is_end(self) -> bool:
        """Say whether the flow may end in it."""
        return not self.targets()

    @property
    def is_failing_silently(self) -> bool:
        """Say whether a caller who presses nothing goes nowhere."""
        return False

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the numbers of the queues that it names."""
        return ()

    @property
    def boxes(self) -> tuple[str, ...]:
        """Return the numbers of the voicemail boxes that it names."""
        return ()

    @property
    def calendars(self) -> tuple[str, ...]:
        """Return the names of the calendars that it asks."""
        return ()

    @property
    def pins(self) -> tuple[str, ...]:
        """Return the names of the PINs that it asks for."""
        return ()

    @property
    def skill_names(self) -> tuple[str, ...]:
        """Return the names of the skills that it asks agents for."""
        return ()

    @property
    def http_lookups(self) -> tuple[str, ...]:
        """Return the names of the HTTP look-ups that it makes."""
        return ()

    @property
    def rule_sets(self) -> tuple[str, ...]:
        """Return the names of the rule sets that it asks."""
        return ()

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages to which it switches."""
        return ()

    @property
    def flows(self) -> tuple[str, ...]:
        """Return the names of the other flows that it enters."""
        return ()

    @abstractmethod
    def run(self, run: Run) -> str | Decision | EnterFlow | Return:
        """Serve the caller; return the next node's id or the decision. Raises CallerGoneError."""

    def step(self, run: Run, kind: str = "") -> None:
        """Tell that the caller went through, with the keys that he pressed."""
        run.tell(self.id, kind or self.kind)


def mapping(value: object, what: str) -> Mapping[str, Any]:
    """Return a JSON object. Raises FlowError."""
    if not isinstance(value, Mapping):
        raise FlowError(f"{what} must be an object")
    return value


class Fields:
    """One node's JSON object; every complaint names the node."""

    def __init__(self, node_id: str, value: object) -> None:
        self.node_id = node_id
        self._raw = mapping(value, f"node {node_id!r}")

    def wrong(self, text: str) -> FlowError:
        """Return the error to raise."""
        return FlowError(f"node {self.node_id!r}: {text}")

    def only(self, names: Iterable[str]) -> None:
        """Refuse a field that is none of these: a slip of the pen must not be ignored."""
        for name in self._raw:
            if name not in names:
                raise self.wrong(f"there is no field {name!r}")

    def text(self, name: str) -> str:
        """Return a string, '' when it is not there."""
        value = self._raw.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(f"{name} must be a text")
        return value

    def prompts(self) -> tuple[str, ...]:
        """Return the names of prompts as Asterisk plays them."""
        found = self._raw.get("prompts", [])
        if not isinstance(found, list):
            raise self.wrong("prompts must be a list of names")
        for name in found:
            if not isinstance(name, str) or not PROMPT_NAME.fullmatch(name):
                raise self.wrong(f"{name!r} is no prompt name")
        return tuple(PREFIX + name for name in found)

    def key(self, name: str) -> str:
        """Return one key, '' when it is not there."""
        value = self.text(name)
        if value and value not in KEYS:
            raise self.wrong(f"{name} {value!r} is not a key")
        return value

    def keys(self) -> dict[str, str]:
        """Return what each key leads to."""
        found = mapping(self._raw.get("keys"), f"node {self.node_id!r}: keys")
        for key, target in found.items():
            if key not in KEYS:
                raise self.wrong(f"{key!r} is not a key")
            if not isinstance(target, str):
                raise self.wrong(f"key {key!r} must lead to a node's id")
        return dict(found)

    def seconds(self, name: str, low: float, high: float, default: float) -> float:
        """Return a number of seconds within bounds."""
        value = self._raw.get(name, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            raise self.wrong(f"{name} must be {low:g} to {high:g}")
        return float(value)

    def count(self, name: str, low: int, high: int, default: int) -> int:
        """Return a whole number within bounds."""
        value = self._raw.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(f"{name} must be a whole number, {low} to {high}")
        return value

    def has(self, name: str) -> bool:
        """Say whether the field is there."""
        return name in self._raw

    def choice(self, name: str, options: Sequence[str]) -> str:
        """Return one of the options."""
        value = self._raw.get(name)
        if not isinstance(value, str) or value not in options:
            raise self.wrong(f"{name} must be one of {', '.join(options)}")
        return value

    def is_set(self, name: str) -> bool:
        """Return a yes or no, no when it is not there."""
        value = self._raw.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{name} must be true or false")
        return value

    def value(self, name: str) -> str:
        """Return a text short enough for a variable."""
        value = self.text(name)
        if len(value) > VALUE_LIMIT:
            raise self.wrong(f"{name} must have at most {VALUE_LIMIT} characters")
        return value

    def variable(self, name: str) -> str:
        """Return the name of a variable to read."""
        value = self.text(name)
        if not VARIABLE.fullmatch(value):
            raise self.wrong(f"{name} must be a variable's name: a-z, 0-9 and _, at most 40")
        return value

    def variable_to_set(self, name: str) -> str:
        """Return the name of a variable to write; those that every call has are not."""
        value = self.variable(name)
        if value in GIVEN:
            raise self.wrong(f"{name} {value!r} belongs to the call and is not set by a node")
        return value

    def parts(self, name: str, most: int) -> tuple["Fields", ...]:
        """Return a list of 1 to `most` objects, whose complaints name this node too."""
        found = self._raw.get(name)
        if not isinstance(found, list) or not 0 < len(found) <= most:
            raise self.wrong(f"{name} must be a list of 1 to {most}")
        if not all(isinstance(part, Mapping) for part in found):
            raise self.wrong(f"{name} must be a list of objects")
        return tuple(Fields(self.node_id, part) for part in found)

    def values(self, name: str, most: int) -> tuple[str, ...]:
        """Return a list of 1 to `most` texts."""
        found = self._raw.get(name)
        if not isinstance(found, list) or not 0 < len(found) <= most:
            raise self.wrong(f"{name} must be a list of 1 to {most} texts")
        for text in found:
            if not isinstance(text, str) or len(text) > VALUE_LIMIT:
                raise self.wrong(f"{name} must hold texts of at most {VALUE_LIMIT} characters")
        return tuple(found)

    def flow(self, name: str) -> str:
        """Return the name of another flow."""
        value = self.text(name)
        if not 0 < len(value) <= FLOW_NAME_LENGTH:
            raise self.wrong(f"{name} must be a flow's name, at most {FLOW_NAME_LENGTH} letters")
        return value

    def number_to_ring(self, name: str) -> str:
        """Return a number of 3 to 20 digits."""
        value = self.text(name)
        if not TO_RING.fullmatch(value):
            raise self.wrong(f"{name} must be a number of 3 to 20 digits")
        return value

    def queue(self, name: str) -> str:
        """Return a queue's number."""
        value = self.text(name)
        if not QUEUE_NUMBER.fullmatch(value):
            raise self.wrong(f"{name} must be a queue's number")
        return value
