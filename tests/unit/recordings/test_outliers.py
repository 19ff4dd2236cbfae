"""Each reason is given where its limit is crossed, and none for an ordinary talk."""

from dataclasses import replace

import pytest

from apps.recordings.engine.outliers import REASONS, reasons
from apps.recordings.engine.sound import Side, Sound
from apps.recordings.models import SoundReason

AGENT = Side(60_000, 20_000, -22.0, 0.0, 4.1)
OTHER = Side(45_000, 15_000, -25.0, 0.0, 4.4)
ORDINARY = Sound(120_000, 18_000, 4_000, 3_000, 14, AGENT, OTHER)
NOBODY = Side(0, 0, None, 0.0, None)


def test_an_ordinary_talk_does_not_stand_out() -> None:
    assert reasons(ORDINARY) == []


@pytest.mark.parametrize(
    ("sound", "wanted"),
    [
        (replace(ORDINARY, silence_ms=61_000), ["much_silence"]),
        (replace(ORDINARY, longest_silence_ms=30_020), ["long_silence"]),
        (replace(ORDINARY, crosstalk_ms=12_020), ["crosstalk"]),
        (replace(ORDINARY, other=replace(OTHER, talk_ms=9_000)), ["agent_talks_much"]),
        (replace(ORDINARY, agent=replace(AGENT, talk_ms=7_000)), ["agent_hardly_talks"]),
        (replace(ORDINARY, agent=replace(AGENT, longest_talk_ms=120_020)), ["monologue"]),
        (replace(ORDINARY, other=replace(OTHER, clipped_share=0.02)), ["clipped"]),
        (replace(ORDINARY, agent=replace(AGENT, level_db=-43.0)), ["agent_quiet"]),
        (replace(ORDINARY, other=NOBODY), ["agent_talks_much", "one_sided"]),
    ],
)
def test_a_limit_crossed_is_a_reason(sound: Sound, wanted: list[str]) -> None:
    assert reasons(sound) == wanted


def test_shares_of_a_short_call_say_nothing() -> None:
    short = replace(ORDINARY, duration_ms=5_000, silence_ms=5_000, agent=NOBODY, other=NOBODY)
    assert reasons(short) == []


def test_every_reason_has_its_words() -> None:
    assert list(REASONS) == list(SoundReason.values)
