"""What is said and how: a variable's value, the language of what follows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from apps.ivr.engine import shapes, speak
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import LANGUAGE, LANGUAGES, Run

DIGITS, NUMBER, MONEY, DATE, TIME = "digits", "number", "money", "date", "time"
WAYS = (DIGITS, NUMBER, MONEY, DATE, TIME)
DATE_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TIME_TEXT = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
WHOLE = re.compile(r"-?[0-9]+", re.ASCII)
AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True)
class Speak(Node):
    """Say a variable as digits, a number, money, a date (2026-10-01) or a time (09:30).

    What is no number, amount, date or time is said digit by digit; what has no digit is left out.
    """

    kind: ClassVar[str] = "speak"
    shape: ClassVar[Mapping[str, Shape]] = {
        "variable": shapes.VARIABLE_READ,
        "as": shapes.choice(WAYS),
        "to": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("variable", "as", "to")
    variable: str
    way: str
    to: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            variable=fields.variable("variable"),
            way=fields.choice("as", WAYS),
            to=fields.text("to"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return the next node."""
        return (self.to,)

    def run(self, run: Run) -> str:
        """Say the prompts, then the value."""
        run.voice.play([*self.prompts, *self._said(run.value(self.variable), run.language)])
        self.step(run)
        return self.to

    def _said(self, value: str, language: str) -> list[str]:
        if self.way == NUMBER and WHOLE.fullmatch(value):
            return speak.number(int(value), language)
        if self.way == MONEY and AMOUNT.fullmatch(value):
            return speak.money(Decimal(value), language)
        if self.way == TIME and TIME_TEXT.fullmatch(value):
            return speak.time(int(value[:2]), int(value[3:]), language)
        if self.way == DATE and DATE_TEXT.fullmatch(value):
            try:
                return speak.date(date.fromisoformat(value), language)
            except ValueError:  # the 31st of February
                return speak.digits(value)
        return speak.digits(value)


@dataclass(frozen=True)
class Language(Node):
    """Say what follows, also in the queue, in this language; `prompts` already are."""

    kind: ClassVar[str] = "language"
    shape: ClassVar[Mapping[str, Shape]] = {
        "language": shapes.choice(LANGUAGES),
        "to": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("language", "to")
    language: str
    to: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            language=fields.choice("language", LANGUAGES),
            to=fields.text("to"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return the next node."""
        return (self.to,)

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the language."""
        return (self.language,)

    def run(self, run: Run) -> str:
        """Switch."""
        run.voice.set_language(self.language)
        run.language = self.language
        run.put(LANGUAGE, self.language)
        run.voice.play(self.prompts)
        self.step(run)
        return self.to
