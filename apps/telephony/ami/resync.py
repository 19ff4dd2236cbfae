"""After a gap: what Asterisk has now against what the ledger believes. Differences become facts.

What we did not hear is told with the latest time it can have had; CEL, read afterwards, tells the
true, earlier time, and of the same happening the earlier counts (`engine.fold`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import RESYNC, Fact
from apps.calls.models import Call, CallFact, Leg, LinkGap
from apps.core.tenancy import all_tenants
from apps.telephony.ami.actions import LiveChannel, Waiting

ENTRANCES = frozenset({"huawu-from-trunk", "huawu-from-agent"})


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


def resync_facts(
    believed: Believed, live: Sequence[LiveChannel], waiting: Sequence[Waiting], gap: Gap
) -> list[Fact]:
    """Return the facts that bring the ledger to what Asterisk has; mark the gap's calls. Pure."""
    found = _ended(legs_gone(believed, live), gap)
    new = {
        channel.uniqueid: channel
        for channel in live
        if (channel.linkedid, channel.uniqueid) not in believed.open_legs
    }
    for channel in new.values():
        found += _new_channel(gap, channel)
    for caller in waiting:
        if caller.uniqueid in new:
            since = gap.ended_at - timedelta(seconds=caller.wait_s)
            linkedid = new[caller.uniqueid].linkedid
            data = {"queue": caller.queue}
            found.append(_told(gap, linkedid, caller.uniqueid, kinds.QUEUED, since, data))
    touched = believed.linkedids | {channel.linkedid for channel in live}
    return found + [_gap(gap, linkedid) for linkedid in sorted(touched)]


def legs_gone(believed: Believed, live: Sequence[LiveChannel]) -> frozenset[tuple[str, str]]:
    """Return the (linkedid, uniqueid) that the ledger believes live and Asterisk does not have."""
    alive = {channel.uniqueid for channel in live} | {channel.linkedid for channel in live}
    # A call known by our AGI only has no leg yet: its caller's channel is its linkedid.
    unheard = {(linkedid, linkedid) for linkedid in believed.linkedids - believed.with_legs}
    return frozenset(pair for pair in believed.open_legs | unheard if pair[1] not in alive)


def forgotten_facts(gone: Collection[tuple[str, str]], gap: Gap) -> list[Fact]:
    """Return the facts that end legs of which nothing is heard any more, and mark their calls."""
    touched = {linkedid for linkedid, _ in gone}
    return _ended(gone, gap) + [_gap(gap, linkedid) for linkedid in sorted(touched)]


def _ended(gone: Collection[tuple[str, str]], gap: Gap) -> list[Fact]:
    return [
        _told(gap, linkedid, uniqueid, kinds.LEG_ENDED, gap.ended_at)
        for linkedid, uniqueid in sorted(gone)
    ]


def _new_channel(gap: Gap, channel: LiveChannel) -> list[Fact]:
    named = {"channel": channel.channel}
    begun = {**named, "caller": channel.caller, "caller_name": channel.caller_name}
    if channel.context in ENTRANCES:  # elsewhere the extension is not the number dialled
        begun |= {"context": channel.context, "exten": channel.exten}
    started_at = gap.ended_at - timedelta(seconds=channel.age_s)
    told = [(kinds.LEG_STARTED, started_at, begun)]
    if channel.is_answered:
        told.append((kinds.LEG_ANSWERED, gap.ended_at, named))
    if channel.bridge:
        told.append((kinds.BRIDGED, gap.ended_at, {**named, "bridge": channel.bridge}))
    return [
        _told(gap, channel.linkedid, channel.uniqueid, kind, at, data) for kind, at, data in told
    ]


def _told(
    gap: Gap,
    linkedid: str,
    uniqueid: str,
    kind: str,
    at: datetime,
    data: dict[str, str] | None = None,
) -> Fact:
    # A key of its own: these times are bounds, and AMI's or CEL's true fact must not be shut out.
    return Fact(
        node=gap.node,
        linkedid=linkedid,
        key=f"{uniqueid}:{kind}:resync:{gap.epoch}",
        kind=kind,
        at=at,
        source=RESYNC,
        uniqueid=uniqueid,
        data=data or {},
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
