"""Skills travel with a call through a channel variable that holds nothing of the dialplan's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.floor import Need
from apps.telephony.call_needs import LONGEST, needs_read, needs_write

NEEDS = st.lists(
    st.builds(
        Need,
        st.text(min_size=1, max_size=40),
        st.lists(
            st.tuples(st.integers(0, 7200).map(float), st.integers(0, 100)),
            min_size=1,
            max_size=4,
            unique_by=lambda step: step[0],
        ).map(lambda steps: tuple(sorted(steps))),
    ),
    max_size=3,
)


@given(NEEDS)
def test_what_was_written_is_read_and_cannot_hurt_the_dialplan(needs: list[Need]) -> None:
    written = needs_write(needs)
    assert re.fullmatch(r"[a-zA-Z0-9%._~:/+-]*", written)
    assert len(written) <= LONGEST
    read = list(needs_read(written))
    assert read == [need for need in needs if need in read]
    if len(written) < LONGEST - 500:
        assert read == needs


@pytest.mark.parametrize(
    "odd", ["", "english", ":0_50", "a:b", "a:0_5000", "a:0_50,1_2", "/", "a:٣_5"]
)
def test_what_is_unreadable_asks_for_nothing(odd: str) -> None:
    assert needs_read(odd) == ()


def test_what_is_readable_beside_it_counts() -> None:
    assert needs_read("x/%E8%8B%B1%E8%AF%AD:30_20+0_50") == (Need("英语", ((0.0, 50), (30.0, 20))),)
