"""`agi://…/enter`: a carrier's call. Run its flow, say what the dialplan does next, end."""

import logging
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import clean
from apps.calls.writer import FactSink
from apps.core.tenancy import tenant_scope
from apps.customers.selectors import account_balance, blacklist_entry_for
from apps.ivr.engine.run import Decision, Step, run_flow
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.selectors import EntryPlan, QueuePlan, plans
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import visit
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.telephony.agi.voice import PhoneVoice

logger = logging.getLogger(__name__)

# Q.850: call rejected.
CAUSE_REJECTED = 21


@dataclass(frozen=True)
class TenantLookups:
    """`ivr.engine.voice.Lookups` in one company's data."""

    tenant_id: int

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Return the balance when account and PIN fit. Raises LookupFailedError."""

        def read() -> Decimal | None:
            with tenant_scope(self.tenant_id):
                found = account_balance(account_number=account_number, pin=pin)
            return found.balance if found else None

        return visit(read)


class Enter:
    """The script; one object serves every call."""

    def __init__(self, sink: FactSink) -> None:
        self._sink = sink

    def __call__(self, session: AgiSession) -> None:
        """Serve one caller. An error leaves HW_NEXT unset: the dialplan's fall-back."""
        did = session.env.get("agi_arg_1") or session.env.get("agi_extension", "")
        caller = clean(session.env.get("agi_callerid", ""), 80)
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        plan = visit(lambda: plans.get(did))
        if plan is None:
            facts.decided(next=hw.Next.NOT_IN_SERVICE, reason="nobody owns the number")
            session.set(hw.NEXT, hw.Next.NOT_IN_SERVICE)
            return
        session.set(hw.TENANT, plan.tenant_slug)
        facts.entered(did=did, tenant=plan.tenant_slug, flow=plan.flow.name, version=plan.version)
        if self._is_blacklisted(plan, caller):
            facts.decided(next=hw.Next.REFUSE, reason="blacklisted")
            session.set(hw.HANGUP_CAUSE, CAUSE_REJECTED)
            session.set(hw.NEXT, hw.Next.REFUSE)
            return

        def on_step(step: Step) -> None:
            facts.put(kinds.NODE, {"node": step.node, "kind": step.kind, "keys": step.keys})

        decision = run_flow(
            plan.flow,
            voice=PhoneVoice(session),
            lookups=TenantLookups(plan.tenant_id),
            on_step=on_step,
        )
        if decision.next != "gone":
            carry_decision(session, facts, plan, decision)

    def _is_blacklisted(self, plan: EntryPlan, caller: str) -> bool:
        def read() -> bool:
            with tenant_scope(plan.tenant_id):
                return blacklist_entry_for(caller) is not None

        try:
            return bool(caller) and visit(read)
        except LookupFailedError as error:
            # Better a nuisance call answered than every caller refused.
            logger.warning("blacklist not asked: %s", error)
            return False


def carry_decision(
    session: AgiSession, facts: CallFacts, plan: EntryPlan, decision: Decision
) -> None:
    """Set the variables of a decision; HW_NEXT last, so that half of one never counts."""
    queue = plan.queues.get(decision.target)
    goes_to = hw.Next(decision.next)
    if decision.next in (hw.Next.QUEUE, hw.Next.VOICEMAIL) and queue is None:
        logger.error("flow %r names queue %r, which is not there", plan.flow.name, decision.target)
        queue = plan.fallback
        goes_to = hw.Next.QUEUE if queue else hw.Next.APOLOGY
    if goes_to == hw.Next.QUEUE and queue is not None:
        _queue_set(session, queue)
    elif goes_to == hw.Next.VOICEMAIL and queue is not None:
        session.set(hw.VM_BOX, queue.name)
    facts.decided(
        next=goes_to, target=queue.name if queue else decision.target, reason=decision.reason
    )
    session.set(hw.NEXT, goes_to)


def _queue_set(session: AgiSession, queue: QueuePlan) -> None:
    session.set(hw.QUEUE, queue.name)
    session.set(hw.QUEUE_WAIT_S, queue.max_wait_s)
    session.set(hw.VM_BOX, queue.box)
