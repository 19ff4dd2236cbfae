"""What a waiting caller is told, as sounds: places and minutes by the prompts of the flows.

A company's own prompt of the same name takes the system's place, as everywhere.
"""

from collections.abc import Mapping

from apps.acd.engine.saying import Words
from apps.ivr.engine import speak

PREFIX = speak.PREFIX


def sounds_for(words: Words, language: str, own: Mapping[str, str]) -> str:
    """Return the sounds joined by `&` (`HW_SAY`); `own` is how the company's prompts are played."""
    said: list[str] = []
    if words.place is not None:
        said += [
            f"{PREFIX}queue-place",
            *speak.number(words.place, language),
            f"{PREFIX}queue-place-end",
        ]
    elif words.at_least_before is not None:
        said += [
            f"{PREFIX}queue-at-least",
            *_counted(words.at_least_before, language),
            f"{PREFIX}queue-before-you",
        ]
    if words.minutes == 0:
        said.append(f"{PREFIX}queue-wait-short")
    elif words.minutes is not None:
        said += [f"{PREFIX}queue-wait", *_minutes(words.minutes, language)]
    elif words.more_than_min is not None:
        said += [f"{PREFIX}queue-wait-over", *_minutes(words.more_than_min, language)]
    return "&".join(own.get(sound.removeprefix(PREFIX), sound) for sound in said)


def _minutes(minutes: int, language: str) -> list[str]:
    name = "queue-minute" if minutes == 1 else "queue-minutes"
    return [*_counted(minutes, language), f"{PREFIX}{name}"]


def _counted(value: int, language: str) -> list[str]:
    # 两分钟, not 二分钟: before a measure word a two that stands alone is 两.
    if value == 2 and language.startswith("zh"):
        return [f"{PREFIX}number-liang"]
    return speak.number(value, language)
