"""Facts to rows and back."""

from collections.abc import Iterator
from datetime import UTC

from django.db.models import QuerySet

from apps.calls.engine.facts import Fact
from apps.calls.models import Call, CallFact


def fact_row(fact: Fact, call: Call) -> CallFact:
    """Return the unsaved row of a fact of this call."""
    return CallFact(
        tenant_id=call.tenant_id,
        node=fact.node,
        linkedid=fact.linkedid,
        key=fact.key,
        kind=fact.kind,
        at=fact.at,
        source=fact.source,
        uniqueid=fact.uniqueid,
        data=fact.data,
    )


def fact_of(row: CallFact) -> Fact:
    """Return a stored fact as the engine knows it."""
    return Fact(
        node=row.node,
        linkedid=row.linkedid,
        key=row.key,
        kind=row.kind,
        at=row.at.astimezone(UTC),
        source=row.source,
        uniqueid=row.uniqueid,
        data=row.data,
    )


def facts_of_rows(rows: "QuerySet[CallFact]") -> Iterator[Fact]:
    """Return stored facts without making rows of them first, of which a fact writer reads many."""
    found = rows.values_list("node", "linkedid", "key", "kind", "at", "source", "uniqueid", "data")
    for node, linkedid, key, kind, at, source, uniqueid, data in found:
        yield Fact(node, linkedid, key, kind, at.astimezone(UTC), source, uniqueid, data)
