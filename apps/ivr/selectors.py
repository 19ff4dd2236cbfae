"""What answers a number, and when: plans for calls, without a row in them."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import OuterRef, Subquery

from apps.acd.engine.rules import RulesError, rules_parse
from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
from apps.ivr.engine import calendars
from apps.ivr.engine.documents import Flow, FlowError, flow_parse
from apps.ivr.engine.nodes.route import Route
from apps.ivr.last_known import LastKnown
from apps.ivr.models import (
    Calendar,
    EntryPoint,
    FlowVersion,
    HttpLookup,
    Pin,
    QueueHours,
    RuleSetVersion,
)
from apps.ivr.routing import RulesPlan
from apps.prompts.selectors import prompt_mapping
from apps.voicemail.selectors import agent_box_numbers

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueuePlan:
    """A queue as a decision needs it; `name` is Asterisk's, `box` '' without voicemail.

    `calendar` names the hours that it keeps, '' when it is always open.
    """

    name: str
    max_wait_s: int
    box: str
    calendar: str = ""


@dataclass(frozen=True)
class EntryPlan:
    """Everything that a call to one number needs before any customer is known."""

    did: str
    tenant_id: int
    tenant_slug: str
    flow: Flow
    version: int
    queues: Mapping[str, QueuePlan]
    fallback: QueuePlan | None
    # The company's own prompts: name -> what Asterisk plays. A call keeps what it began with.
    prompts: Mapping[str, str] = field(default_factory=dict)
    # Numbers of agents' voicemail boxes; a queue's box has the queue's number.
    boxes: frozenset[str] = frozenset()
    # The flows that the call may reach, by name, the entry's among them, and their versions.
    library: Mapping[str, Flow] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    # The routing rules in force that the call may ask, by name, and whose clock they go by.
    rules: Mapping[str, RulesPlan] = field(default_factory=dict)
    time_zone: str = "Asia/Shanghai"


class EntryPlanError(Exception):
    """A number has an owner but nothing that can run: the dialplan's fall-back must take it."""


class EntryPlans(LastKnown[EntryPlan]):
    """Plans by number dialled; None for a number that nobody owns."""

    def __init__(
        self,
        read: Callable[[str], EntryPlan | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("number", read, failures=(EntryPlanError,), clock=clock)


def entry_plan(did: str, versions: Mapping[str, int] | None = None) -> EntryPlan | None:
    """Read the plan of a number, None when nobody owns it. 7 queries, and one for each other flow.

    With `versions` (number by flow name, the entry's flow first) those are read: what a running
    call began with. Raises EntryPlanError when its flow was never published or cannot run.
    """
    pinned = dict(versions or {})
    with all_tenants("the number says which company"):
        entry = (
            EntryPoint.objects.select_related(
                "did__tenant", "fallback_queue__tenant", "flow", "rule_set"
            )
            .filter(did__number=did, did__is_active=True, did__tenant__is_active=True)
            .first()
        )
        if entry is None:
            return None
        name = next(iter(pinned), None) or entry.flow.name
        version = _version(entry.tenant_id, name, pinned.get(name))
        if version is None:
            raise EntryPlanError(f"number {did} leads to a flow that was never published")
        hours = dict(
            QueueHours.objects.filter(tenant_id=entry.tenant_id).values_list(
                "queue_id", "calendar__name"
            )
        )
        queues = {
            queue.number: replace(queue_plan(queue), calendar=hours.get(queue.pk, ""))
            for queue in Queue.objects.select_related("tenant").filter(
                tenant_id=entry.tenant_id, is_active=True
            )
        }
        prompts = prompt_mapping(entry.tenant_id, entry.did.tenant.slug)
        boxes = agent_box_numbers(entry.tenant_id)
        try:
            flow = _parsed(version)
        except FlowError as error:
            what = f"number {did} leads to a flow that cannot run: {error}"
            raise EntryPlanError(what) from error
        rules = rules_in_force(entry.tenant_id)
        if entry.rule_set is not None:
            flow = rules_first(flow, entry.rule_set.name)
        library, numbers = _reachable(entry.tenant_id, flow, version.number, pinned, rules)
    return EntryPlan(
        did=did,
        tenant_id=entry.tenant_id,
        tenant_slug=entry.did.tenant.slug,
        flow=flow,
        version=version.number,
        queues=queues,
        fallback=queue_plan(entry.fallback_queue) if entry.fallback_queue else None,
        prompts=prompts,
        boxes=boxes,
        library=library,
        versions=numbers,
        rules=rules,
        time_zone=entry.did.tenant.timezone,
    )


# The node that asks a number's rules; no document of a person's has it.
RULES_NODE = "@rules"


def rules_first(flow: Flow, rules: str) -> Flow:
    """Return the flow with the number's routing rules before its first node."""
    node = Route(id=RULES_NODE, prompts=(), rules_name=rules, otherwise=flow.start)
    return replace(flow, start=RULES_NODE, nodes={RULES_NODE: node, **flow.nodes})


def rules_in_force(tenant_id: int) -> dict[str, RulesPlan]:
    """Return the newest version of each of a company's rule sets, by name. 1 query.

    One that cannot be read any more is left out: callers go on as without rules.
    """
    newest = RuleSetVersion.objects.filter(rule_set=OuterRef("rule_set")).order_by("-number")
    rows = RuleSetVersion.objects.filter(
        tenant_id=tenant_id, pk=Subquery(newest.values("pk")[:1])
    ).select_related("rule_set")
    found = {}
    for row in rows:
        try:
            found[row.rule_set.name] = RulesPlan(
                row.rule_set.name, row.number, rules_parse(row.document)
            )
        except RulesError as error:
            logger.error("rule set %r cannot be read: %s", row.rule_set.name, error)
    return found


def _version(tenant_id: int, name: str, number: int | None) -> FlowVersion | None:
    found = FlowVersion.objects.select_related("flow").filter(tenant_id=tenant_id, flow__name=name)
    if number is not None:
        found = found.filter(number=number)
    return found.order_by("-number").first()


def _parsed(version: FlowVersion) -> Flow:
    # Flows are found by the row's name; the document's may be an old one.
    return replace(flow_parse(version.document), name=version.flow.name)


def _reachable(
    tenant_id: int,
    flow: Flow,
    number: int,
    pinned: Mapping[str, int],
    rules: Mapping[str, RulesPlan],
) -> tuple[dict[str, Flow], dict[str, int]]:
    """Return the flows that a call may reach and their versions. 1 query for each but the first.

    One that was never published or cannot run is left out: its node has a way for that.
    """
    library, versions = {flow.name: flow}, {flow.name: number}
    waiting, asked = list(flows_entered(flow, rules)), {flow.name}
    while waiting:
        name = waiting.pop()
        if name in asked or (pinned and name not in pinned):
            continue
        asked.add(name)
        version = _version(tenant_id, name, pinned.get(name))
        if version is None:
            logger.error("flow %r enters flow %r, which was never published", flow.name, name)
            continue
        try:
            library[name] = _parsed(version)
        except FlowError as error:
            logger.error("flow %r enters flow %r, which cannot run: %s", flow.name, name, error)
            continue
        versions[name] = version.number
        waiting += flows_entered(library[name], rules)
    return library, versions


def flows_entered(flow: Flow, rules: Mapping[str, RulesPlan]) -> tuple[str, ...]:
    """Return the names of the flows that a flow enters, by itself or by rules that it asks."""
    by_rules = (rules[name].rules.targets("flow") for name in flow.rule_sets if name in rules)
    return tuple(dict.fromkeys([*flow.flows, *(name for names in by_rules for name in names)]))


def flow_names_published(tenant_id: int) -> frozenset[str]:
    """Return the names of a company's flows that have a version. 1 query."""
    versions = FlowVersion.objects.filter(tenant_id=tenant_id)
    return frozenset(versions.values_list("flow__name", flat=True))


def queue_numbers(tenant_id: int) -> frozenset[str]:
    """Return the numbers of a company's queues that are in use. 1 query."""
    queues = Queue.objects.filter(tenant_id=tenant_id, is_active=True)
    return frozenset(queues.values_list("number", flat=True))


def calendar_names(tenant_id: int) -> frozenset[str]:
    """Return the names of a company's calendars. 1 query."""
    return frozenset(Calendar.objects.filter(tenant_id=tenant_id).values_list("name", flat=True))


def pin_names(tenant_id: int) -> frozenset[str]:
    """Return the names of a company's PINs. 1 query."""
    return frozenset(Pin.objects.filter(tenant_id=tenant_id).values_list("name", flat=True))


def http_lookup_names(tenant_id: int) -> frozenset[str]:
    """Return the names of a company's HTTP look-ups. 1 query."""
    return frozenset(HttpLookup.objects.filter(tenant_id=tenant_id).values_list("name", flat=True))


def rule_set_names_published(tenant_id: int) -> frozenset[str]:
    """Return the names of a company's rule sets that have a version. 1 query."""
    versions = RuleSetVersion.objects.filter(tenant_id=tenant_id)
    return frozenset(versions.values_list("rule_set__name", flat=True))


def queue_plan(queue: Queue) -> QueuePlan:
    """Return what a decision needs of a queue."""
    name = queue.asterisk_name
    return QueuePlan(
        name=name, max_wait_s=queue.max_wait_s, box=name if queue.has_voicemail else ""
    )


def calendar_plan(name: str) -> calendars.Calendar | None:
    """Read a calendar of the company in scope, None when there is none of this name. 2 queries."""
    row = Calendar.objects.prefetch_related("dates").filter(name=name).first()
    if row is None:
        return None
    return calendars.Calendar(
        time_zone=row.time_zone,
        weekly=row.weekly,
        follows_holidays=row.follows_holidays,
        own_dates={own.on: calendars.periods_read(own.periods) for own in row.dates.all()},
        override=row.override_plan,
    )
