"""Write telephone audio as a capture of RTP packets, which SIPp plays (`play_pcap_audio`)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

FRAME = 160  # 20 ms of 8 kHz


def ulaw(sample: int) -> int:
    """Encode one 16-bit sample (G.711 µ-law)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    exponent = max(0, magnitude.bit_length() - 8)
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


def ulaw_bytes(samples: Iterable[int]) -> bytes:
    """Encode 16-bit samples."""
    return bytes(map(ulaw, samples))


SSRC = 0x48757775


def write_pcap(path: Path, payload: bytes) -> Path:
    """Write µ-law audio as Ethernet/IPv4/UDP/RTP packets, 20 ms each.

    SIPp takes the RTP out of them.
    """
    frames = [payload[at : at + FRAME] for at in range(0, len(payload) - FRAME + 1, FRAME)]
    return _write(
        path,
        [
            struct.pack(">BBHII", 0x80, 0, number, number * FRAME, SSRC) + body
            for number, body in enumerate(frames)
        ],
    )


def write_key_pcap(path: Path, digit: str, payload_type: int = 101) -> Path:
    """Write one key of 160 ms (RFC 4733) as who is called sends it.

    SIPp's own `play_dtmf` has payload type 96, which only fits who offers it; Asterisk offers 101.
    """
    event = "0123456789*#".index(digit)
    packets = []
    for number in range(11):
        is_end, duration = number >= 8, min(number + 1, 8) * FRAME
        marker = 0x80 if number == 0 else 0
        head = struct.pack(">BBHII", 0x80, marker | payload_type, 1000 + number, 160_000, SSRC)
        packets.append(head + struct.pack(">BBH", event, 0x8A if is_end else 0x0A, duration))
    return _write(path, packets)


def _write(path: Path, packets: list[bytes]) -> Path:
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, rtp in enumerate(packets):
            udp = struct.pack(">HHHH", 4000, 4000, 8 + len(rtp), 0) + rtp
            ip = (0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, b"\x7f\0\0\2", b"\x7f\0\0\1")
            frame = b"\0" * 12 + b"\x08\x00" + struct.pack(">BBHHHBBH4s4s", *ip) + udp
            at = number * 20000
            out.write(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(frame), len(frame)))
            out.write(frame)
    return path
