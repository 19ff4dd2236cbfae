"""What answers a number: read once, kept for a moment, and kept on when the database is away."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError

from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
from apps.ivr.engine.documents import Flow, FlowError, flow_parse
from apps.ivr.models import EntryPoint, FlowVersion

logger = logging.getLogger(__name__)

FRESH_S = 2.0
MAX_PLANS = 5_000


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


class EntryPlans:
    """Plans by number: at most `FRESH_S` old, or the last known while the database is away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, tuple[float, EntryPlan | None]] = {}

    def get(self, did: str) -> EntryPlan | None:
        """Return the plan; None for a number that nobody owns. 0 queries, or 3 when not fresh.

        Raises DatabaseError when the database is away and the number was never asked before.
        """
        now = time.monotonic()
        with self._lock:
            known = self._plans.get(did)
        if known is not None and now - known[0] < FRESH_S:
            return known[1]
        try:
            plan = entry_plan(did)
        except (DatabaseError, InterfaceError, OperationalError):
            if known is None:
                raise
            logger.warning("database away: number %s answered by the last known flow", did)
            return known[1]
        with self._lock:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            self._plans[did] = (now, plan)
        return plan

    def clear(self) -> None:
        """Forget every plan."""
        with self._lock:
            self._plans.clear()


plans = EntryPlans()


def entry_plan(did: str) -> EntryPlan | None:
    """Read the plan of a number, None when nobody owns it or nothing is published. 3 queries."""
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
            logger.error("number %s leads to a flow that was never published", did)
            return None
        queues = {
            queue.number: queue_plan(queue)
            for queue in Queue.objects.select_related("tenant").filter(
                tenant_id=entry.tenant_id, is_active=True
            )
        }
    try:
        flow = flow_parse(version.document)
    except FlowError:
        logger.exception("number %s leads to a flow that cannot run", did)
        return None
    return EntryPlan(
        did=did,
        tenant_id=entry.tenant_id,
        tenant_slug=entry.did.tenant.slug,
        flow=flow,
        version=version.number,
        queues=queues,
        fallback=queue_plan(entry.fallback_queue) if entry.fallback_queue else None,
    )


def queue_plan(queue: Queue) -> QueuePlan:
    """Return what a decision needs of a queue."""
    name = queue.asterisk_name
    return QueuePlan(
        name=name, max_wait_s=queue.max_wait_s, box=name if queue.has_voicemail else ""
    )
