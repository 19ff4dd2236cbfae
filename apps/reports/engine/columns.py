"""The columns of each kind of report: what they are of the sums. Pure.

An id names one definition (docs/figures.md, docs/reports.md). Counts that can be opened name what
is behind them; quotients are asked of the figures' modules.
"""

from collections.abc import Mapping
from dataclasses import replace
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
from apps.reports.engine.column import (
    CLOCK,
    COUNT,
    MEAN,
    SHARE,
    TIME,
    Column,
    Value,
    count,
    quotient,
    total_time,
)
from apps.reports.engine.ledger_columns import (
    CONTACT_COLUMNS,
    INSPECTION_COLUMNS,
    ITEM_COLUMNS,
    ORDER_COLUMNS,
    ORDER_STEP_COLUMNS,
    QUESTION_COLUMNS,
    STEP_COLUMNS,
    SURVEY_COLUMNS,
)
from apps.reports.engine.ledger_sums import (
    ContactSums,
    InspectionSums,
    ItemSums,
    OrderStepSums,
    OrderSums,
    QuestionSums,
    StepSums,
    SurveySums,
)
from apps.reports.engine.sums import (
    WAIT_EDGES_S,
    AgentSums,
    LineSums,
    QueueSums,
    TrunkSums,
    wait_bound_ms,
)

__all__ = [
    "CLOCK",
    "COLUMNS",
    "COUNT",
    "KINDS",
    "MEAN",
    "SHARE",
    "SUMS",
    "TIME",
    "Column",
    "Value",
]

QUEUES, AGENTS, ATTENDANCE = "queues", "agents", "attendance"
CALLS, NUMBERS, TRUNKS, DISPOSITIONS = "calls", "numbers", "trunks", "dispositions"
REGIONS = "regions"
SURVEYS, SURVEY_AGENTS = "surveys", "survey_agents"
SURVEY_QUESTIONS = "survey_questions"
IVR, IVR_STEPS = "ivr", "ivr_steps"
ORDERS, ORDER_DEPARTMENTS = "orders", "order_departments"
ORDER_STEPS, CONTACTS = "order_steps", "contacts"
QUALITY_AGENTS, QUALITY_DEPARTMENTS = "quality_agents", "quality_departments"
QUALITY_QUEUES, QUALITY_INSPECTORS = "quality_queues", "quality_inspectors"
QUALITY_ITEMS = "quality_items"
# Of inspections, one kind for each thing that they are told apart by.
OF_INSPECTIONS = (QUALITY_AGENTS, QUALITY_DEPARTMENTS, QUALITY_QUEUES, QUALITY_INSPECTORS)
# Rings, each at one agent's phone: of several agents together there are as many.
RINGS = frozenset({"legs_offered", "legs_missed"})
# How long a trunk's channels were taken; behind it are the legs that took them.
BUSY = "busy_ms"
# What is asked for behind a figure of all, however they ended.
EVERY = "all"


def _rate(name: str, unit: str) -> Column:
    def value(sums: QueueSums) -> Value:
        found: Rates = rates(sums.counts, DEFAULT_SERVICE_LEVEL)
        rate: float | None = getattr(found, name)
        return rate

    return Column(name, unit, value)


def _level(sums: QueueSums, definition: str) -> Value:
    return rates(sums.counts, definition).service_level


def _waited(percent: int) -> Column:
    """The wait that this share of answered callers did not exceed: a bound."""
    return Column(f"wait_p{percent}_ms", TIME, lambda sums: wait_bound_ms(sums, percent / 100))


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


_QUEUES = (
    count("offered", EVERY, is_charted=True),
    count("answered", is_charted=True),
    count("abandoned", is_charted=True),
    count("flowed_out", is_charted=True),
    count("abandoned_short", ""),
    replace(_rate("service_level", SHARE), at_level=_level),
    _rate("abandon_rate", SHARE),
    _rate("abandon_rate_without_short", SHARE),
    _rate("asa_ms", TIME),
    _rate("aht_ms", TIME),
    Column("longest_wait_ms", TIME, _longest),
    _within(10),
    _within(30),
    _within(60),
    _waited(50),
    _waited(90),
    _waited(95),
    count("transferred"),
    _rate("transfer_rate", SHARE),
)
_AGENTS = (
    count("answered", is_charted=True),
    count("missed", is_charted=True),
    count("taken"),
    count("made", is_charted=True),
    count("reached"),
    _time("talk", TALKING),
    _time("hold", HELD),
    _time("wrap_up", WRAP_UP),
    _time("ready", READY),
    _time("paused", PAUSED),
    Column("signed_in", TIME, lambda sums: sums.times.signed_in_ms),
    Column("handling", TIME, lambda sums: handling_ms(sums.counts, sums.times.handling_ms)),
    Column("occupancy", SHARE, lambda sums: sums.times.occupancy),
    Column("utilisation", SHARE, lambda sums: sums.times.utilisation),
    count("transferred"),
    quotient("transfer_rate", SHARE, "transferred", "answered"),
    count("legs_offered"),
    count("legs_missed"),
    quotient("rona_rate", SHARE, "legs_missed", "legs_offered"),
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
    count("calls", EVERY, is_charted=True),
    count("answered", is_charted=True),
    count("abandoned", is_charted=True),
    count("voicemail"),
    count("self_service"),
    count("refused"),
    count("failed"),
    Column("talk_ms", TIME, lambda sums: sums.talk_ms),
    quotient("mean_talk_ms", TIME, "talk_ms", "answered"),
)


def _occupancy(sums: LineSums) -> Value:
    # Only what a report of trunks has read knows how many channels there are.
    capacity_ms = sums.capacity_ms if isinstance(sums, TrunkSums) else 0
    return sums.busy_ms / capacity_ms if capacity_ms else None


_TRUNKS = (
    *_LINES,
    total_time(BUSY, BUSY),
    Column("trunk_occupancy", SHARE, _occupancy),
)
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    QUEUES: _QUEUES,
    AGENTS: _AGENTS,
    ATTENDANCE: _ATTENDANCE,
    CALLS: _LINES,
    NUMBERS: _LINES,
    TRUNKS: _TRUNKS,
    DISPOSITIONS: _LINES,
    REGIONS: _LINES,
    SURVEYS: SURVEY_COLUMNS,
    SURVEY_AGENTS: SURVEY_COLUMNS,
    SURVEY_QUESTIONS: QUESTION_COLUMNS,
    IVR: STEP_COLUMNS,
    IVR_STEPS: STEP_COLUMNS,
    ORDERS: ORDER_COLUMNS,
    ORDER_DEPARTMENTS: ORDER_COLUMNS,
    ORDER_STEPS: ORDER_STEP_COLUMNS,
    CONTACTS: CONTACT_COLUMNS,
    **dict.fromkeys(OF_INSPECTIONS, INSPECTION_COLUMNS),
    QUALITY_ITEMS: ITEM_COLUMNS,
}
SUMS: Mapping[str, type[Any]] = {
    QUEUES: QueueSums,
    AGENTS: AgentSums,
    ATTENDANCE: AgentSums,
    CALLS: LineSums,
    NUMBERS: LineSums,
    TRUNKS: LineSums,
    DISPOSITIONS: LineSums,
    REGIONS: LineSums,
    SURVEYS: SurveySums,
    SURVEY_AGENTS: SurveySums,
    SURVEY_QUESTIONS: QuestionSums,
    IVR: StepSums,
    IVR_STEPS: StepSums,
    ORDERS: OrderSums,
    ORDER_DEPARTMENTS: OrderSums,
    ORDER_STEPS: OrderStepSums,
    CONTACTS: ContactSums,
    **dict.fromkeys(OF_INSPECTIONS, InspectionSums),
    QUALITY_ITEMS: ItemSums,
}
KINDS = tuple(COLUMNS)
# Calls as such are not of one department: only who sees the whole company has these.
OF_COMPANY = frozenset({CALLS, NUMBERS, TRUNKS, DISPOSITIONS, REGIONS, IVR, IVR_STEPS})
# Read from the ledger itself at each look: of so many days at most.
MOST_LEDGER_DAYS = 92
OF_ROWS = frozenset({IVR, IVR_STEPS, CONTACTS})
