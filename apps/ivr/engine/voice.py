"""What the interpreter needs of a caller, whether by phone, in the simulator or in a test."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol


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


class Lookups(Protocol):
    """What a flow may ask our data. Every method may raise LookupFailedError."""

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Return the balance when account and PIN fit, else None."""

    def is_open(self, calendar: str) -> bool:
        """Return whether the calendar of this name is open now."""
