"""The columns of each kind of report: what they are of the sums. Pure.

An id names one definition (docs/figures.md, docs/reports.md). Counts that can be opened name what
is behind them; quotients are asked of the figures' modules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.acd.engine.agent_state import (
    HELD,
    PAUSED,
    READY,
    RESTING,
    RINGING,
    TALKING,
    UNREACHABLE,
    WRAP_UP,
)
from apps.calls.engine.figures import DEFAULT_SERVICE_LEVEL, Rates, handling_ms, rates
from apps.reports.engine.sums import WAIT_EDGES_S, AgentSums, LineSums, QueueSums

# How a value is written: calls; milliseconds; a share of 1; a time of the clock.
COUNT, TIME, SHARE, CLOCK = "count", "time", "share", "clock"
QUEUES, AGENTS, ATTENDANCE = "queues", "agents", "attendance"
CALLS, NUMBERS, TRUNKS, DISPOSITIONS = "calls", "numbers", "trunks", "dispositions"
# What is asked for behind a figure of all, however they ended.
EVERY = "all"

Value = int | float | datetime | None


@dataclass(frozen=True)
class Column:
    """One figure. `behind` is what its rows are asked for with, '' when it has none."""

    id: str
    unit: str
    value: Callable[[Any], Value]
    behind: str = ""
    is_charted: bool = False


def _count(name: str, behind: str | None = None, *, is_charted: bool = False) -> Column:
    def value(sums: Any) -> Value:
        found: int = getattr(sums, name)
        return found

    return Column(name, COUNT, value, name if behind is None else behind, is_charted)


def _rate(name: str, unit: str) -> Column:
    def value(sums: QueueSums) -> Value:
        found: Rates = rates(sums.counts, DEFAULT_SERVICE_LEVEL)
        rate: float | None = getattr(found, name)
        return rate

    return Column(name, unit, value)


def _longest(sums: QueueSums) -> Value:
    return sums.longest_wait_ms if sums.offered else None


def _within(seconds: int) -> Column:
    """Answered callers who had waited at most so long, of all answered ones."""

    def value(sums: QueueSums) -> Value:
        edges = [edge for edge in WAIT_EDGES_S if edge <= seconds]
        found = sum(getattr(sums, f"waits_{edge}") for edge in edges)
        return found / sums.answered if sums.answered else None

    return Column(f"within_{seconds}", SHARE, value)


def _time(name: str, state: str) -> Column:
    return Column(name, TIME, lambda sums: sums.times.ms(state))


def _mean(of: str, by: str, name: str) -> Column:
    def value(sums: LineSums) -> Value:
        many = getattr(sums, by)
        return getattr(sums, of) / many if many else None

    return Column(name, TIME, value)


_QUEUES = (
    _count("offered", EVERY, is_charted=True),
    _count("answered", is_charted=True),
    _count("abandoned", is_charted=True),
    _count("flowed_out", is_charted=True),
    _count("abandoned_short", ""),
    _rate("service_level", SHARE),
    _rate("abandon_rate", SHARE),
    _rate("abandon_rate_without_short", SHARE),
    _rate("asa_ms", TIME),
    _rate("aht_ms", TIME),
    Column("longest_wait_ms", TIME, _longest),
    _within(10),
    _within(30),
    _within(60),
)
_AGENTS = (
    _count("answered", is_charted=True),
    _count("missed", is_charted=True),
    _count("taken"),
    _count("made", is_charted=True),
    _count("reached"),
    _time("talk", TALKING),
    _time("hold", HELD),
    _time("wrap_up", WRAP_UP),
    _time("ready", READY),
    _time("paused", PAUSED),
    Column("signed_in", TIME, lambda sums: sums.times.signed_in_ms),
    Column("handling", TIME, lambda sums: handling_ms(sums.counts, sums.times.handling_ms)),
    Column("occupancy", SHARE, lambda sums: sums.times.occupancy),
    Column("utilisation", SHARE, lambda sums: sums.times.utilisation),
)
_ATTENDANCE = (
    Column("first_at", CLOCK, lambda sums: sums.first_at),
    Column("last_at", CLOCK, lambda sums: sums.last_at),
    Column("signed_in", TIME, lambda sums: sums.times.signed_in_ms),
    _time("ready", READY),
    _time("ringing", RINGING),
    _time("talk", TALKING),
    _time("hold", HELD),
    _time("wrap_up", WRAP_UP),
    _time("paused", PAUSED),
    _time("resting", RESTING),
    _time("unreachable", UNREACHABLE),
    Column("unseen", TIME, lambda sums: sums.unseen_ms),
)
_LINES = (
    _count("calls", EVERY, is_charted=True),
    _count("answered", is_charted=True),
    _count("abandoned", is_charted=True),
    _count("voicemail"),
    _count("self_service"),
    _count("refused"),
    _count("failed"),
    Column("talk_ms", TIME, lambda sums: sums.talk_ms),
    _mean("talk_ms", "answered", "mean_talk_ms"),
)
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    QUEUES: _QUEUES,
    AGENTS: _AGENTS,
    ATTENDANCE: _ATTENDANCE,
    CALLS: _LINES,
    NUMBERS: _LINES,
    TRUNKS: _LINES,
    DISPOSITIONS: _LINES,
}
SUMS: Mapping[str, type[Any]] = {
    QUEUES: QueueSums,
    AGENTS: AgentSums,
    ATTENDANCE: AgentSums,
    CALLS: LineSums,
    NUMBERS: LineSums,
    TRUNKS: LineSums,
    DISPOSITIONS: LineSums,
}
KINDS = tuple(COLUMNS)
# Calls as such are not of one department: only who sees the whole company has these.
OF_COMPANY = frozenset({CALLS, NUMBERS, TRUNKS, DISPOSITIONS})
