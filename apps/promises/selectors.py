"""Read the promises: who may see them, what was measured of a time, and the calls behind it.

Callers hold the company's scope. Of calls the figures are the company's, of availability the
installation's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet
from django.utils import timezone

from apps.accounts.choices import ViewTier
from apps.accounts.models import User
from apps.calls.link_gaps import link_gaps
from apps.calls.models import Call
from apps.calls.selectors import call_list_for
from apps.core.errors import ForbiddenError, NotFoundError
from apps.promises.engine.calls import DROPS, LATE, UNSERVED
from apps.promises.engine.service import SLOT
from apps.promises.engine.sums import CallSums, added
from apps.promises.engine.verdicts import Measured, Service
from apps.promises.measuring import promise_tend, promise_waiting
from apps.promises.models import PromiseCall, PromiseQuarter, ServiceQuarter
from apps.reports.engine.periods import Bucket

# Marks that a page measures itself before it is read; more is the worker's.
MOST_AT_ONCE = 8
# What may be asked for behind a figure, and what of a call counts there.
BEHIND: Mapping[str, Sequence[str]] = {
    "late": (LATE,),
    "unserved": UNSERVED,
    "dropped": DROPS,
    **{one: (one,) for one in (*UNSERVED, *DROPS)},
}


@dataclass(frozen=True)
class Report:
    """What was measured of a time: of its steps, and whole.

    `against`: how many calls count by what; `causes_s`: seconds in which something was missing.
    `since`: when availability was first measured; `unheard_s`: the exchange was not heard;
    `waiting`: quarter-hours not measured yet.
    """

    steps: Sequence[tuple[Bucket, Measured]]
    whole: Measured
    against: Mapping[str, int]
    causes_s: Mapping[str, int]
    since: datetime | None
    unheard_s: int
    waiting: int


@dataclass(frozen=True)
class Behind:
    """Calls that count against a promise, newest first; `hidden` may not be opened."""

    rows: "QuerySet[Call]"
    hidden: int


def promises_need(user: User) -> None:
    """Raise ForbiddenError unless the person sees the whole company."""
    if user.tenant_id is None or user.tier != ViewTier.ALL:
        raise ForbiddenError(user.username)


def promise_report(user: User, steps: Sequence[Bucket], *, now: datetime | None = None) -> Report:
    """Return what was measured in steps that follow each other. About 8 queries.

    Raises ForbiddenError. What was marked a moment ago is measured first.
    """
    promises_need(user)
    assert user.tenant_id is not None  # noqa: S101 - promises_need saw to it
    if 0 < promise_waiting() <= MOST_AT_ONCE:
        promise_tend(user.tenant_id, most=MOST_AT_ONCE)
    now = now or timezone.now()
    since, until = steps[0].since, steps[-1].until
    calls = _calls(steps, since, until)
    services, causes = _services(steps, since, until)
    whole = CallSums()
    for one in calls:
        whole = added(whole, one)
    return Report(
        steps=[
            (step, Measured(mine, service))
            for step, mine, service in zip(steps, calls, services, strict=True)
        ],
        whole=Measured(whole, _sum(services)),
        against=_against(since, until),
        causes_s={
            name: round(slots * SLOT.total_seconds())
            for name, slots in sorted(causes.items(), key=lambda one: -one[1])
        },
        since=ServiceQuarter.objects.aggregate(first=Min("quarter"))["first"],
        unheard_s=_unheard_s(since, min(until, now), now),
        waiting=promise_waiting(),
    )


def _place(steps: Sequence[Bucket], times: Iterable[datetime]) -> Iterable[int]:
    """Yield in which step each of the ordered times lies."""
    place = 0
    for at in times:
        while at >= steps[place].until:
            place += 1
        yield place


def _calls(steps: Sequence[Bucket], since: datetime, until: datetime) -> list[CallSums]:
    names = [part.name for part in fields(CallSums)]
    rows = list(
        PromiseQuarter.objects.filter(quarter__gte=since, quarter__lt=until)
        .order_by("quarter")
        .values_list("quarter", *names)
    )
    found = [CallSums() for _step in steps]
    places = _place(steps, (row[0] for row in rows))
    for row, place in zip(rows, places, strict=True):
        found[place] = added(found[place], CallSums(**dict(zip(names, row[1:], strict=True))))
    return found


def _services(
    steps: Sequence[Bucket], since: datetime, until: datetime
) -> tuple[list[Service], dict[str, int]]:
    rows = list(
        ServiceQuarter.objects.filter(quarter__gte=since, quarter__lt=until)
        .order_by("quarter")
        .values_list("quarter", "up", "down", "unknown", "causes")
    )
    found = [[0, 0, 0] for _step in steps]
    causes: dict[str, int] = {}
    places = _place(steps, (row[0] for row in rows))
    for (_quarter, *counts, why), place in zip(rows, places, strict=True):
        for number, count in enumerate(counts):
            found[place][number] += count
        for name, slots in why.items():
            causes[name] = causes.get(name, 0) + slots
    return [Service(*counts) for counts in found], causes


def _sum(services: Sequence[Service]) -> Service:
    return Service(
        sum(one.up for one in services),
        sum(one.down for one in services),
        sum(one.unknown for one in services),
    )


def _against(since: datetime, until: datetime) -> dict[str, int]:
    rows = PromiseCall.objects.filter(quarter__gte=since, quarter__lt=until)
    found: dict[str, int] = {}
    for what in rows.values_list("against", flat=True):
        found[what] = found.get(what, 0) + 1
    return found


def _unheard_s(since: datetime, until: datetime, now: datetime) -> int:
    if until <= since:
        return 0
    gaps = link_gaps(since, until, now=now)
    whole = sum((end - start for start, end in gaps), timedelta(0))
    return -(-whole // timedelta(seconds=1))


def calls_behind(user: User, what: str, since: datetime, until: datetime) -> Behind:
    """Return the calls behind a figure. Raises ForbiddenError, NotFoundError. 2 queries."""
    promises_need(user)
    if what not in BEHIND:
        raise NotFoundError(what[:20])
    rows: Any = PromiseCall.objects.filter(
        quarter__gte=since, quarter__lt=until, against__in=BEHIND[what]
    )
    ids = set(rows.values_list("call", flat=True))
    seen = call_list_for(user=user).filter(pk__in=ids)
    return Behind(seen, len(ids) - seen.count())


def first_day_of(day: date, of: str) -> date:
    """Return the first day of the month, quarter or year that holds a day."""
    if of == "year":
        return day.replace(month=1, day=1)
    if of == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(day=1)
