"""The interpreter's voice port over a phone call.

Keys are read by GET DATA, prompt and wait in one command: between two commands Asterisk reads the
channel itself and throws keys away. Tried with Asterisk 22.10: of 20 keys pressed in a pause of
1.5 s between STREAM FILE and WAIT FOR DIGIT none was heard. The pause between ANSWER and the
first question remains. At 100 calls/s no difference was measured: neither way lost a key.
"""

import logging
from collections.abc import Mapping, Sequence

from apps.ivr.engine.node import PREFIX
from apps.ivr.engine.voice import CallerGoneError
from apps.telephony.agi.session import AgiSession
from apps.telephony.quoting import agi_quote

logger = logging.getLogger(__name__)

DTMF = frozenset("0123456789*#")
TIMEOUT = "timeout"


class PhoneVoice:
    """`ivr.engine.voice.Voice` by AGI commands. Raises CallerGoneError from the session."""

    def __init__(self, session: AgiSession, prompts: Mapping[str, str] | None = None) -> None:
        """Play `prompts` (name -> Asterisk's name) in the place of system prompts."""
        self._session = session
        self._prompts = prompts or {}

    def _file(self, prompt: str) -> str:
        return self._prompts.get(prompt.removeprefix(PREFIX), prompt)

    def answer(self) -> None:
        """Pick up."""
        self._session.execute("ANSWER")

    def play(self, prompts: Sequence[str]) -> None:
        """Play each prompt to its end."""
        for prompt in prompts:
            self._session.execute("STREAM FILE", agi_quote(self._file(prompt)), agi_quote(""))

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        """Play prompts, which a key cuts short, and wait for one key."""
        keys, is_ended = self._data(prompts, timeout_s, 1)
        # `#` ends the input and is not part of it.
        return keys or ("#" if is_ended else "")

    def collect(self, prompts: Sequence[str], timeout_s: float, most: int) -> str:
        """Play prompts, which a key cuts short, and read keys up to `#`, a pause or `most`."""
        return self._data(prompts, timeout_s, most)[0]

    def set_language(self, language: str) -> None:
        """Play what follows in this language."""
        self._session.set("CHANNEL(language)", language)

    def _interrupting(self, prompt: str) -> str:
        """Play a prompt that another follows and return the key that cut it short, or ''.

        GET DATA takes one file only: `a&b` is a name to it (Asterisk 22.10).
        """
        escape = "".join(sorted(DTMF))
        file = self._file(prompt)
        try:
            answer = self._session.execute("STREAM FILE", agi_quote(file), agi_quote(escape))
        except CallerGoneError:
            self._is_missing(file)
            return ""
        value = answer["result"][0]
        return chr(int(value)) if value.isdigit() and int(value) else ""

    def _is_missing(self, names: str) -> None:
        """Log a prompt that Asterisk lacks; raise CallerGoneError when the caller has gone.

        -1 is what both give.
        """
        self._session.execute("CHANNEL STATUS")
        ids = {"uniqueid": self._session.uniqueid, "linkedid": self._session.linkedid}
        logger.error("prompt missing in Asterisk: %s", names, extra=ids)

    def _after(self, key: str, timeout_s: float, most: int) -> tuple[str, bool]:
        """Return the key and those that follow it."""
        if key == "#":
            return "", True
        if most == 1:
            return key, True
        more, is_ended = self._data([], timeout_s, most - 1)
        return key + more, is_ended

    def _data(self, prompts: Sequence[str], timeout_s: float, most: int) -> tuple[str, bool]:
        """Return the keys, and whether `#` or `most` ended them rather than a pause."""
        for prompt in prompts[:-1]:
            if key := self._interrupting(prompt):
                return self._after(key, timeout_s, most)
        names = self._file(prompts[-1]) if prompts else ""
        times = (int(timeout_s * 1000), most)
        try:
            keys, note = self._session.execute("GET DATA", agi_quote(names), *times)["result"]
        except CallerGoneError:
            self._is_missing(names)
            keys, note = self._session.execute("GET DATA", agi_quote(""), *times)["result"]
        known = "".join(key for key in keys if key in DTMF)
        return known, note != TIMEOUT and known == keys
