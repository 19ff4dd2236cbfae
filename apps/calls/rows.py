"""Facts to rows and back, and which rows are of some calls."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from apps.calls.engine.facts import Fact
from apps.calls.models import Call, CallFact

INSERT_AT_ONCE = 1_000
FACT_COLUMNS = (
    "tenant_id",
    "node",
    "linkedid",
    "key",
    "kind",
    "at",
    "source",
    "uniqueid",
    "data",
)


def of_calls(keys: Iterable[tuple[str, str]]) -> Q:
    """Return the condition of rows with one of these (node, linkedid); none without any."""
    by_node: dict[str, list[str]] = {}
    for node, linkedid in keys:
        by_node.setdefault(node, []).append(linkedid)
    wanted = Q(pk__in=[])
    for node, linkedids in by_node.items():
        wanted |= Q(node=node, linkedid__in=linkedids)
    return wanted


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


def facts_insert(rows: Sequence[CallFact]) -> None:
    """Insert facts' rows; those that are there already are ignored. 1 query for each 1,000.

    Written out: making the statement through the ORM took as long as all else that a fact costs
    (tests/bench/desk_load.py), and each call has twenty.
    """
    names = ", ".join(FACT_COLUMNS)
    ops = connection.ops
    for start in range(0, len(rows), INSERT_AT_ONCE):
        some = rows[start : start + INSERT_AT_ONCE]
        marks = ", ".join([f"({', '.join(['%s'] * len(FACT_COLUMNS))})"] * len(some))
        values: list[Any] = []
        for row in some:
            data = json.dumps(row.data, ensure_ascii=False)
            at = ops.adapt_datetimefield_value(row.at)
            values += [row.tenant_id, row.node, row.linkedid, row.key, row.kind, at, row.source]
            values += [row.uniqueid, data]
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO calls_callfact ({names}) VALUES {marks} ON CONFLICT DO NOTHING",  # noqa: S608 - our own names
                values,
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
