"""Whom an agent may give a call to: colleagues as they are now, queues and who waits in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Agent, User
from apps.acd.agent_times import AgentNow, agents_now
from apps.acd.engine import agent_state as states
from apps.acd.models import Queue
from apps.acd.name_search import agents_named
from apps.acd.queue_figures import Live, queues_now
from apps.calls.past_calls import iso
from apps.core.form_text import form_text

MAX_TARGETS = 20
MAX_LOOKED_AT = 200
MAX_ASKED = 40
# Whom a call can go to at once comes first.
ORDER = (
    states.READY,
    states.WRAP_UP,
    states.RESTING,
    states.RINGING,
    states.TALKING,
    states.HELD,
    states.PAUSED,
    states.UNREACHABLE,
    states.SIGNED_OUT,
)


class Target(TypedDict):
    """One line of the transfer dialog; `state` to `since` are of agents, the rest of queues."""

    kind: str
    number: str
    name: str
    state: str
    reason: str
    since: str | None
    waiting: int
    longest_s: int
    signed_in: int
    idle: int


@dataclass(frozen=True)
class _Asked:
    """What was typed: a part of a name, or the beginning of a number."""

    text: str

    def of(self, *names: str) -> Q:
        """Return what a row must match: its number's beginning, or a part of one of the names."""
        found = Q(number__startswith=self.text)
        for name in names:
            found |= Q(**{f"{name}__icontains": self.text})
        return found


def target_list(*, user: User, asked: str, now: datetime | None = None) -> list[Target]:
    """Return up to 20 agents and queues of the person's company, best first. At most 8 queries.

    The company's directory is open to all its people, whatever their view tier; the person himself
    is left out. With nothing typed, who is ready comes first.
    """
    text = _Asked(form_text(asked, MAX_ASKED))
    now = now or timezone.now()
    agents = (
        Agent.objects.filter(is_active=True, user__is_active=True)
        .filter(agents_named(text.text))
        .exclude(user=user)
        .select_related("user", "tenant")
        .order_by("number", "pk")[:MAX_LOOKED_AT]
    )
    people = agents_now(list(agents), now=now)
    people.sort(key=lambda one: ORDER.index(one.state) if one.state in ORDER else len(ORDER))
    found = Queue.objects.filter(is_active=True).filter(text.of("name")).order_by("number")
    queues = list(found[:MAX_TARGETS])
    live = queues_now([queue.number for queue in queues], now)
    lines = [_queue(queue, live.get(queue.number, Live())) for queue in queues]
    # Neither kind crowds the other out.
    room = max(MAX_TARGETS - len(lines), MAX_TARGETS // 2)
    shown = [_agent(one) for one in people[:room]]
    return [*shown, *lines[: MAX_TARGETS - len(shown)]]


def _agent(one: AgentNow) -> Target:
    return Target(
        kind="agent",
        number=one.agent.number,
        name=one.agent.user.display_name,
        state=one.state,
        reason=one.reason,
        since=iso(one.since),
        waiting=0,
        longest_s=0,
        signed_in=0,
        idle=0,
    )


def _queue(queue: Queue, live: Live) -> Target:
    return Target(
        kind="queue",
        number=queue.number,
        name=queue.name,
        state="",
        reason="",
        since=None,
        waiting=live.waiting,
        longest_s=live.longest_s,
        signed_in=live.signed_in,
        idle=live.idle,
    )
