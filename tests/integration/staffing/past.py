"""A queue's past, as its rollups have it: the same calls on each day of a kind."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.accounts.models import Agent
from apps.reports.models import AgentRollup, Grain, QueueRollup
from apps.tenants.models import Tenant

ZONE = ZoneInfo("Asia/Shanghai")


def at(day: date, hour: float) -> datetime:
    """Return a time of a day on the company's clock."""
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=hour)


def past(
    tenant: Tenant,
    number: str,
    days: list[date],
    calls: Callable[[date, int], int],
    *,
    handled_s: int = 180,
) -> None:
    """Write what came in each quarter-hour from 9 to 12; nine of ten are answered."""
    rows = []
    for day in days:
        whole = 0
        for quarter in range(12):
            offered = calls(day, quarter)
            whole += offered
            rows.append(_row(tenant, number, at(day, 9 + quarter / 4), Grain.QUARTER, offered,
                             handled_s))  # fmt: skip
        rows.append(_row(tenant, number, at(day, 0), Grain.DAY, whole, handled_s))
    QueueRollup.objects.bulk_create(rows)


def _row(
    tenant: Tenant, number: str, start: datetime, grain: str, offered: int, handled_s: int
) -> QueueRollup:
    answered = offered * 9 // 10
    return QueueRollup(
        tenant=tenant, queue_number=number, start=start, grain=grain, offered=offered,
        answered=answered, answered_in_time=answered, abandoned=offered - answered,
        answered_wait_ms=answered * 6_000, handled_ms=answered * handled_s * 1000,
    )  # fmt: skip


def sat(agent: Agent, day: date, hours: range, *, ready_s: int = 600) -> None:
    """Write that an agent was at his seat in these hours, ready and talking."""
    AgentRollup.objects.bulk_create(
        AgentRollup(
            tenant=agent.tenant, agent=agent, grain=Grain.QUARTER, start=at(day, hour + part / 4),
            ready_ms=ready_s * 1000, talking_ms=(900 - ready_s) * 1000,
        )
        for hour in hours
        for part in range(4)
    )  # fmt: skip
