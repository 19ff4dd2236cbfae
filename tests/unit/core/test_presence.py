"""Nudges about who does what: the first at once, then one a second, and the last never lost."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.core.events import Envelope
from apps.core.presence import EVERY_S, Nudges, presence_group


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def make() -> tuple[Nudges, Clock, list[tuple[float, str]]]:
    clock, sent = Clock(), list[tuple[float, str]]()

    def send(wait_s: float, group: str, envelope: Envelope) -> None:
        sent.append((clock.now + wait_s, group))

    return Nudges(send, clock), clock, sent


def test_first_is_sent_at_once_and_a_burst_after_it_as_one() -> None:
    nudges, clock, sent = make()
    for _ in range(50):
        nudges.touch(1)
    nudges.touch(2)
    assert sent == [
        (100.0, presence_group(1)),
        (100.0 + EVERY_S, presence_group(1)),
        (100.0, presence_group(2)),
    ]
    clock.now += 10
    nudges.touch(1)
    assert sent[-1] == (110.0, presence_group(1))


@given(st.lists(st.floats(0, 3), max_size=40))
def test_after_every_change_one_follows_and_never_more_than_one_a_second(
    pauses: list[float],
) -> None:
    nudges, clock, sent = make()
    for pause in pauses:
        clock.now += pause
        nudges.touch(7)
        assert sent[-1][0] >= clock.now
    times = [at for at, _ in sent]
    assert all(b - a >= EVERY_S - 1e-6 for a, b in pairwise(times))
