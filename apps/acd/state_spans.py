"""Agents' spans in the database: what a restart needs to know, and writing what changed.

Called by the distributor's process only; every company's, since a node serves all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import Agent
from apps.acd.engine.agent_state import Live
from apps.acd.engine.spans import Span, Stay, whole_ms
from apps.acd.models import AgentSession, AgentStateSpan, DistributorBeat
from apps.acd.selectors import agent_states
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.presence import presence_changed
from apps.core.tenancy import all_tenants
from apps.core.times_changed import Stretch, times_changed

# A sign-out is read within seconds, also when the database was away for some minutes.
RECENT = timedelta(minutes=15)
KEY_AND_END = ("agent_id", "started_at", "ended_at")
# What happened before is not looked for when the distributor was off for long.
LONGEST_GAP = timedelta(days=2)
FIELDS = (
    "state",
    "reason",
    "queue_number",
    "linkedid",
    "ended_at",
    "until_at",
    "is_uncertain",
    "source",
)


@dataclass(frozen=True)
class Beat:
    """Up to when the distributor has seen everything; `seen_at` None leaves it as it was."""

    node: str
    seen_at: datetime | None
    is_seeing: bool


@dataclass(frozen=True)
class Before:
    """What an earlier process wrote, and up to when it saw."""

    spans: tuple[Span, ...]
    seen_at: datetime


def stays_since(at: datetime) -> tuple[Stay, ...]:
    """Return the sessions that ended since then. 1 query."""
    with all_tenants("a node serves every company"):
        rows = AgentSession.objects.filter(signed_out_at__gte=at).select_related("agent")
        return tuple(
            Stay(row.agent.sip_username, row.signed_in_at, row.signed_out_at)
            for row in rows
            if row.signed_out_at is not None
        )


def before_restart(node: str, now: datetime) -> Before | None:
    """Return what this node's distributor wrote last, None when it never ran. 2 queries."""
    beat = DistributorBeat.objects.filter(pk=node).first()
    if beat is None:
        return None
    with all_tenants("a node serves every company"):
        rows = list(
            AgentStateSpan.objects.filter(
                Q(ended_at=None) | Q(ended_at__gte=beat.seen_at - RECENT)
            ).select_related("agent", "tenant")
        )
    # Who wrote a span saw up to its beginning.
    newest = max((row.started_at for row in rows), default=beat.seen_at)
    seen_at = min(max(beat.seen_at, newest), now)
    return Before(tuple(_span(row) for row in rows), max(seen_at, now - LONGEST_GAP))


def _span(row: AgentStateSpan) -> Span:
    queue = f"{row.tenant.slug}-{row.queue_number}" if row.queue_number else ""
    return Span(
        agent=row.agent.sip_username,
        started_at=row.started_at,
        live=Live(row.state, row.until_at, row.reason, queue, row.linkedid),
        source=row.source,
        ended_at=row.ended_at,
        is_uncertain=row.is_uncertain,
    )


def spans_apply(spans: Sequence[Span], beat: Beat | None) -> None:
    """Write spans by their natural key, tell the agents' pages, then say up to when all is seen.

    Harmless twice. One transaction; an agent who is no more is passed over.
    """
    with all_tenants("a node serves every company"), transaction.atomic():
        names = {span.agent for span in spans}
        agents = {
            agent.sip_username: agent
            for agent in Agent.objects.filter(sip_username__in=names).select_related("user")
        }
        known = [span for span in spans if span.agent in agents]
        stretches = _stretches(known, agents)
        _forget(known, agents)
        stretches += _close_others(known, agents)
        _upsert([span for span in known if span.ended_at is not None], agents)
        _upsert([span for span in known if span.ended_at is None], agents)
        if beat is not None:
            _beat(beat)
        times_changed(stretches)
        _tell(list(agents.values()))


def _stretches(spans: list[Span], agents: dict[str, Agent]) -> list[Stretch]:
    """Return from when to when closed times become others; open ones are in no sum. 1 query."""
    over = [span for span in spans if span.ended_at is not None]
    if not over:
        return []
    rows = AgentStateSpan.objects.filter(
        agent__in={agents[span.agent].pk for span in over},
        started_at__in={span.started_at for span in over},
    )
    ends = {(agent, start): end for agent, start, end in rows.values_list(*KEY_AND_END)}
    found: list[Stretch] = []
    for span in over:
        agent = agents[span.agent]
        before = ends.get((agent.pk, span.started_at))
        until = max(span.started_at, *(at for at in (span.ended_at, before) if at is not None))
        found.append((agent.tenant_id, span.started_at, until))
    return found


def _forget(spans: list[Span], agents: dict[str, Agent]) -> None:
    for span in spans:
        if span.is_void:
            AgentStateSpan.objects.filter(
                agent=agents[span.agent], started_at=span.started_at
            ).delete()


def _close_others(spans: list[Span], agents: dict[str, Agent]) -> list[Stretch]:
    """Close open rows that these spans do not know of: another process wrote them.

    Return from when to when they were.
    """
    stretches: list[Stretch] = []
    keys = {(agents[span.agent].pk, span.started_at) for span in spans}
    first: dict[int, datetime] = {}
    for span in spans:
        pk = agents[span.agent].pk
        first[pk] = min(first.get(pk, span.started_at), span.started_at)
    others = AgentStateSpan.objects.filter(agent__in=first, ended_at=None)
    for row in others:
        if (row.agent_id, row.started_at) in keys:
            continue
        if first[row.agent_id] > row.started_at:
            row.ended_at = first[row.agent_id]
            row.save(update_fields=["ended_at", "updated_at"])
            stretches.append((row.tenant_id, row.started_at, row.ended_at))
        else:
            row.delete()
    return stretches


def _upsert(spans: list[Span], agents: dict[str, Agent]) -> None:
    AgentStateSpan.objects.bulk_create(
        [_row(span, agents[span.agent]) for span in spans if not span.is_void],
        update_conflicts=True,
        unique_fields=["agent", "started_at"],
        update_fields=FIELDS,
    )


def _row(span: Span, agent: Agent) -> AgentStateSpan:
    return AgentStateSpan(
        tenant_id=agent.tenant_id,
        agent=agent,
        state=span.live.state,
        reason=span.live.reason[:60],
        queue_number=span.live.queue.rpartition("-")[2][:10],
        linkedid=span.live.call[:150],
        started_at=span.started_at,
        ended_at=span.ended_at,
        until_at=span.live.until,
        is_uncertain=span.is_uncertain,
        source=span.source,
    )


def _beat(beat: Beat) -> None:
    if beat.seen_at is None:
        DistributorBeat.objects.filter(pk=beat.node).update(is_seeing=beat.is_seeing)
        return
    DistributorBeat.objects.update_or_create(
        pk=beat.node, defaults={"seen_at": whole_ms(beat.seen_at), "is_seeing": beat.is_seeing}
    )


def _tell(agents: list[Agent]) -> None:
    if not agents:
        return
    states = agent_states(agents)
    for tenant_id in {agent.tenant_id for agent in agents}:
        presence_changed(tenant_id)
    publish_on_commit(
        StreamEvent(
            stream=user_stream(agent.user_id),
            kind="agent.changed",
            tenant_id=agent.tenant_id,
            data=dict(states[agent.pk]),
        )
        for agent in agents
    )
