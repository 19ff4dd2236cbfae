"""Speak and hear: make RTP for SIPp to send, receive what Asterisk sends, say what is in it."""

from __future__ import annotations

import array
import math
import socket
import struct
import threading
import time
from pathlib import Path

RATE = 8000
FRAME = 160  # 20 ms


def _ulaw_table() -> list[int]:
    table = []
    for code in range(256):
        value = ~code & 0xFF
        magnitude = (((value & 0x0F) << 3) + 0x84 << ((value & 0x70) >> 4)) - 0x84
        table.append(-magnitude if value & 0x80 else magnitude)
    return table


DECODE = _ulaw_table()


def ulaw(sample: int) -> int:
    """Encode one 16-bit sample (G.711 µ-law)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    exponent = max(0, magnitude.bit_length() - 8)
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


def tone_ulaw(hz: int, seconds: float, amplitude: int = 9000) -> bytes:
    """Give a sine in µ-law."""
    step = 2 * math.pi * hz / RATE
    return bytes(ulaw(round(amplitude * math.sin(step * i))) for i in range(int(RATE * seconds)))


def write_pcap(path: Path, payload: bytes) -> Path:
    """Write µ-law audio as a capture of RTP packets, for SIPp's play_pcap_audio."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(len(payload) // FRAME):
            body = payload[number * FRAME : (number + 1) * FRAME]
            rtp = struct.pack(">BBHII", 0x80, 0, number, number * FRAME, 0x48757775) + body
            udp = struct.pack(">HHHH", 4000, 4000, 8 + len(rtp), 0) + rtp
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, b"\x7f\0\0\2", b"\x7f\0\0\1")
            frame = b"\0" * 12 + b"\x08\x00" + ip + udp
            at = number * 20000
            out.write(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(frame), len(frame)))
            out.write(frame)
    return path


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
        """Say whether `seconds` of audio louder than `level` (RMS) arrive from now on before `timeout`."""
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
