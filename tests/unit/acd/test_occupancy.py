"""What sums over an agent's spans mean: METRICS' definitions, and rows that add up."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.agent_state import HELD, PAUSED, READY, RINGING, STATES, TALKING, WRAP_UP
from apps.acd.engine.occupancy import Row, Times, cut, times_of
from tests.unit.acd.floors import NOW


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def row(state: str, start: float, end: float, **more: object) -> Row:
    return Row(state, NOW + after(start), NOW + after(end), **more)  # type: ignore[arg-type]


def test_occupancy_and_utilisation_by_their_definitions() -> None:
    times = times_of(
        [
            row(READY, 0, 100),
            row(RINGING, 100, 110),
            row(TALKING, 110, 200),
            row(HELD, 200, 230),
            row(WRAP_UP, 230, 260),
            row(PAUSED, 260, 300, reason="meal"),
            row(PAUSED, 300, 310, reason="break"),
            row(TALKING, 310, 400, is_uncertain=True),
        ]
    )
    handled = 90 + 30 + 30
    assert times.occupancy == handled / (handled + 100)
    assert times.utilisation == (handled + 100) / 310
    assert (times.signed_in_ms, times.seen_ms, times.unseen_ms) == (400_000, 310_000, 90_000)
    assert times.by_reason == {"meal": 40_000, "break": 10_000}


def test_no_time_gives_no_value() -> None:
    assert (Times().occupancy, Times().utilisation) == (None, None)
    assert times_of([row(PAUSED, 0, 5)]).occupancy is None
    assert times_of([row(PAUSED, 0, 5)]).utilisation == 0.0


@given(
    st.lists(st.tuples(st.sampled_from(STATES[1:]), st.integers(1, 90_000), st.booleans())),
    st.integers(0, 900_000),
    st.integers(0, 900_000),
)
def test_parts_of_an_interval_add_up_to_it(
    steps: list[tuple[str, int, bool]], middle_ms: int, length_ms: int
) -> None:
    rows, at = [], NOW
    for state, ms, is_uncertain in steps:
        end = at + timedelta(milliseconds=ms)
        rows.append(Row(state, at, end, is_uncertain=is_uncertain))
        at = end
    middle = NOW + timedelta(milliseconds=middle_ms)
    last = middle + timedelta(milliseconds=length_ms)

    def between(since: object, until: object) -> Times:
        found = [cut(one, since, until) for one in rows]  # type: ignore[arg-type]
        return times_of(one for one in found if one is not None)

    whole = between(NOW, last)
    parts = between(NOW, middle) + between(middle, last)
    assert {k: v for k, v in whole.by_state.items() if v} == {
        k: v for k, v in parts.by_state.items() if v
    }
    assert whole.unseen_ms == parts.unseen_ms
    assert whole.signed_in_ms <= (last - NOW) // timedelta(milliseconds=1)
