"""The four promises: target, measured value, kept or not. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.promises.engine.calls import VOICE_WITHIN_MS
from apps.promises.engine.sums import CallSums

CONNECT_TIME, CONNECTED, DROPPED, AVAILABLE = "connect_time", "connected", "dropped", "available"
PROMISES = (CONNECT_TIME, CONNECTED, DROPPED, AVAILABLE)
TIME, SHARE = "time", "share"


@dataclass(frozen=True)
class Service:
    """Slots of 30 seconds in which the service answered, did not, or nobody knows."""

    up: int = 0
    down: int = 0
    unknown: int = 0

    @property
    def slots(self) -> int:
        """Return how many were measured."""
        return self.up + self.down + self.unknown


@dataclass(frozen=True)
class Measured:
    """What was measured of a time."""

    calls: CallSums
    service: Service


@dataclass(frozen=True)
class Promise:
    """One promise. `value` is None where nothing happened; never a 0 or 100 of nothing."""

    id: str
    unit: str
    target: float
    is_most: bool
    value: Callable[[Measured], float | None]

    def is_kept(self, measured: Measured) -> bool | None:
        """Say whether it was kept; None where nothing was measured."""
        value = self.value(measured)
        if value is None:
            return None
        return value < self.target if self.is_most else self._reaches(value)

    def _reaches(self, value: float) -> bool:
        # Over 99 % connected; at least 99.9 % available.
        return value > self.target if self.id == CONNECTED else value >= self.target


def _connect_ms(measured: Measured) -> float | None:
    calls = measured.calls
    return calls.voice_ms / calls.voices if calls.voices else None


def _connected(measured: Measured) -> float | None:
    calls = measured.calls
    counted = calls.connected + calls.refused + calls.unserved
    return (calls.connected + calls.refused) / counted if counted else None


def _dropped(measured: Measured) -> float | None:
    calls = measured.calls
    return calls.dropped / calls.talks if calls.talks else None


def _available(measured: Measured) -> float | None:
    service = measured.service
    return service.up / service.slots if service.slots else None


ALL: tuple[Promise, ...] = (
    Promise(CONNECT_TIME, TIME, float(VOICE_WITHIN_MS), True, _connect_ms),
    Promise(CONNECTED, SHARE, 0.99, False, _connected),
    Promise(DROPPED, SHARE, 0.001, True, _dropped),
    Promise(AVAILABLE, SHARE, 0.999, False, _available),
)
