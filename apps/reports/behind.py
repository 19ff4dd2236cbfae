"""The calls behind a figure of a report: exactly as many as it says."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from apps.accounts.models import Agent, User
from apps.calls.agent_calls import agent_calls
from apps.calls.engine.figures import AGENT_FIGURES
from apps.calls.models import Call, QueueVisit
from apps.calls.selectors import call_list_for
from apps.core.errors import NotFoundError
from apps.reports.engine.columns import (
    AGENTS,
    BUSY,
    CALLS,
    COLUMNS,
    DISPOSITIONS,
    EVERY,
    NUMBERS,
    QUEUES,
    REGIONS,
    RINGS,
    TRUNKS,
)
from apps.reports.engine.periods import Period, bounds
from apps.reports.engine.quarters import pieces_of
from apps.reports.engine.region import AREAS, FOREIGN, MAINLAND, PROVINCES, city_of
from apps.reports.engine.rolling import CLOSED, NOT_TAKEN, OUTCOMES, is_transferred
from apps.reports.kinds_of_ledger import CALLS as CALL_ROWS
from apps.reports.kinds_of_ledger import OF_LEDGER
from apps.reports.ledger import (
    legs_of_trunks,
    rings_of_agents,
    transfers_between,
    with_transfer,
    with_trunk,
)
from apps.reports.selectors import OF_WEEK, agents_seen, items_for, kinds_for, zone_of

VISITS, RING_ROWS, TRUNK_LEGS = "visits", "rings", "trunk_legs"


@dataclass(frozen=True)
class HourOfWeek:
    """An hour of the week: its day, 0 is Monday, and the hour, 0 to 23."""

    day: int
    hour: int


TRANSFERRED = "transferred"


@dataclass(frozen=True)
class Behind:
    """What is behind a figure: visits of queues, or calls, newest first.

    `hidden`: calls that count although the person may not open them (a colleague's department).
    """

    rows: "QuerySet[Any]"
    hidden: int = 0
    # Which table shows them: visits, or as a face of the ledger says.
    what: str = CALL_ROWS
    # Of a figure that is a time: how long they lasted together, which is the figure.
    ms: int | None = None

    @property
    def count(self) -> int:
        """Return how many are behind the figure. 1 query."""
        return self.rows.count() + self.hidden


def behind(
    *, user: User, kind: str, figure: str, item: str, since: datetime, until: datetime,
    period: Period, week: HourOfWeek | None = None,
) -> Behind:  # fmt: skip
    """Return what is behind a figure of [since, until), which lies in the period's days.

    `item` '' means all that the person may see; of agents one is needed, but for rings. `week`:
    only what began in this hour of the week. Raises NotFoundError.
    """
    known = {one.behind for one in COLUMNS.get(kind, ()) if one.behind}
    if figure not in known:
        raise NotFoundError(figure[:20])
    if kind not in kinds_for(user):
        raise NotFoundError(kind[:20])
    if week is not None and kind not in OF_WEEK:
        raise NotFoundError(kind[:20])
    if kind in OF_LEDGER:
        return _of_ledger(user, kind, figure, item, since, until)
    if kind == QUEUES:
        found = _visits(user, figure, item, since, until, period)
        return found if week is None else _in_hour(found, "joined_at", week, zone_of(user))
    if kind == AGENTS and figure in RINGS:
        return _rings(user, figure, item, since, until)
    if kind == AGENTS:
        return _agents_calls(user, figure, item, since, until)
    if figure == BUSY:
        return _trunks_legs(user, item, since, until, period)
    found = _lines_calls(user, kind, figure, item, since, until, period)
    return found if week is None else _in_hour(found, "started_at", week, zone_of(user))


def _in_hour(found: Behind, at: str, week: HourOfWeek, zone: ZoneInfo) -> Behind:
    """Leave what began in this hour of the week, by the company's clock."""
    rows = found.rows.annotate(
        week_day=ExtractIsoWeekDay(at, tzinfo=zone), week_hour=ExtractHour(at, tzinfo=zone)
    )
    return replace(found, rows=rows.filter(week_day=week.day + 1, week_hour=week.hour))


def _of_ledger(
    user: User, kind: str, figure: str, item: str, since: datetime, until: datetime
) -> Behind:
    face = OF_LEDGER[kind].face_of(figure)
    if face is None:
        raise NotFoundError(figure[:20])
    rows = face.within(user, since, until, item).filter(face.counts[figure])
    return Behind(rows, what=face.what)


def region_q(code: str) -> Q:
    """Return the condition that a call's caller is from a region, as `region_of` says."""
    number, place = "caller_lookup__startswith", "caller_region__startswith"
    if code in AREAS:
        return Q(**{number: AREAS[code]})
    if code in PROVINCES:
        return Q(**{number: MAINLAND, place: PROVINCES[code]})
    abroad = ~Q(**{number: MAINLAND})
    for prefix in AREAS.values():
        abroad &= ~Q(**{number: prefix})
    if code == FOREIGN:
        return Q(**{number: "+"}) & abroad
    at_home = Q(**{number: MAINLAND})
    for name in PROVINCES.values():
        at_home &= ~Q(**{place: name})
    return ~Q(**{number: "+"}) | at_home


def cities(*, user: User, code: str, period: Period) -> list[tuple[str, int]]:
    """Return (place, calls) within a region, most first; only for who sees the whole company.

    Read from the calls themselves: 1 query, over those of the period.
    """
    if REGIONS not in kinds_for(user):
        raise NotFoundError(REGIONS)
    since, until = bounds(period, zone_of(user))
    calls = Call.objects.filter(
        region_q(code),
        started_at__gte=since,
        started_at__lt=until,
        ended_at__isnull=False,
        direction="in",
    )
    found: dict[str, int] = {}
    for place, many in calls.order_by().values_list("caller_region").annotate(n=Count("pk")):
        name = city_of(code, place)
        found[name] = found.get(name, 0) + many
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _visits(
    user: User, figure: str, item: str, since: datetime, until: datetime, period: Period
) -> Behind:
    numbers = [one.key for one in items_for(user, QUEUES, period) if item in ("", one.key)]
    if item and not numbers:
        raise NotFoundError(item[:20])
    rows = QueueVisit.objects.filter(
        queue_number__in=numbers,
        joined_at__gte=since,
        joined_at__lt=until,
    )
    if figure == TRANSFERRED:
        rows = with_transfer(rows).filter(is_transferred=True)
    else:
        rows = rows.filter(how__in=CLOSED if figure == EVERY else [figure])
    rows = rows.select_related("call__customer", "agent__user").order_by("-joined_at", "-pk")
    return Behind(rows, what=VISITS)


def _agent(user: User, item: str) -> Agent:
    is_number = item.isascii() and item.isdigit() and len(item) < 12
    agent = agents_seen(user).filter(pk=int(item)).first() if is_number else None
    if agent is None:
        raise NotFoundError(item[:20])
    return agent


def _rings(user: User, figure: str, item: str, since: datetime, until: datetime) -> Behind:
    seen = agents_seen(user)
    agents = seen.filter(pk=_agent(user, item).pk) if item else seen
    legs = rings_of_agents(since, until).filter(agent__in=agents.order_by().values("pk"))
    if figure == "legs_missed":
        legs = legs.filter(result=NOT_TAKEN)
    rows = legs.filter(call__in=call_list_for(user=user).order_by().values("pk"))
    shown = rows.select_related("call", "agent__user").order_by("-offered_at", "-pk")
    return Behind(shown, legs.count() - rows.count(), what=RING_ROWS)


def _agents_calls(user: User, figure: str, item: str, since: datetime, until: datetime) -> Behind:
    agent = _agent(user, item)
    if figure not in (*AGENT_FIGURES, TRANSFERRED):
        raise NotFoundError(item[:20])
    mine = agent_calls([agent], since, until)[agent.pk]
    if figure == TRANSFERRED:
        given = transfers_between(since, until, [one.call_id for one in mine])
        ids = [one.call_id for one in mine if is_transferred(one, agent.pk, given)]
    else:
        ids = [one.call_id for one in mine if figure in one.figures]
    rows = call_list_for(user=user).filter(pk__in=ids)
    return Behind(rows, len(ids) - rows.count())


def _trunks_legs(user: User, item: str, since: datetime, until: datetime, period: Period) -> Behind:
    names = [one.key for one in items_for(user, TRUNKS, period) if item in ("", one.key)]
    if item and not names:
        raise NotFoundError(item[:40])
    legs = legs_of_trunks(since, until).filter(channel__regex=trunk_regex(item))
    # In whole milliseconds of each quarter-hour, as they are rolled up.
    lasted = sum(
        (end - begun) // timedelta(milliseconds=1)
        for taken in legs.values_list("since", "until").iterator()
        for _quarter, begun, end in pieces_of(*taken)
    )
    rows = legs.select_related("call").order_by("-started_at", "-pk")
    return Behind(rows, what=TRUNK_LEGS, ms=lasted)


def trunk_regex(name: str) -> str:
    """Return how channels of a trunk are called, of any for ''."""
    return rf"^PJSIP/trunk-{re.escape(name) if name else '.+'}-[0-9a-f]+$"


def _lines_calls(
    user: User, kind: str, figure: str, item: str, since: datetime, until: datetime,
    period: Period,
) -> Behind:  # fmt: skip
    values = [one.key for one in items_for(user, kind, period) if item in ("", one.key)]
    if item and not values:
        raise NotFoundError(item[:40])
    rows: QuerySet[Call] = call_list_for(user=user).filter(
        started_at__gte=since, started_at__lt=until, ended_at__isnull=False
    )
    if figure in OUTCOMES:
        rows = rows.filter(outcome=figure)
    if kind == CALLS:
        return Behind(rows.filter(direction=item) if item else rows)
    if kind == NUMBERS:
        inbound = rows.filter(direction="in")
        return Behind(inbound.filter(dialled=item) if item else inbound.exclude(dialled=""))
    if kind == REGIONS:
        inbound = rows.filter(direction="in")
        return Behind(inbound.filter(region_q(item)) if item else inbound)
    if kind == DISPOSITIONS:
        return Behind(rows.filter(disposition__disposition__in=[int(one) for one in values]))
    assert kind == TRUNKS  # noqa: S101 - attendance has nothing behind
    return Behind(with_trunk(rows).filter(trunk_channel__regex=trunk_regex(item)))
