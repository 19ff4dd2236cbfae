"""Who could be rung on a day, from sessions, wishes, states and the legs of other calls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.acd.engine.floor import Membership
from apps.acd.engine.what_if_day import Span, Staff
from apps.acd.engine.what_if_spans import merged, without
from apps.acd.floor_rows import agent_order
from apps.acd.models import (
    AgentSession,
    AgentSkill,
    AgentStateChange,
    AgentStateSpan,
    LiveState,
    QueueMember,
    SessionState,
)


@dataclass(frozen=True)
class Bounds:
    """The day: from and up to; `now` when it is not over yet."""

    begins_at: datetime
    ends_at: datetime

    @property
    def length_ms(self) -> int:
        """Return the day's milliseconds."""
        return self.ms(self.ends_at)

    def ms(self, at: datetime) -> int:
        """Return a time as the day's milliseconds; below 0 before it."""
        return round((at - self.begins_at).total_seconds() * 1000)

    def span(self, start: datetime, end: datetime | None) -> Span:
        """Return the part within the day, empty (start = end) when there is none."""
        first = max(0, self.ms(start))
        last = self.length_ms if end is None else min(self.length_ms, self.ms(end))
        return first, max(first, last)


@dataclass(frozen=True)
class Seen:
    """What the distributor saw of agents beside calls.

    `gone`: when an agent's phone was not reachable. `wrap_ups`: by (agent, linkedid) the wrap-up of
    a talk, 0 when there was none; talks that it did not see are not in it.
    """

    gone: Mapping[int, list[Span]]
    wrap_ups: Mapping[tuple[int, str], int]


def seen_of_day(bounds: Bounds) -> Seen:
    """Return what was seen on the day. 1 query."""
    gone: dict[int, list[Span]] = {}
    wrap_ups: dict[tuple[int, str], int] = {}
    for span in AgentStateSpan.objects.filter(
        state__in=[LiveState.TALKING, LiveState.WRAP_UP, LiveState.UNREACHABLE],
        # A phone may be gone since the day before.
        started_at__gte=bounds.begins_at - timedelta(days=1),
        started_at__lt=bounds.ends_at,
    ):
        start, end = bounds.span(span.started_at, span.ended_at)
        if span.state == LiveState.UNREACHABLE:
            gone.setdefault(span.agent_id, []).append((start, end))
            continue
        key = (span.agent_id, span.linkedid)
        is_wrap_up = span.state == LiveState.WRAP_UP
        wrap_ups[key] = wrap_ups.get(key, 0) + (end - start if is_wrap_up else 0)
    return Seen(gone, wrap_ups)


def staff_of_day(
    bounds: Bounds,
    queues: Mapping[int, str],
    away: Mapping[int, list[Span]],
    served: Iterable[tuple[int, str]],
) -> list[tuple[str, Staff]]:
    """Return (number, agent) of who was signed in on the day. 4 queries.

    `queues`: key to id. `away`: when an agent had a call that is not one of the day's visits.
    `served`: (agent, queue id) of who answered there: he was a member then, whatever he is now.
    Memberships and skills are today's otherwise; nobody keeps what they were.
    """
    sessions: dict[int, list[AgentSession]] = {}
    for session in (
        AgentSession.objects.filter(signed_in_at__lt=bounds.ends_at)
        .exclude(signed_out_at__lte=bounds.begins_at)
        .select_related("agent")
        .order_by("agent__number", "signed_in_at")
    ):
        sessions.setdefault(session.agent_id, []).append(session)
    changes: dict[int, list[AgentStateChange]] = {}
    for change in AgentStateChange.objects.filter(
        agent__in=sessions, at__gte=bounds.begins_at, at__lt=bounds.ends_at
    ).order_by("at", "pk"):
        changes.setdefault(change.agent_id, []).append(change)
    members = _members(sessions, queues, served)
    skills: dict[int, dict[str, int]] = {}
    for agent, skill, level in AgentSkill.objects.filter(agent__in=sessions).values_list(
        "agent_id", "skill__name", "level"
    ):
        skills.setdefault(agent, {})[skill] = level
    found = []
    for agent, mine in sessions.items():
        person = mine[0].agent
        order = agent_order(person.number)
        ready = ready_spans(bounds, mine, changes.get(agent, []))
        staff = Staff(
            id=person.sip_username,
            queues={
                queue: Membership(level=level, order=order, weight=weight)
                for queue, (level, weight) in members.get(agent, {}).items()
            },
            spans=without(ready, away.get(agent, ())),
            skills=skills.get(agent, {}),
        )
        found.append((person.number, staff))
    return found


def ready_spans(
    bounds: Bounds, sessions: Sequence[AgentSession], changes: Sequence[AgentStateChange]
) -> tuple[Span, ...]:
    """Return when the agent wished to be rung: signed in and ready; one agent's rows in order."""
    signed_in = merged(bounds.span(one.signed_in_at, one.signed_out_at) for one in sessions)
    if not changes:
        # Nothing changed that day: he was what the session says, if that is older than the day.
        is_ready = sessions[-1].state == SessionState.READY
        return signed_in if is_ready else ()
    busy: list[Span] = []
    since, state = bounds.begins_at, changes[0].from_state
    for change in changes:
        if state != SessionState.READY:
            busy.append(bounds.span(since, change.at))
        since, state = change.at, change.to_state
    if state != SessionState.READY:
        busy.append(bounds.span(since, None))
    return without(signed_in, busy)


def _members(
    agents: Iterable[int], queues: Mapping[int, str], served: Iterable[tuple[int, str]]
) -> dict[int, dict[str, tuple[int, int]]]:
    """Return {agent: {queue id: (level, weight)}}."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for row in QueueMember.objects.filter(agent__in=list(agents), queue__in=list(queues)):
        found.setdefault(row.agent_id, {})[queues[row.queue_id]] = (row.penalty, row.weight)
    for agent, queue in served:
        found.setdefault(agent, {}).setdefault(queue, (0, 1))
    return found
