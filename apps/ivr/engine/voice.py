"""What the interpreter needs of a caller, whether by phone, in the simulator or in a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from apps.acd.engine.fact_fields import Value
from apps.acd.engine.rule_actions import Action


class CallerGoneError(Exception):
    """The caller has hung up, or the channel is dead."""


class LookupFailedError(Exception):
    """What was asked for cannot be known now (database away, time-out)."""


class Voice(Protocol):
    """One caller. Every method may raise CallerGoneError."""

    def answer(self) -> None:
        """Pick the call up; again is harmless."""

    def play(self, prompts: Sequence[str]) -> None:
        """Play prompts one after the other to their end."""

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        """Play prompts and wait for one key, which may cut them short; '' when none came."""

    def collect(self, prompts: Sequence[str], timeout_s: float, most: int) -> str:
        """Play prompts and collect keys up to `#` (left out), a pause or `most` keys."""

    def set_language(self, language: str) -> None:
        """Play what follows in this language: zh or en."""


@dataclass(frozen=True)
class QueueNow:
    """A queue at this moment: who waits, who could be rung, the longest wait in whole seconds.

    `expected_wait_s` of one who comes now, None when nobody serves the queue.
    """

    waiting: int
    idle: int
    longest_wait_s: int
    expected_wait_s: int | None = None


class QueueDoor(StrEnum):
    """Whether a queue takes callers now; `closed_box`: no, but its box takes messages."""

    OPEN = "open"
    CLOSED = "closed"
    CLOSED_BOX = "closed_box"


class PinAnswer(StrEnum):
    """What one try of a PIN gave; `locked` also for the right PIN while the lock lasts."""

    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True)
class Routed:
    """What routing rules said of a call: None when no rule decided. `record` says why."""

    action: Action | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


class Lookups(Protocol):
    """What a flow may ask our data. Every method may raise LookupFailedError."""

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Return the balance when account and PIN fit, else None."""

    def is_open(self, calendar: str) -> bool:
        """Return whether the calendar of this name is open now."""

    def customer(self, number: str) -> Mapping[str, str]:
        """Return who has this number, by field name; {} when nobody.

        Fields: name, level, type, tags (joined by commas), owner (agent number), account.
        """

    def region(self, number: str) -> Mapping[str, str]:
        """Return where a number is from: region, carrier; '' what is not known."""

    def queue_now(self, queue: str) -> QueueNow:
        """Return the state of the queue of this number."""

    def queue_door(self, queue: str) -> QueueDoor:
        """Return whether the queue of this number takes callers now; an unknown one does."""

    def pin_check(self, *, name: str, pin: str, caller: str) -> PinAnswer:
        """Try the PIN of this name; wrong tries are counted for each caller."""

    def call_back(self, *, queue: str, number: str) -> bool:
        """Order a call-back by the queue's agents; False when the number may not be called."""

    def route(self, *, rules: str, given: Mapping[str, Value]) -> Routed:
        """Ask the routing rules of this name; `given` are the facts that the flow knows."""

    def http(self, *, lookup: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Ask the company's service of this name; return its answers by variable name."""
