"""A paused recording goes on after its limit, whoever forgot it."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from apps.telephony.ami.actions import AmiActions, LiveChannel
from apps.telephony.ami.connection import AmiError
from apps.telephony.ami.recording_pauses import RecordingPauses

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


class FakeActions:
    def __init__(self) -> None:
        self.muted: list[tuple[str, bool]] = []
        self.is_down = False

    def live_channels(self) -> list[LiveChannel]:
        if self.is_down:
            raise AmiError("no link")
        return [LiveChannel(uniqueid="1.1", linkedid="1.0", channel="PJSIP/1001-00000001")]

    def recording_mute(self, channel: str, *, is_on: bool) -> None:
        self.muted.append((channel, is_on))


@pytest.fixture
def actions() -> FakeActions:
    return FakeActions()


@pytest.fixture
def pauses(actions: FakeActions) -> RecordingPauses:
    return RecordingPauses(cast(AmiActions, actions), limit_s=60)


def after(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_it_goes_on_after_the_limit_and_once(pauses: RecordingPauses, actions: FakeActions) -> None:
    pauses.pause(["1.1", "gone"], is_on=True, now=NOW)
    pauses.look(after(59))
    assert actions.muted == [("PJSIP/1001-00000001", True)]
    pauses.look(after(60))
    pauses.look(after(61))
    assert actions.muted == [("PJSIP/1001-00000001", True), ("PJSIP/1001-00000001", False)]


def test_who_resumed_himself_is_left_alone(pauses: RecordingPauses, actions: FakeActions) -> None:
    pauses.pause(["1.1"], is_on=True, now=NOW)
    pauses.pause(["1.1"], is_on=False, now=after(5))
    pauses.look(after(100))
    assert len(actions.muted) == 2


def test_who_pauses_again_and_again_has_no_more_time(
    pauses: RecordingPauses, actions: FakeActions
) -> None:
    for second in (0, 30, 59):
        pauses.pause(["1.1"], is_on=True, now=after(second))
    pauses.look(after(60))
    assert actions.muted[-1] == ("PJSIP/1001-00000001", False)


def test_a_lost_link_is_tried_again(pauses: RecordingPauses, actions: FakeActions) -> None:
    pauses.adopt({"1.1": NOW})
    actions.is_down = True
    with pytest.raises(AmiError):
        pauses.look(after(1))
    actions.is_down = False
    pauses.look(after(2))
    assert actions.muted == [("PJSIP/1001-00000001", False)]
