"""A company's agents as the board has them: plain rows, because there are many every second."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from apps.accounts.choices import PhoneKind
from apps.accounts.models import Agent
from apps.acd.agent_times import OUT, StateNow
from apps.acd.engine.agent_state import (
    HELD,
    PAUSED,
    READY,
    RESTING,
    RINGING,
    SIGNED_OUT,
    TALKING,
    UNREACHABLE,
    WRAP_UP,
)
from apps.acd.engine.estimate import Staff
from apps.acd.expected_waits import staff_of
from apps.acd.models import QueueMember, SessionState
from apps.core.line_states import is_reachable
from apps.live_board.engine.parts import Row

# How agents are counted in a queue's tile: what a state is there.
COUNTED: Mapping[str, str] = {
    READY: "ready",
    RINGING: "talking",
    TALKING: "talking",
    HELD: "talking",
    WRAP_UP: "wrap_up",
    PAUSED: "paused",
    RESTING: "paused",
    UNREACHABLE: "paused",
    SIGNED_OUT: "signed_out",
}
STAFF = ("ready", "talking", "wrap_up", "paused", "signed_out")


class Person(NamedTuple):
    """What a board needs of an agent and his user; no more is read."""

    pk: int
    number: str
    sip_username: str
    phone_kind: str
    first_name: str
    username: str
    department_id: int | None

    @property
    def name(self) -> str:
        """Return the name as `User.display_name`; a test compares them."""
        return self.first_name or self.username

    @property
    def endpoints(self) -> tuple[str, str]:
        """Return the phones that register, as `Agent.endpoint_desk` and `endpoint_web`."""
        return self.sip_username, f"{self.sip_username}-web"


def people() -> list[Person]:
    """Return the active agents in scope. 1 query."""
    rows = Agent.objects.filter(is_active=True, user__is_active=True).order_by("sip_username")
    return [
        Person(*row)
        for row in rows.values_list(
            "pk",
            "number",
            "sip_username",
            "phone_kind",
            "user__first_name",
            "user__username",
            "user__department_id",
        )
    ]


def members() -> dict[int, list[str]]:
    """Return the numbers of the active queues that each agent serves. 1 query."""
    found: dict[int, list[str]] = {}
    rows = QueueMember.objects.filter(queue__is_active=True).order_by("queue__number")
    for agent_id, number in rows.values_list("agent_id", "queue__number"):
        found.setdefault(agent_id, []).append(number)
    return found


def counted_of(
    agents: Sequence[Person],
    states: Mapping[int, StateNow],
    served: Mapping[int, Sequence[str]],
) -> Counter[tuple[str, str]]:
    """Return how many agents are in each state, as they are counted there, by queue and state."""
    return Counter(
        (number, COUNTED[states.get(agent.pk, OUT).state])
        for agent in agents
        for number in served.get(agent.pk, ())
    )


def serving_of(
    agents: Sequence[Person],
    wishes: Mapping[int, StateNow],
    served: Mapping[int, Sequence[str]],
    on_call: Collection[int],
) -> dict[str, Staff]:
    """Return who serves each queue, as `staff_now` reads it; a test compares them. No query."""
    ready = (
        (number, agent.pk)
        for agent in agents
        if wishes.get(agent.pk, OUT).state == SessionState.READY
        for number in served.get(agent.pk, ())
    )
    return staff_of(ready, on_call)


def on_call_of(legs: Mapping[int, list[dict[str, Any]]]) -> dict[int, int]:
    """Return the live call of each agent who is in one."""
    return {
        leg["agent_id"]: call_id
        for call_id, of_call in legs.items()
        for leg in of_call
        if leg["agent_id"] is not None and leg["ended_at"] is None
    }


def agent_rows(
    agents: Sequence[Person],
    states: Mapping[int, StateNow],
    served: Mapping[int, Sequence[str]],
    on_call: Mapping[int, int],
    lines: Mapping[str, str] | None,
) -> dict[str, Row]:
    """Return the board's row of each agent by his number. No query."""
    found: dict[str, Row] = {}
    for agent in agents:
        state = states.get(agent.pk, OUT)
        found[agent.number] = {
            "_id": agent.pk,
            "number": agent.number,
            "name": agent.name,
            "department": agent.department_id,
            "queues": list(served.get(agent.pk, ())),
            "state": state.state,
            "reason": state.reason,
            "since": iso(state.since),
            "until": iso(state.until),
            "queue": state.queue_number,
            "is_seen": state.is_seen,
            "call": on_call.get(agent.pk),
            "phone": _phone(agent, lines),
        }
    return found


def _phone(agent: Person, lines: Mapping[str, str] | None) -> bool | None:
    """Say whether one of his phones is registered; None: nobody knows (a mobile neither)."""
    if agent.phone_kind == PhoneKind.PSTN or lines is None:
        return None
    known = [is_reachable(lines, one) for one in agent.endpoints]
    if any(known):
        return True
    return False if False in known else None


def iso(at: datetime | None) -> str | None:
    """Return a time as pages read it."""
    return None if at is None else at.isoformat(timespec="milliseconds")
