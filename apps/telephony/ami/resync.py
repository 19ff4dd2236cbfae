"""After a gap: what Asterisk has now against what the ledger believes. Differences become facts.

The ends of legs that we did not hear are told with the time of the resynchronisation, an upper
bound; CEL, read afterwards, tells the same key with the true, earlier time, and the earlier counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import RESYNC, Fact
from apps.calls.models import Call, CallFact, Leg, LinkGap
from apps.core.tenancy import all_tenants
from apps.telephony.ami.actions import LiveChannel


@dataclass(frozen=True)
class Believed:
    """What the ledger thinks is live on a node; open legs are (linkedid, uniqueid)."""

    linkedids: frozenset[str]
    open_legs: frozenset[tuple[str, str]]
    with_legs: frozenset[str]


@dataclass(frozen=True)
class Gap:
    """A time in which we did not hear the node."""

    node: str
    epoch: str
    started_at: datetime
    ended_at: datetime
    reason: str


def ledger_believed(node: str) -> Believed:
    """Return what the ledger thinks is live. 2 queries.

    Ask this *before* Asterisk: a call that begins in between is then in Asterisk's answer, and
    never taken for one that has ended.
    """
    with all_tenants("a node serves every company"):
        live = Call.objects.filter(node=node, ended_at=None)
        linkedids = frozenset(live.values_list("linkedid", flat=True))
        legs = list(
            Leg.objects.filter(call__node=node, call__ended_at=None).values_list(
                "call__linkedid", "uniqueid", "ended_at"
            )
        )
    return Believed(
        linkedids=linkedids,
        open_legs=frozenset((linkedid, uniqueid) for linkedid, uniqueid, end in legs if not end),
        with_legs=frozenset(linkedid for linkedid, _, _ in legs),
    )


def resync_facts(believed: Believed, live: Sequence[LiveChannel], gap: Gap) -> list[Fact]:
    """Return the facts that bring the ledger to what Asterisk has and mark the gap. Pure."""
    alive = {channel.uniqueid for channel in live} | {channel.linkedid for channel in live}
    # A call known by our AGI only has no leg yet: its caller's channel is its linkedid.
    unheard = {(linkedid, linkedid) for linkedid in believed.linkedids - believed.with_legs}
    ended = sorted(pair for pair in believed.open_legs | unheard if pair[1] not in alive)
    found = [_ended(gap, linkedid, uniqueid) for linkedid, uniqueid in ended]
    touched = believed.linkedids | {channel.linkedid for channel in live}
    return found + [_gap(gap, linkedid) for linkedid in sorted(touched)]


def _ended(gap: Gap, linkedid: str, uniqueid: str) -> Fact:
    return Fact(
        node=gap.node,
        linkedid=linkedid,
        key=f"{uniqueid}:ended",
        kind=kinds.LEG_ENDED,
        at=gap.ended_at,
        source=RESYNC,
        uniqueid=uniqueid,
    )


def _gap(gap: Gap, linkedid: str) -> Fact:
    return Fact(
        node=gap.node,
        linkedid=linkedid,
        key=f"gap:{gap.node}:{gap.epoch}",
        kind=kinds.GAP,
        at=gap.ended_at,
        source=RESYNC,
        data={"started_at": gap.started_at.isoformat(), "reason": gap.reason},
    )


def gap_record(gap: Gap) -> None:
    """Write down that we did not hear the node; harmless twice."""
    LinkGap.objects.get_or_create(
        node=gap.node,
        epoch=gap.epoch,
        defaults={
            "started_at": gap.started_at,
            "ended_at": gap.ended_at,
            "reason": gap.reason,
        },
    )


def last_heard_at(node: str) -> datetime | None:
    """Return when the ledger last heard of the node: the newest fact that AMI told. 1 query."""
    with all_tenants("a node serves every company"):
        return (
            CallFact.objects.filter(node=node, source=kinds.AMI)
            .order_by("-pk")
            .values_list("at", flat=True)
            .first()
        )
