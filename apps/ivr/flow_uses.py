"""Who leads to a flow: numbers, and the versions in force and drafts of other flows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from apps.ivr.models import EntryPoint, Flow, FlowVersion


@dataclass(frozen=True)
class FlowUses:
    """The numbers that enter a flow and the names of the flows that do."""

    numbers: tuple[str, ...]
    flows: tuple[str, ...]


def flow_uses(flow: Flow) -> FlowUses:
    """Return who leads to the flow. 2 queries."""
    return uses_of_flows(list(flows_with_newest().filter(tenant_id=flow.tenant_id)))[flow.pk]


def uses_of_flows(flows: Sequence[Any]) -> dict[int, FlowUses]:
    """Return who leads to each flow by its id. 1 query.

    `flows` are all of one company as `flows_with_newest` gives them.
    """
    numbers: dict[int, list[str]] = {}
    entries = EntryPoint.objects.filter(flow_id__in=[flow.pk for flow in flows])
    for flow_id, number in entries.order_by("did__number").values_list("flow_id", "did__number"):
        numbers.setdefault(flow_id, []).append(number)
    entered = {flow.pk: {*_entered(flow.draft), *_entered(flow.newest_document)} for flow in flows}
    return {
        flow.pk: FlowUses(
            tuple(numbers.get(flow.pk, ())),
            tuple(
                other.name
                for other in flows
                if other.pk != flow.pk and flow.name in entered[other.pk]
            ),
        )
        for flow in flows
    }


def flows_with_newest() -> "QuerySet[Any]":
    """Return the flows in scope by name, each with number and document of its newest version."""
    newest = FlowVersion.objects.filter(flow=OuterRef("pk")).order_by("-number")
    return Flow.objects.annotate(
        newest_number=Subquery(newest.values("number")[:1]),
        newest_document=Subquery(newest.values("document")[:1]),
        newest_at=Subquery(newest.values("published_at")[:1]),
    ).order_by("name", "pk")


def _entered(document: object) -> Iterator[str]:
    # Drafts may have any shape.
    nodes = document.get("nodes") if isinstance(document, Mapping) else None
    for node in nodes.values() if isinstance(nodes, Mapping) else ():
        name = node.get("flow") if isinstance(node, Mapping) else None
        if isinstance(name, str):
            yield name
