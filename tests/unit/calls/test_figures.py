"""The field's figures by their definitions, and that sums of parts are the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.calls.engine.figures import (
    ABANDONED,
    ANSWERED,
    DEFAULT_SERVICE_LEVEL,
    FLOWED_OUT,
    ClosedVisit,
    Counts,
    counts_of,
    rates,
    service_levels,
)

VISITS = st.lists(
    st.builds(
        ClosedVisit,
        how=st.sampled_from([ANSWERED, ABANDONED, FLOWED_OUT]),
        wait_ms=st.integers(0, 120_000),
        level_ms=st.sampled_from([10_000, 20_000]),
        short_ms=st.sampled_from([0, 5_000]),
        handled_ms=st.integers(0, 900_000),
        is_transferred=st.booleans(),
    ),
    max_size=40,
)

# 4 answered (3 in 20 s), 3 hung up (1 within 5 s, 1 within 20 s, 1 late), 2 flowed out.
DAY = [
    ClosedVisit(ANSWERED, 0, handled_ms=60_000),
    ClosedVisit(ANSWERED, 10_000, handled_ms=120_000, is_transferred=True),
    ClosedVisit(ANSWERED, 20_000, handled_ms=180_000),
    ClosedVisit(ANSWERED, 50_000, handled_ms=240_000),
    ClosedVisit(ABANDONED, 4_999),
    ClosedVisit(ABANDONED, 5_000),
    ClosedVisit(ABANDONED, 40_000),
    ClosedVisit(FLOWED_OUT, 60_000),
    ClosedVisit(FLOWED_OUT, 60_000),
]


def test_each_service_level_by_hand() -> None:
    assert service_levels(counts_of(DAY)) == {
        "answered": pytest.approx(3 / 4),
        "answered_or_left_in_time": pytest.approx(5 / 7),
        "offered": pytest.approx(3 / 9),
        "answered_plus_abandoned": pytest.approx(3 / 7),
        "without_short": pytest.approx(3 / 6),
        "with_flow_outs": pytest.approx(3 / 8),
        "late_abandons_only": pytest.approx(3 / 5),
    }


def test_the_other_figures_by_hand() -> None:
    found = rates(counts_of(DAY))
    assert found.service_level == pytest.approx(3 / 6)
    assert found.abandon_rate == pytest.approx(3 / 9)
    assert found.abandon_rate_without_short == pytest.approx(2 / 8)
    assert found.asa_ms == pytest.approx(20_000)
    assert found.aht_ms == pytest.approx(150_000)
    assert found.transfer_rate == pytest.approx(1 / 4)
    assert counts_of(DAY).longest_wait_ms == 60_000


def test_no_calls_give_no_figure() -> None:
    assert set(service_levels(Counts()).values()) == {None}
    assert rates(Counts()).abandon_rate is None


def test_only_short_abandons_give_no_service_level() -> None:
    found = counts_of([ClosedVisit(ABANDONED, 1_000)])
    assert service_levels(found)[DEFAULT_SERVICE_LEVEL] is None
    assert rates(found).abandon_rate == 1.0
    assert rates(found).abandon_rate_without_short is None


def test_who_still_waits_is_not_counted_by_mistake() -> None:
    with pytest.raises(ValueError, match="waiting"):
        counts_of([ClosedVisit("waiting", 1_000)])


@given(VISITS)
def test_offered_is_answered_abandoned_and_flowed_out(visits: list[ClosedVisit]) -> None:
    found = counts_of(visits)
    assert found.offered == len(visits)
    assert found.offered == found.answered + found.abandoned + found.flowed_out


@given(VISITS, st.data())
def test_parts_sum_to_the_whole_however_split(
    visits: list[ClosedVisit], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(visits)))
    assert counts_of(visits[:cut]) + counts_of(visits[cut:]) == counts_of(visits)


@given(VISITS)
def test_every_share_is_a_share(visits: list[ClosedVisit]) -> None:
    for share in service_levels(counts_of(visits)).values():
        assert share is None or 0 <= share <= 1
