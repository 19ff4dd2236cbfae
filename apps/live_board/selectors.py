"""Read a company's board as it is now, and whose rows a viewer gets.

One computation for all viewers of a company: nothing here is of one person. Callers hold the
company's scope. The cost is that of what is live and of today, not of history (docs/board.md).
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from apps.accounts.choices import ViewTier
from apps.accounts.models import Agent, User
from apps.accounts.scope import agent_ids, department_ids
from apps.acd.agent_times import agents_for, states_now, wishes_now
from apps.acd.engine.estimate import Staff
from apps.acd.expected_waits import expected_waits
from apps.acd.models import Queue, QueueMember
from apps.acd.queue_figures import limits_of, queues_for
from apps.calls.choices import VisitEnd
from apps.calls.engine.figures import DEFAULT_SERVICE_LEVEL, Counts, rates
from apps.calls.models import Call, Leg, QueueVisit
from apps.core.errors import NotFoundError
from apps.core.line_states import is_reachable, line_states
from apps.core.node_status import node_status_last
from apps.core.phone_numbers import masked
from apps.live_board.engine.parts import (
    AGENTS,
    ALARMS,
    CALLS,
    LINK,
    QUEUES,
    TRUNKS,
    WALL_TILES,
    Board,
    Row,
    Scope,
)
from apps.live_board.models import Wall
from apps.live_board.people import (
    STAFF,
    agent_rows,
    counted_of,
    iso,
    members,
    on_call_of,
    people,
    serving_of,
)
from apps.live_board.today import counts_lately, counts_today
from apps.numbers.models import Did
from apps.tenants.models import Tenant

# More live calls of one company than are listed; they are counted all the same.
MOST_CALLS = 1_000
TRUNK_CHANNEL = re.compile(r"PJSIP/trunk-([a-z][a-z0-9-]*)-[0-9a-f]+")


def board_now(
    tenant: Tenant,
    *,
    now: datetime | None = None,
    talks: Mapping[str, float] | None = None,
    alarms: Mapping[str, Row] | None = None,
) -> Board:
    """Return the company's board. 17 queries, whatever the number of viewers, calls or years.

    `talks`: what `mean_talks` said a moment ago, saves one. `alarms`: rows of the alarms that are
    on, which are kept above this app.
    """
    now = now or timezone.now()
    queues = list(Queue.objects.filter(is_active=True).order_by("number"))
    agents, served, wishes = people(), members(), wishes_now()
    states = states_now(wishes, now)
    calls = list(_live_calls())
    legs = _live_legs()
    on_call = on_call_of(legs)
    lines = line_states(settings.HUAWU_NODE)
    counted = counted_of(agents, states, served)
    staff = serving_of(agents, wishes, served, on_call)
    return {
        QUEUES: _queue_rows(tenant, queues, counted, staff, now, talks),
        AGENTS: agent_rows(agents, states, served, on_call, lines),
        CALLS: {str(call["pk"]): _call_row(call, legs.get(call["pk"], [])) for call in calls},
        TRUNKS: _trunk_rows(legs, lines),
        ALARMS: alarms or {},
        LINK: {"link": _link_row()},
    }


def _live_calls() -> Any:
    return (
        Call.objects.filter(ended_at=None)
        .order_by("started_at", "pk")
        .values(
            "pk",
            "status",
            "direction",
            "caller",
            "dialled",
            "customer__name",
            "queue_number",
            "queue_department_id",
            "agent_id",
            "started_at",
            "queued_at",
            "answered_at",
        )[:MOST_CALLS]
    )


def _live_legs() -> dict[int, list[dict[str, Any]]]:
    """Return all legs of all live calls by call: also ended ones say whom a call rang. 1 query."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows: Any = Leg.objects.filter(call__ended_at=None).order_by("pk")
    for leg in rows.values("call_id", "agent_id", "channel", "answered_at", "ended_at"):
        found.setdefault(leg["call_id"], []).append(leg)
    return found


def _queue_rows(
    tenant: Tenant,
    queues: list[Queue],
    counted: Mapping[tuple[str, str], int],
    staff: Mapping[str, Staff],
    now: datetime,
    talks: Mapping[str, float] | None,
) -> dict[str, Row]:
    limits = limits_of(queues)
    today = counts_today(limits, ZoneInfo(tenant.timezone), now)
    lately = counts_lately(limits, now)
    expected = expected_waits(queues, now, talks, staff)
    waiting = _waiting()
    return {
        queue.number: {
            "number": queue.number,
            "name": queue.name,
            "department": queue.department_id,
            "level_s": queue.service_level_s,
            "definition": DEFAULT_SERVICE_LEVEL,
            "waiting": waiting.get(queue.number, (0, None))[0],
            "longest_since": waiting.get(queue.number, (0, None))[1],
            "expected_s": _whole(expected[queue.number]),
            **_figures(today.get(queue.number, Counts()), lately.get(queue.number, Counts())),
            "agents": {state: counted.get((queue.number, state), 0) for state in STAFF},
        }
        for queue in queues
    }


def _figures(today: Counts, lately: Counts) -> dict[str, Any]:
    whole, half_hour = rates(today), rates(lately)
    return {
        "offered": today.offered,
        "answered": today.answered,
        "abandoned": today.abandoned,
        "flowed_out": today.flowed_out,
        "is_balanced": today.offered == today.answered + today.abandoned + today.flowed_out,
        "level_today": _share(whole.service_level),
        "abandon_today": _share(whole.abandon_rate),
        "level_now": _share(half_hour.service_level),
        "abandon_now": _share(half_hour.abandon_rate),
        "offered_now": lately.offered,
    }


def _share(value: float | None) -> float | None:
    # So that a row is another only when a person could see it.
    return None if value is None else round(value, 4)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _waiting() -> dict[str, tuple[int, str | None]]:
    """Return how many wait in each queue and since when the first does. 1 query.

    Asked by the live calls: an index over all visits of a queue would grow with history.
    """
    rows: Any = (
        QueueVisit.objects.filter(call__ended_at=None, how=VisitEnd.WAITING)
        .values("queue_number")
        .annotate(n=Count("pk"), oldest=Min("joined_at"))
    )
    return {row["queue_number"]: (row["n"], iso(row["oldest"])) for row in rows}


def _call_row(call: Mapping[str, Any], legs: list[dict[str, Any]]) -> Row:
    number = call["caller"] if call["direction"] != "out" else call["dialled"]
    # A colleague's number is no secret.
    hidden = number if call["direction"] == "internal" else masked(number)
    live = [leg for leg in legs if leg["agent_id"] and leg["ended_at"] is None]
    talking = [leg for leg in live if leg["answered_at"]]
    own = [leg for leg in talking if leg["agent_id"] == call["agent_id"]]
    foremost = next(reversed(own or talking), None)
    since = foremost["answered_at"] if foremost else call["queued_at"] or call["started_at"]
    return {
        "_agent": call["agent_id"],
        "_department": call["queue_department_id"],
        "_rang": sorted({leg["agent_id"] for leg in legs if leg["agent_id"]}),
        "_masked": hidden,
        "id": call["pk"],
        "state": call["status"],
        "direction": call["direction"],
        "number": number,
        "is_masked": False,
        "customer": call["customer__name"] or "",
        "queue": call["queue_number"],
        "talks": foremost is not None,
        "since": iso(since),
        "started": iso(call["started_at"]),
    }


def _trunk_rows(
    legs: Mapping[int, list[dict[str, Any]]], lines: Mapping[str, str] | None
) -> dict[str, Row]:
    """Return the lines of the company's numbers; busy is what its own calls use. 1 query."""
    busy: Counter[str] = Counter()
    for of_call in legs.values():
        for leg in of_call:
            found = TRUNK_CHANNEL.fullmatch(leg["channel"]) if leg["ended_at"] is None else None
            if found:
                busy[found[1]] += 1
    rows = (
        Did.objects.filter(is_active=True, trunk__is_active=True)
        .order_by("trunk__name")
        .values_list("trunk__name", "trunk__max_channels")
        .distinct()
    )
    # A carrier that nobody asks is always there for Asterisk: that says nothing.
    known = lines if settings.HUAWU_TRUNK_QUALIFY_S else None
    return {
        name: {
            "name": name,
            "busy": busy[name],
            "limit": most,
            "is_up": is_reachable(known, f"trunk-{name}"),
        }
        for name, most in rows
    }


def _link_row() -> Row:
    status = node_status_last(settings.HUAWU_NODE)
    return {
        "is_up": status is not None and status.is_up,
        "node": settings.HUAWU_NODE,
        "since": status.since if status else None,
    }


def scope_of(user: User) -> Scope:
    """Return whose rows the person gets: those of his tier, as every list. At most 6 queries."""
    if user.tier == ViewTier.ALL:
        return Scope(
            queues=None,
            agents=None,
            sees_every_call=True,
            sees_company=True,
            is_masked=user.sees_numbers_masked,
        )
    is_lead = user.tier == ViewTier.DEPARTMENT
    return Scope(
        queues=frozenset(queues_for(user).values_list("number", flat=True)),
        agents=frozenset(agents_for(user).order_by().values_list("pk", flat=True)),
        call_agents=frozenset(agent_ids(user)),
        own_agents=frozenset(Agent.objects.filter(user=user).values_list("pk", flat=True)),
        departments=frozenset(department_ids(user)) if is_lead else frozenset(),
        is_masked=user.sees_numbers_masked,
    )


def wall_scope(wall: Wall) -> Scope:
    """Return what a screen shows: what was chosen when it was made. 0 to 1 query.

    Of agents those who serve its queues.
    """
    tiles = frozenset(wall.tiles) & frozenset(WALL_TILES)
    agents = QueueMember.objects.filter(queue__number__in=wall.queues, queue__is_active=True)
    return Scope(
        queues=frozenset(wall.queues),
        agents=frozenset(agents.values_list("agent_id", flat=True)),
        sees_company=TRUNKS in tiles,
        parts=tiles | {LINK},
    )


def wall_list_for(*, user: User) -> "QuerySet[Wall]":
    """Return the screens that the person may revoke, newest first: his own, an admin all."""
    rows: QuerySet[Wall] = Wall.objects.select_related("made_by", "revoked_by").order_by("-pk")
    return rows if user.tier == ViewTier.ALL else rows.filter(made_by=user)


def wall_get_for(*, user: User, pk: int) -> Wall:
    """Return a screen that the person may revoke. Raises NotFoundError."""
    found = wall_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"wall {pk}")
    return found
