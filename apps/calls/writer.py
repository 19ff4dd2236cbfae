"""Take facts from any thread without waiting, and write them to the ledger from one thread.

A slow or dead database never blocks a reader: facts wait in memory up to `MAX_WAITING`, and go to
the spool file while the database cannot take them. They are replayed when it is back, and at start
after a crash. Order does not matter (see `engine.fold`), so new facts never wait behind old ones.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from prometheus_client import Counter, Gauge

from apps.calls.engine.facts import Fact
from apps.calls.models import Call
from apps.calls.services import facts_apply
from apps.calls.spool import Spool, SpoolFullError

logger = logging.getLogger(__name__)

MAX_WAITING = 50_000
BATCH = 200
RETRY_S = 1.0

APPLIED = Counter("huawu_facts_applied", "Facts written to the ledger")
SPOOLED = Counter("huawu_facts_spooled", "Facts put to the spool file")
LOST = Counter("huawu_facts_lost", "Facts that neither database nor spool could take")
WAITING = Gauge("huawu_facts_waiting", "Facts waiting in memory")


class FactSink(Protocol):
    """Where facts go; never blocks, never raises."""

    def put(self, fact: Fact) -> None:
        """Take one fact."""


Applied = Callable[[Sequence[Fact], Sequence[Call]], None]


def _nothing(facts: Sequence[Fact], calls: Sequence[Call]) -> None:
    """Do nothing after a batch."""


class FactWriter:
    """The one writer of a process. `after(facts, calls)` is called after each commit."""

    def __init__(self, spool: Spool, *, after: Applied = _nothing) -> None:
        self._spool = spool
        self._after = after
        self._waiting: deque[Fact] = deque()
        self._wake = threading.Condition()
        self._busy = False
        self._stopping = False
        self._retry_now = threading.Event()
        self._is_database_down = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; what an earlier process left in the spool comes first."""
        self._thread = threading.Thread(target=self._run, name="fact-writer", daemon=True)
        self._thread.start()

    def stop(self, flush_s: float = 5.0) -> None:
        """Write or spool what waits, within `flush_s`, then end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._retry_now.set()
        if self._thread is not None:
            self._thread.join(flush_s)

    def put(self, fact: Fact) -> None:
        """Take one fact from any thread; beyond `MAX_WAITING` it goes straight to the spool."""
        with self._wake:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(fact)
                self._wake.notify()
                return
        self._to_spool([fact])

    def wait_idle(self, timeout_s: float) -> bool:
        """Return whether everything put so far is written, waiting up to `timeout_s`."""
        with self._wake:
            return self._wake.wait_for(
                lambda: not self._waiting and not self._busy and self._spool.is_empty, timeout_s
            )

    @property
    def waiting(self) -> int:
        """Return how many facts wait in memory."""
        return len(self._waiting)

    def _run(self) -> None:
        self._replay()
        while True:
            batch = self._next_batch()
            if batch:
                self._write(batch)
            elif self._stopping:
                break
            if not self._spool.is_empty:
                self._replay()
            with self._wake:
                self._busy = False
                self._wake.notify_all()
        connection.close()

    def _next_batch(self) -> list[Fact]:
        with self._wake:
            self._wake.wait_for(
                lambda: bool(self._waiting) or self._stopping,
                None if self._spool.is_empty else RETRY_S,
            )
            self._busy = True
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            WAITING.set(len(self._waiting))
            return batch

    def _write(self, batch: list[Fact]) -> None:
        if self._is_database_down:
            self._to_spool(batch)
            return
        try:
            self._apply(batch)
        except (OperationalError, InterfaceError) as error:
            self._database_lost(error)
            self._to_spool(batch)
        except Exception:
            logger.exception("a batch of %d facts was refused, trying each alone", len(batch))
            self._one_by_one(batch)

    def _apply(self, batch: Sequence[Fact]) -> None:
        close_old_connections()
        calls = facts_apply(batch)
        APPLIED.inc(len(batch))
        try:
            self._after(batch, calls)
        except Exception:
            logger.exception("what follows a batch of facts failed")

    def _one_by_one(self, batch: Sequence[Fact]) -> None:
        for fact in batch:
            try:
                self._apply([fact])
            except (OperationalError, InterfaceError) as error:
                self._database_lost(error)
                self._to_spool([fact])
            except (DatabaseError, ValueError, TypeError, KeyError):
                logger.exception("fact refused: %.300s", fact.to_json())
                LOST.inc()
                self._spool.set_aside(fact)

    def _database_lost(self, error: Exception) -> None:
        if not self._is_database_down:
            logger.error("database cannot take facts, spooling: %s", error)
        self._is_database_down = True
        connection.close()

    def _to_spool(self, facts: Sequence[Fact]) -> None:
        try:
            self._spool.append(facts)
            SPOOLED.inc(len(facts))
        except (OSError, SpoolFullError):
            logger.exception("%d facts could not be kept on disk", len(facts))
            LOST.inc(len(facts))

    def _replay(self) -> None:
        """Give the spooled facts to the database; on failure wait a moment and keep the rest."""
        if self._stopping and self._is_database_down:
            return
        count = 0
        try:
            for batch in self._spool.batches(BATCH):
                self._replay_batch(batch)
                count += len(batch)
            self._spool.done()
        except (OperationalError, InterfaceError) as error:
            self._database_lost(error)
            self._retry_now.wait(RETRY_S)
            return
        if count:
            logger.info("database is back, %d spooled facts written", count)
        self._is_database_down = False

    def _replay_batch(self, batch: list[Fact]) -> None:
        try:
            self._apply(batch)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("a spooled batch was refused, trying each alone")
            self._one_by_one(batch)
