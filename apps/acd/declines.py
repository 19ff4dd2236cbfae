"""An agent declines a call that rings at him, and says why; and what was declined."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from apps.accounts.models import Agent, User
from apps.acd.errors import NotRingingError
from apps.audit.models import AuditEntry
from apps.audit.selectors import audit_of
from apps.audit.services import audit_record
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import Call, Leg
from apps.calls.selectors import call_state_for
from apps.calls.services import facts_apply

DECLINED = "call.declined"
# On a slow line the phone stops ringing before the reason is here.
LATE = timedelta(seconds=10)
DECLINE_REASONS = ("busy", "other_matter", "technical", "other")


def call_decline(*, call: Call, agent: Agent, user: User, reason: str) -> None:
    """Keep why the agent declines; his phone ends its ringing itself, and the next one is rung.

    A fact of the call too: who gave it to him, or asks him about it, reads it on his card. An
    unknown reason is kept as `other`. Raises NotRingingError unless the call rings at him now, or
    has just stopped.
    """
    if call_state_for(call, agent) != "ringing" and not _has_just_rung(call, agent):
        raise NotRingingError(call.linkedid)
    reason = reason if reason in DECLINE_REASONS else DECLINE_REASONS[-1]
    audit_record(
        actor=user,
        tenant_id=agent.tenant_id,
        action=DECLINED,
        object_type="call",
        object_id=call.pk,
        detail={"agent": agent.number, "reason": reason},
    )
    at = timezone.now()
    fact = Fact(
        node=call.node,
        linkedid=call.linkedid,
        key=f"{call.linkedid}:declined:{agent.sip_username}.{at:%Y%m%dT%H%M%S.%f}",
        kind=kinds.DECLINED,
        at=at,
        source=kinds.DESK,
        uniqueid=call.linkedid,
        data={"by": agent.sip_username, "reason": reason},
    )
    facts_apply([fact])


def _has_just_rung(call: Call, agent: Agent) -> bool:
    since = timezone.now() - LATE
    rung = Leg.objects.filter(call=call, agent=agent, answered_at=None, ended_at__gte=since)
    # The first channel is the caller's: an agent who calls does not ring.
    return bool(rung.exclude(uniqueid=call.linkedid).exists())


@dataclass(frozen=True)
class Decline:
    """One call that an agent declined. `reason` is one of `DECLINE_REASONS`."""

    call_id: int
    agent: str
    reason: str
    at: datetime


def call_declines(call: Call) -> list[Decline]:
    """Return who declined this call, earliest first. 1 query. Give a call that may be seen."""
    rows = audit_of(object_type="call", object_id=call.pk, action=DECLINED)
    return [_decline(row) for row in reversed(rows)]


def agent_declines(agent: Agent, since: datetime, until: datetime) -> list[Decline]:
    """Return what an agent declined in [since, until), offers and consultations, earliest first.

    1 query. Whether he may be seen is the caller's to look at.
    """
    rows = (
        audit_of(object_type="call", action=DECLINED)
        .filter(actor=agent.user_id, at__gte=since, at__lt=until)
        .order_by("at", "pk")
    )
    return [_decline(row) for row in rows]


def _decline(row: AuditEntry) -> Decline:
    return Decline(
        call_id=int(row.object_id),
        agent=str(row.detail.get("agent", "")),
        reason=str(row.detail.get("reason", "")),
        at=row.at,
    )
