"""Who hears whom: each party of a call says a tone of its own and has an ear."""

from __future__ import annotations

import array
import struct
import threading
import time

from tests.telephony.audio import DECODE, RATE, Ear, goertzel, tone_ulaw
from tests.telephony.waiting import until

# Four at once share the power; what is under the low mark is a codec's noise.
LOUD, SILENT = 0.12, 0.03
WINDOW = RATE // 2
PACKET = RATE // 50


class Party(Ear):
    """One phone's sound: says `hz` to whoever sends it RTP, from the port at which it hears.

    (Asterisk answers to where RTP comes from.) Somebody must speak first: who has music does.
    """

    def __init__(self, name: str, hz: int, address: str = "127.0.0.1") -> None:
        self.name, self.hz = name, hz
        self._to: tuple[str, int] | None = None
        super().__init__(address)
        self._mouth = threading.Thread(target=self._speak, daemon=True)
        self._mouth.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                packet, self._to = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            if len(packet) > 12 and packet[1] & 0x7F == 0:  # µ-law
                self.heard.extend(DECODE[code] for code in packet[12:])

    def _speak(self) -> None:
        # A second holds whole periods of every tone used.
        tone = tone_ulaw(self.hz, 1)
        begun, number = time.monotonic(), 0
        while not self._stop.is_set():
            number += 1
            time.sleep(max(0.0, begun + number / 50 - time.monotonic()))
            if self._to is None:
                continue
            at = number * PACKET
            head = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, at & 0xFFFFFFFF, self.hz)
            try:
                self._socket.sendto(head + tone[at % RATE : at % RATE + PACKET], self._to)
            except OSError:
                if self._stop.is_set() or self._socket.fileno() == -1:
                    return

    def hears_now(self, other: Party, since: int) -> bool:
        """Say whether the last half second heard since then has the other's tone."""
        heard = self.heard[max(since, len(self.heard) - WINDOW) :]
        return len(heard) >= WINDOW and goertzel(array.array("h", heard), other.hz) > LOUD


def together(*parties: Party, timeout: float = 40.0) -> None:
    """Wait until each hears all others."""
    marks = {one.name: len(one.heard) for one in parties}
    for one in parties:
        for other in parties:
            if other is not one:
                until(
                    lambda one=one, other=other: one.hears_now(other, marks[one.name]),  # type: ignore[misc]
                    timeout,
                    f"{one.name} hears {other.name}",
                )


def deaf(one: Party, *others: Party, seconds: float = 1.5) -> None:
    """Insist that he hears none of them now; what is on its way may still arrive."""
    time.sleep(0.4)
    since = len(one.heard)
    time.sleep(seconds)
    heard = array.array("h", one.heard[since:])
    for other in others:
        part = goertzel(heard, other.hz) if heard else 0.0
        assert part < SILENT, f"{one.name} hears {other.name}: {part:.2f}"


__all__ = ["Party", "deaf", "together"]
