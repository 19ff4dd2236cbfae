"""Variables: take one from the caller's keys, set one, choose the way by some."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
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
    must_speak: ClassVar[bool] = True
    is_asking: ClassVar[bool] = True
    shape: ClassVar[Mapping[str, Shape]] = {
        "variable": shapes.VARIABLE_SET,
        "min": shapes.count(1, MOST_KEYS),
        "most": shapes.count(1, MOST_KEYS),
        "timeout_s": shapes.seconds(1, 60),
        "tries": shapes.count(1, 10),
        "is_secret": shapes.IS_SET,
        "to": shapes.TARGET,
        "on_failed": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("variable", "to", "on_failed")
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
            if len(keys) < self.min:
                run.missed(keys)
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
    shape: ClassVar[Mapping[str, Shape]] = {
        "variable": shapes.VARIABLE_SET,
        "value": shapes.VALUE,
        "from": shapes.VARIABLE_READ,
        "to": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("variable", "to")
    rules: ClassVar[Shape] = {"oneOf": shapes.one_of("value", "from")}
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
    "has": lambda value, others: others[0] in value.split(","),
    "begins_with": lambda value, others: value.startswith(others[0]),
    "greater": lambda value, others: _compare(value, others[0], lambda a, b: a > b),
    "less": lambda value, others: _compare(value, others[0], lambda a, b: a < b),
    "empty": lambda value, others: not value,
}


def _needs(operators: Sequence[str], name: str, *, not_: str, **shape: str) -> Shape:
    is_so = {"properties": {"is": shapes.choice(operators)}, "required": ["is"]}
    return {"if": is_so, "then": {"required": [name], "properties": {name: shape, not_: False}}}


@dataclass(frozen=True)
class Test:
    """One question about one variable."""

    shape: ClassVar[Shape] = shapes.record(
        {
            "variable": shapes.VARIABLE_READ,
            "is": shapes.choice(tuple(TESTS)),
            "value": shapes.VALUE,
            "values": shapes.listed(shapes.VALUE, MOST_VALUES),
        },
        ["variable", "is"],
        allOf=[
            _needs(["in"], "values", not_="value"),
            _needs(["equals", "not_equals", "has", "begins_with"], "value", not_="values"),
            _needs(["greater", "less"], "value", not_="values", pattern=f"^{NUMBER.pattern}$"),
        ],
    )

    variable: str
    operator: str
    values: tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the test of a JSON object. Raises FlowError."""
        fields.only(cls.shape["properties"])
        operator = fields.choice("is", tuple(TESTS))
        is_list = operator == "in"
        if fields.has("value" if is_list else "values"):
            raise fields.wrong(f"{operator} has {'values' if is_list else 'one value'}")
        values = fields.values("values", MOST_VALUES) if is_list else (fields.value("value"),)
        if operator not in ("in", "empty") and not fields.has("value"):
            raise fields.wrong(f"{operator} needs a value")
        if operator in ("greater", "less") and not NUMBER.fullmatch(values[0]):
            raise fields.wrong(f"{operator} needs a number as its value")
        return cls(variable=fields.variable("variable"), operator=operator, values=values)

    def holds(self, run: Run) -> bool:
        """Say whether the variable is so now."""
        return TESTS[self.operator](run.value(self.variable), self.values)


@dataclass(frozen=True)
class Case:
    """Where to go when all, or any, of the tests hold."""

    shape: ClassVar[Shape] = shapes.record(
        {
            "all": shapes.listed(Test.shape, MOST_TESTS),
            "any": shapes.listed(Test.shape, MOST_TESTS),
            "to": shapes.TARGET,
        },
        ["to"],
        oneOf=shapes.one_of("all", "any"),
    )

    is_any: bool
    tests: tuple[Test, ...]
    to: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the case of a JSON object. Raises FlowError."""
        fields.only(cls.shape["properties"])
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
    shape: ClassVar[Mapping[str, Shape]] = {
        "cases": shapes.listed(Case.shape, MOST_CASES),
        "otherwise": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("cases", "otherwise")
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
