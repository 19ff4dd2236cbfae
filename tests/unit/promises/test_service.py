"""Slots in which the service answered: killed processes, late and repeated beats, lost links."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.promises.engine.service import (
    AMI,
    FASTAGI,
    LINK,
    NEEDED,
    NOBODY,
    SLOT,
    WEB,
    WORKER,
    Quarter,
    quarter_measured,
    slot_of,
)

Q = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
LATER = Q + timedelta(hours=1)
ALL = (*NEEDED, WORKER)
Beats = list[tuple[str, datetime]]


def beats(*components: str, slots: range = range(30)) -> Beats:
    return [(one, Q + number * SLOT) for one in components for number in slots]


def reckoned(found: Beats, **changed: datetime) -> Quarter:
    return quarter_measured(
        Q, found, [], first=changed.get("first", Q), now=changed.get("now", LATER)
    )


def test_all_beat_and_all_is_up() -> None:
    assert reckoned(beats(*ALL)) == Quarter(30, 0, 0, {})


def test_a_killed_process_leaves_a_gap_that_counts() -> None:
    alive = beats(WEB, AMI, WORKER) + beats(FASTAGI, slots=range(10))
    alive += beats(FASTAGI, slots=range(14, 30))
    assert reckoned(alive) == Quarter(26, 4, 0, {FASTAGI: 4})


def test_a_dead_worker_is_told_of_but_nobody_waits_for_it() -> None:
    assert reckoned(beats(*NEEDED)) == Quarter(30, 0, 0, {WORKER: 30})


def test_another_node_is_enough() -> None:
    # Of two nodes one is dead for a while: beats have no instance here, callers are served.
    two = beats(*ALL, slots=range(10)) + beats(*ALL)
    assert reckoned(two).up == 30


def test_what_nobody_saw_is_unknown_and_never_up() -> None:
    assert reckoned(beats(*ALL, slots=range(20))) == Quarter(20, 0, 10, {NOBODY: 10})


def test_a_lost_link_is_unknown_in_each_slot_that_it_touches() -> None:
    gap = (Q + 5 * SLOT + timedelta(seconds=20), Q + 7 * SLOT + timedelta(seconds=1))
    found = quarter_measured(Q, beats(*ALL), [gap], first=Q, now=LATER)
    assert found == Quarter(27, 0, 3, {LINK: 3})


def test_only_what_is_over_and_after_the_first_beat_is_measured() -> None:
    now = Q + 12 * SLOT
    # Slot 10 is over for 30 s, slot 11 is not.
    assert reckoned(beats(*ALL), now=now).slots == 11
    assert reckoned(beats(*ALL), first=Q + 25 * SLOT).slots == 5
    assert slot_of(Q + timedelta(seconds=59.9)) == Q + SLOT


parts = st.sampled_from(ALL)
some_beats = st.lists(st.tuples(parts, st.integers(0, 29).map(lambda n: Q + n * SLOT)))


@given(some_beats, st.randoms())
def test_order_and_repetition_of_beats_do_not_matter(found: Beats, dice: object) -> None:
    mixed = found * 2
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert reckoned(mixed) == reckoned(found)


@given(some_beats, some_beats)
def test_a_late_beat_never_makes_it_worse(found: Beats, late: Beats) -> None:
    before, after = reckoned(found), reckoned(found + late)
    assert before.slots == after.slots == 30
    assert after.up >= before.up
    assert after.unknown <= before.unknown


@given(some_beats)
def test_up_needs_every_part(found: Beats) -> None:
    by_slot: dict[datetime, set[str]] = {}
    for part, slot in found:
        by_slot.setdefault(slot, set()).add(part)
    assert reckoned(found).up == sum(set(NEEDED) <= seen for seen in by_slot.values())
