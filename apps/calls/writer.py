"""Take facts from any thread without waiting, and write them to the ledger from one thread.

A slow or dead database never blocks a reader: facts wait in memory up to `MAX_WAITING`, then go
straight to the spool file; while the database cannot take them all go there. They are replayed when
it is back, and at start after a crash, a batch at a time between the new ones. Order does not
matter (see `engine.fold`), so new facts never wait behind old ones.

What a SIGKILL loses: facts in memory, that is those of the last milliseconds, or of as long as the
database has been keeping one transaction waiting (CEL repairs them). Spooled facts are not lost.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from prometheus_client import Counter, Gauge

from apps.calls.engine.facts import CONNECTED, OFFERED, Fact
from apps.calls.models import Call
from apps.calls.services import facts_apply
from apps.calls.spool import Spool, SpoolFullError

logger = logging.getLogger(__name__)

MAX_WAITING = 50_000
BATCH = 200
LINGER_S = 0.02
URGENT = frozenset({OFFERED, CONNECTED})
RETRY_S = 1.0
# So often a batch may fail while the database answers, before each fact is tried alone.
MAX_TRIES = 5

APPLIED = Counter("huawu_facts_applied", "Facts written to the ledger")
SPOOLED = Counter("huawu_facts_spooled", "Facts put to the spool file")
LOST = Counter("huawu_facts_lost", "Facts that neither database nor spool could take")
REFUSED = Counter("huawu_facts_refused", "Facts that the database refuses, kept in a file")
WAITING = Gauge("huawu_facts_waiting", "Facts waiting in memory")
LAG = Gauge("huawu_facts_lag_seconds", "Age of the last batch's newest fact when it was committed")


class FactSink(Protocol):
    """Where facts go; never blocks, never raises."""

    def put(self, fact: Fact) -> None:
        """Take one fact."""


Applied = Callable[[Sequence[Fact], Sequence[Call]], None]
Apply = Callable[[Sequence[Fact]], Sequence[Call]]


def _nothing(facts: Sequence[Fact], calls: Sequence[Call]) -> None:
    """Do nothing after a batch."""


class FactWriter:
    """The one writer of a process. `after(facts, calls)` is called after each commit."""

    def __init__(
        self, spool: Spool, *, after: Applied = _nothing, apply: Apply = facts_apply
    ) -> None:
        self._spool = spool
        self._after = after
        self._apply_facts = apply
        self._waiting: deque[Fact] = deque()
        self._in_hand: list[Fact] = []
        self._wake = threading.Condition()
        self._busy = False
        self._is_urgent = False
        self._stopping = False
        self._is_database_down = False
        self._retry_at = 0.0
        self._tries = 0
        self._replaying: Iterator[list[Fact]] | None = None
        self._again: list[Fact] = []
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; what an earlier process left in the spool is replayed too."""
        self._thread = threading.Thread(target=self._run, name="fact-writer", daemon=True)
        self._thread.start()

    def stop(self, flush_s: float = 5.0) -> None:
        """Write what waits, within `flush_s`; spool the rest. Nothing may be put any more."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(flush_s)
            if self._thread.is_alive():  # the database keeps it waiting: twice is harmless
                self._to_spool(list(self._in_hand))
        with self._wake:
            rest = list(self._waiting)
            self._waiting.clear()
        if rest:
            self._to_spool(rest)
        self._spool.close()

    def put(self, fact: Fact) -> None:
        """Take one fact from any thread; beyond `MAX_WAITING` it goes straight to the spool."""
        with self._wake:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(fact)
                self._is_urgent = self._is_urgent or fact.kind in URGENT
                self._wake.notify()
                return
        self._to_spool([fact], sync=False)

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

    @property
    def is_spooling(self) -> bool:
        """Say whether facts wait on disk."""
        return not self._spool.is_empty

    def _run(self) -> None:
        while True:
            self._in_hand = self._next_batch()
            try:
                if self._in_hand:
                    self._write(self._in_hand)
                elif self._stopping:
                    break
                self._replay_some()
            except Exception:
                # Never let the one writer die: what it held goes to the spool.
                logger.exception("the fact writer stumbled")
                self._to_spool(self._in_hand)
            with self._wake:
                self._in_hand = []
                self._busy = False
                self._wake.notify_all()
        connection.close()

    def _next_batch(self) -> list[Fact]:
        with self._wake:
            self._wake.wait_for(lambda: bool(self._waiting) or self._stopping, self._patience())
            # A call's events come in bursts: a moment's wait makes one transaction of a burst. What
            # an agent waits for (his phone rings, he answered) is not kept waiting.
            if self._waiting:
                self._wake.wait_for(self._is_due, LINGER_S)
            self._is_urgent = False
            self._busy = True
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            WAITING.set(len(self._waiting))
            return batch

    def _is_due(self) -> bool:
        return self._is_urgent or self._stopping or len(self._waiting) >= BATCH

    def _patience(self) -> float | None:
        if self._spool.is_empty:
            return None
        return max(0.0, self._retry_at - time.monotonic())

    def _write(self, batch: list[Fact]) -> None:
        # Down and nothing to replay (the disk was full): trying is all that is left.
        if self._is_database_down and not self._spool.is_empty:
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
        calls = self._apply_facts(batch)
        APPLIED.inc(len(batch))
        LAG.set((datetime.now(UTC) - max(fact.at for fact in batch)).total_seconds())
        try:
            self._after(batch, calls)
        except Exception:
            logger.exception("what follows a batch of facts failed")

    def _one_by_one(self, batch: Sequence[Fact], *, is_last_try: bool = False) -> None:
        for fact in batch:
            try:
                self._apply([fact])
            except (OperationalError, InterfaceError) as error:
                if is_last_try and database_answers():
                    self._refuse(fact, error)
                    continue
                self._database_lost(error)
                self._to_spool([fact])
            except Exception as error:  # noqa: BLE001 - it must not block the others
                self._refuse(fact, error)

    def _refuse(self, fact: Fact, error: Exception) -> None:
        logger.error("fact refused (%r): %.300s", error, fact.to_json())
        REFUSED.inc()
        self._spool.set_aside(fact)

    def _database_lost(self, error: Exception) -> None:
        if not self._is_database_down:
            logger.error("database cannot take facts, spooling: %s", error)
        self._is_database_down = True
        self._retry_at = time.monotonic() + RETRY_S
        connection.close()

    def _to_spool(self, facts: Sequence[Fact], *, sync: bool = True) -> None:
        try:
            self._spool.append(facts, sync=sync)
            SPOOLED.inc(len(facts))
        except (OSError, SpoolFullError):
            logger.exception("%d facts could not be kept on disk", len(facts))
            LOST.inc(len(facts))

    def _replay_some(self) -> None:
        """Give one batch of the spool to the database, if there is one and it is time to try."""
        if self._spool.is_empty or (self._stopping and self._is_database_down):
            return
        if self._is_database_down and time.monotonic() < self._retry_at:
            return
        if self._replaying is None:
            self._replaying = self._spool.batches(BATCH)
        batch = self._again or next(self._replaying, [])
        if not batch:
            self._spool.done()
            self._replaying = None
            logger.info("spooled facts written")
            return
        self._replay_batch(batch)

    def _replay_batch(self, batch: list[Fact]) -> None:
        self._again = []
        try:
            self._apply(batch)
        except (OperationalError, InterfaceError) as error:
            self._database_lost(error)
            self._again = batch
            self._tries = self._tries + 1 if database_answers() else 0
            if self._tries < MAX_TRIES:
                return
            self._again = []
            self._one_by_one(batch, is_last_try=True)
        except Exception:
            logger.exception("a spooled batch was refused, trying each alone")
            self._one_by_one(batch)
        self._tries = 0
        self._is_database_down = False


def database_answers() -> bool:
    """Say whether the database answers at all; closes the connection when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except (OperationalError, InterfaceError):
        connection.close()
        return False
    return True
