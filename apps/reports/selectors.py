"""Read a report: who may see what of it, its rows, its total, and what it is compared with.

Everything is read from rollups of whole days, by hours from those of quarter-hours; what a person
may not see is not in the query. Callers hold the company's scope.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import ViewTier
from apps.accounts.models import Agent, User
from apps.accounts.scope import restrict
from apps.acd.agent_times import open_rows
from apps.acd.models import Queue, QueueMember
from apps.calls.choices import Direction
from apps.calls.link_gaps import link_gaps
from apps.core.errors import NotFoundError
from apps.dispositions.models import Disposition
from apps.dispositions.selectors import PARENTS
from apps.reports.choices import report_choice
from apps.reports.engine import region as regions
from apps.reports.engine.columns import (
    AGENTS,
    ATTENDANCE,
    CALLS,
    DISPOSITIONS,
    KINDS,
    NUMBERS,
    OF_COMPANY,
    QUEUES,
    REGIONS,
    SUMS,
    TRUNKS,
)
from apps.reports.engine.periods import HOUR, Bucket, Period, before, bounds, buckets
from apps.reports.engine.rolling import ALL, DID, DISPOSITION, REGION, TRUNK, Ledger, Rolled, roll
from apps.reports.engine.sums import AgentSums, added, together
from apps.reports.faces import sums_by_item
from apps.reports.kinds_of_ledger import OF_LEDGER
from apps.reports.ledger_report import ledger_items, report_of_ledger, with_capacity
from apps.reports.models import AgentRollup, Grain, LineRollup, PauseRollup, QueueRollup, Rollup
from apps.reports.rollups import rollup_tend, rollup_waiting, sums_by
from apps.reports.shapes import (
    BY_ITEM,
    BY_TIME,
    Asked,
    Gaps,
    Item,
    Report,
    ReportRow,
    total_of,
    unheard_in,
)

__all__ = ["BY_ITEM", "BY_TIME", "Asked", "Item", "Report", "ReportRow"]

# Marks that a report rolls up itself before it is read; more is the worker's.
MOST_AT_ONCE = 8
TABLES: Mapping[str, tuple[type[Rollup], str]] = {
    QUEUES: (QueueRollup, "queue_number"),
    AGENTS: (AgentRollup, "agent_id"),
    ATTENDANCE: (AgentRollup, "agent_id"),
    CALLS: (LineRollup, "direction"),
    NUMBERS: (LineRollup, "value"),
    TRUNKS: (LineRollup, "value"),
    DISPOSITIONS: (LineRollup, "value"),
    REGIONS: (LineRollup, "value"),
}
LINES: Mapping[str, str] = {
    CALLS: ALL,
    NUMBERS: DID,
    TRUNKS: TRUNK,
    DISPOSITIONS: DISPOSITION,
    REGIONS: REGION,
}


def kinds_for(user: User) -> tuple[str, ...]:
    """Return the reports that the person may open."""
    if user.tier == ViewTier.ALL:
        return KINDS
    return tuple(kind for kind in KINDS if kind not in OF_COMPANY)


def zone_of(user: User) -> ZoneInfo:
    """Return the company's time zone."""
    return ZoneInfo(user.tenant.timezone if user.tenant else "UTC")


def items_for(user: User, kind: str, period: Period) -> list[Item]:
    """Return what the person may see a report of. Raises NotFoundError for a kind he may not.

    Also what is no longer in use: its past stays. Numbers and trunks are those of the period.
    """
    if kind not in kinds_for(user):
        raise NotFoundError(kind[:20])
    if kind in OF_LEDGER:
        since, until = bounds(period, zone_of(user))
        return ledger_items(kind, sums_by_item(OF_LEDGER[kind], user, since, until))
    if kind == QUEUES:
        rows = restrict(
            Queue.objects.all(),
            user=user,
            own=Q(pk__in=QueueMember.objects.filter(agent__user=user).values("queue_id")),
            department_paths=("department",),
        )
        return [Item(one.number, f"{one.number} {one.name}") for one in rows.order_by("number")]
    if kind in (AGENTS, ATTENDANCE):
        agents = agents_seen(user).select_related("user").order_by("number", "pk")
        return [Item(one.pk, str(one)) for one in agents]
    if kind == CALLS:
        return [Item(value, str(label)) for value, label in Direction.choices]
    if kind == DISPOSITIONS:
        kept = Disposition.objects.select_related(PARENTS)
        return [Item(str(one.pk), one.path) for one in sorted(kept, key=lambda one: one.path)]
    if kind == REGIONS:
        return [Item(code, code) for code in regions.REGIONS]
    since, until = bounds(period, zone_of(user))
    lines = _lines(kind).filter(grain=Grain.DAY, start__gte=since, start__lt=until)
    values = lines.order_by("value").values_list("value", flat=True).distinct()
    return [Item(value, value) for value in values]


def agents_seen(user: User) -> "QuerySet[Agent]":
    """Return the agents whose figures the person may see, also those who have left."""
    rows: QuerySet[Agent] = Agent.objects.all()
    return restrict(rows, user=user, own=Q(user=user), department_paths=("user__department",))


def _lines(kind: str) -> "QuerySet[Any]":
    rows: QuerySet[Any] = LineRollup.objects.filter(dimension=LINES[kind])
    return rows


def report(*, user: User, asked: Asked, now: datetime | None = None) -> Report:
    """Return a report. Raises NotFoundError for a kind or an item that is not the person's.

    About 10 queries. What was marked a moment ago is rolled up first, so that a figure and the
    calls behind it agree; long arrears are left to the worker and told.
    """
    assert user.tenant_id is not None  # noqa: S101 - a person of a company
    if 0 < rollup_waiting() <= MOST_AT_ONCE:
        rollup_tend(user.tenant_id, most=MOST_AT_ONCE)
    zone, now = zone_of(user), now or timezone.now()
    if asked.kind not in kinds_for(user):
        raise NotFoundError(asked.kind[:20])
    if asked.kind in OF_LEDGER:
        return report_of_ledger(user, asked, zone, now)
    items = items_for(user, asked.kind, asked.period)
    if asked.item:
        items = [one for one in items if str(one.key) == asked.item]
        if not items:
            raise NotFoundError(asked.item[:40])
    whole = _by_item(asked, asked.period, items, zone, now)
    earlier = before(asked.period)
    gaps = link_gaps(*bounds(asked.period, zone), now=now)
    compared = _by_item(asked, earlier, items, zone, now)
    choice = report_choice()
    found = Report(
        asked=asked,
        zone=zone,
        items=tuple(items),
        rows=_rows(asked, items, whole, zone, now, gaps),
        total=total_of(asked.kind, whole.values()),
        earlier=earlier,
        earlier_total=total_of(asked.kind, compared.values()),
        pauses=_pauses(asked, items, zone, now) if asked.kind == ATTENDANCE else {},
        waiting=rollup_waiting(),
        unheard_s=unheard_in(gaps, *bounds(asked.period, zone)),
        level=asked.level or choice.service_level,
        queue_levels={} if asked.level else choice.queue_levels,
    )
    return with_capacity(found, now) if asked.kind == TRUNKS else found


def _rows(
    asked: Asked,
    items: list[Item],
    whole: Mapping[Any, Any],
    zone: ZoneInfo,
    now: datetime,
    gaps: Gaps,
) -> tuple[ReportRow, ...]:
    if asked.by == BY_ITEM:
        kind = SUMS[asked.kind]
        found = [ReportRow(whole.get(one.key, kind()), item=one) for one in items]
        # Who has nothing in the period is a row only where he was asked for.
        return tuple(row for row in found if asked.item or row.sums != kind())
    steps = buckets(asked.period, asked.step, zone)
    by_step = _by_step(asked, items, steps, now)
    return tuple(
        ReportRow(sums, bucket=step, unheard_s=unheard_in(gaps, step.since, step.until))
        for step, sums in zip(steps, by_step, strict=True)
    )


def _rollups(
    asked: Asked, items: list[Item], grain: str, since: datetime, until: datetime
) -> "QuerySet[Any]":
    model, name = TABLES[asked.kind]
    rows: QuerySet[Any] = model.objects.all() if model is not LineRollup else _lines(asked.kind)
    rows = rows.filter(grain=grain, start__gte=since, start__lt=until)
    # Of numbers the items are read from the rows themselves.
    if asked.item or model is not LineRollup:
        rows = rows.filter(**{f"{name}__in": [one.key for one in items]})
    return rows


def _by_item(
    asked: Asked, period: Period, items: list[Item], zone: ZoneInfo, now: datetime
) -> dict[Any, Any]:
    """Return the sums of a period by item. 1 query, of agents 3 more for what is still open."""
    model, name = TABLES[asked.kind]
    since, until = bounds(period, zone)
    rows = _rollups(asked, items, Grain.DAY, since, until)
    found = {row.pop(name): model.SUMS(**row) for row in sums_by(model, rows, name)}
    if model is AgentRollup:
        for (_at, key), sums in _open(items, since, until, now).agents.items():
            found[key] = added(found.get(key, AgentSums()), sums)
    return found


def _by_step(asked: Asked, items: list[Item], steps: list[Bucket], now: datetime) -> list[Any]:
    """Return the sums of each step, of all items together. 1 query, of agents 3 more."""
    model, _name = TABLES[asked.kind]
    since, until = steps[0].since, steps[-1].until
    grain = Grain.QUARTER if asked.step == HOUR else Grain.DAY
    rows = sums_by(model, _rollups(asked, items, grain, since, until), "start")
    times = [(row["start"], row) for row in rows]
    if model is AgentRollup:
        opened = _open(items, since, until, now).agents
        times += [(at, vars(sums)) for (at, _agent), sums in opened.items()]
    of_step: list[list[Mapping[str, Any]]] = [[] for _step in steps]
    place = 0
    for start, row in sorted(times, key=lambda one: one[0]):
        while start >= steps[place].until:
            place += 1
        of_step[place].append(row)
    return [together(model.SUMS, found) for found in of_step]


# What is counted by hour of the week, and of how many days at most: quarter-hours are read.
OF_WEEK: Mapping[str, str] = {QUEUES: "offered", CALLS: "calls"}
MOST_WEEK_DAYS = 92


def hours_of_week(found: Report) -> list[list[int]]:
    """Return how many began in each hour (0 to 23) of each weekday (Monday first), local time.

    Together they are the report's total; [] where it is not counted so. 1 query.
    """
    asked = found.asked
    if asked.kind not in OF_WEEK or asked.period.days > MOST_WEEK_DAYS:
        return []
    part = OF_WEEK[asked.kind]
    model, _name = TABLES[asked.kind]
    rows = _rollups(asked, list(found.items), Grain.QUARTER, *bounds(asked.period, found.zone))
    hours = [[0] * 24 for _day in range(7)]
    for row in sums_by(model, rows, "start"):
        at = row["start"].astimezone(found.zone)
        hours[at.weekday()][at.hour] += row[part]
    return hours


def _open(items: list[Item], since: datetime, until: datetime, now: datetime) -> Rolled:
    """Return what is added by states that last until now. 3 queries."""
    if now < since:
        return roll(Ledger())
    rows = open_rows([one.key for one in items], since, until, now=now)
    return roll(Ledger(spans={agent: [row] for agent, row in rows.items()}))


def _pauses(asked: Asked, items: list[Item], zone: ZoneInfo, now: datetime) -> dict[str, int]:
    """Return for how long they were busy, by reason. 4 queries."""
    since, until = bounds(asked.period, zone)
    rows = PauseRollup.objects.filter(
        grain=Grain.DAY,
        start__gte=since,
        start__lt=until,
        agent__in=[one.key for one in items],
    )
    found = {row["reason"]: row["ms"] for row in sums_by(PauseRollup, rows, "reason")}
    for (_at, _agent, reason), sums in _open(items, since, until, now).pauses.items():
        found[reason] = found.get(reason, 0) + sums.ms
    return found
