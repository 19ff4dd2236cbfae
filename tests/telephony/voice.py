"""A mouth and an ear on one port: says a tone to who sends it sound, tells which tones it hears.

A phone whose SDP names `port` talks and listens here; SIPp keeps the signalling.
"""

from __future__ import annotations

import array
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from tests.telephony.audio import DECODE, RATE, Ear, goertzel, rms, tone_ulaw

PACKET = 160
# The payload of keys that Asterisk offers whom it calls.
OFFERED = 101
# Of the last half second: what is surely there, and what is surely not.
THERE, ABSENT = 0.12, 0.03


class Voice(Ear):
    """Say a tone of `hz` to the last who sent something; RTP of 20 ms, µ-law."""

    def __init__(self, hz: int, address: str = "127.0.0.1") -> None:
        self.hz = hz
        self._to: tuple[str, int] | None = None
        self._keys: deque[Callable[[int], bytes]] = deque()
        super().__init__(address)
        self._mouth = threading.Thread(target=self._speak, daemon=True)
        self._mouth.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                packet, source = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            self._to = source
            if len(packet) > 12 and packet[1] & 0x7F == 0:
                self.heard.extend(DECODE[code] for code in packet[12:])

    def _speak(self) -> None:
        tone = tone_ulaw(self.hz, 1)
        number, due = 0, time.monotonic()
        while not self._stop.is_set():
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
            if self._to is None:
                continue
            head = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * PACKET, self.port)
            at = number * PACKET % len(tone)
            packet = head + tone[at : at + PACKET]
            if self._keys:
                packet = self._keys.popleft()(number)
            number += 1
            try:
                self._socket.sendto(packet, self._to)
            except OSError:
                return

    def press(self, digit: str) -> None:
        """Press a key of a phone that was called (RFC 4733); 160 ms long."""
        began: list[int] = []

        def packet(number: int, duration: int, is_end: bool) -> bytes:
            began.append(number)
            marker = 0x80 if len(began) == 1 else 0
            stamp = began[0] * PACKET
            head = struct.pack("!BBHII", 0x80, OFFERED | marker, number & 0xFFFF, stamp, self.port)
            return head + struct.pack("!BBH", int(digit), 10 | (0x80 if is_end else 0), duration)

        for turn in range(1, 12):
            duration = min(turn, 8) * PACKET
            self._keys.append(partial(packet, duration=duration, is_end=turn > 8))

    def part(self, hz: int) -> float:
        """Give which part of the last half second's power lies at a frequency; 0 for silence."""
        last: array.array[int] = self.heard[-RATE // 2 :]
        if len(last) < RATE // 2 or rms(last) < 50:
            return 0.0
        return goertzel(last, hz)

    def hears(self, hz: int) -> bool:
        """Say whether the tone is surely heard now."""
        return self.part(hz) > THERE
