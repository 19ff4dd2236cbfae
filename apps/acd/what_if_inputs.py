"""What a person asked, as it is kept, and the engine's changes made of it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TypedDict

from apps.acd.engine.what_if_change import (
    Changes,
    MemberChange,
    QueueChange,
    SkillChange,
    StaffChange,
)
from apps.acd.engine.what_if_day import Span
from apps.acd.floor_rows import STRATEGIES
from apps.acd.models import Strategy
from apps.acd.what_if_ledger import LedgerDay


class StaffInput(TypedDict):
    """So many agents more or less; `since` and `until` as 09:30, '' the day's beginning or end."""

    queue: str
    agents: int
    since: str
    until: str


class RuleInput(TypedDict):
    """Other rules of a queue; None or '' leaves what is. Seconds."""

    queue: str
    strategy: str
    ring_s: int | None
    wrap_up_s: int | None
    max_wait_s: int | None
    level_s: int | None
    since: str
    until: str
    overflow_to: str


class MemberInput(TypedDict):
    """An agent serves a queue at this level, or, with None, no more."""

    agent: str
    queue: str
    level: int | None


class SkillInput(TypedDict):
    """An agent knows something at this level."""

    agent: str
    skill: str
    level: int


class WhatIfInputs(TypedDict):
    """All of it. Queues and agents by number; `calls` and `talks` are factors."""

    queues: list[str]
    definition: str
    plays: int
    calls: float
    talks: float
    is_varied: bool
    staff: list[StaffInput]
    rules: list[RuleInput]
    members: list[MemberInput]
    skills: list[SkillInput]


def queues_named(inputs: WhatIfInputs) -> set[str]:
    """Return the numbers of all queues that are asked for or changed."""
    rows: Iterable[StaffInput | RuleInput | MemberInput] = (
        *inputs["staff"],
        *inputs["rules"],
        *inputs["members"],
    )
    named = {*inputs["queues"], *(row["queue"] for row in rows)}
    return named | {row["overflow_to"] for row in inputs["rules"] if row["overflow_to"]}


def changes_of(inputs: WhatIfInputs, found: LedgerDay, on: date) -> Changes:
    """Return the engine's changes. Raises ValueError for who or what the day does not have."""
    queues = {number: queue for queue, number in found.queues.items()}
    agents = {number: agent for agent, number in found.agents.items()}

    def span(since: str, until: str) -> Span:
        return _moment(found, on, since or "00:00"), _moment(found, on, until or "24:00")

    try:
        return Changes(
            calls=inputs["calls"],
            talks=inputs["talks"],
            within=frozenset(queues[number] for number in inputs["queues"]),
            is_varied=inputs["is_varied"],
            staff=tuple(
                StaffChange(queues[row["queue"]], row["agents"], span(row["since"], row["until"]))
                for row in inputs["staff"]
            ),
            queues={
                queues[row["queue"]]: QueueChange(
                    strategy=STRATEGIES[Strategy(row["strategy"])] if row["strategy"] else None,
                    ring_ms=_ms(row["ring_s"]),
                    wrap_up_ms=_ms(row["wrap_up_s"]),
                    max_wait_ms=_ms(row["max_wait_s"]),
                    level_ms=_ms(row["level_s"]),
                    open=span(row["since"], row["until"]) if row["since"] or row["until"] else None,
                    overflow_to=queues[row["overflow_to"]] if row["overflow_to"] else None,
                )
                for row in inputs["rules"]
            },
            members=tuple(
                MemberChange(agents[row["agent"]], queues[row["queue"]], row["level"])
                for row in inputs["members"]
            ),
            skills=tuple(
                SkillChange(agents[row["agent"]], row["skill"], row["level"])
                for row in inputs["skills"]
            ),
        )
    except KeyError as error:
        raise ValueError(f"not on that day: {error}") from error


def _moment(found: LedgerDay, on: date, text: str) -> int:
    """Return the day's millisecond of a time of the clock; 24:00 is the next midnight."""
    zone = found.bounds.begins_at.tzinfo
    if text == "24:00":
        return found.bounds.ms(datetime.combine(on + timedelta(days=1), time(), zone))
    return found.bounds.ms(datetime.combine(on, time.fromisoformat(text), zone))


def _ms(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1000
