"""How long the next caller of a queue will wait, for whoever reads the database.

The same function as the distributor's board, on the ledger's rows instead of its events
(docs/figures.md).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from apps.acd.engine.estimate import WINDOW, Staff, Stay, expected_wait_s, pace_of
from apps.acd.models import Queue, QueueMember, SessionState
from apps.acd.selectors import session_open_list
from apps.calls.choices import VisitEnd
from apps.calls.models import Call, Leg, QueueVisit

# Talks are few at night; those of a day tell how long one takes.
HANDLED_WITHIN = timedelta(hours=24)
# Nobody waits longer; who joined before it is no caller of now.
LONGEST = timedelta(hours=2)


def expected_waits(
    queues: Collection[Queue],
    now: datetime,
    talks: Mapping[str, float] | None = None,
    staff: Mapping[str, Staff] | None = None,
) -> dict[str, float | None]:
    """Return by queue number, in scope, the expected wait in seconds of one who comes now.

    None when nobody serves the queue: then nobody knows. 5 queries; `talks` of `mean_talks`, for
    who asks every second, saves the one that reads a day, `staff` two more.
    """
    numbers = [queue.number for queue in queues]
    stays: dict[str, list[Stay]] = {number: [] for number in numbers}
    waiting = dict.fromkeys(numbers, 0)
    for number, stay, is_live in _stays(numbers, now):
        stays[number].append(stay)
        waiting[number] += stay.left_at is None and is_live
    staff = staff_now(queues) if staff is None else staff
    talks = mean_talks(numbers, now) if talks is None else talks
    found: dict[str, float | None] = {}
    for queue in queues:
        here = staff.get(queue.number, Staff(0))
        talk_ms = talks.get(queue.number)
        handle_s = None if talk_ms is None else talk_ms / 1000 + queue.wrap_up_s
        pace = pace_of(stays[queue.number], here.serving, now, handle_s)
        found[queue.number] = expected_wait_s(waiting[queue.number] + 1, pace, here)
    return found


def _stays(numbers: list[str], now: datetime) -> list[tuple[str, Stay, bool]]:
    """Return the stays that touch the window, and whether the call is live. 2 queries.

    Calls and legs are read by the keys of the stays that are left: joined before, every call of
    two hours was looked up for those of a quarter of an hour.
    """
    rows = list(
        QueueVisit.objects.filter(
            Q(left_at__gte=now - WINDOW) | Q(left_at=None),
            queue_number__in=numbers,
            joined_at__gte=now - WINDOW - LONGEST,
            joined_at__lte=now,
        ).values_list("call_id", "queue_number", "joined_at", "left_at", "how")
    )
    live: set[int] = set()
    offers: dict[int, list[datetime]] = {}
    calls = Call.objects.filter(pk__in={row[0] for row in rows})
    for call_id, ended_at, offered_at in calls.values_list("pk", "ended_at", "legs__offered_at"):
        if ended_at is None:
            live.add(call_id)
        if offered_at is not None:
            offers.setdefault(call_id, []).append(offered_at)
    return [
        (
            number,
            Stay(joined_at, _first(offers.get(call_id), joined_at), left_at, how),
            call_id in live,
        )
        for call_id, number, joined_at, left_at, how in rows
        if left_at is not None or call_id in live
    ]


def _first(offers: list[datetime] | None, joined_at: datetime) -> datetime | None:
    """Return when an agent was rung first in a stay that began then."""
    return min((at for at in offers or () if at >= joined_at), default=None)


def staff_now(queues: Collection[Queue]) -> dict[str, Staff]:
    """Return who serves each queue: signed in and ready; idle are those in no call. 2 queries.

    Who is in a call is asked by the live calls: asked of each agent, PostgreSQL may look through
    all the legs that he ever had.
    """
    sessions = session_open_list().filter(agent=OuterRef("agent"), state=SessionState.READY)
    legs = Leg.objects.filter(call__ended_at=None, ended_at=None, agent__isnull=False)
    on_a_call = set(legs.values_list("agent_id", flat=True))
    members = QueueMember.objects.filter(Exists(sessions), queue__in=queues)
    return staff_of(members.values_list("queue__number", "agent_id"), on_a_call)


def staff_of(ready: Iterable[tuple[str, int]], on_a_call: Collection[int]) -> dict[str, Staff]:
    """Return who serves each queue, of (queue's number, agent's id) of those who are ready."""
    serving: Counter[str] = Counter()
    idle: Counter[str] = Counter()
    for number, agent_id in ready:
        serving[number] += 1
        idle[number] += agent_id not in on_a_call
    return {number: Staff(many, idle[number]) for number, many in serving.items()}


def mean_talks(numbers: list[str], now: datetime) -> dict[str, float]:
    """Return by queue the mean of talk and hold of a day's answered callers, in ms. 1 query."""
    rows: Any = (
        QueueVisit.objects.filter(
            queue_number__in=numbers,
            how=VisitEnd.ANSWERED,
            joined_at__gte=now - HANDLED_WITHIN,
            call__ended_at__isnull=False,
            call__talk_ms__isnull=False,
        )
        .values("queue_number")
        .annotate(mean=Avg(F("call__talk_ms") + Coalesce(F("call__hold_ms"), 0)))
    )
    return {row["queue_number"]: float(row["mean"]) for row in rows}
