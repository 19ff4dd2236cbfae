"""Who hears whom: each party of a call says a tone of its own and has an ear."""

from __future__ import annotations

import array
import time
from dataclasses import dataclass
from pathlib import Path

from tests.telephony.audio import RATE, Ear, goertzel, tone_ulaw, write_pcap
from tests.telephony.waiting import until

SPEAKS_S = 90.0
# Three at once share the power; what is under the low mark is a codec's noise.
LOUD, SILENT = 0.15, 0.03
WINDOW = RATE // 2


@dataclass
class Party:
    """One phone: what it says (Hz) and what it hears."""

    name: str
    hz: int
    ear: Ear
    pcap: Path

    def hears_now(self, other: Party, since: int) -> bool:
        """Say whether the last half second heard since then has the other's tone."""
        heard = self.ear.heard[max(since, len(self.ear.heard) - WINDOW) :]
        return len(heard) >= WINDOW and goertzel(array.array("h", heard), other.hz) > LOUD


def party(name: str, hz: int, ear: Ear, folder: Path) -> Party:
    """Make a party whose voice is written into the folder."""
    pcap = write_pcap(folder / f"{name}.pcap", tone_ulaw(hz, SPEAKS_S))
    return Party(name, hz, ear, pcap)


def together(*parties: Party, timeout: float = 20.0) -> None:
    """Wait until each hears all others."""
    marks = {one.name: len(one.ear.heard) for one in parties}
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
    since = len(one.ear.heard)
    time.sleep(seconds)
    heard = array.array("h", one.ear.heard[since:])
    for other in others:
        part = goertzel(heard, other.hz) if heard else 0.0
        assert part < SILENT, f"{one.name} hears {other.name}: {part:.2f}"
