"""Make rollups: always anew from the ledger, never by adding to what is there.

So a call that comes late, is corrected or told twice cannot be counted wrongly; and a rebuild makes
the same rows (ADR 0019). Callers hold the company's scope.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Min, QuerySet, Sum
from django.utils import timezone

from apps.acd.models import AgentStateSpan
from apps.calls.models import Call
from apps.core.tenancy import all_tenants, tenant_scope
from apps.reports.engine.periods import ONE_DAY, Period, bounds
from apps.reports.engine.quarters import runs_of
from apps.reports.engine.rolling import Rolled, roll
from apps.reports.engine.sums import LEAST, MOST, SUM, how_of
from apps.reports.ledger import ledger_between, queue_limits_ms
from apps.reports.models import (
    ROLLUPS,
    AgentRollup,
    Grain,
    LineRollup,
    PauseRollup,
    QueueRollup,
    Rollup,
    RollupDirty,
    RollupState,
)
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)

# Quarter-hours of one transaction: a day's. More follows in the next.
MOST_QUARTERS = 96
MOST_MARKS = 20_000
ADD: Mapping[str, Any] = {SUM: Sum, MOST: Max, LEAST: Min}
Progress = Callable[[date, int, int], None]


def rollups_tend() -> int:
    """Roll up what is marked, of every company; return how many quarter-hours."""
    with all_tenants("every company's ledger goes on"):
        marked = list(RollupDirty.objects.order_by().values_list("tenant", flat=True).distinct())
        changed = list(RollupState.objects.values_list("tenant", flat=True))
    done = 0
    for tenant_id in sorted({*marked, *changed}):
        with tenant_scope(tenant_id):
            while made := rollup_tend(tenant_id):
                done += made
    return done


def rollup_tend(tenant_id: int, *, most: int = MOST_QUARTERS) -> int:
    """Roll up at most so many marked quarter-hours of a company; return how many.

    One transaction, one at a time for a company: 0 also when somebody else is at it. A mark is
    read before the ledger and removed after it, so what is committed meanwhile stays marked.
    """
    with transaction.atomic():
        state = _state_locked(tenant_id)
        if state is None:
            return 0
        _settings_followed(state)
        marks = list(
            RollupDirty.objects.order_by("quarter").values_list("pk", "quarter")[:MOST_MARKS]
        )
        quarters = sorted({quarter for _pk, quarter in marks})[:most]
        if not quarters:
            return 0
        for since, until in runs_of(quarters):
            _quarters_write(tenant_id, since, until, roll(ledger_between(since, until)))
        _days_write(tenant_id, _days_of(quarters, ZoneInfo(state.timezone)), state.timezone)
        wanted = set(quarters)
        RollupDirty.objects.filter(pk__in=[pk for pk, at in marks if at in wanted]).delete()
    return len(quarters)


def rollup_waiting() -> int:
    """Return how many quarter-hours of the company in scope are marked. 1 query."""
    return RollupDirty.objects.values("quarter").distinct().count()


def rollup_rebuild(
    tenant_id: int, *, first: date | None = None, last: date | None = None,
    progress: Progress | None = None,
) -> int:  # fmt: skip
    """Make the rollups of some days anew, a day a transaction; return how many days.

    Without days: from the first call or state to today, and nothing outside is kept.
    """
    period = known_days(tenant_id)
    is_whole = first is None and last is None
    period = Period(first or period.first, last or period.last)
    for number in range(period.days):
        day = period.first + number * ONE_DAY
        with transaction.atomic():
            state = _state_locked(tenant_id, is_waiting=True)
            assert state is not None  # noqa: S101 - we waited for it
            _settings_followed(state)
            since, until = bounds(Period(day, day), ZoneInfo(state.timezone))
            _quarters_write(tenant_id, since, until, roll(ledger_between(since, until)))
            _days_write(tenant_id, [day], state.timezone)
        if progress is not None:
            progress(day, number + 1, period.days)
    if is_whole:
        _forget_outside(tenant_id, period)
    RollupState.objects.update(
        rebuilt_from=period.first, rebuilt_to=period.last, rebuilt_at=timezone.now()
    )
    return period.days


def _forget_outside(tenant_id: int, period: Period) -> None:
    since, until = bounds(period, ZoneInfo(Tenant.objects.get(pk=tenant_id).timezone))
    for model in ROLLUPS:
        model.objects.filter(start__lt=since).delete()
        model.objects.filter(start__gte=until).delete()


def known_days(tenant_id: int) -> Period:
    """Return the company's days from its first call or state to today."""
    zone = ZoneInfo(Tenant.objects.get(pk=tenant_id).timezone)
    call = Call.objects.order_by("started_at").values_list("started_at", flat=True).first()
    span = AgentStateSpan.objects.order_by("started_at").values_list("started_at", flat=True)
    now = timezone.now()
    first = min([at for at in (call, span.first()) if at is not None], default=now)
    return Period(min(first, now).astimezone(zone).date(), now.astimezone(zone).date())


def _state_locked(tenant_id: int, *, is_waiting: bool = False) -> RollupState | None:
    """Return the company's state, locked to the end of the transaction; None: somebody has it."""
    RollupState.objects.get_or_create(
        tenant_id=tenant_id,
        defaults={
            "timezone": Tenant.objects.get(pk=tenant_id).timezone,
            "limits": _limits(),
        },
    )
    rows = RollupState.objects.select_for_update(no_key=True, skip_locked=not is_waiting)
    return rows.filter(tenant=tenant_id).first()


def _limits() -> dict[str, list[int]]:
    return {number: list(limits) for number, limits in queue_limits_ms().items()}


def _settings_followed(state: RollupState) -> None:
    """Do what follows from a changed time zone, service level or short abandon.

    Days are added up anew at once, from their quarter-hours; what depends on a queue's limits is
    marked: figures are by those that it has now.
    """
    zone, limits = Tenant.objects.get(pk=state.tenant_id).timezone, _limits()
    changed = [
        number
        for number in {*limits, *state.limits}
        if limits.get(number) != state.limits.get(number)
    ]
    is_new = bool(changed) or zone != state.timezone
    if changed:
        quarters = QueueRollup.objects.filter(grain=Grain.QUARTER, queue_number__in=changed)
        RollupDirty.objects.bulk_create(
            RollupDirty(tenant_id=state.tenant_id, quarter=quarter)
            for quarter in quarters.order_by().values_list("start", flat=True).distinct()
        )
        state.limits = limits
    if zone != state.timezone:
        _days_anew(state.tenant_id, zone)
        state.timezone = zone
    if is_new:
        state.save(update_fields=["limits", "timezone", "updated_at"])


def _days_anew(tenant_id: int, zone: str) -> None:
    for model in ROLLUPS:
        model.objects.filter(grain=Grain.DAY).delete()
    starts: set[datetime] = set()
    for model in ROLLUPS:
        rows = model.objects.filter(grain=Grain.QUARTER).order_by()
        starts.update(rows.values_list("start", flat=True).distinct())
    _days_write(tenant_id, _days_of(starts, ZoneInfo(zone)), zone)


def _days_of(quarters: Iterable[datetime], zone: ZoneInfo) -> list[date]:
    found = set()
    for quarter in quarters:
        day = quarter.astimezone(zone).date()
        # Where the clock is put back over midnight, the date of now is not its day's.
        since, until = bounds(Period(day, day), zone)
        found.add(day if since <= quarter < until else day + ONE_DAY)
    return sorted(found)


def rolled_rows(rolled: Rolled) -> dict[type[Rollup], Mapping[Any, Any]]:
    """Return the sums by the table that they are kept in."""
    return {
        QueueRollup: rolled.queues,
        AgentRollup: rolled.agents,
        PauseRollup: rolled.pauses,
        LineRollup: rolled.lines,
    }


def _quarters_write(tenant_id: int, since: datetime, until: datetime, rolled: Rolled) -> None:
    """Put these sums where those of [since, until) were."""
    for model, found in rolled_rows(rolled).items():
        model.objects.filter(grain=Grain.QUARTER, start__gte=since, start__lt=until).delete()
        _insert(
            model,
            [
                model(
                    tenant_id=tenant_id,
                    grain=Grain.QUARTER,
                    start=start,
                    **dict(zip(model.KEY, key, strict=True)),
                    **vars(one),
                )
                for (start, *key), one in found.items()
            ],
        )


def _insert(model: type[Rollup], rows: Sequence[Rollup]) -> None:
    model.objects.bulk_create(rows, batch_size=1000)


def _days_write(tenant_id: int, days: Iterable[date], zone: str) -> None:
    """Add the quarter-hours of these days up."""
    for day in days:
        since, until = bounds(Period(day, day), ZoneInfo(zone))
        for model in ROLLUPS:
            model.objects.filter(grain=Grain.DAY, start=since).delete()
            _insert(
                model,
                [
                    model(tenant_id=tenant_id, grain=Grain.DAY, start=since, **row)
                    for row in sums_by(model, quarters_between(model, since, until), *model.KEY)
                ],
            )


def quarters_between(model: type[Rollup], since: datetime, until: datetime) -> "QuerySet[Any]":
    """Return the rows of quarter-hours in [since, until)."""
    rows: QuerySet[Any] = model.objects.filter(
        grain=Grain.QUARTER, start__gte=since, start__lt=until
    )
    return rows


def sums_query(model: type[Rollup], rows: "QuerySet[Any]", *names: str) -> "QuerySet[Any]":
    """Return the query that adds rows up by these fields; a sum is called `all_` and its part."""
    parts = {
        # An annotation may not have a field's name.
        f"all_{name}": ADD[how](name)
        for name, how in how_of(model.SUMS).items()
    }
    found: QuerySet[Any] = rows.order_by().values(*names).annotate(**parts)
    return found


def sums_by(model: type[Rollup], rows: "QuerySet[Any]", *names: str) -> list[dict[str, Any]]:
    """Return rows added up by these fields, each as {field or part: value}. 1 query."""
    return [
        {key.removeprefix("all_"): value for key, value in row.items()}
        for row in sums_query(model, rows, *names)
    ]
