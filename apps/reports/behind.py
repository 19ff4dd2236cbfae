"""The calls behind a figure of a report: exactly as many as it says."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.calls.agent_calls import agent_calls
from apps.calls.engine.figures import AGENT_FIGURES
from apps.calls.models import Call, QueueVisit
from apps.calls.selectors import call_list_for
from apps.core.errors import NotFoundError
from apps.reports.engine.columns import (
    AGENTS,
    CALLS,
    COLUMNS,
    DISPOSITIONS,
    EVERY,
    NUMBERS,
    QUEUES,
    TRUNKS,
)
from apps.reports.engine.periods import Period
from apps.reports.engine.rolling import CLOSED, OUTCOMES
from apps.reports.ledger import with_trunk
from apps.reports.selectors import agents_seen, items_for


@dataclass(frozen=True)
class Behind:
    """What is behind a figure: visits of queues, or calls, newest first.

    `hidden`: calls that count although the person may not open them (a colleague's department).
    """

    rows: "QuerySet[Any]"
    hidden: int = 0

    @property
    def count(self) -> int:
        """Return how many are behind the figure. 1 query."""
        return self.rows.count() + self.hidden


def behind(
    *, user: User, kind: str, figure: str, item: str, since: datetime, until: datetime,
    period: Period,
) -> Behind:  # fmt: skip
    """Return what is behind a figure of [since, until), which lies in the period's days.

    `item` '' means all that the person may see; of agents one is needed. Raises NotFoundError.
    """
    known = {one.behind for one in COLUMNS.get(kind, ()) if one.behind}
    if figure not in known:
        raise NotFoundError(figure[:20])
    if kind == QUEUES:
        return _visits(user, figure, item, since, until, period)
    if kind == AGENTS:
        return _agents_calls(user, figure, item, since, until)
    return _lines_calls(user, kind, figure, item, since, until, period)


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
        how__in=CLOSED if figure == EVERY else [figure],
    )
    return Behind(
        rows.select_related("call__customer", "agent__user").order_by("-joined_at", "-pk")
    )


def _agents_calls(user: User, figure: str, item: str, since: datetime, until: datetime) -> Behind:
    is_number = item.isascii() and item.isdigit() and len(item) < 12
    agent = agents_seen(user).filter(pk=int(item)).first() if is_number else None
    if agent is None or figure not in AGENT_FIGURES:
        raise NotFoundError(item[:20])
    ids = [
        call.call_id
        for call in agent_calls([agent], since, until)[agent.pk]
        if figure in call.figures
    ]
    rows = call_list_for(user=user).filter(pk__in=ids)
    return Behind(rows, len(ids) - rows.count())


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
    if kind == DISPOSITIONS:
        return Behind(rows.filter(disposition__disposition__in=[int(one) for one in values]))
    assert kind == TRUNKS  # noqa: S101 - attendance has nothing behind
    name = re.escape(item) if item else ".+"
    return Behind(with_trunk(rows).filter(trunk_channel__regex=rf"^PJSIP/trunk-{name}-[0-9a-f]+$"))
