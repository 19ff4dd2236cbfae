"""Write the ledger: facts in, calls and legs projected from them, cards to the agents concerned."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.calls.card_events import card_events
from apps.calls.engine.facts import Fact, is_apart
from apps.calls.engine.fold import fold
from apps.calls.models import Call, CallFact
from apps.calls.row_writes import CallKey, calls_fill, calls_write, legs_write, visits_write
from apps.calls.rows import fact_row, facts_insert, facts_of_rows, of_calls
from apps.core.events import publish_on_commit
from apps.core.tenancy import all_tenants
from apps.core.times_changed import Stretch, times_changed

Known = Mapping[CallKey, Sequence[Fact]]


def facts_apply(facts: Sequence[Fact]) -> list[Call]:
    """Add facts to the ledger and bring their calls up to date; return those calls.

    One transaction. The calls' rows are locked in (node, linkedid) order before their facts are
    read, so two writers (FastAGI, AMI) of one call project all facts of both. Facts known already
    are ignored, and so are those of channels that are of no call. At most about 18 queries a
    batch, whatever its size.
    """
    facts = [fact for fact in facts if not is_apart(fact.linkedid)]
    if not facts:
        return []
    with all_tenants("facts come before their company is known"), transaction.atomic():
        calls = _calls_lock(facts)
        known = _facts_known(calls)
        new = _facts_new(facts, known)
        states = {key: fold([*known.get(key, ()), *new.get(key, ())]) for key in calls}
        nobodys = [key for key, call in calls.items() if call.tenant_id is None]
        changed = calls_fill(calls, states)
        _facts_write(calls, new)
        _facts_claim(calls, [key for key in nobodys if key in known])
        calls_write(changed)
        legs_write(calls, states)
        visits_write(calls, states)
        times_changed(_stretches(calls, known, new))
        publish_on_commit(card_events(calls, states))
    return list(calls.values())


def _stretches(calls: Mapping[CallKey, Call], known: Known, new: Known) -> list[Stretch]:
    """Return when each call was, by all that was ever told of it: also what a correction moved."""
    return [
        (call.tenant_id, min(times), max(times))
        for key, call in calls.items()
        if call.tenant_id is not None
        for times in [[fact.at for fact in (*known.get(key, ()), *new.get(key, ()))]]
        if times
    ]


def _facts_new(facts: Sequence[Fact], known: Known) -> dict[CallKey, list[Fact]]:
    """Return the facts that the ledger does not have, of each key the one that came first.

    Nobody adds any meanwhile: who does holds the call's lock.
    """
    keys = {(*call, fact.key) for call, found in known.items() for fact in found}
    new: dict[CallKey, list[Fact]] = {}
    for fact in facts:
        key = (fact.node, fact.linkedid, fact.key)
        if key not in keys:
            keys.add(key)
            new.setdefault(key[:2], []).append(fact)
    return new


def _facts_write(calls: Mapping[CallKey, Call], new: Known) -> None:
    facts_insert([fact_row(fact, calls[key]) for key, found in new.items() for fact in found])


def _facts_claim(calls: Mapping[CallKey, Call], keys: Sequence[CallKey]) -> None:
    """Give facts that were told before their call's company was known to that company."""
    by_tenant: dict[int, list[CallKey]] = {}
    for key in keys:
        tenant_id = calls[key].tenant_id
        if tenant_id is not None:
            by_tenant.setdefault(tenant_id, []).append(key)
    for tenant_id, found in by_tenant.items():
        CallFact.objects.filter(of_calls(found), tenant=None).update(tenant_id=tenant_id)


def _calls_lock(facts: Sequence[Fact]) -> dict[CallKey, Call]:
    """Return the calls of these facts, made where they are missing, their rows locked.

    First every row is made, then every row is locked, both in the order of keys: who locks some and
    makes others in between waits for one who does it the other way round, and he for him.
    """
    first: dict[CallKey, datetime] = {}
    for fact in facts:
        key = (fact.node, fact.linkedid)
        first[key] = min(fact.at, first.get(key, fact.at))
    known = set(Call.objects.filter(of_calls(first)).values_list("node", "linkedid"))
    missing = sorted(set(first) - known)
    if missing:
        Call.objects.bulk_create(
            [
                Call(node=node, linkedid=linkedid, started_at=first[node, linkedid])
                for node, linkedid in missing
            ],
            ignore_conflicts=True,
        )
    rows = Call.objects.select_for_update(no_key=True).filter(of_calls(first))
    return {(call.node, call.linkedid): call for call in rows.order_by("node", "linkedid")}


def _facts_known(keys: Iterable[CallKey]) -> dict[CallKey, list[Fact]]:
    found: dict[CallKey, list[Fact]] = {}
    for fact in facts_of_rows(CallFact.objects.filter(of_calls(keys))):
        found.setdefault((fact.node, fact.linkedid), []).append(fact)
    return found
