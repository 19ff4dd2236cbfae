"""What answers a number, and when: plans for calls, without a row in them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
from apps.ivr.engine import calendars
from apps.ivr.engine.documents import Flow, FlowError, flow_parse
from apps.ivr.last_known import LastKnown
from apps.ivr.models import Calendar, EntryPoint, FlowVersion
from apps.prompts.selectors import prompt_mapping


@dataclass(frozen=True)
class QueuePlan:
    """A queue as a decision needs it; `name` is Asterisk's, `box` '' without voicemail."""

    name: str
    max_wait_s: int
    box: str


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


def entry_plan(did: str) -> EntryPlan | None:
    """Read the plan of a number, None when nobody owns it. 4 queries.

    Raises EntryPlanError when its flow was never published or cannot run.
    """
    with all_tenants("the number says which company"):
        entry = (
            EntryPoint.objects.select_related("did__tenant", "fallback_queue__tenant")
            .filter(did__number=did, did__is_active=True, did__tenant__is_active=True)
            .first()
        )
        if entry is None:
            return None
        version = FlowVersion.objects.filter(flow_id=entry.flow_id).order_by("-number").first()
        if version is None:
            raise EntryPlanError(f"number {did} leads to a flow that was never published")
        queues = {
            queue.number: queue_plan(queue)
            for queue in Queue.objects.select_related("tenant").filter(
                tenant_id=entry.tenant_id, is_active=True
            )
        }
        prompts = prompt_mapping(entry.tenant_id, entry.did.tenant.slug)
    try:
        flow = flow_parse(version.document)
    except FlowError as error:
        raise EntryPlanError(f"number {did} leads to a flow that cannot run: {error}") from error
    return EntryPlan(
        did=did,
        tenant_id=entry.tenant_id,
        tenant_slug=entry.did.tenant.slug,
        flow=flow,
        version=version.number,
        queues=queues,
        fallback=queue_plan(entry.fallback_queue) if entry.fallback_queue else None,
        prompts=prompts,
    )


def queue_numbers(tenant_id: int) -> frozenset[str]:
    """Return the numbers of a company's queues that are in use. 1 query."""
    queues = Queue.objects.filter(tenant_id=tenant_id, is_active=True)
    return frozenset(queues.values_list("number", flat=True))


def calendar_names(tenant_id: int) -> frozenset[str]:
    """Return the names of a company's calendars. 1 query."""
    return frozenset(Calendar.objects.filter(tenant_id=tenant_id).values_list("name", flat=True))


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
