"""Sums of many rows at once are those of one after another."""

import random
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest

from apps.reports.engine.sums import (
    AgentSums,
    LineSums,
    PauseSums,
    QueueSums,
    TrunkSums,
    added,
    together,
)

BEGUN = datetime(2026, 11, 30, tzinfo=UTC)


def some(kind: type[Any], rand: random.Random) -> Any:
    """Make sums; times are there or not."""

    def value(name: str) -> Any:
        if not name.endswith("_at"):
            return rand.randint(0, 1_000)
        return rand.choice([None, BEGUN + timedelta(seconds=rand.randint(0, 80_000))])

    return kind(**{part.name: value(part.name) for part in fields(kind)})


@pytest.mark.parametrize("kind", [AgentSums, LineSums, PauseSums, QueueSums, TrunkSums])
@pytest.mark.parametrize("many", [0, 1, 2, 40])
def test_together_is_added_one_by_one(kind: type[Any], many: int) -> None:
    rand = random.Random(many)
    sums = [some(kind, rand) for _ in range(many)]
    assert together(kind, [vars(one) for one in sums]) == reduce(added, sums, kind())
