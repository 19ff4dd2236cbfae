"""What a waiting caller is told, when, and that it never gets worse without need."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.board import Board
from apps.acd.engine.floor import LONGEST_IDLE
from apps.acd.engine.rows import Joined, QueueRow
from apps.acd.engine.saying import (
    GREW_MIN,
    Say,
    Says,
    Spoken,
    Words,
    spoken_read,
    spoken_text,
    words_for,
)
from apps.acd.engine.ways import Ways
from apps.telephony.ami.spoken import sounds_for
from tests.unit.acd.floors import NOW
from tests.unit.acd.test_board import after, row

BOTH = Says(place=True, most_place=5, wait=True, most_min=30, first_s=10, every_s=60)


def test_place_and_whole_minutes() -> None:
    assert words_for(BOTH, 3, 149, Spoken()) == (Words(place=3, minutes=2), Spoken(3, 2))
    assert words_for(BOTH, 3, 150, Spoken())[0] == Words(place=3, minutes=3)
    assert words_for(BOTH, 1, 29, Spoken())[0] == Words(place=1, minutes=0)


def test_far_behind_and_long() -> None:
    words, spoken = words_for(BOTH, 6, 5000, Spoken())
    assert words == Words(at_least_before=5, more_than_min=30)
    assert spoken == Spoken(6, 31)


def test_unknown_says_nothing() -> None:
    assert words_for(BOTH, 2, None, Spoken())[0] == Words(place=2)
    only = Says(wait=True)
    assert words_for(only, 2, None, Spoken())[0] is None


def test_a_longer_wait_is_said_only_when_it_grew_much() -> None:
    assert words_for(BOTH, 2, 6 * 60, Spoken(2, 5))[0] == Words(place=2)
    grown = words_for(BOTH, 2, (5 + GREW_MIN) * 60, Spoken(2, 5))
    assert grown[0] == Words(place=2, minutes=5 + GREW_MIN)


def test_a_place_that_went_back_is_not_said() -> None:
    assert words_for(BOTH, 4, 120, Spoken(3, 5)) == (Words(minutes=2), Spoken(3, 2))


@given(
    st.builds(Says, place=st.booleans(), most_place=st.integers(1, 20), wait=st.booleans()),
    st.lists(st.tuples(st.integers(1, 50), st.none() | st.floats(0, 1e5)), max_size=30),
)
def test_nobody_hears_something_worse_without_need(
    says: Says, told: list[tuple[int, float | None]]
) -> None:
    spoken, places, minutes = Spoken(), [], []
    for place, wait_s in told:
        before = spoken
        words, spoken = words_for(says, place, wait_s, before)
        if words is None:
            assert spoken == before
            continue
        if words.place is not None:
            assert words.place == place <= says.most_place
            places.append(place)
        if words.at_least_before is not None:
            assert place - 1 >= words.at_least_before
        if words.minutes is not None:
            minutes.append(words.minutes)
            assert words.minutes <= says.most_min
        if words.more_than_min is not None:
            minutes.append(words.more_than_min + 1)
    assert places == sorted(places, reverse=True)
    assert all(b <= a or b - a >= GREW_MIN for a, b in pairwise(minutes))
    assert spoken_read(spoken_text(spoken)) == spoken


def said(made: Board, seconds: float) -> list[Words]:
    found = [order for order in made.step(after(seconds)).orders if isinstance(order, Say)]
    return [order.words for order in found]


def test_first_and_then_every_so_often_to_who_waits() -> None:
    made = Board()
    made.rows([row("a1", is_paused=True)], [QueueRow("q", LONGEST_IDLE, ways=Ways(says=BOTH))])
    made.joined(Joined("c1", "PJSIP/c1", "q", NOW))
    assert said(made, 0) == []
    assert made.next_at(after(1)) == after(10)
    assert said(made, 10) == [Words(place=1)], "all are paused: nobody knows how long"
    assert said(made, 69.9) == []
    assert made.next_at(after(11)) == after(70)
    made.rows([row("a1", is_paused=True), row("a2")], [QueueRow("q", LONGEST_IDLE)])
    assert said(made, 70) == [], "no more announcements"


def test_a_new_distributor_goes_on_from_what_was_said() -> None:
    made = Board()
    made.rows([row("a1", is_paused=True)], [QueueRow("q", LONGEST_IDLE, ways=Ways(says=BOTH))])
    made.joined(Joined("c1", "PJSIP/c1", "q", NOW, is_new=False, spoken=Spoken(1, None)))
    made.joined(Joined("c0", "PJSIP/c0", "q", after(-5), is_new=False))
    assert said(made, 10) == [Words(place=1)], "c1 is second now and is told nothing"


def test_sounds_of_both_languages() -> None:
    assert sounds_for(Words(place=12, minutes=2), "zh", {}) == (
        "huawu/queue-place&huawu/number-10&huawu/digit-2&huawu/queue-place-end"
        "&huawu/queue-wait&huawu/number-liang&huawu/queue-minutes"
    )
    assert sounds_for(Words(place=12, minutes=1), "en", {}) == (
        "huawu/queue-place&huawu/number-12&huawu/queue-place-end"
        "&huawu/queue-wait&huawu/digit-1&huawu/queue-minute"
    )
    assert sounds_for(Words(at_least_before=2, more_than_min=30), "zh", {}) == (
        "huawu/queue-at-least&huawu/number-liang&huawu/queue-before-you"
        "&huawu/queue-wait-over&huawu/digit-3&huawu/number-10&huawu/queue-minutes"
    )
    assert sounds_for(Words(minutes=0), "zh", {}) == "huawu/queue-wait-short"


def test_a_companys_own_prompt_takes_the_systems_place() -> None:
    own = {"queue-place": "huawu-company/demo/queue-place-3"}
    assert sounds_for(Words(place=1), "en", own).startswith(f"{own['queue-place']}&huawu/digit-1&")
