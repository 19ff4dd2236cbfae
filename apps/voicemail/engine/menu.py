"""Listening by phone: PIN, box, messages by key. Pure; the caller, the boxes and speech are ports.

Keys while a message plays or after it: 1 next, 2 again, 3 close (done with it), # end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

NEXT, AGAIN, CLOSE, END = "1", "2", "3", "#"
PIN_TRIES = 3
PIN_DIGITS = 12
PIN_TIMEOUT_S = 8.0
KEY_TIMEOUT_S = 6.0
# A person who is silent so often is gone.
SILENCES = 3
MOST_BOXES = 9
# A call that listens for ever ends here.
MOST_STEPS = 500


class Pin(StrEnum):
    """What a PIN gave; the values of `voicemail.pins.PinAnswer`."""

    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"
    UNSET = "unset"


class Ended(StrEnum):
    """How a visit ended."""

    DONE = "done"
    REFUSED = "refused"
    LOCKED = "locked"
    UNSET = "unset"
    SILENT = "silent"


@dataclass(frozen=True)
class Box:
    """A box that may be opened; `is_own` is the agent's, else a queue's. `new` counts unheard."""

    name: str
    number: str
    is_own: bool
    new: int


@dataclass(frozen=True)
class Message:
    """A message that is not closed. `sound` is what Asterisk plays, `left_at` local time."""

    pk: int
    sound: str
    left_at: datetime
    is_new: bool


class Phone(Protocol):
    """The person at the phone; every method may raise when he hangs up."""

    def play(self, prompts: Sequence[str]) -> None:
        """Play to the end."""

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        """Play, cut short by a key, and return it; '' when none came."""

    def collect(self, prompts: Sequence[str], timeout_s: float, most: int) -> str:
        """Play and return keys up to `#`, a pause or `most`."""


class Mailbox(Protocol):
    """What the person may open. Each method is one short visit to the database."""

    def pin_check(self, pin: str) -> Pin:
        """Count and check one try."""

    def boxes(self) -> Sequence[Box]:
        """Return his own box first, then his queues'."""

    def messages(self, box: Box) -> Sequence[Message]:
        """Return the box's open messages, unheard first, then oldest first."""

    def heard(self, message: Message) -> None:
        """Note that he listened."""

    def close(self, message: Message) -> None:
        """Close it; a colleague's stays as it is."""


class Speech(Protocol):
    """Turns values into prompts of the caller's language."""

    def number(self, value: int) -> list[str]:
        """Say a whole number."""

    def digits(self, text: str) -> list[str]:
        """Say digits one by one."""

    def moment(self, at: datetime) -> list[str]:
        """Say month, day, hour and minute."""


@dataclass
class Visit:
    """One person listening; `run` to its end."""

    phone: Phone
    mailbox: Mailbox
    speech: Speech
    _steps: int = 0

    def run(self) -> Ended:
        """Ask for the PIN, then let him choose boxes and hear messages."""
        refused = self._pin()
        if refused is not None:
            return refused
        boxes = list(self.mailbox.boxes())[:MOST_BOXES]
        silences = 0
        while self._may_go_on() and silences < SILENCES:
            box = boxes[0] if len(boxes) == 1 else self._choose(boxes)
            if box is None:
                silences += 1
                continue
            silences = 0
            is_over = self._listen(box)
            if is_over or len(boxes) == 1:
                self.phone.play(["huawu/goodbye"])
                return Ended.DONE
            boxes = list(self.mailbox.boxes())[:MOST_BOXES]
        self.phone.play(["huawu/goodbye"])
        return Ended.SILENT

    def _may_go_on(self) -> bool:
        self._steps += 1
        return self._steps <= MOST_STEPS

    def _pin(self) -> Ended | None:
        said = ["huawu/voicemail-pin"]
        for _ in range(PIN_TRIES):
            pin = self.phone.collect(said, PIN_TIMEOUT_S, PIN_DIGITS)
            # Nothing keyed is no try: a slow person must not lock his box.
            answer = self.mailbox.pin_check(pin) if pin else Pin.WRONG
            if answer == Pin.OK:
                return None
            if answer == Pin.LOCKED:
                self.phone.play(["huawu/voicemail-locked"])
                return Ended.LOCKED
            if answer == Pin.UNSET:
                self.phone.play(["huawu/voicemail-no-pin"])
                return Ended.UNSET
            said = ["huawu/voicemail-pin-wrong" if pin else "huawu/voicemail-pin"]
        self.phone.play(["huawu/too-many-tries", "huawu/goodbye"])
        return Ended.REFUSED

    def _choose(self, boxes: Sequence[Box]) -> Box | None:
        """Return the box of the key, None for silence or a key without a box."""
        said: list[str] = []
        for key, box in enumerate(boxes, 1):
            said += self._name(box) + self._count(box.new)
            said += ["huawu/voicemail-press", *self.speech.digits(str(key))]
        key_pressed = self.phone.ask(said, KEY_TIMEOUT_S)
        if key_pressed.isdigit() and 1 <= int(key_pressed) <= len(boxes):
            return boxes[int(key_pressed) - 1]
        if key_pressed:
            self.phone.play(["huawu/invalid-key"])
        return None

    def _name(self, box: Box) -> list[str]:
        if box.is_own:
            return ["huawu/voicemail-own-box"]
        return ["huawu/voicemail-queue-box", *self.speech.digits(box.number)]

    def _count(self, new: int) -> list[str]:
        if not new:
            return ["huawu/voicemail-none-new"]
        return ["huawu/voicemail-you-have", *self.speech.number(new), "huawu/voicemail-new"]

    def _listen(self, box: Box) -> bool:
        """Go through the messages; True when he pressed # to end."""
        messages = self.mailbox.messages(box)
        said = self._name(box) + self._count(sum(message.is_new for message in messages))
        if not messages:
            self.phone.play([*said, "huawu/voicemail-no-messages"])
            return False
        self.phone.play(said)
        for message in messages:
            if self._message(message) == END:
                return True
        self.phone.play(["huawu/voicemail-no-more"])
        return False

    def _message(self, message: Message) -> str:
        """Play one until a key leads on; silence again and again leads to the end."""
        silences = 0
        said = [*self.speech.moment(message.left_at), message.sound, "huawu/voicemail-keys"]
        # Before it plays: who hangs up in the middle has listened.
        self.mailbox.heard(message)
        while self._may_go_on():
            key = self.phone.ask(said, KEY_TIMEOUT_S)
            if key == CLOSE:
                self.mailbox.close(message)
                self.phone.play(["huawu/voicemail-closed"])
            if key in (NEXT, CLOSE, END):
                return key
            if key == AGAIN:
                silences = 0
                said = [*self.speech.moment(message.left_at), message.sound, "huawu/voicemail-keys"]
                continue
            silences += 1
            if silences >= SILENCES:
                return END
            said = ["huawu/invalid-key" if key else "huawu/no-input", "huawu/voicemail-keys"]
        return END
