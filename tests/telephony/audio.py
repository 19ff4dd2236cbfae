"""Speak and hear: make RTP for SIPp to send, receive what Asterisk sends, say what is in it."""

from __future__ import annotations

import array
import math
import socket
import threading
import time

from tools.rtp_capture import ulaw, write_pcap

__all__ = ["DECODE", "RATE", "Ear", "goertzel", "rms", "tone_ulaw", "write_pcap"]

RATE = 8000


def _ulaw_table() -> list[int]:
    table = []
    for code in range(256):
        value = ~code & 0xFF
        magnitude = (((value & 0x0F) << 3) + 0x84 << ((value & 0x70) >> 4)) - 0x84
        table.append(-magnitude if value & 0x80 else magnitude)
    return table


DECODE = _ulaw_table()


def tone_ulaw(hz: int, seconds: float, amplitude: int = 9000) -> bytes:
    """Give a sine in µ-law."""
    step = 2 * math.pi * hz / RATE
    return bytes(ulaw(round(amplitude * math.sin(step * i))) for i in range(int(RATE * seconds)))


def goertzel(samples: array.array[int], hz: int) -> float:
    """Give the part (0..1) of the power that lies at this frequency."""
    total = sum(s * s for s in samples)
    if not total:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * hz / RATE)
    one = two = 0.0
    for sample in samples:
        one, two = sample + coefficient * one - two, one
    power = one * one + two * two - coefficient * one * two
    return 2 * power / (len(samples) * total)


def rms(samples: array.array[int]) -> float:
    """Give the root mean square of 16-bit samples; 0 for none."""
    return math.sqrt(sum(s * s for s in samples) / len(samples)) if samples else 0.0


class Ear:
    """Receive RTP on a port of our own; put `port` into the SDP instead of SIPp's."""

    def __init__(self, address: str = "127.0.0.2") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self.heard = array.array("h")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                packet = self._socket.recv(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            if len(packet) > 12 and packet[1] & 0x7F == 0:  # µ-law
                self.heard.extend(DECODE[code] for code in packet[12:])

    @property
    def heard_s(self) -> float:
        """Give the seconds of audio received."""
        return len(self.heard) / RATE

    def loud_within(self, seconds: float, timeout: float = 10.0, level: float = 200.0) -> bool:
        """Say whether `seconds` of audio louder than `level` (RMS) arrive before `timeout`."""
        start, end = len(self.heard), time.monotonic() + timeout
        loud = 0
        while time.monotonic() < end:
            while len(self.heard) - start >= RATE // 10:
                loud += rms(self.heard[start : start + RATE // 10]) > level
                start += RATE // 10
                if loud >= seconds * 10:
                    return True
            time.sleep(0.05)
        return False

    def close(self) -> None:
        """Stop receiving."""
        self._stop.set()
        self._thread.join(2)
        self._socket.close()
