"""The phone's voice: what Asterisk answers to its commands becomes keys, silence or a hang-up."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.ivr.engine.voice import CallerGoneError
from apps.telephony.agi.session import AgiSession
from apps.telephony.agi.voice import PhoneVoice
from tests.unit.telephony.agi_client import AsteriskSide, header


class Phone:
    """A voice, and Asterisk's side of it."""

    def __init__(self, voice: PhoneVoice, far: AsteriskSide) -> None:
        self._voice = voice
        self._far = far

    def does(self, action: Callable[[PhoneVoice], Any], *answers: str) -> tuple[Any, list[str]]:
        """Give what the action returns or raises, and the commands that Asterisk got."""
        result: list[Any] = []

        def run() -> None:
            try:
                result.append(action(self._voice))
            except CallerGoneError as gone:
                result.append(gone)

        thread = threading.Thread(target=run)
        thread.start()
        commands = []
        for answer in answers:
            commands.append(self._far.command())
            self._far.answer(answer)
        thread.join(5)
        assert not thread.is_alive()
        return result[0], commands


@pytest.fixture
def phone() -> Iterator[Phone]:
    """Connect a session with a pretended Asterisk."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        far = AsteriskSide(socket.create_connection(listener.getsockname()))
        ours, _ = listener.accept()
    far.send(header())
    yield Phone(PhoneVoice(AgiSession(ours)), far)
    ours.close()
    far.close()


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("200 result=1", "1"),
        ("200 result=*", "*"),
        ("200 result=", "#"),
        ("200 result= (timeout)", ""),
        ("200 result=A", ""),
    ],
)
def test_menu_asks_and_waits_in_one_command(phone: Phone, answer: str, key: str) -> None:
    heard, commands = phone.does(lambda voice: voice.ask(["huawu/main-menu"], 5.0), answer)
    assert heard == key
    assert commands == ['GET DATA "huawu/main-menu" 5000 1']


KEYS = '"#*0123456789"'


def test_prompts_before_the_last_are_files_of_their_own(phone: Phone) -> None:
    heard, commands = phone.does(
        lambda voice: voice.ask(["huawu/welcome", "huawu/main-menu"], 5.0),
        "200 result=0 endpos=8",
        "200 result=1",
    )
    assert heard == "1"
    assert commands == [
        f'STREAM FILE "huawu/welcome" {KEYS}',
        'GET DATA "huawu/main-menu" 5000 1',
    ]


@pytest.mark.parametrize(("code", "key"), [(49, "1"), (42, "*"), (35, "#")])
def test_key_cuts_the_first_prompt_short_and_the_second_is_not_played(
    phone: Phone, code: int, key: str
) -> None:
    heard, commands = phone.does(
        lambda voice: voice.ask(["huawu/welcome", "huawu/main-menu"], 5.0),
        f"200 result={code} endpos=8",
    )
    assert heard == key
    assert commands == [f'STREAM FILE "huawu/welcome" {KEYS}']


def test_key_in_the_first_prompt_is_the_first_of_those_collected(phone: Phone) -> None:
    heard, commands = phone.does(
        lambda voice: voice.collect(["huawu/welcome", "huawu/account-pin"], 5.0, 4),
        "200 result=52 endpos=8",
        "200 result=711",
    )
    assert heard == "4711"
    assert commands == [f'STREAM FILE "huawu/welcome" {KEYS}', 'GET DATA "" 5000 3']


def test_missing_first_prompt_is_left_out(phone: Phone, caplog: pytest.LogCaptureFixture) -> None:
    heard, commands = phone.does(
        lambda voice: voice.ask(["huawu/gone", "huawu/main-menu"], 5.0),
        "200 result=-1",
        "200 result=6",
        "200 result=1",
    )
    assert heard == "1"
    assert commands[-1] == 'GET DATA "huawu/main-menu" 5000 1'
    assert "prompt missing in Asterisk: huawu/gone" in caplog.text


def test_language_is_the_channels(phone: Phone) -> None:
    _, commands = phone.does(lambda voice: voice.set_language("en"), "200 result=1")
    assert commands == ['SET VARIABLE CHANNEL(language) "en"']


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        ("200 result=880001", "880001"),
        ("200 result=88 (timeout)", "88"),
        ("200 result= (timeout)", ""),
        ("200 result=", ""),
        ("200 result=12B4*", "124*"),
    ],
)
def test_keys_are_collected_in_one_command(phone: Phone, answer: str, keys: str) -> None:
    heard, commands = phone.does(lambda voice: voice.collect([], 6.5, 12), answer)
    assert heard == keys
    assert commands == ['GET DATA "" 6500 12']


def test_prompts_are_played_to_their_end_one_by_one(phone: Phone) -> None:
    _, commands = phone.does(lambda voice: voice.play(["a", "b"]), *["200 result=0 endpos=8"] * 2)
    assert commands == ['STREAM FILE "a" ""', 'STREAM FILE "b" ""']


def test_missing_prompt_is_an_error_line_and_the_caller_is_asked_all_the_same(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    heard, commands = phone.does(
        lambda voice: voice.ask(["huawu/gone"], 5),
        "200 result=-1",
        "200 result=6",
        "200 result=7",
    )
    assert heard == "7"
    assert commands == ['GET DATA "huawu/gone" 5000 1', "CHANNEL STATUS", 'GET DATA "" 5000 1']
    assert "prompt missing in Asterisk: huawu/gone" in caplog.text


@pytest.mark.parametrize(
    "answers",
    [
        ["200 result=-1", "511 Command Not Permitted on a dead channel or intercept routine"],
        ["200 result=-1", "HANGUP"],
        ["HANGUP\n200 result=-1"],
    ],
)
def test_caller_who_hangs_up_while_asked_is_gone(
    phone: Phone, answers: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    if len(answers) == 1:
        answers = [*answers, "511 Command Not Permitted on a dead channel or intercept routine"]
    gone, _ = phone.does(lambda voice: voice.ask(["huawu/main-menu"], 5), *answers)
    assert isinstance(gone, CallerGoneError)
    assert caplog.text == ""
