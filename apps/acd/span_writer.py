"""Take agents' spans from the distributor's thread without waiting; write them from one thread.

A slow or dead database never blocks the distributor. What waits is kept by its natural key, so that
newer replaces older; beyond `MAX_WAITING` the closed spans of the agent who has most become one
span that is marked uncertain, and the loss is counted. What a SIGKILL loses is the interval since
the last beat, which the next start marks.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from prometheus_client import Counter, Gauge

from apps.acd.engine.spans import Span
from apps.acd.state_spans import Beat, spans_apply

logger = logging.getLogger(__name__)

MAX_WAITING = 20_000
BATCH_AGENTS = 200
LINGER_S = 0.02
RETRY_S = 1.0

WRITTEN = Counter("huawu_agent_spans_written", "Agents' spans written")
LOST = Counter("huawu_agent_spans_lost", "Agents' spans merged into uncertain ones or refused")
WAITING = Gauge("huawu_agent_spans_waiting", "Agents' spans waiting in memory")

Apply = Callable[[Sequence[Span], Beat | None], None]


class SpanWriter:
    """The one writer of a distributor's process; `put` and `beat` never block, never raise."""

    def __init__(
        self, node: str, *, apply: Apply = spans_apply, max_waiting: int = MAX_WAITING
    ) -> None:
        self._node = node
        self._apply = apply
        self._max = max_waiting
        # Agent -> the beginnings of his spans -> the newest word of each, in order.
        self._waiting: dict[str, dict[datetime, Span]] = {}
        self._count = 0
        self._beat: Beat | None = None
        self._wake = threading.Condition()
        self._is_busy = False
        self._stopping = False
        self._retry_at = 0.0
        self._thread = threading.Thread(target=self._run, name="agent-spans", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, flush_s: float = 5.0) -> None:
        """Write what waits, within `flush_s`. Nothing may be put any more."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(flush_s)

    def put(self, spans: Iterable[Span]) -> None:
        """Take spans that changed."""
        found = list(spans)
        if not found:
            return
        with self._wake:
            for span in found:
                mine = self._waiting.setdefault(span.agent, {})
                self._count += span.started_at not in mine
                mine[span.started_at] = span
            while self._count > self._max and self._merge():
                pass
            self._wake.notify()

    def beat(self, seen_at: datetime | None, *, is_seeing: bool = True) -> None:
        """Say up to when everything was seen; what was put before is written before."""
        with self._wake:
            if seen_at is None and self._beat is not None:
                seen_at = self._beat.seen_at
            self._beat = Beat(self._node, seen_at, is_seeing)
            self._wake.notify()

    def wait_idle(self, timeout_s: float) -> bool:
        """Return whether everything put so far is written, waiting up to `timeout_s`."""
        with self._wake:
            return self._wake.wait_for(
                lambda: not self._waiting and self._beat is None and not self._is_busy, timeout_s
            )

    @property
    def waiting(self) -> int:
        """Return how many spans wait in memory."""
        return self._count

    def _merge(self) -> bool:
        """Make one uncertain span of the closed ones of the agent who has most; say if it could."""
        agent = max(self._waiting, key=lambda name: len(self._waiting[name]))
        mine = self._waiting[agent]
        closed = [span for _, span in sorted(mine.items()) if span.ended_at is not None]
        if len(closed) < 2:
            return self._drop()
        first, last = closed[0], closed[-1]
        for span in closed:
            del mine[span.started_at]
        mine[first.started_at] = replace(first, ended_at=last.ended_at, is_uncertain=True)
        self._lose(len(closed) - 1)
        return True

    def _drop(self) -> bool:
        """Forget the oldest agent's spans when there are more agents than room."""
        agent = next(iter(self._waiting), None)
        if agent is None:
            return False
        self._lose(len(self._waiting.pop(agent)))
        return True

    def _lose(self, count: int) -> None:
        self._count -= count
        LOST.inc(count)

    def _run(self) -> None:
        while True:
            spans, beat = self._next()
            if not spans and beat is None:
                break
            try:
                self._write(spans, beat)
            except Exception:  # the one writer must not die
                logger.exception("the writer of agents' states stumbled")
            with self._wake:
                self._is_busy = False
                self._wake.notify_all()
        connection.close()

    def _next(self) -> tuple[list[Span], Beat | None]:
        with self._wake:
            while not self._stopping and (pause := self._pause_s()) != 0.0:
                self._wake.wait(pause)
            if not self._stopping and self._waiting:
                # One hang-up changes several states: one transaction for them.
                self._wake.wait_for(lambda: self._stopping, LINGER_S)
            self._is_busy = True
            names = list(self._waiting)[:BATCH_AGENTS]
            spans = [span for name in names for span in self._waiting.pop(name).values()]
            self._count -= len(spans)
            WAITING.set(self._count)
            # Not all is written yet: what was seen up to now must wait.
            beat = None if self._waiting else self._beat
            if beat is not None:
                self._beat = None
            return spans, beat

    def _pause_s(self) -> float | None:
        """Return how long to wait: None until something comes, 0 not at all."""
        if not self._waiting and self._beat is None:
            return None
        return max(0.0, self._retry_at - time.monotonic())

    def _write(self, spans: list[Span], beat: Beat | None) -> None:
        close_old_connections()
        try:
            self._apply(spans, beat)
        except (OperationalError, InterfaceError) as error:
            self._lost(spans, beat, error)
        except Exception:
            logger.exception("%d states of agents were refused, trying each alone", len(spans))
            self._one_by_one(spans, beat)
        else:
            self._retry_at = 0.0
            WRITTEN.inc(len(spans))

    def _one_by_one(self, spans: list[Span], beat: Beat | None) -> None:
        by_agent: dict[str, list[Span]] = {}
        for span in spans:
            by_agent.setdefault(span.agent, []).append(span)
        for agent, mine in by_agent.items():
            try:
                self._apply(mine, None)
            except (OperationalError, InterfaceError) as error:
                self._lost(mine, None, error)
            except Exception:
                logger.exception("states of agent %s are lost: %.300r", agent, mine)
                LOST.inc(len(mine))
        if beat is not None and spans:
            self.beat(beat.seen_at, is_seeing=beat.is_seeing)

    def _lost(self, spans: list[Span], beat: Beat | None, error: Exception) -> None:
        """Put back what could not be written; what came meanwhile is newer."""
        if self._retry_at == 0.0:
            logger.error("the database cannot take agents' states, they wait: %s", error)
        self._retry_at = time.monotonic() + RETRY_S
        connection.close()
        if self._stopping:
            LOST.inc(len(spans))
            return
        with self._wake:
            newer, self._waiting, self._count = self._waiting, {}, 0
            if self._beat is None:
                self._beat = beat
            self.put(spans)
            for mine in newer.values():
                self.put(mine.values())
