"""`agi://…/dial`: an agent's phone dials a colleague, a queue or the outside world."""

import re
from dataclasses import dataclass, replace

from django.conf import settings

from apps.accounts.models import Agent
from apps.accounts.selectors import agent_by_endpoint
from apps.acd.models import Queue
from apps.acd.selectors import agent_phones
from apps.calls.engine.facts import clean, endpoint_of
from apps.calls.writer import FactSink
from apps.core.phones import interface_of
from apps.core.tenancy import tenant_scope
from apps.ivr.selectors import QueuePlan, queue_plan
from apps.numbers.selectors import trunk_for_calls_out
from apps.switchboard.called import Called, colleague_called
from apps.switchboard.engine import dialling
from apps.switchboard.errors import DialError
from apps.switchboard.my_phone import code_carry_out, speed_number
from apps.switchboard.selectors import OUTSIDE, REFUSED, DialDecision, dial_decision
from apps.switchboard.services import ORDER_PREFIX, dial_order_take, dial_refused_record
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.voicemail.selectors import agent_box_name

RING_S = 45
# Who answers: on an agent's channel the recording is his, otherwise the caller's.
AGENT = "agent"
# Refused by a rule, not by a slip of the finger.
TOLD = frozenset({dialling.BARRED, dialling.OUTSIDE_HOURS, dialling.UNWELCOME})
REFUSED_NEXT = {"own_number": hw.Next.BUSY, **dict.fromkeys(TOLD, hw.Next.NOT_ALLOWED)}
EXTERNAL = re.compile(r"\+?[0-9]{3,20}")


@dataclass(frozen=True)
class DialPlan:
    """What a number means to this agent.

    `target` is a dial string, `queue` a queue, `box` what takes the call when nobody answers,
    `limit_s` ends the talk (0: never), `number` is what was dialled, for a token its number.
    """

    next: str
    tenant_slug: str = ""
    direction: str = "internal"
    target: str = ""
    caller_id: str = ""
    queue: QueuePlan | None = None
    reason: str = ""
    whom: str = ""
    box: str = ""
    limit_s: int = 0
    number: str = ""
    # How long it rings, None: as the way has it; how a forward goes on when nobody answers.
    ring_s: int | None = None
    forward: str = ""


class Dial:
    """The script; one object serves every call."""

    def __init__(self, sink: FactSink, visits: Visits) -> None:
        self._sink = sink
        self._visits = visits

    def __call__(self, session: AgiSession) -> None:
        """Serve one agent who dialled."""
        number = session.argument(1)
        endpoint = endpoint_of(session.env.get("agi_channel", ""))
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        plan = self._visits.visit(lambda: dial_plan(endpoint, number))
        facts.entered(
            did=clean(plan.number or number, 80), tenant=plan.tenant_slug, flow="", version=0
        )
        facts.decided(
            next=plan.next, target=plan.target, reason=plan.reason, direction=plan.direction
        )
        if plan.queue is not None:
            session.set(hw.QUEUE, plan.queue.name)
            session.set(hw.QUEUE_WAIT_S, plan.queue.max_wait_s)
        if plan.target:
            session.set(hw.DIAL, plan.target)
            session.set(hw.DIAL_TIMEOUT_S, plan.ring_s or RING_S)
            session.set(hw.DIAL_CALLER_ID, plan.caller_id)
        if plan.limit_s:
            session.set(hw.DIAL_LIMIT_S, plan.limit_s)
        if plan.box:
            session.set(hw.VM_BOX, plan.box)
        if plan.forward:
            session.set(hw.FORWARD, plan.forward)
        session.set(hw.NEXT, plan.next)


def dial_plan(endpoint: str, number: str) -> DialPlan:
    """Return what the number means to the agent behind the endpoint. 3 to 12 queries.

    What the desk would refuse is refused here too, and told to the audit trail.
    """
    agent = agent_by_endpoint(endpoint)
    if agent is None or not (agent.is_active and agent.user.is_active and agent.tenant.is_active):
        return DialPlan(next=hw.Next.NOT_ALLOWED, reason="no agent has this phone")
    slug, queue_number = agent.tenant.slug, ""
    with tenant_scope(agent.tenant_id):
        if number.startswith(ORDER_PREFIX):
            taken = dial_order_take(agent=agent, token=number)
            if taken is None:
                return DialPlan(hw.Next.NOT_IN_SERVICE, slug, reason="no order has this token")
            number, queue_number = taken
        if number.startswith("*"):
            said = _code(agent, number)
            if said is not None:
                return replace(said, tenant_slug=slug)
            number = speed_number(agent=agent, dialled=number) or number
        found = dial_decision(agent=agent, number=number, queue_number=queue_number)
        if found.kind == REFUSED and found.why in TOLD:
            dial_refused_record(agent=agent, decision=found, actor=agent.user, about="phone")
        plan = _called(found.colleague, agent) if found.colleague else _plan(found)
    return replace(plan, tenant_slug=slug, number=number)


def _code(agent: Agent, number: str) -> DialPlan | None:
    """Carry a code of his own phone out and say so; None when it is none."""
    try:
        is_done = code_carry_out(agent=agent, dialled=number)
    except DialError as error:
        return DialPlan(next=hw.Next.NOT_ALLOWED, reason=error.code)
    return DialPlan(next=hw.Next.SAVED, reason="code") if is_done else None


def _called(colleague: Agent, agent: Agent) -> DialPlan:
    """Return what a call to a colleague does: his forwards and wishes count."""
    called = colleague_called(colleague=colleague)
    if called.decision.colleague == agent:
        return DialPlan(next=hw.Next.BUSY, reason="forwarded to himself")
    return called_plan(called, caller_id=agent.number)


def called_plan(called: Called, *, caller_id: str = "", whom: str = "") -> DialPlan:
    """Return what a call to an agent's number does, in the dialplan's words. 1 to 2 queries.

    `caller_id` is shown to an agent; a carrier is shown a number of the company's, at most.
    """
    box = agent_box_name(called.owner)
    if called.rings_nobody:
        next_ = hw.Next.VOICEMAIL if box else hw.Next.BUSY
        reason = "do not disturb" if called.is_disturbed else "busy"
        return DialPlan(next=next_, box=box, reason=reason)
    found, there = called.decision, called.decision.colleague
    if there is None:
        return _outside(found, box)
    return DialPlan(
        next=hw.Next.DIAL,
        target=agent_target(there),
        caller_id=caller_id,
        reason="colleague",
        whom=whom,
        box=box,
        ring_s=called.ring_s,
        forward=".".join(called.seen),
    )


def agent_target(agent: Agent) -> str:
    """Return what rings an agent, see `agent_phones`. 1 query."""
    return "&".join(interface_of(phone) for phone in agent_phones(agent))


def _plan(found: DialDecision) -> DialPlan:
    """Return the decision on a number that is no colleague's in the dialplan's words."""
    if found.queue is not None:
        return DialPlan(next=hw.Next.QUEUE, queue=queue_plan(found.queue), reason="queue")
    if found.kind == OUTSIDE:
        return _outside(found)
    return DialPlan(next=REFUSED_NEXT.get(found.why, hw.Next.NOT_IN_SERVICE), reason=found.why)


def _outside(found: DialDecision, box: str = "") -> DialPlan:
    return DialPlan(
        next=hw.Next.DIAL,
        direction="out",
        target=f"PJSIP/{found.number}@{found.trunk}",
        caller_id=found.shown,
        reason="external",
        limit_s=found.limit_s,
        box=box,
    )


def ring_plan(*, tenant_id: int, way: str, number: str, shown: str) -> DialPlan:
    """Return what a flow's agent, extension or external node rings. 1 to 27 queries.

    `shown` is the number dialled, which the company owns: a carrier is shown no other. What is not
    there gives a plan that says so to the caller. An extension is never outside, but where an agent
    forwards it.
    """
    if way == "external":
        trunk = trunk_for_calls_out()
        if trunk is None or not EXTERNAL.fullmatch(number):
            return DialPlan(next=hw.Next.CALL_FAILED, reason="no trunk for calls out")
        target = f"PJSIP/{number}@{trunk.endpoint}"
        return DialPlan(next=hw.Next.DIAL, target=target, caller_id=shown, reason="external")
    with tenant_scope(tenant_id):
        agent = Agent.objects.filter(number=number, is_active=True, user__is_active=True).first()
        if agent is not None:
            return called_plan(colleague_called(colleague=agent), whom=AGENT)
        queue = Queue.objects.select_related("tenant").filter(number=number, is_active=True).first()
        if queue is not None and way == "extension":
            return DialPlan(next=hw.Next.QUEUE, queue=queue_plan(queue), reason="queue")
    return DialPlan(next=hw.Next.NOT_IN_SERVICE, reason="unknown number")
