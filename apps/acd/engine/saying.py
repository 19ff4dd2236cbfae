"""What a waiting caller is told of his place and his expected wait, and when. Pure.

Nobody shall be told something worse than before without need: a place that went back (a call of
higher priority came) is not said, and a longer wait only when it grew by `GREW_MIN` minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Less than this is the estimate's own unrest.
GREW_MIN = 3


@dataclass(frozen=True)
class Says:
    """What a queue says: up to `most_place` the place, then "at least so many before you".

    Up to `most_min` the whole minutes, then "more than". First after `first_s`, then every
    `every_s` seconds.
    """

    place: bool = False
    most_place: int = 10
    wait: bool = False
    most_min: int = 30
    first_s: int = 20
    every_s: int = 60

    @property
    def is_on(self) -> bool:
        """Say whether there is anything to say."""
        return self.place or self.wait


@dataclass(frozen=True)
class Spoken:
    """What was said last, None nothing: the place, and minutes (one over the most: "more")."""

    place: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Words:
    """What to say: a place, or at least how many are before him; minutes, or more than some."""

    place: int | None = None
    at_least_before: int | None = None
    minutes: int | None = None
    more_than_min: int | None = None


@dataclass(frozen=True)
class Say:
    """Order: tell this caller. `spoken` is remembered with him."""

    call: str
    channel: str
    queue: str
    language: str
    words: Words
    spoken: Spoken


def words_for(
    says: Says, place: int, wait_s: float | None, before: Spoken
) -> tuple[Words | None, Spoken]:
    """Return what to say now, None for nothing, and what was said last from then on."""
    told_place, told_min = before.place, before.minutes
    is_placed = says.place and (told_place is None or place <= told_place)
    if is_placed:
        told_place = place
    minutes = None if wait_s is None or not says.wait else min(whole(wait_s), says.most_min + 1)
    if minutes is not None and told_min is not None and 0 < minutes - told_min < GREW_MIN:
        minutes = None
    if minutes is not None:
        told_min = minutes
    is_far = place > says.most_place
    is_long = minutes is not None and minutes > says.most_min
    words = Words(
        place=place if is_placed and not is_far else None,
        at_least_before=says.most_place if is_placed and is_far else None,
        minutes=None if is_long else minutes,
        more_than_min=says.most_min if is_long else None,
    )
    return (None if words == Words() else words), Spoken(told_place, told_min)


def whole(wait_s: float) -> int:
    """Return the wait in whole minutes, half ones up; 0 is less than one."""
    return int(wait_s / 60 + 0.5)


def first_at(says: Says, joined_at: datetime) -> datetime:
    """Return when a caller is told first."""
    return joined_at + timedelta(seconds=says.first_s)


def spoken_text(spoken: Spoken) -> str:
    """Return it as the caller's channel keeps it (`HW_SPOKEN`): `3.5`, `.` for nothing."""
    return f"{'' if spoken.place is None else spoken.place}." + (
        "" if spoken.minutes is None else str(spoken.minutes)
    )


def spoken_read(text: str) -> Spoken:
    """Return what `spoken_text` wrote; anything else is nothing."""
    place, _, minutes = text.partition(".")
    return Spoken(_count(place), _count(minutes))


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None
