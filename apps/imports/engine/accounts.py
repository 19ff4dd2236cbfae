"""What became of the rows of a file: every row is in exactly one count."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Outcome(StrEnum):
    """What became, or in a dry run would become, of one row."""

    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Account:
    """The counts of a run so far."""

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def is_balanced(self) -> bool:
        """Say whether every row read is accounted for."""
        return self.read == self.created + self.updated + self.skipped + self.failed

    def with_row(self, outcome: Outcome) -> "Account":
        """Return the counts with one row more."""
        return replace(
            self, read=self.read + 1, **{outcome.value: getattr(self, outcome.value) + 1}
        )
