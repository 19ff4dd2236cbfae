"""What is told of a node's lines: asked after a log-in, kept current by events, told when due."""

from typing import Any

import pytest
from panoramisk.message import Message

from apps.core.line_states import is_reachable
from apps.telephony.ami import line_states
from apps.telephony.ami.connection import AmiError
from apps.telephony.ami.line_states import ASK_S, LineStates


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    monkeypatch.setattr(line_states, "line_states_set", lambda _node, states: found.append(states))
    return found


def changed(device: str, state: str) -> Any:
    return Message({"Event": "DeviceStateChange", "Device": device, "State": state})


def test_list_then_events(told: list[dict[str, str]]) -> None:
    clock = Clock()
    asked: list[int] = []

    def ask() -> list[tuple[str, str]]:
        asked.append(1)
        return [("PJSIP/1001", "UNAVAILABLE"), ("Local/x", "INUSE")]

    lines = LineStates("pbx1", ask, lambda: True, clock)
    lines.tell()
    lines.tell()
    assert told == [{"1001": "UNAVAILABLE"}]
    lines.hear(changed("PJSIP/1001", "NOT_INUSE"))
    lines.tell()
    assert told[-1] == {"1001": "NOT_INUSE"}
    assert len(asked) == 1
    clock.now += ASK_S
    lines.tell()
    lines.link_up()
    lines.tell()
    assert len(asked) == 3


def test_exchange_that_does_not_answer_is_not_asked_at_once_again(
    told: list[dict[str, str]],
) -> None:
    def ask() -> list[tuple[str, str]]:
        raise AmiError("no answer")

    lines = LineStates("pbx1", ask, lambda: True, Clock())
    with pytest.raises(AmiError):
        lines.tell()
    lines.tell()
    assert told == [{}]


@pytest.mark.parametrize(
    ("states", "is_there"),
    [(None, None), ({}, None), ({"a": "UNKNOWN"}, None), ({"a": "INVALID"}, False)],
)
def test_unknown_is_not_gone(states: dict[str, str] | None, is_there: bool | None) -> None:
    assert is_reachable(states, "a") is is_there
