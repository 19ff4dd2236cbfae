"""Keep what callers need for a moment, and for longer while the database is away."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError

from apps.ivr.engine.voice import LookupFailedError

logger = logging.getLogger(__name__)

V = TypeVar("V")

FRESH_S = 2.0
# Up to this age a caller takes the old value while another one reads the new.
BEARABLE_S = 3.0
MAX_KEPT = 5_000


class LastKnown(Generic[V]):
    """Values by name: at most `FRESH_S` old, or the last known while reading fails.

    Thread-safe; of many callers who find a value old, one reads it. `read` returns None for what
    does not exist, and may raise DatabaseError, LookupFailedError and `failures`.
    """

    def __init__(
        self,
        what: str,
        read: Callable[[str], V | None],
        *,
        failures: tuple[type[Exception], ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._read = read
        self._failures: tuple[type[Exception], ...] = (
            DatabaseError,
            InterfaceError,
            LookupFailedError,
            *failures,
        )
        self._clock = clock
        self._kept: dict[str, tuple[float, V | None]] = {}
        # A lock for each name would grow with every wrong number dialled.
        self._locks = [threading.Lock() for _ in range(64)]

    def __len__(self) -> int:
        """Return how many names are kept."""
        return len(self._kept)

    def get(self, name: str) -> V | None:
        """Return the value, None when there is none. Raises what `read` raised the first time."""
        known = self._kept.get(name)
        now = self._clock()
        if known is not None and now - known[0] < FRESH_S:
            return known[1]
        lock = self._locks[hash(name) % len(self._locks)]
        is_bearable = known is not None and now - known[0] < BEARABLE_S
        if not lock.acquire(blocking=not is_bearable):
            return known[1] if known else None
        try:
            known = self._kept.get(name)
            if known is not None and self._clock() - known[0] < FRESH_S:
                return known[1]
            return self._refresh(name, known)
        finally:
            lock.release()

    def _refresh(self, name: str, known: tuple[float, V | None] | None) -> V | None:
        try:
            value = self._read(name)
        except self._failures as error:
            if known is None:
                raise
            logger.warning("%s %s: the last known goes on: %s", self._what, name, error)
            value = known[1]
        if len(self._kept) >= MAX_KEPT:
            # What does not exist goes first: what is in use must survive the database's absence.
            for other, (_, kept) in list(self._kept.items()):
                if kept is None:
                    self._kept.pop(other, None)
        self._kept[name] = (self._clock(), value)
        return value
