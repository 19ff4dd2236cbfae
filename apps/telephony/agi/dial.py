"""`agi://…/dial`: an agent's phone dials a colleague, a queue or the outside world."""

import re
from dataclasses import dataclass

from django.conf import settings

from apps.accounts.models import Agent
from apps.accounts.selectors import agent_by_endpoint
from apps.acd.models import Queue
from apps.calls.engine.facts import clean, endpoint_of
from apps.calls.writer import FactSink
from apps.core.tenancy import tenant_scope
from apps.ivr.selectors import QueuePlan, queue_plan
from apps.numbers.models import Did
from apps.numbers.selectors import trunk_for_calls_out
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.voicemail.selectors import agent_box_name

RING_S = 45
# Who answers: on an agent's channel the recording is his, otherwise the caller's.
AGENT = "agent"
EXTERNAL = re.compile(r"\+?[0-9]{3,20}")


@dataclass(frozen=True)
class DialPlan:
    """What a number means to this agent.

    `target` is a dial string, `queue` a queue, `box` what takes the call when nobody answers.
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
        facts.entered(did=clean(number, 80), tenant=plan.tenant_slug, flow="", version=0)
        facts.decided(
            next=plan.next, target=plan.target, reason=plan.reason, direction=plan.direction
        )
        if plan.queue is not None:
            session.set(hw.QUEUE, plan.queue.name)
            session.set(hw.QUEUE_WAIT_S, plan.queue.max_wait_s)
        if plan.target:
            session.set(hw.DIAL, plan.target)
            session.set(hw.DIAL_TIMEOUT_S, RING_S)
            session.set(hw.DIAL_CALLER_ID, plan.caller_id)
        if plan.box:
            session.set(hw.VM_BOX, plan.box)
        session.set(hw.NEXT, plan.next)


def dial_plan(endpoint: str, number: str) -> DialPlan:
    """Return what the number means to the agent behind the endpoint. 2 to 5 queries."""
    agent = agent_by_endpoint(endpoint)
    if agent is None or not (agent.is_active and agent.user.is_active and agent.tenant.is_active):
        return DialPlan(next=hw.Next.NOT_ALLOWED, reason="no agent has this phone")
    slug = agent.tenant.slug
    with tenant_scope(agent.tenant_id):
        colleague = Agent.objects.filter(
            number=number, is_active=True, user__is_active=True
        ).first()
        if colleague == agent:
            return DialPlan(next=hw.Next.BUSY, tenant_slug=slug, reason="his own number")
        if colleague is not None:
            target = f"PJSIP/{colleague.endpoint_desk}&PJSIP/{colleague.endpoint_web}"
            return DialPlan(
                next=hw.Next.DIAL,
                tenant_slug=slug,
                target=target,
                caller_id=agent.number,
                reason="colleague",
                box=agent_box_name(colleague),
            )
        queue = Queue.objects.select_related("tenant").filter(number=number, is_active=True).first()
        if queue is not None:
            return DialPlan(
                next=hw.Next.QUEUE, tenant_slug=slug, queue=queue_plan(queue), reason="queue"
            )
        shown = Did.objects.filter(is_active=True).order_by("pk").first()
    trunk = trunk_for_calls_out()
    if not EXTERNAL.fullmatch(number) or trunk is None or shown is None:
        return DialPlan(next=hw.Next.NOT_IN_SERVICE, tenant_slug=slug, reason="unknown number")
    return DialPlan(
        next=hw.Next.DIAL,
        tenant_slug=slug,
        direction="out",
        target=f"PJSIP/{number}@{trunk.endpoint}",
        caller_id=shown.number,
        reason="external",
    )


def ring_plan(*, tenant_id: int, way: str, number: str, shown: str) -> DialPlan:
    """Return what a flow's agent, extension or external node rings. 1 to 2 queries.

    `shown` is the number dialled, which the company owns: a carrier is shown no other. What is not
    there gives a plan that says so to the caller. An extension is never outside.
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
            target = f"PJSIP/{agent.endpoint_desk}&PJSIP/{agent.endpoint_web}"
            return DialPlan(next=hw.Next.DIAL, target=target, reason="agent", whom=AGENT)
        queue = Queue.objects.select_related("tenant").filter(number=number, is_active=True).first()
        if queue is not None and way == "extension":
            return DialPlan(next=hw.Next.QUEUE, queue=queue_plan(queue), reason="queue")
    return DialPlan(next=hw.Next.NOT_IN_SERVICE, reason="unknown number")
