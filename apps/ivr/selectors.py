"""What answers a number: read once, kept for a moment, and kept on when the database is away."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError

from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
from apps.ivr.engine.documents import Flow, FlowError, flow_parse
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.models import EntryPoint, FlowVersion

logger = logging.getLogger(__name__)

FRESH_S = 2.0
# Up to this age a caller takes the old plan while another one reads the new.
BEARABLE_S = 3.0
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


class EntryPlanError(Exception):
    """A number has an owner but nothing that can run: the dialplan's fall-back must take it."""


Read = Callable[[str], EntryPlan | None]


class EntryPlans:
    """Plans by number: at most `FRESH_S` old, or the last known while the database is away.

    Thread-safe; of many callers who find a plan old, one reads it. `read` may raise DatabaseError
    or LookupFailedError (database away) and EntryPlanError.
    """

    def __init__(self, read: Read, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._plans: dict[str, tuple[float, EntryPlan | None]] = {}
        # A lock for each number would grow with every wrong number dialled.
        self._locks = [threading.Lock() for _ in range(64)]

    def get(self, did: str) -> EntryPlan | None:
        """Return the plan; None for a number that nobody owns. 0 queries, or 3 when not fresh.

        Raises what `read` raised when the number was never read before.
        """
        known = self._plans.get(did)
        now = self._clock()
        if known is not None and now - known[0] < FRESH_S:
            return known[1]
        lock = self._locks[hash(did) % len(self._locks)]
        is_bearable = known is not None and now - known[0] < BEARABLE_S
        if not lock.acquire(blocking=not is_bearable):
            assert known is not None  # noqa: S101 - bearable means known
            return known[1]
        try:
            known = self._plans.get(did)
            if known is not None and self._clock() - known[0] < FRESH_S:
                return known[1]
            return self._refresh(did, known)
        finally:
            lock.release()

    def _refresh(self, did: str, known: tuple[float, EntryPlan | None] | None) -> EntryPlan | None:
        try:
            plan = self._read(did)
        except (DatabaseError, InterfaceError, LookupFailedError, EntryPlanError) as error:
            if known is None:
                raise
            logger.warning("number %s: last known flow goes on: %s", did, error)
            plan = known[1]
        if len(self._plans) >= MAX_PLANS:
            # Wrong numbers go first: a plan that is in use must survive the database's absence.
            for name, (_, other) in list(self._plans.items()):
                if other is None:
                    self._plans.pop(name, None)
        self._plans[did] = (self._clock(), plan)
        return plan


def entry_plan(did: str) -> EntryPlan | None:
    """Read the plan of a number, None when nobody owns it. 3 queries.

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
    )


def queue_plan(queue: Queue) -> QueuePlan:
    """Return what a decision needs of a queue."""
    name = queue.asterisk_name
    return QueuePlan(
        name=name, max_wait_s=queue.max_wait_s, box=name if queue.has_voicemail else ""
    )
