"""`agi://…/enter`: a carrier's call. Run its flow, say what the dialplan does next, end."""

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import clean
from apps.calls.writer import FactSink
from apps.customers.models import BlacklistAction
from apps.ivr.engine.resume import resume_read
from apps.ivr.engine.run import Decision, ResumeError, Step, is_step_limit, run_flow
from apps.ivr.engine.steps import CALLER, DIALLED, Resume
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.selectors import EntryPlan, EntryPlans, QueuePlan, entry_plan
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.after_flow import resume_set, ring_of, ring_set, step_limit_alarm
from apps.telephony.agi.blacklist import Blacklists, Unwelcome
from apps.telephony.agi.calendars import Calendars
from apps.telephony.agi.database import Visits
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.lookups import TenantLookups
from apps.telephony.agi.session import AgiSession
from apps.telephony.agi.voice import PhoneVoice
from apps.telephony.call_needs import needs_write

logger = logging.getLogger(__name__)

# The dialplan sets this before it asks us.
DIALPLAN_LANGUAGE = "zh"
# From the engine's decision to the dialplan's extension.
GONE = "gone"
REFUSED = "blacklisted"
REFUSAL = "huawu/call-refused"
# Behind everybody: flows give 0 to 10.
LAST = -1


class Enter:
    """The script; one object serves every call."""

    def __init__(self, sink: FactSink, visits: Visits) -> None:
        self._sink = sink
        self._visits = visits
        self._blacklists = Blacklists(visits)
        self._calendars = Calendars(visits)
        self._plans = EntryPlans(lambda did: visits.visit(lambda: entry_plan(did)))

    def __call__(self, session: AgiSession) -> None:
        """Serve one caller. An error leaves HW_NEXT unset: the dialplan's fall-back."""
        did = session.argument(1) or session.env.get("agi_extension", "")
        plan = self._plans.get(did)
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        if plan is None:
            facts.decided(next=hw.Next.NOT_IN_SERVICE, reason="nobody owns the number")
            session.set(hw.NEXT, hw.Next.NOT_IN_SERVICE)
            return
        session.set(hw.TENANT, plan.tenant_slug)
        facts.entered(did=did, tenant=plan.tenant_slug, flow=plan.flow.name, version=plan.version)
        unwelcome = self._unwelcome(plan, clean(session.env.get("agi_callerid", ""), 80))
        if unwelcome is not None:
            decision = unwelcome_decision(PhoneVoice(session, plan.prompts), unwelcome)
        else:
            lookups = self._lookups(plan, facts)
            decision = self._run(session, facts, plan, lookups)
        if decision.next != GONE:
            decision_carry(session, facts, plan, decision)

    def go_on(self, session: AgiSession) -> None:
        """Serve a caller who comes back from a wait: nobody answered. Raises ResumeError."""
        did = session.argument(1)
        written = session.variable(hw.RESUME)
        # Once: a script that fails from here on ends in the fall-back, not here again.
        session.set(hw.RESUME, "")
        state, versions = resume_read(written, now=time.time())
        plan = self._plans.get(did)
        if plan is not None and dict(plan.versions) != versions:
            plan = self._visits.visit(lambda: entry_plan(did, versions))
        if plan is None:
            raise ResumeError(f"nobody owns the number {did}")
        session.set(hw.TENANT, plan.tenant_slug)
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        lookups = self._lookups(plan, facts)
        decision = self._run(session, facts, plan, lookups, state)
        if decision.next != GONE:
            decision_carry(session, facts, plan, decision)

    def _lookups(self, plan: EntryPlan, facts: CallFacts) -> TenantLookups:
        def on_routed(record: Mapping[str, Any]) -> None:
            facts.put(kinds.RULED, dict(record))

        return TenantLookups(
            plan.tenant_id,
            self._visits,
            self._calendars,
            plan.queues,
            node=settings.HUAWU_NODE,
            linkedid=facts.linkedid,
            did=plan.did,
            rules=plan.rules,
            boxes=plan.boxes,
            flows=frozenset(plan.library),
            time_zone=plan.time_zone,
            on_routed=on_routed,
        )

    def _unwelcome(self, plan: EntryPlan, caller: str) -> Unwelcome | None:
        try:
            return self._blacklists.find(plan.tenant_id, caller)
        except LookupFailedError as error:
            # Better a nuisance call answered than every caller refused.
            logger.info("blacklist not asked: %s", error)
            return None

    def _run(
        self,
        session: AgiSession,
        facts: CallFacts,
        plan: EntryPlan,
        lookups: TenantLookups,
        resume: Resume | None = None,
    ) -> Decision:
        """Run the flow to what the dialplan can do: a node that rings nobody goes on at once."""
        while True:
            decision = self._run_once(session, facts, plan, lookups, resume)
            if is_step_limit(decision):
                step_limit_alarm(plan, facts, decision)
            if decision.next != hw.Next.DIAL:
                return decision
            ring = ring_of(self._visits, plan, decision, facts.linkedid)
            if ring.next in (hw.Next.DIAL, hw.Next.QUEUE) or decision.resume is None:
                return ring_set(session, decision, ring)
            # The steps passed are counted in the state, so this ends.
            resume = decision.resume

    @staticmethod
    def _run_once(
        session: AgiSession,
        facts: CallFacts,
        plan: EntryPlan,
        lookups: TenantLookups,
        resume: Resume | None,
    ) -> Decision:
        voice = PhoneVoice(session, plan.prompts)
        if resume is None and plan.flow.language != DIALPLAN_LANGUAGE:
            voice.set_language(plan.flow.language)

        def on_step(step: Step) -> None:
            facts.put(kinds.NODE, asdict(step))

        caller = clean(session.env.get("agi_callerid", ""), 80)
        return run_flow(
            plan.flow,
            voice=voice,
            lookups=lookups,
            on_step=on_step,
            variables={CALLER: caller, DIALLED: plan.did},
            library=plan.library,
            clock=time.monotonic,
            resume=resume,
        )


def unwelcome_decision(voice: PhoneVoice, unwelcome: Unwelcome) -> Decision:
    """Return what becomes of a caller on the blacklist. Raises CallerGoneError."""
    if unwelcome.action == BlacklistAction.QUEUE:
        return Decision(
            hw.Next.QUEUE, target=unwelcome.queue, reason="blacklisted: last", priority=LAST
        )
    if unwelcome.action == BlacklistAction.BUSY:
        return Decision(hw.Next.BUSY, reason=REFUSED)
    if unwelcome.action == BlacklistAction.MESSAGE:
        voice.answer()
        voice.play([REFUSAL])
        return Decision(hw.Next.HANGUP, reason=REFUSED)
    return Decision(hw.Next.REFUSE, reason=REFUSED)


def decision_carry(
    session: AgiSession, facts: CallFacts, plan: EntryPlan, decision: Decision
) -> None:
    """Set the variables of a decision; HW_NEXT last, so that half of one never counts."""
    queue = plan.queues.get(decision.target)
    goes_to = hw.Next(decision.next)
    if goes_to == hw.Next.VOICEMAIL and queue is None and decision.target in plan.boxes:
        box = f"{plan.tenant_slug}-{decision.target}"
        queue = QueuePlan(name=box, max_wait_s=0, box=box)
    if goes_to in (hw.Next.QUEUE, hw.Next.VOICEMAIL) and queue is None:
        logger.error(
            "flow %r names queue %r, which is not there",
            plan.flow.name,
            decision.target,
            extra={"tenant": plan.tenant_slug, "linkedid": facts.linkedid},
        )
        queue = plan.fallback
        goes_to = hw.Next.QUEUE if queue else hw.Next.APOLOGY
    elif goes_to == hw.Next.SURVEY and queue is not None:
        # A queue that is gone has no survey: the dialplan says good-bye.
        session.set(hw.QUEUE, queue.name)
    if goes_to == hw.Next.QUEUE and queue is not None:
        _queue_set(session, queue)
        session.set(hw.QUEUE_PRIORITY, decision.priority)
        # Also when there are none: a queue before this one may have had some.
        session.set(hw.QUEUE_NEEDS, needs_write(decision.needs))
        session.set(hw.QUEUE_WANTED, decision.wanted)
        session.set(hw.QUEUE_WANTED_S, decision.wanted_s)
    elif goes_to == hw.Next.VOICEMAIL and queue is not None:
        session.set(hw.VM_BOX, queue.name)
    elif goes_to == hw.Next.REFUSE:
        session.set(hw.HANGUP_CAUSE, hw.CAUSE_CALL_REJECTED)
    resume_set(session, facts, plan, decision)
    # Whatever he hears instead, an unwelcome caller was refused.
    told = hw.Next.REFUSE if decision.reason == REFUSED else goes_to
    facts.decided(
        next=told, target=queue.name if queue else decision.target, reason=decision.reason
    )
    session.set(hw.NEXT, goes_to)


def _queue_set(session: AgiSession, queue: QueuePlan) -> None:
    session.set(hw.QUEUE, queue.name)
    session.set(hw.QUEUE_WAIT_S, queue.max_wait_s)
    # Also when there is none: a queue before this one may have had one.
    session.set(hw.VM_BOX, queue.box)
