"""What a flow's decision means outside the interpreter: whom to ring, what waits in the channel."""

import logging
import time
from dataclasses import replace

from prometheus_client import Counter

from apps.ivr.engine.resume import resume_write
from apps.ivr.engine.run import ResumeError
from apps.ivr.engine.steps import Decision
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.selectors import EntryPlan
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.dial import DialPlan, ring_plan
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession

logger = logging.getLogger(__name__)

STEP_LIMITS = Counter("huawu_ivr_step_limits", "Callers whom an endless loop cost an apology")


def step_limit_alarm(plan: EntryPlan, facts: CallFacts, decision: Decision) -> None:
    """Tell the operator of a flow that goes round for ever; the caller hears an apology."""
    STEP_LIMITS.inc()
    logger.error("flow %r: %s", plan.flow.name, decision.reason, extra=_ids(plan, facts))


def ring_of(visits: Visits, plan: EntryPlan, decision: Decision, linkedid: str = "") -> DialPlan:
    """Return whom the decision rings; a plan that says so to the caller when nobody."""

    def read() -> DialPlan:
        return ring_plan(
            tenant_id=plan.tenant_id,
            way=decision.way,
            number=decision.target,
            shown=plan.did,
            linkedid=linkedid,
        )

    try:
        return visits.visit(read)
    except LookupFailedError as error:
        logger.warning("whom to ring is not known now: %s", error)
        return DialPlan(next=hw.Next.CALL_FAILED, reason="the database is away")


def ring_set(session: AgiSession, decision: Decision, ring: DialPlan) -> Decision:
    """Set the variables of whom to ring; return the decision that the dialplan knows."""
    session.set(hw.DIAL, ring.target)
    session.set(hw.DIAL_TIMEOUT_S, min(decision.ring_s, ring.ring_s or decision.ring_s))
    session.set(hw.DIAL_CALLER_ID, ring.caller_id)
    session.set(hw.DIAL_WHOM, ring.whom)
    session.set(hw.DIAL_LIMIT_S, ring.limit_s or "")
    session.set(hw.FORWARD, ring.forward)
    if ring.box:
        session.set(hw.VM_BOX, ring.box)
    # A colleague's box takes who finds him busy.
    target = ring.box.rpartition("-")[2] if ring.next == hw.Next.VOICEMAIL else decision.target
    reason = f"{decision.reason}: {ring.reason}"
    return replace(decision, next=ring.next, target=target, reason=reason)


def resume_set(session: AgiSession, facts: CallFacts, plan: EntryPlan, decision: Decision) -> None:
    """Leave the state with the channel, for when nobody answers."""
    if decision.resume is None:
        return
    try:
        written = resume_write(decision.resume, versions=plan.versions, at=time.time())
    except ResumeError as error:
        # The call goes on; unanswered it ends as it does without an `on_failed`.
        logger.error("flow %r cannot go on: %s", plan.flow.name, error, extra=_ids(plan, facts))
        return
    session.set(hw.RESUME, written)


def _ids(plan: EntryPlan, facts: CallFacts) -> dict[str, str]:
    return {"tenant": plan.tenant_slug, "linkedid": facts.linkedid}
