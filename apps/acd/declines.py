"""An agent declines a call that rings at him, and says why."""

from apps.accounts.models import Agent, User
from apps.acd.errors import NotRingingError
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.calls.selectors import call_state_for

DECLINE_REASONS = ("busy", "other_matter", "technical", "other")


def call_decline(*, call: Call, agent: Agent, user: User, reason: str) -> None:
    """Keep why the agent declines; his phone ends its ringing itself, and the next one is rung.

    An unknown reason is kept as `other`. Raises NotRingingError unless the call rings at him now.
    """
    if call_state_for(call, agent) != "ringing":
        raise NotRingingError(call.linkedid)
    audit_record(
        actor=user,
        tenant_id=agent.tenant_id,
        action="call.declined",
        object_type="call",
        object_id=call.pk,
        detail={
            "agent": agent.number,
            "reason": reason if reason in DECLINE_REASONS else DECLINE_REASONS[-1],
        },
    )
