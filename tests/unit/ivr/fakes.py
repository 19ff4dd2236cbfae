"""A caller and a database made of lists."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from apps.acd.engine.fact_fields import Value
from apps.acd.engine.rule_actions import Action
from apps.ivr.engine.voice import (
    CallerGoneError,
    LookupFailedError,
    PinAnswer,
    QueueDoor,
    QueueNow,
    Routed,
)

HANG_UP = "hang up"
SILENCE = ""


class FakeVoice:
    """A caller who gives one input each time he is asked: a key, silence, or a hang-up.

    After his inputs he is silent for ever. `barge_in` presses during the prompt instead of after.
    """

    def __init__(self, inputs: Iterable[str] = (), *, barge_in: bool = False) -> None:
        self._inputs = list(inputs)
        self._barge_in = barge_in
        self.heard: list[str] = []
        self.is_answered = False

    def answer(self) -> None:
        """Pick up."""
        self._leave_if_it_is_time()
        self.is_answered = True

    def play(self, prompts: Sequence[str]) -> None:
        """Hear prompts."""
        self._leave_if_it_is_time()
        self.heard += [name.removeprefix("huawu/") for name in prompts]

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        """Hear prompts unless he presses into them; press the next key."""
        if not (self._barge_in and self._inputs):
            self.play(prompts)
        self._leave_if_it_is_time()
        return self._inputs.pop(0) if self._inputs else SILENCE

    def collect(self, prompts: Sequence[str], timeout_s: float, most: int) -> str:
        """Press keys up to `#`, silence or `most`."""
        collected = ""
        key = self.ask(prompts, timeout_s)
        while key not in (SILENCE, "#"):
            collected += key
            if len(collected) == most:
                break
            key = self.ask([], timeout_s)
        return collected

    def set_language(self, language: str) -> None:
        """Hear the rest in this language."""
        self._leave_if_it_is_time()
        self.heard.append(f"[{language}]")

    def _leave_if_it_is_time(self) -> None:
        if self._inputs and self._inputs[0] == HANG_UP:
            raise CallerGoneError(HANG_UP)


class FakeLookups:
    """Accounts by (number, PIN), calendars that are open, and what else is known.

    `customers` and `services` give fields by number and by look-up's name, `queues` states and
    `doors` openings by number, `actions` what the rules of a name say, `pin` is the only PIN that
    fits, 3 wrong ones lock it. `is_away` fails every look-up.
    """

    def __init__(
        self,
        accounts: Mapping[tuple[str, str], Decimal] | None = None,
        *,
        is_away: bool = False,
        open_calendars: Iterable[str] = (),
        customers: Mapping[str, Mapping[str, str]] | None = None,
        queues: Mapping[str, QueueNow] | None = None,
        services: Mapping[str, Mapping[str, str]] | None = None,
        pin: str = "",
        doors: Mapping[str, QueueDoor] | None = None,
        actions: Mapping[str, Action] | None = None,
    ) -> None:
        self._accounts = accounts or {}
        self._is_away = is_away
        self._open_calendars = frozenset(open_calendars)
        self._customers = customers or {}
        self._queues = queues or {}
        self._services = services or {}
        self._pin = pin
        self._doors = doors or {}
        self._actions = actions or {}
        self.given: Mapping[str, Value] = {}
        self._wrong = 0
        self.asked: list[str] = []
        self.call_backs: list[tuple[str, str]] = []

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Look into the list."""
        self._ask(account_number)
        return self._accounts.get((account_number, pin))

    def is_open(self, calendar: str) -> bool:
        """Look into the list."""
        return self._ask(calendar) in self._open_calendars

    def customer(self, number: str) -> Mapping[str, str]:
        """Look into the list."""
        return self._customers.get(self._ask(number), {})

    def region(self, number: str) -> Mapping[str, str]:
        """Know Beijing's mobiles."""
        self._ask(number)
        is_known = number.startswith("138")
        return {"region": "北京市" if is_known else "", "carrier": "中国移动" if is_known else ""}

    def queue_now(self, queue: str) -> QueueNow:
        """Look into the list."""
        self._ask(queue)
        if queue not in self._queues:
            raise LookupFailedError("no such queue")
        return self._queues[queue]

    def queue_door(self, queue: str) -> QueueDoor:
        """Look into the list."""
        if self._is_away:
            raise LookupFailedError("away")
        return self._doors.get(queue, QueueDoor.OPEN)

    def pin_check(self, *, name: str, pin: str, caller: str) -> PinAnswer:
        """Compare."""
        self._ask(f"{name} {caller}")
        if self._wrong >= 3:
            return PinAnswer.LOCKED
        if pin == self._pin:
            return PinAnswer.OK
        self._wrong += 1
        return PinAnswer.LOCKED if self._wrong >= 3 else PinAnswer.WRONG

    def call_back(self, *, queue: str, number: str) -> bool:
        """Refuse nobody but whoever asked before."""
        is_new = (queue, number) not in self.call_backs
        self._ask(f"{queue} {number}")
        self.call_backs.append((queue, number))
        return is_new

    def route(self, *, rules: str, given: Mapping[str, Value]) -> Routed:
        """Look into the list."""
        self.given = dict(given)
        return Routed(self._actions.get(self._ask(rules)))

    def http(self, *, lookup: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Look into the list."""
        self._ask(lookup)
        if lookup not in self._services:
            raise LookupFailedError("no such look-up")
        return self._services[lookup]

    def _ask(self, what: str) -> str:
        self.asked.append(what)
        if self._is_away:
            raise LookupFailedError("away")
        return what
