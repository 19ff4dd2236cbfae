"""What the distributor decides, as facts of the call."""

from datetime import datetime

from apps.acd.engine.orders import Reason
from apps.acd.engine.overflow import Overflow
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact, fact_at_key


def routed_fact(node: str, reason: Reason, now: datetime) -> Fact:
    """Return the fact that keeps a decision."""
    return Fact(
        node=node,
        linkedid=reason.linkedid or reason.call,
        key=f"{reason.call}:routed:{fact_at_key(now)}",
        kind=kinds.ROUTED,
        at=now,
        source=kinds.ACD,
        uniqueid=reason.call,
        data=dict(reason.record),
    )


def overflowed_fact(node: str, order: Overflow, now: datetime) -> Fact:
    """Return the fact that keeps why a caller was sent on."""
    return Fact(
        node=node,
        linkedid=order.linkedid or order.call,
        key=f"{order.call}:overflowed:{order.due.rule.id}",
        kind=kinds.OVERFLOWED,
        at=now,
        source=kinds.ACD,
        uniqueid=order.call,
        data=order.record,
    )
