"""Listening by phone: any keys end it, only the right PIN opens it, each key does its one thing."""

from collections.abc import Sequence
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from apps.voicemail.engine.menu import PIN_TRIES, Box, Ended, Message, Pin, Visit

OWN = Box("demo-1001", "1001", is_own=True, new=1)
QUEUE = Box("demo-7001", "7001", is_own=False, new=0)
AT = datetime(2026, 11, 23, 9, 5)  # noqa: DTZ001 - the company's local time, as it is said
FIRST = Message(1, "/vm/first", AT, is_new=True)
SECOND = Message(2, "/vm/second", AT, is_new=False)


class Phone:
    """Presses these, one answer for each question; then is silent."""

    def __init__(self, *inputs: str) -> None:
        self.inputs = list(inputs)
        self.heard: list[str] = []

    def play(self, prompts: Sequence[str]) -> None:
        self.heard += prompts

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        self.heard += prompts
        return self.inputs.pop(0) if self.inputs else ""

    def collect(self, prompts: Sequence[str], timeout_s: float, most: int) -> str:
        return self.ask(prompts, timeout_s)


class Mailbox:
    """Opens by 4711."""

    def __init__(self, *boxes: Box, answer: Pin | None = None) -> None:
        self._boxes = boxes or (OWN,)
        self._answer = answer
        self.tries: list[str] = []
        self.heard_ids: list[int] = []
        self.closed: list[int] = []

    def pin_check(self, pin: str) -> Pin:
        self.tries.append(pin)
        return self._answer or (Pin.OK if pin == "4711" else Pin.WRONG)

    def boxes(self) -> Sequence[Box]:
        return self._boxes

    def messages(self, box: Box) -> Sequence[Message]:
        return [FIRST, SECOND] if box == OWN else []

    def heard(self, message: Message) -> None:
        self.heard_ids.append(message.pk)

    def close(self, message: Message) -> None:
        self.closed.append(message.pk)


class Speech:
    """Says values as they are."""

    def number(self, value: int) -> list[str]:
        return [f"n{value}"]

    def digits(self, text: str) -> list[str]:
        return list(text)

    def moment(self, at: datetime) -> list[str]:
        return [f"{at:%m-%d %H:%M}"]


def visit(phone: Phone, mailbox: Mailbox) -> Ended:
    return Visit(phone, mailbox, Speech()).run()


def test_message_is_told_with_its_time_and_is_heard_once_it_plays() -> None:
    phone, mailbox = Phone("4711", "#"), Mailbox()
    assert visit(phone, mailbox) == Ended.DONE
    at = phone.heard.index("11-23 09:05")
    assert phone.heard[at + 1] == FIRST.sound
    assert mailbox.heard_ids == [FIRST.pk]
    assert mailbox.closed == []


def test_keys_go_on_play_again_and_close() -> None:
    phone, mailbox = Phone("4711", "2", "1", "3"), Mailbox()
    assert visit(phone, mailbox) == Ended.DONE
    assert phone.heard.count(FIRST.sound) == 2
    assert mailbox.closed == [SECOND.pk]


def test_queue_box_is_chosen_by_its_key_and_may_be_empty() -> None:
    phone, mailbox = Phone("4711", "2", "1", "#"), Mailbox(OWN, QUEUE)
    assert visit(phone, mailbox) == Ended.DONE
    assert "huawu/voicemail-no-messages" in phone.heard
    assert mailbox.heard_ids == [FIRST.pk]


def test_wrong_pins_are_limited_and_open_nothing() -> None:
    phone, mailbox = Phone(*["1"] * 10), Mailbox()
    assert visit(phone, mailbox) == Ended.REFUSED
    assert len(mailbox.tries) == PIN_TRIES
    assert mailbox.heard_ids == []


def test_silence_at_the_pin_is_no_try() -> None:
    mailbox = Mailbox()
    assert visit(Phone(), mailbox) == Ended.REFUSED
    assert mailbox.tries == []


def test_locked_box_and_box_without_a_pin_say_so() -> None:
    for answer, prompt, ended in (
        (Pin.LOCKED, "huawu/voicemail-locked", Ended.LOCKED),
        (Pin.UNSET, "huawu/voicemail-no-pin", Ended.UNSET),
    ):
        phone = Phone("4711", "4711")
        assert visit(phone, Mailbox(answer=answer)) == ended
        assert phone.heard[-1] == prompt


@given(st.lists(st.sampled_from(["4711", "1111", *"0123456789*#", ""]), max_size=80))
def test_any_keys_end_and_nothing_is_heard_without_the_pin(keys: list[str]) -> None:
    mailbox = Mailbox(OWN, QUEUE)
    assert visit(Phone(*keys), mailbox) in Ended
    assert not mailbox.heard_ids or "4711" in mailbox.tries


@given(st.lists(st.sampled_from("2*"), min_size=600, max_size=900))
def test_who_plays_the_same_for_ever_is_ended(keys: list[str]) -> None:
    assert visit(Phone("4711", *keys), Mailbox()) in Ended
