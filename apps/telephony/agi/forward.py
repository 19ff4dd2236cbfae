"""`agi://…/called` and `agi://…/forward`: an agent is called by a transfer; he did not answer.

Both say whom to ring (`HW_FORWARDED` is `ring`), that he has no ear for the call (`busy`), or
nothing: then the dialplan does what it does without forwards.
"""

import logging
import re

from django.conf import settings

from apps.accounts.models import Agent
from apps.accounts.selectors import agent_by_endpoint
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import endpoint_of
from apps.calls.writer import FactSink
from apps.core.tenancy import tenant_scope
from apps.switchboard.called import Called, colleague_called, colleague_next
from apps.switchboard.engine.forwarding import MOST_HOPS
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.dial import RING_S, DialPlan, called_plan
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)

RING, BUSY = "ring", "busy"
NUMBER = re.compile(r"[0-9]{2,10}", re.ASCII)
SEEN = re.compile(rf"[0-9]{{2,10}}(\.[0-9]{{2,10}}){{0,{MOST_HOPS - 1}}}", re.ASCII)


class Forward:
    """The two scripts; one object serves every call."""

    def __init__(self, sink: FactSink, visits: Visits) -> None:
        self._sink = sink
        self._visits = visits

    def called(self, session: AgiSession) -> None:
        """Serve a caller who is put through to an agent's number."""
        number, slug = session.argument(1), session.variable(hw.TENANT)
        session.set(hw.FORWARD, "")
        if NUMBER.fullmatch(number):
            self._say(
                session,
                self._visits.visit(lambda: first_plan(slug, number, session.linkedid)),
                "called",
            )

    def go_on(self, session: AgiSession) -> None:
        """Serve a caller whom an agent did not answer."""
        status, slug = session.argument(1), session.variable(hw.TENANT)
        written = session.variable(hw.FORWARD)
        # Once: a script that fails from here on ends as a call does without forwards.
        session.set(hw.FORWARD, "")
        if not SEEN.fullmatch(written):
            logger.error("not a chain of forwards: %.80r", written)
            return
        seen = tuple(written.split("."))
        phone = endpoint_of(session.env.get("agi_channel", ""))
        plan = self._visits.visit(lambda: next_plan(slug, seen, status, phone, session.linkedid))
        self._say(session, plan, status.lower())

    def _say(self, session: AgiSession, plan: DialPlan | None, why: str) -> None:
        if plan is None:
            return
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        facts.put(kinds.FORWARDED, {"target": plan.target, "reason": plan.reason, "why": why})
        session.set(hw.FORWARD_BOX, plan.box)
        if plan.next != hw.Next.DIAL:
            session.set(hw.FORWARDED, BUSY)
            return
        session.set(hw.DIAL, plan.target)
        session.set(hw.DIAL_TIMEOUT_S, plan.ring_s or RING_S)
        session.set(hw.FORWARD, plan.forward)
        if plan.caller_id:
            # Outside: the company's number is shown, and the recording is the caller's.
            session.set(hw.DIAL_CALLER_ID, plan.caller_id)
            session.set(hw.DIAL_WHOM, "")
            session.set(hw.DIAL_LIMIT_S, plan.limit_s or "")
        session.set(hw.FORWARDED, RING)


def first_plan(slug: str, number: str, linkedid: str = "") -> DialPlan | None:
    """Return what a call to an agent's number does, None for nobody's. 6 to 29 queries."""
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None:
        return None
    with tenant_scope(tenant.pk):
        agent = Agent.objects.filter(number=number, is_active=True, user__is_active=True).first()
        if agent is None:
            return None
        return called_plan(colleague_called(colleague=agent, linkedid=linkedid))


def next_plan(
    slug: str, seen: tuple[str, ...], status: str, phone: str, linkedid: str = ""
) -> DialPlan | None:
    """Return who is rung after the last of `seen`; None for nobody. 3 to 29 queries.

    `phone` is the caller's: a colleague who calls is not rung by himself.
    """
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None:
        return None
    with tenant_scope(tenant.pk):
        found: Called | None = colleague_next(seen=seen, status=status, linkedid=linkedid)
        caller = agent_by_endpoint(phone) if phone else None
        if found is None or (caller is not None and found.decision.colleague == caller):
            return None
        return called_plan(found)
