"""What callers did in each step of a flow: entered, keys, time-outs, invalid, hung up, time.

Counted in the ledger's `node` facts (docs/figures.md); every count is that of the same query
without `count`, so that the calls behind a figure are exactly as many.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from apps.calls.engine import facts as kinds
from apps.calls.models import Call, CallFact
from apps.core.days import midnight
from apps.ivr.models import Flow, FlowVersion

PERIODS_DAYS = (1, 7, 30)
# Only a choice is counted by its key: what is keyed elsewhere are numbers of people's.
CHOOSING = ("menu", "answer")


@dataclass(frozen=True)
class Period:
    """From `since` up to but not including `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class NodeFigure:
    """What happened in one step. `entered` counts visits, `calls` calls; `mean_ms` a visit's time.

    `keys` counts the visits in which each key or keys were pressed, in steps that offer a choice.
    `hung_up` counts calls that ended here, nothing else having been decided.
    """

    node: str
    kind: str
    entered: int
    calls: int
    timeouts: int
    invalid: int
    hung_up: int
    mean_ms: int
    keys: Mapping[str, int] = field(default_factory=dict)


def period_of_days(days: int, *, now: datetime | None = None) -> Period:
    """Return today and the days before it, `days` in all, from local midnight."""
    now = now or timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(midnight - timedelta(days=days - 1), now)


def period_between(first: date, last: date) -> Period:
    """Return the days from the first to the last, both counted, from local midnight."""
    return Period(midnight(first), midnight(last + timedelta(days=1)))


def version_in_force(flow: Flow) -> FlowVersion | None:
    """Return the version that the next call takes, None when none is published. 1 query."""
    return flow.versions.order_by("-number").first()


def flow_version(flow: Flow, number: int) -> FlowVersion | None:
    """Return the flow's version of this number, None when there is none. 1 query."""
    return flow.versions.filter(number=number).first()


def node_figures(
    flow: Flow, period: Period, *, version: FlowVersion | None = None
) -> list[NodeFigure]:
    """Return the figures of each step that somebody entered, most entered first. 4 queries.

    `version` limits them to calls that went through it; None: whatever the version.
    """
    facts = _facts(flow, period, version)
    by_key: dict[str, dict[str, int]] = {}
    chosen = facts.filter(step_kind__in=CHOOSING).exclude(step_keys="")
    for node, keys, count in (
        chosen.values_list("step", "step_keys").annotate(n=Count("pk")).order_by("step", "-n")
    ):
        by_key.setdefault(node, {})[keys] = count
    gone = dict(
        facts.filter(is_last()).values_list("step").annotate(n=Count("linkedid", distinct=True))
    )
    rows = facts.values("step").annotate(
        entered=Count("pk", filter=Q(data__is_first=True)),
        calls=Count("linkedid", distinct=True),
        timeouts=fact_sum("timeouts"),
        invalid=fact_sum("invalid"),
        ms=fact_sum("ms"),
    )
    kind_of = dict(facts.values_list("step", "step_kind").distinct())
    found = [
        NodeFigure(
            node=row["step"],
            kind=kind_of.get(row["step"], ""),
            entered=row["entered"],
            calls=row["calls"],
            timeouts=row["timeouts"] or 0,
            invalid=row["invalid"] or 0,
            hung_up=gone.get(row["step"], 0),
            mean_ms=round((row["ms"] or 0) / max(row["entered"], 1)),
            keys=by_key.get(row["step"], {}),
        )
        for row in rows
    ]
    return sorted(found, key=lambda figure: (-figure.entered, figure.node))


def node_calls(
    calls: "QuerySet[Call]",
    flow: Flow,
    period: Period,
    *,
    node: str,
    version: FlowVersion | None = None,
    is_hung_up: bool = False,
) -> "QuerySet[Call]":
    """Limit calls to those that went through a step of the flow, or that hung up in it."""
    facts = _facts(flow, period, version).filter(
        step=node, node=OuterRef("node"), linkedid=OuterRef("linkedid")
    )
    return calls.filter(Exists(facts.filter(is_last()) if is_hung_up else facts))


def _facts(flow: Flow, period: Period, version: FlowVersion | None) -> "QuerySet[Any]":
    # By name, not by row: a sub-flow's steps carry its name wherever it was called.
    found: QuerySet[Any] = CallFact.objects.filter(
        tenant_id=flow.tenant_id,
        kind=kinds.NODE,
        at__gte=period.since,
        at__lt=period.until,
        data__flow=flow.name,
    ).annotate(step=fact_text("node"), step_kind=fact_text("kind"), step_keys=fact_text("keys"))
    if version is not None:
        found = found.filter(_is_of(flow, version))
    return found.order_by()


def _is_of(flow: Flow, version: FlowVersion) -> Exists:
    """Return the condition that the call went through this version of the flow.

    Facts say the version of the flow that the number leads to. A call that came in by another flow
    took this one's newest version of that moment: since the next one it took that.
    """
    here = Q(data__flow=flow.name)
    by_another = ~here & Q(at__gte=version.published_at)
    following = FlowVersion.objects.filter(flow=flow, number=version.number + 1).first()
    if following is not None:
        by_another &= Q(at__lt=following.published_at)
    # One subquery: with several joined by OR PostgreSQL asks them again for every fact.
    return Exists(
        CallFact.objects.filter(
            (here & Q(data__version=version.number)) | by_another,
            node=OuterRef("node"),
            linkedid=OuterRef("linkedid"),
            kind=kinds.ENTERED,
        )
    )


def is_last() -> Q:
    """Return the condition of a fact that the call ended after its step, nothing decided."""
    later = CallFact.objects.filter(
        Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")),
        node=OuterRef("node"),
        linkedid=OuterRef("linkedid"),
        kind__in=(kinds.NODE, kinds.DECIDED, kinds.FALLBACK),
    )
    ended = Call.objects.filter(
        node=OuterRef("node"), linkedid=OuterRef("linkedid"), ended_at__isnull=False
    )
    return ~Exists(later) & Exists(ended)


def fact_text(name: str) -> Cast:
    """Return what a fact says of this name, as text."""
    # As text: SQLite takes what is compared with a bare JSON key for JSON itself.
    return Cast(KT(f"data__{name}"), TextField())


def fact_sum(name: str) -> Sum:
    """Return the sum of what facts say of this name."""
    return Sum(Cast(KT(f"data__{name}"), IntegerField()))
