"""Short visits to the database for AGI threads: by few threads, never while one listens.

Django keeps a connection a thread, so a thousand callers would be a thousand connections. The
callers' threads never touch the database: `visit` hands the reading to one of `MAX_AT_ONCE` others,
whose connections live on (opening one costs more than a look-up). While the database is away each
visit fails at once, and only one in `RETRY_S` tries again.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Protocol, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from apps.ivr.engine.voice import LookupFailedError

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_AT_ONCE = 8
WAIT_S = 3.0
RETRY_S = 2.0


class Visits(Protocol):
    """Where reading the database happens; LookupFailedError when it cannot."""

    def visit(self, read: Callable[[], T]) -> T:
        """Return what `read` returns."""


class DatabaseVisits:
    """The threads that read for callers. `close` gives their connections back."""

    def __init__(self, at_once: int = MAX_AT_ONCE) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="agi-database")
        self._at_once = at_once
        self._lock = threading.Lock()
        self._is_away = False
        self._retry_at = 0.0

    def visit(self, read: Callable[[], T]) -> T:
        """Return what `read` returns; LookupFailedError when the database is away or too busy.

        `read` opens its own tenant scope and only reads: it may be called twice. Waits at most
        `WAIT_S`.
        """
        self._may_try()
        future: Future[T] = self._threads.submit(self._read, read)
        try:
            found = future.result(WAIT_S)
        except FutureTimeoutError as error:
            future.cancel()
            self._away(f"no answer in {WAIT_S} s")
            raise LookupFailedError(f"the database gave no answer in {WAIT_S} s") from error
        except (DatabaseError, InterfaceError) as error:
            self._away(str(error))
            raise LookupFailedError(str(error)) from error
        if self._is_away:
            self._is_away = False
            logger.info("database is back for callers")
        return found

    def close(self) -> None:
        """End the threads and close their connections. Nobody may visit any more."""
        everybody = threading.Barrier(self._at_once)

        def close() -> None:
            connection.close()
            # Nobody takes two turns: a thread closes only its own connection.
            everybody.wait(5)

        for _ in range(self._at_once):
            self._threads.submit(close)
        self._threads.shutdown(wait=True)

    @staticmethod
    def _read(read: Callable[[], T]) -> T:
        # Asking first whether the connection still lives would double each look-up's round trips.
        try:
            return read()
        except (OperationalError, InterfaceError):
            # The connection may just be an old one, from before the database's restart.
            connection.close()
        try:
            return read()
        except (DatabaseError, InterfaceError):
            connection.close()
            raise

    def _may_try(self) -> None:
        """Let everybody through; while the database is away one in `RETRY_S`, the others raise."""
        if not self._is_away:
            return
        with self._lock:
            now = time.monotonic()
            if now < self._retry_at:
                raise LookupFailedError("the database was away a moment ago")
            self._retry_at = now + RETRY_S

    def _away(self, why: str) -> None:
        with self._lock:
            is_news = not self._is_away
            self._is_away = True
            self._retry_at = time.monotonic() + RETRY_S
        if is_news:
            logger.warning("database away for callers, asked every %.0f s: %s", RETRY_S, why)
