"""Queues now and over a period, for people: the same definitions live and afterwards.

The database adds up, `calls.engine.figures` says what the sums mean (docs/figures.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import restrict
from apps.acd.expected_waits import expected_waits
from apps.acd.models import AgentSession, Queue, QueueMember
from apps.acd.selectors import session_idle_list
from apps.calls.choices import VisitEnd
from apps.calls.engine.figures import DEFAULT_SERVICE_LEVEL, Counts, Rates, rates
from apps.calls.models import QueueVisit

# A queue's service level and short abandon in seconds; by its number.
Limits = tuple[int, int]
QueueLimits = Mapping[str, Limits]
CLOSED = (VisitEnd.ANSWERED, VisitEnd.ABANDONED, VisitEnd.FLOWED_OUT)


@dataclass(frozen=True)
class Live:
    """A queue at this moment; `longest_s` is the longest wait of who waits, 0 without."""

    waiting: int = 0
    longest_s: int = 0
    signed_in: int = 0
    idle: int = 0


@dataclass(frozen=True)
class QueueFigures:
    """One queue's counts and rates of callers who joined in a period, and how it is now.

    `expected_s`: the expected wait of one who comes now, None when nobody serves the queue.
    """

    number: str
    name: str
    counts: Counts
    rates: Rates
    live: Live
    expected_s: float | None = None
    pk: int | None = None


def queues_for(user: User) -> "QuerySet[Queue]":
    """Return the queues whose figures the person may see: served, of the department, or all."""
    rows: QuerySet[Queue] = Queue.objects.filter(is_active=True)
    own = Q(pk__in=QueueMember.objects.filter(agent__user=user).values("queue_id"))
    return restrict(rows, user=user, own=own, department_paths=("department",)).order_by("number")


def queue_figures(
    *,
    user: User,
    since: datetime,
    until: datetime,
    definition: str = DEFAULT_SERVICE_LEVEL,
    now: datetime | None = None,
) -> list[QueueFigures]:
    """Return the figures of each queue that the person may see, by number. 11 queries.

    Who joined from `since` up to but not including `until` counts. Raises KeyError for an unknown
    definition of the service level.
    """
    queues = list(queues_for(user))
    numbers = [queue.number for queue in queues]
    counts = _counts(_visits(numbers, since, until), limits_of(queues))
    now = now or timezone.now()
    live, expected = _live(queues, now), expected_waits(queues, now)
    return [
        QueueFigures(
            number=queue.number,
            name=queue.name,
            counts=counts.get(queue.number, Counts()),
            rates=rates(counts.get(queue.number, Counts()), definition),
            live=live.get(queue.number, Live()),
            expected_s=expected[queue.number],
            pk=queue.pk,
        )
        for queue in queues
    ]


def total_of(figures: list[QueueFigures], definition: str = DEFAULT_SERVICE_LEVEL) -> QueueFigures:
    """Return all queues together; an agent of several counts in each, so `live` has none."""
    counts = sum((one.counts for one in figures), Counts())
    live = Live(
        waiting=sum(one.live.waiting for one in figures),
        longest_s=max((one.live.longest_s for one in figures), default=0),
    )
    return QueueFigures("", "", counts, rates(counts, definition), live)


def queue_visits(
    *, user: User, number: str, since: datetime, until: datetime, how: str = ""
) -> "QuerySet[QueueVisit]":
    """Return the closed visits behind a figure, newest first; `how` '' means all offered."""
    numbers = [queue.number for queue in queues_for(user) if number in ("", queue.number)]
    rows = _visits(numbers, since, until).filter(how__in=[how] if how else CLOSED)
    return rows.select_related("call__customer", "agent__user").order_by("-joined_at", "-pk")


def queues_now(numbers: Iterable[str], now: datetime) -> dict[str, Live]:
    """Return how each queue of the company in scope is, by number. 3 queries."""
    return _live(list(Queue.objects.filter(number__in=list(numbers), is_active=True)), now)


def service_levels(
    numbers: Iterable[str], since: datetime, until: datetime
) -> dict[str, float | None]:
    """Return the service level (0 to 1) of each queue in scope by number. 2 queries."""
    found = list(numbers)
    counts = _counts(_visits(found, since, until), None)
    return {number: rates(counts.get(number, Counts())).service_level for number in found}


def queue_limits() -> dict[str, Limits]:
    """Return the limits of every queue in scope, also of those that rest. 1 query."""
    rows = Queue.objects.order_by().values_list("number", "service_level_s", "short_abandon_s")
    return {number: (level_s, short_s) for number, level_s, short_s in rows}


def limits_of(queues: Iterable[Queue]) -> dict[str, Limits]:
    """Return the limits of these queues, which were read."""
    return {one.number: (one.service_level_s, one.short_abandon_s) for one in queues}


def queue_counts(
    numbers: Iterable[str], since: datetime, until: datetime, limits: QueueLimits | None = None
) -> dict[str, Counts]:
    """Return the counts of callers who joined in [since, until), by queue in scope. 1 query.

    `limits` of these queues, for who has them; else they are read, by 1 query more.
    """
    return _counts(_visits(list(numbers), since, until), limits)


def _visits(numbers: list[str], since: datetime, until: datetime) -> "QuerySet[QueueVisit]":
    rows: QuerySet[QueueVisit] = QueueVisit.objects.filter(
        queue_number__in=numbers, joined_at__gte=since, joined_at__lt=until
    )
    return rows


def _limit(queues: Mapping[Limits, list[str]], part: int) -> Case:
    """Return a queue's level (0) or short abandon (1) in ms; NULL for a queue that is no more.

    Queues with the same limits are one branch: there are few, and no row asks a sub-query.
    """
    return Case(
        *(
            When(queue_number__in=numbers, then=Value(limits[part] * 1000))
            for limits, numbers in queues.items()
        ),
        default=None,
        output_field=BigIntegerField(),
    )


def _counts(visits: "QuerySet[QueueVisit]", limits: QueueLimits | None) -> dict[str, Counts]:
    alike: dict[Limits, list[str]] = {}
    for number, pair in (queue_limits() if limits is None else limits).items():
        alike.setdefault(pair, []).append(number)
    in_time = Q(wait_ms__lte=F("level_ms"))
    answered, abandoned = Q(how=VisitEnd.ANSWERED), Q(how=VisitEnd.ABANDONED)
    rows: Any = (
        visits.filter(how__in=CLOSED)
        .annotate(level_ms=_limit(alike, 0), short_ms=_limit(alike, 1))
        .values("queue_number")
        .annotate(
            offered=Count("pk"),
            answered=Count("pk", filter=answered),
            answered_in_time=Count("pk", filter=answered & in_time),
            abandoned=Count("pk", filter=abandoned),
            abandoned_short=Count("pk", filter=abandoned & Q(wait_ms__lt=F("short_ms"))),
            abandoned_in_time=Count("pk", filter=abandoned & in_time),
            flowed_out=Count("pk", filter=Q(how=VisitEnd.FLOWED_OUT)),
            answered_wait_ms=Sum("wait_ms", filter=answered),
            longest_wait_ms=Max("wait_ms"),
        )
    )
    return {
        row.pop("queue_number"): Counts(**{name: value or 0 for name, value in row.items()})
        for row in rows
    }


def _live(queues: list[Queue], now: datetime) -> dict[str, Live]:
    waiting = {
        row["queue_number"]: row
        for row in QueueVisit.objects.filter(
            queue_number__in=[queue.number for queue in queues],
            how=VisitEnd.WAITING,
            call__ended_at=None,
        )
        .values("queue_number")
        .annotate(n=Count("pk"), oldest=Min("joined_at"))
    }
    sessions = AgentSession.objects.filter(
        agent=OuterRef("agent"),
        signed_out_at=None,
        agent__is_active=True,
        agent__user__is_active=True,
    )
    is_idle = Exists(session_idle_list(now).filter(agent=OuterRef("agent")))
    staff = {
        row["queue__number"]: row
        for row in QueueMember.objects.filter(Exists(sessions), queue__in=queues)
        .annotate(is_idle=is_idle)
        .values("queue__number")
        .annotate(signed_in=Count("pk"), idle=Count("pk", filter=Q(is_idle=True)))
    }
    found = {}
    for queue in queues:
        callers: Any = waiting.get(queue.number, {})
        agents: Any = staff.get(queue.number, {})
        oldest = callers.get("oldest")
        found[queue.number] = Live(
            waiting=callers.get("n", 0),
            longest_s=max(0, int((now - oldest).total_seconds())) if oldest else 0,
            signed_in=agents.get("signed_in", 0),
            idle=agents.get("idle", 0),
        )
    return found
