"""The interpreter's voice port over a phone call."""

from collections.abc import Sequence

from apps.telephony.agi.session import AgiSession

DTMF = frozenset("0123456789*#")


class PhoneVoice:
    """`ivr.engine.voice.Voice` by AGI commands. Raises CallerGoneError from the session."""

    def __init__(self, session: AgiSession) -> None:
        self._session = session

    def answer(self) -> None:
        """Pick up."""
        self._session.execute("ANSWER")

    def play(self, prompts: Sequence[str], *, keys: str = "") -> str:
        """Play each prompt; a key of `keys` ends it and is returned."""
        for prompt in prompts:
            key = self._key_of(
                self._session.execute(
                    "STREAM FILE", self._session._quote(prompt), self._session._quote(keys)
                )["result"][0]
            )
            if key:
                return key
        return ""

    def key(self, timeout_s: float) -> str:
        """Wait for one key."""
        result = self._session.execute("WAIT FOR DIGIT", int(timeout_s * 1000))["result"][0]
        return self._key_of(result)

    @staticmethod
    def _key_of(result: str) -> str:
        if not result.isdigit() or result == "0":
            return ""
        key = chr(int(result)) if int(result) < 128 else ""
        return key if key in DTMF else ""
