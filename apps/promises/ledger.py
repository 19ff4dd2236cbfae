"""Read from the ledger what the promises are measured of: a company's ended calls, in its scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.calls.agent_calls import calls_began
from apps.calls.choices import Direction
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import Call, CallFact, Leg
from apps.calls.rows import facts_of_rows, of_calls
from apps.core.phones import is_way_outside
from apps.promises.engine.calls import EndedCall
from apps.reports.engine.quarters import quarter_of

# Calls whose facts are read with one query.
AT_ONCE = 500
ASKED = frozenset({kinds.HANGUP_REQUESTED, kinds.LEG_ENDED})
WANTED = (
    kinds.FALLBACK,
    kinds.DECIDED,
    kinds.BRIDGED,
    kinds.NOT_REJOINED,
    *sorted(ASKED),
)
APOLOGY = "apology"


@dataclass
class _Told:
    """What facts say of one call."""

    has_fallen_back: bool = False
    has_apology: bool = False
    has_lost_phone: bool = False
    is_asked: bool = False
    bridged: dict[str, list[datetime]] = field(default_factory=dict)

    def take(self, fact: Fact) -> None:
        """Note one fact; in whatever order they come."""
        if fact.kind == kinds.FALLBACK:
            self.has_fallen_back = True
            self.has_apology |= not (fact.data.get("queue") or fact.data.get("box"))
        elif fact.kind == kinds.DECIDED:
            self.has_apology |= fact.data.get("next") == APOLOGY
        elif fact.kind == kinds.BRIDGED:
            self.bridged.setdefault(fact.uniqueid, []).append(fact.at)
        elif fact.kind == kinds.NOT_REJOINED:
            self.has_lost_phone = True
        elif fact.kind == kinds.HANGUP_REQUESTED or fact.data.get("hangup_source"):
            # CEL names who began a hang-up that AMI could not tell.
            self.is_asked = True


def ended_calls(since: datetime, until: datetime) -> list[tuple[datetime, EndedCall]]:
    """Return the calls with people outside that began in [since, until) and have ended.

    Each with its quarter-hour. 2 queries, and 1 for each 500 calls.
    """
    rows = list(
        Call.objects.filter(
            started_at__gte=since,
            started_at__lt=until,
            ended_at__isnull=False,
            direction__in=[Direction.IN, Direction.OUT],
        )
        .order_by("started_at", "pk")
        .only(
            "node", "linkedid", "direction", "started_at", "ended_at", "outcome", "picked_up_at",
            "queued_at", "answered_at", "path", "hangup_by", "hangup_cause",
        )
    )  # fmt: skip
    legs = _legs(since, until)
    found = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        told = _told(some)
        found += [
            (quarter_of(call.started_at), _ended(call, legs.get(call.pk, ()), told[_key(call)]))
            for call in some
        ]
    return found


def _key(call: Call) -> tuple[str, str]:
    return call.node, call.linkedid


def _legs(since: datetime, until: datetime) -> Mapping[int, Sequence[Leg]]:
    rows = Leg.objects.filter(calls_began(since, until), call__ended_at__isnull=False)
    found: dict[int, list[Leg]] = {}
    for leg in rows.only("call", "uniqueid", "channel", "kind", "answered_at", "ended_at", "cause"):
        found.setdefault(leg.call_id, []).append(leg)
    return found


def _told(calls: Sequence[Call]) -> Mapping[tuple[str, str], _Told]:
    found = {_key(call): _Told() for call in calls}
    rows = CallFact.objects.filter(of_calls(found), kind__in=WANTED)
    facts = list(facts_of_rows(rows))
    replaced = {(*_of(fact), fact.corrects) for fact in facts if fact.corrects}
    for fact in facts:
        # CEL's time of the same happening stands instead.
        if (*_of(fact), fact.key) not in replaced:
            found[_of(fact)].take(fact)
    return found


def _of(fact: Fact) -> tuple[str, str]:
    return fact.node, fact.linkedid


def _ended(call: Call, legs: Iterable[Leg], told: _Told) -> EndedCall:
    assert call.ended_at is not None  # noqa: S101 - the query saw to it
    partners = [
        leg
        for leg in legs
        if leg.uniqueid != call.linkedid and leg.answered_at and not is_way_outside(leg.channel)
    ]
    last = max((leg for leg in partners if leg.ended_at), key=_ended_at, default=None)
    return EndedCall(
        call_id=call.pk,
        direction=call.direction,
        started_at=call.started_at,
        ended_at=call.ended_at,
        outcome=call.outcome,
        picked_up_at=call.picked_up_at,
        queued_at=call.queued_at,
        answered_at=call.answered_at,
        has_path=bool(call.path),
        hangup_by=call.hangup_by,
        hangup_cause=call.hangup_cause,
        partner_ended_at=last.ended_at if last else None,
        partner_cause=last.cause if last else None,
        has_fallen_back=told.has_fallen_back,
        has_apology=told.has_apology,
        has_lost_phone=told.has_lost_phone,
        is_asked=told.is_asked,
        picks_ms=tuple(_picks(partners, told)),
    )


def _ended_at(leg: Leg) -> datetime:
    assert leg.ended_at is not None  # noqa: S101 - only ended ones are asked
    return leg.ended_at


def _picks(partners: Iterable[Leg], told: _Told) -> Iterable[int]:
    """Yield the time from an agent's phone answering to his talk, for each who got one."""
    for leg in partners:
        if leg.kind != "agent" or leg.answered_at is None:
            continue
        at = leg.answered_at
        talks = [when for when in told.bridged.get(leg.uniqueid, ()) if when >= at]
        if talks:
            yield round((min(talks) - at) / timedelta(milliseconds=1))
