"""What every kind of node is, and how its fields are read from JSON."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from apps.ivr.engine.steps import Decision, Run, Step

KEYS = frozenset("0123456789*#")
PREFIX = "huawu/"
PROMPT = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}", re.ASCII)
QUEUE = re.compile(r"[0-9]{1,10}", re.ASCII)


class FlowError(ValueError):
    """A document that cannot run; the text names the node and says what is wrong."""


@dataclass(frozen=True)
class Node(ABC):
    """One node of a flow: its fields, where it leads, what it does for a caller."""

    kind: ClassVar[str]
    id: str
    prompts: tuple[str, ...]

    @classmethod
    @abstractmethod
    def read(cls, fields: "Fields") -> Self:
        """Return the node of a JSON object. Raises FlowError."""

    def targets(self) -> tuple[str, ...]:
        """Return the ids that this node leads to."""
        return ()

    @abstractmethod
    def run(self, run: Run) -> str | Decision:
        """Serve the caller; return the next node's id or the decision. Raises CallerGoneError."""

    def step(self, run: Run, kind: str = "") -> None:
        """Tell that the caller went through, with the keys that he pressed."""
        run.on_step(Step(node=self.id, kind=kind or self.kind, keys=run.keys))
        run.keys = ""
        run.is_told = True


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
            if not isinstance(name, str) or not PROMPT.fullmatch(name):
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

    def queue(self, name: str) -> str:
        """Return a queue's number."""
        value = self.text(name)
        if not QUEUE.fullmatch(value):
            raise self.wrong(f"{name} must be a queue's number")
        return value
