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
from apps.switchboard.camp_on import camp_on_again, camp_on_take
from apps.switchboard.engine import dialling
from apps.switchboard.models import CampOn
from apps.switchboard.my_phone import speed_number
from apps.switchboard.selectors import OUTSIDE, REFUSED, DialDecision, dial_decision
from apps.switchboard.services import ORDER_PREFIX, dial_order_take, dial_refused_record
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.codes import code_carried_out
from apps.telephony.agi.database import Visits
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.voicemail.selectors import agent_box_name

RING_S = 45
# Who answers: on an agent's channel the recording is his, otherwise the caller's.
AGENT = "agent"
# Refused by a rule, not by a slip of the finger.
TOLD = frozenset({dialling.BARRED, dialling.OUTSIDE_HOURS, dialling.UNWELCOME})
REFUSED_NEXT = {
    "own_number": hw.Next.BUSY,
    dialling.BARRED: hw.Next.NOT_ALLOWED,
    dialling.OUTSIDE_HOURS: hw.Next.OUTSIDE_HOURS,
    dialling.UNWELCOME: hw.Next.UNWELCOME,
}
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
    # The colleague for whom the caller may wait when he is busy.
    camp_on: str = ""


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
        channel = session.uniqueid
        plan = self._visits.visit(lambda: dial_plan(endpoint, number, channel))
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
        if plan.camp_on:
            session.set(hw.CAMP_ON, plan.camp_on)
        session.set(hw.NEXT, plan.next)


def dial_plan(endpoint: str, number: str, channel: str = "") -> DialPlan:
    """Return what the number means to the agent behind the endpoint. 3 to 35 queries.

    What the desk would refuse is refused here too, and told to the audit trail. `channel` is the
    uniqueid of the call by which he dials.
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
            said = code_plan(agent, number, endpoint=endpoint, channel=channel)
            if said is not None:
                return replace(said, tenant_slug=slug)
            number = speed_number(agent=agent, dialled=number) or number
        found = dial_decision(agent=agent, number=number, queue_number=queue_number)
        if found.kind == REFUSED and found.why in TOLD:
            dial_refused_record(agent=agent, decision=found, actor=agent.user, about="phone")
        plan = _called(found.colleague, agent) if found.colleague else _plan(found)
    return replace(plan, tenant_slug=slug, number=number)


def code_plan(agent: Agent, number: str, *, endpoint: str, channel: str) -> DialPlan | None:
    """Carry out what a code wants, and say what the dialplan tells him; None when it is none."""
    row = camp_on_take(agent=agent, token=number)
    if row is not None:
        return _camped_on(row, agent)
    found = code_carried_out(agent, number, endpoint=endpoint, channel=channel)
    if found is None:
        return None
    next_, reason = found
    return DialPlan(next=next_, reason=reason)


def _camped_on(row: CampOn, agent: Agent) -> DialPlan:
    """Return the call to the colleague who is free; a queue's call may have been quicker."""
    plan = _called(row.colleague, agent)
    if plan.next != hw.Next.DIAL:
        camp_on_again(row)
        return DialPlan(next=hw.Next.CAMP_ON_AGAIN, reason=plan.reason)
    return replace(plan, number=row.colleague.number, reason="camped on")


def _called(colleague: Agent, agent: Agent) -> DialPlan:
    """Return what a call to a colleague does: his forwards and wishes count."""
    called = colleague_called(colleague=colleague)
    if called.decision.colleague == agent:
        return DialPlan(next=hw.Next.BUSY, reason="forwarded to himself")
    plan = called_plan(called, caller_id=agent.number)
    # Who wants no call is not to be waited for.
    return plan if called.is_disturbed else replace(plan, camp_on=colleague.number)


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


def ring_plan(*, tenant_id: int, way: str, number: str, shown: str, linkedid: str = "") -> DialPlan:
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
            return called_plan(colleague_called(colleague=agent, linkedid=linkedid), whom=AGENT)
        queue = Queue.objects.select_related("tenant").filter(number=number, is_active=True).first()
        if queue is not None and way == "extension":
            return DialPlan(next=hw.Next.QUEUE, queue=queue_plan(queue), reason="queue")
    return DialPlan(next=hw.Next.NOT_IN_SERVICE, reason="unknown number")
