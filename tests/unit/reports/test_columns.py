"""Columns: each has a definition, and says nothing where there is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.console.reports.texts import COLUMN_TEXTS, ITEMS, KINDS
from apps.reports.engine import columns
from apps.reports.engine.columns import CLOCK, COLUMNS, COUNT, MEAN, SHARE, SUMS
from apps.reports.engine.sums import (
    WAIT_EDGES_S,
    AgentSums,
    LineSums,
    QueueSums,
    added,
    how_of,
    wait_bound_ms,
    wait_part,
)


@pytest.mark.parametrize("kind", columns.KINDS)
def test_each_column_has_its_own_name_and_definition(kind: str) -> None:
    ids = [one.id for one in COLUMNS[kind]]
    assert len(set(ids)) == len(ids)
    assert all(str(name) and str(text) for name, text in (COLUMN_TEXTS[kind][id_] for id_ in ids))
    assert KINDS[kind]
    assert ITEMS[kind]


@pytest.mark.parametrize("kind", columns.KINDS)
def test_nothing_gives_no_quotient(kind: str) -> None:
    """No calls give no value, never 0 or 100; counts and times are 0."""
    empty = SUMS[kind]()
    for one in COLUMNS[kind]:
        value = one.value(empty)
        if one.unit in (SHARE, CLOCK, MEAN):
            assert value is None, one.id
        if one.unit == COUNT:
            assert value == 0, one.id


numbers = st.integers(0, 10**9)


@pytest.mark.parametrize("kind", [QueueSums, AgentSums, LineSums])
@given(data=st.data())
def test_sums_add_up_in_any_order(kind: type, data: st.DataObject) -> None:
    names = [name for name in how_of(kind) if not name.endswith("_at")]
    one, two, three = (
        kind(**{name: data.draw(numbers) for name in names[:4]}) for _part in range(3)
    )
    assert added(added(one, two), three) == added(one, added(three, two))
    assert added(one, kind()) == one


@given(st.integers(0, 10**7))
def test_a_wait_is_in_one_length(wait_ms: int) -> None:
    part = wait_part(wait_ms)
    assert part in how_of(QueueSums)
    edges = [edge for edge in WAIT_EDGES_S if wait_ms <= edge * 1000]
    assert part == (f"waits_{edges[0]}" if edges else "waits_more")


@given(st.lists(st.integers(0, 2_000_000), min_size=1), st.sampled_from([0.5, 0.9, 0.95, 1]))
def test_a_percentile_of_waits_is_a_bound_and_near(waits: list[int], share: float) -> None:
    parts: dict[str, int] = {}
    for wait_ms in waits:
        parts[wait_part(wait_ms)] = parts.get(wait_part(wait_ms), 0) + 1
    sums = QueueSums(answered=len(waits), longest_wait_ms=max(waits), **parts)
    bound = wait_bound_ms(sums, share)
    assert bound is not None
    assert sum(wait <= bound for wait in waits) >= share * len(waits)
    # No shorter length would do: below it are fewer than this share.
    lower = max([edge * 1000 for edge in WAIT_EDGES_S if edge * 1000 < bound], default=-1)
    assert sum(wait <= lower for wait in waits) < share * len(waits) or lower == -1
