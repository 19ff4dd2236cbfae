"""A caller and a database made of lists."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from apps.ivr.engine.voice import CallerGoneError, LookupFailedError

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
    """Accounts by (number, PIN), calendars that are open; `is_away` fails every look-up."""

    def __init__(
        self,
        accounts: Mapping[tuple[str, str], Decimal] | None = None,
        *,
        is_away: bool = False,
        open_calendars: Iterable[str] = (),
    ) -> None:
        self._accounts = accounts or {}
        self._is_away = is_away
        self._open_calendars = frozenset(open_calendars)
        self.asked: list[str] = []

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Look into the list."""
        self.asked.append(account_number)
        if self._is_away:
            raise LookupFailedError("away")
        return self._accounts.get((account_number, pin))

    def is_open(self, calendar: str) -> bool:
        """Look into the list."""
        self.asked.append(calendar)
        if self._is_away:
            raise LookupFailedError("away")
        return calendar in self._open_calendars
