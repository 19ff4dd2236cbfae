"""Variables: take one from the caller's keys, set one, choose the way by some."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.steps import Run

MOST_KEYS = 40
MOST_CASES = 50
MOST_TESTS = 20
MOST_VALUES = 100
NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?", re.ASCII)


@dataclass(frozen=True)
class Collect(Node):
    """Collect `min` to `most` keys into a variable; `#` ends them. Time in seconds.

    After `tries` times with too few keys to `on_failed`. Keys of a secret are told as `*`.
    """

    kind: ClassVar[str] = "collect"
    variable: str
    min: int
    most: int
    timeout_s: float
    tries: int
    is_secret: bool
    to: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        least = fields.count("min", 1, MOST_KEYS, 1)
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            variable=fields.variable_to_set("variable"),
            min=least,
            most=fields.count("most", least, MOST_KEYS, max(least, 20)),
            timeout_s=fields.seconds("timeout_s", 1, 60, 6),
            tries=fields.count("tries", 1, 10, 3),
            is_secret=fields.is_set("is_secret"),
            to=fields.text("to"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads with the keys and after too many tries."""
        return (self.to, self.on_failed)

    def run(self, run: Run) -> str:
        """Ask until there are enough keys."""
        for left in range(self.tries - 1, -1, -1):
            keys = run.voice.collect(self.prompts, self.timeout_s, self.most)
            run.keys = "*" * len(keys) if self.is_secret else keys
            self.step(run)
            if len(keys) >= self.min:
                run.put(self.variable, keys)
                return self.to
            if left:
                run.voice.play(["huawu/invalid-key" if keys else "huawu/no-input"])
        return self.on_failed


@dataclass(frozen=True)
class SetTo(Node):
    """Set a variable to a text, or to what another variable holds."""

    kind: ClassVar[str] = "set"
    variable: str
    value: str
    source: str
    to: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        if fields.has("value") == fields.has("from"):
            raise fields.wrong("a set has either value or from")
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            variable=fields.variable_to_set("variable"),
            value=fields.value("value"),
            source=fields.variable("from") if fields.has("from") else "",
            to=fields.text("to"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return the next node."""
        return (self.to,)

    def run(self, run: Run) -> str:
        """Set it."""
        run.put(self.variable, run.value(self.source) if self.source else self.value)
        run.voice.play(self.prompts)
        self.step(run)
        return self.to


def _compare(value: str, other: str, holds: Callable[[Decimal, Decimal], bool]) -> bool:
    # What is no number is neither greater nor less.
    return bool(NUMBER.fullmatch(value)) and holds(Decimal(value), Decimal(other))


TESTS: Mapping[str, Callable[[str, tuple[str, ...]], bool]] = {
    "equals": lambda value, others: value == others[0],
    "not_equals": lambda value, others: value != others[0],
    "in": lambda value, others: value in others,
    "begins_with": lambda value, others: value.startswith(others[0]),
    "greater": lambda value, others: _compare(value, others[0], lambda a, b: a > b),
    "less": lambda value, others: _compare(value, others[0], lambda a, b: a < b),
    "empty": lambda value, others: not value,
}


@dataclass(frozen=True)
class Test:
    """One question about one variable."""

    variable: str
    operator: str
    values: tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the test of a JSON object. Raises FlowError."""
        operator = fields.choice("is", tuple(TESTS))
        if operator == "empty":
            values: tuple[str, ...] = ()
        elif operator == "in":
            values = fields.values("values", MOST_VALUES)
        elif not fields.has("value"):
            raise fields.wrong(f"{operator} needs a value")
        else:
            values = (fields.value("value"),)
        if operator in ("greater", "less") and not NUMBER.fullmatch(values[0]):
            raise fields.wrong(f"{operator} needs a number as its value")
        return cls(variable=fields.variable("variable"), operator=operator, values=values)

    def holds(self, run: Run) -> bool:
        """Say whether the variable is so now."""
        return TESTS[self.operator](run.value(self.variable), self.values)


@dataclass(frozen=True)
class Case:
    """Where to go when all, or any, of the tests hold."""

    is_any: bool
    tests: tuple[Test, ...]
    to: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the case of a JSON object. Raises FlowError."""
        if fields.has("all") == fields.has("any"):
            raise fields.wrong("a case has either all or any")
        is_any = fields.has("any")
        tests = fields.parts("any" if is_any else "all", MOST_TESTS)
        return cls(
            is_any=is_any, tests=tuple(Test.read(test) for test in tests), to=fields.text("to")
        )

    def holds(self, run: Run) -> bool:
        """Say whether the case is met now."""
        return (any if self.is_any else all)(test.holds(run) for test in self.tests)


@dataclass(frozen=True)
class Branch(Node):
    """Lead on by the first case that holds, else to `otherwise`."""

    kind: ClassVar[str] = "branch"
    cases: tuple[Case, ...]
    otherwise: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            cases=tuple(Case.read(case) for case in fields.parts("cases", MOST_CASES)),
            otherwise=fields.text("otherwise"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where the cases lead."""
        return (*(case.to for case in self.cases), self.otherwise)

    def run(self, run: Run) -> str:
        """Choose."""
        run.voice.play(self.prompts)
        self.step(run)
        return next((case.to for case in self.cases if case.holds(run)), self.otherwise)
