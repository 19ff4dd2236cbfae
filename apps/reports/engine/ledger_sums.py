"""Sums that are read from the ledger itself, without rollups: their rows are few. Pure.

As in `sums`: counts and sums only, so that those of two sets added are those of both.
"""

from dataclasses import dataclass

SCORES = tuple(range(10))


@dataclass(frozen=True)
class SurveySums:
    """Surveys by when callers were asked. `answers`: questions that got a score."""

    asked: int = 0
    responded: int = 0
    completed: int = 0
    bad_results: int = 0
    answers: int = 0
    bad_answers: int = 0
    score_sum: int = 0


@dataclass(frozen=True)
class QuestionSums:
    """One question by when callers were asked; `score_N`: how often the key N was pressed."""

    asked: int = 0
    answers: int = 0
    bad_answers: int = 0
    score_sum: int = 0
    score_0: int = 0
    score_1: int = 0
    score_2: int = 0
    score_3: int = 0
    score_4: int = 0
    score_5: int = 0
    score_6: int = 0
    score_7: int = 0
    score_8: int = 0
    score_9: int = 0


@dataclass(frozen=True)
class StepSums:
    """Steps of flows by when they were taken; `ms`: to their last key or word."""

    entered: int = 0
    keyed: int = 0
    hung_up: int = 0
    timeouts: int = 0
    invalid: int = 0
    ms: int = 0


@dataclass(frozen=True)
class OrderSums:
    """Work orders: opened by when submitted, closed by when closed."""

    opened: int = 0
    still_open: int = 0
    closed: int = 0
    in_time: int = 0
    late: int = 0
    open_ms: int = 0

    @property
    def due(self) -> int:
        """Return how many closed ones had a deadline."""
        return self.in_time + self.late


@dataclass(frozen=True)
class OrderStepSums:
    """Steps of work orders: begun by when they began, done by when they ended."""

    begun: int = 0
    done: int = 0
    in_time: int = 0
    late: int = 0
    step_ms: int = 0

    @property
    def due(self) -> int:
        """Return how many that are done had a deadline."""
        return self.in_time + self.late


@dataclass(frozen=True)
class ContactSums:
    """Answered calls of known customers, and those after which he called again."""

    contacts: int = 0
    resolved: int = 0
    repeated: int = 0


@dataclass(frozen=True)
class InspectionSums:
    """Inspections by when they were published. `points`: scores added up, in hundredths.

    `scored`: those that have a score; `judged`: those that passed or not.
    """

    inspections: int = 0
    passed: int = 0
    fatal: int = 0
    appealed: int = 0
    changed: int = 0
    scored: int = 0
    judged: int = 0
    points: int = 0


@dataclass(frozen=True)
class ItemSums:
    """Items of score sheets by when their inspections were published.

    `earned`: shares of the items' weights added up, in millionths.
    """

    asked: int = 0
    applicable: int = 0
    fatal: int = 0
    earned: int = 0
