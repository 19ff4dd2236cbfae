"""What the distributor tells of its agents' states: each change once, in order, to the writer."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import Counter

from apps.acd.engine.board import Board
from apps.acd.engine.rows import AgentRow
from apps.acd.engine.spans import WISH, StateHistory, Stay
from apps.acd.span_writer import SpanWriter
from apps.acd.state_spans import RECENT, Before, before_restart, stays_since

logger = logging.getLogger(__name__)

IMPOSSIBLE = Counter(
    "huawu_agent_state_impossible", "Changes of agents' states that should not be possible"
)


@dataclass(frozen=True)
class HistoryRows:
    """One reading of the database: sessions that are over, and after a start what was before."""

    stays: tuple[Stay, ...]
    before: Before | None = None


def history_rows(node: str, *, is_first: bool) -> HistoryRows:
    """Return what the history needs. 1 query, 3 the first time."""
    now = datetime.now(UTC)
    before = before_restart(node, now) if is_first else None
    since = now - RECENT
    if before is not None:
        since = min(since, before.seen_at - RECENT)
    return HistoryRows(stays_since(since), before)


class AgentHistory:
    """The board's history on the distributor's thread; no method blocks."""

    def __init__(self, board: Board, writer: SpanWriter) -> None:
        self._history = StateHistory(board)
        self._writer = writer

    def rows(self, agents: Iterable[AgentRow], rows: HistoryRows, now: datetime) -> None:
        """Take a reading of the database, after the board."""
        if rows.before is not None:
            self._writer.put(self._history.resume(rows.before.spans, rows.before.seen_at))
        here = [(agent.id, agent.signed_in_at or agent.wish_since) for agent in agents]
        self._writer.put(self._history.rows(here, rows.stays, now))
        self._writer.put(self._history.after(now, WISH))

    def after(self, at: datetime) -> None:
        """Tell what changed by what happened at that time."""
        self._writer.put(self._history.after(at))
        log = self._history.log
        for agent, before, after in log.impossible:
            IMPOSSIBLE.inc()
            logger.warning("agent %s: %s -> %s, something was not heard", agent, before, after)
        log.impossible.clear()

    def blind(self, at: datetime) -> None:
        """Note that nothing is seen from now on; harmless twice."""
        if self._history.log.is_blind:
            return
        self._writer.put(self._history.blind(at))
        self._writer.beat(at, is_seeing=False)

    def sighted(self, at: datetime) -> None:
        """Note that everything was asked anew."""
        self._writer.put(self._history.sighted(at))

    def beat(self, at: datetime) -> None:
        """Say that everything up to now was seen."""
        self._writer.beat(at)
