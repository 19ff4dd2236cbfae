"""The talk before a call-back by key: the network's number or another one, and ways back."""

import pytest

from apps.ivr.engine.call_back_dialogue import run_call_back
from apps.ivr.engine.voice import CallerGoneError
from tests.unit.ivr.fakes import HANG_UP, SILENCE, FakeVoice


def talk(inputs: list[str], *, caller: str = "138", good: str = "138") -> tuple[bool, list[str]]:
    """Return whether it was taken, and the numbers that were ordered."""
    asked: list[str] = []

    def order(number: str) -> bool:
        asked.append(number)
        return number == good

    caller = caller.replace("138", "13800138000")
    good = good.replace("138", "13800138000")
    return run_call_back(FakeVoice(inputs), caller, order=order), asked


def test_one_key_confirms_the_number_he_calls_from() -> None:
    assert talk(["1"]) == (True, ["13800138000"])


@pytest.mark.parametrize("key", ["*", SILENCE, "7"])
def test_anything_else_lets_him_wait_on(key: str) -> None:
    assert talk([key]) == (False, [])


def test_he_may_name_another_number() -> None:
    keys = ["2", *"02088886666", "#", "1"]
    assert talk(keys, good="02088886666") == (True, ["02088886666"])


@pytest.mark.parametrize("caller", ["", "anonymous", "1001;x"])
def test_without_a_number_of_the_network_he_is_asked(caller: str) -> None:
    assert talk([*"13800138000", "#", "1"], caller=caller) == (True, ["13800138000"])
    assert talk([SILENCE], caller=caller) == (False, [])


def test_a_number_that_cannot_be_called_is_said_so_and_asked_again() -> None:
    voice = FakeVoice(["1", *"999", "#", "1", *"999", "#", "1"])
    assert not run_call_back(voice, "13800138000", order=lambda number: False)
    assert voice.heard.count("call-back-refused") == 3


def test_who_hangs_up_has_ordered_nothing() -> None:
    with pytest.raises(CallerGoneError):
        talk([HANG_UP])
