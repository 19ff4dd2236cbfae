"""What a caller's flow asks, in one company's data; reading is done by the visits' threads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from apps.acd.engine.fact_fields import Value
from apps.core.tenancy import tenant_scope
from apps.customers.selectors import account_balance
from apps.ivr import lookups
from apps.ivr.engine.voice import LookupFailedError, PinAnswer, QueueDoor, QueueNow, Routed
from apps.ivr.routing import RulesPlan, routing_read, rules_route
from apps.ivr.selectors import QueuePlan
from apps.telephony.agi.calendars import Calendars
from apps.telephony.agi.database import Visits

T = TypeVar("T")


def _nobody(record: Mapping[str, Any]) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class TenantLookups:
    """`ivr.engine.voice.Lookups` in one company's data."""

    tenant_id: int
    visits: Visits
    calendars: Calendars
    queues: Mapping[str, QueuePlan] = field(default_factory=dict)
    # The caller's call, and the number that he dialled: a call-back remembers them.
    node: str = ""
    linkedid: str = ""
    did: str = ""
    # What routing rules need besides, and who is told what they said.
    rules: Mapping[str, RulesPlan] = field(default_factory=dict)
    boxes: frozenset[str] = frozenset()
    flows: frozenset[str] = frozenset()
    time_zone: str = "Asia/Shanghai"
    on_routed: Callable[[Mapping[str, Any]], None] = _nobody

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Return the balance when account and PIN fit."""
        found = self._visit(lambda: account_balance(account_number=account_number, pin=pin))
        return found.balance if found else None

    def is_open(self, calendar: str) -> bool:
        """Return whether the calendar is open now."""
        return self.calendars.is_open(self.tenant_id, calendar)

    def customer(self, number: str) -> Mapping[str, str]:
        """Return who has this number."""
        return self._visit(lambda: lookups.customer_fields(number))

    def region(self, number: str) -> Mapping[str, str]:
        """Return where a number is from. No query."""
        return lookups.region_fields(number)

    def queue_now(self, queue: str) -> QueueNow:
        """Return the state of the queue of this number."""
        return self._visit(lambda: lookups.queue_now(queue))

    def queue_door(self, queue: str) -> QueueDoor:
        """Return whether the queue takes callers now. No query but the calendar's."""
        plan = self.queues.get(queue)
        if plan is None or not plan.calendar:
            return QueueDoor.OPEN
        if self.calendars.is_open(self.tenant_id, plan.calendar):
            return QueueDoor.OPEN
        return QueueDoor.CLOSED_BOX if plan.box else QueueDoor.CLOSED

    def pin_check(self, *, name: str, pin: str, caller: str) -> PinAnswer:
        """Try a PIN."""
        return self._visit(lambda: lookups.pin_check(name=name, pin=pin, caller=caller))

    def call_back(self, *, queue: str, number: str) -> bool:
        """Order a call-back by the queue's agents."""
        return self._visit(
            lambda: lookups.call_back_order(
                queue=queue,
                number=number,
                node=self.node,
                linkedid=self.linkedid,
                shown=self.did,
            )
        )

    def route(self, *, rules: str, given: Mapping[str, Value]) -> Routed:
        """Ask the rules: one visit for everything that they look at."""
        plan = self.rules.get(rules)
        if plan is None:
            raise LookupFailedError(f"no rules {rules!r} are in force")
        seen = self._visit(lambda: routing_read(plan.rules, given, time_zone=self.time_zone))
        routed = rules_route(
            plan,
            seen,
            queues=frozenset(self.queues),
            boxes=self.boxes,
            flows=self.flows,
            door=self.queue_door,
            is_open=self.is_open,
        )
        self.on_routed(routed.record)
        return routed

    def http(self, *, lookup: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Ask the company's service: in this thread, so that a slow one holds nobody else up."""
        plan = self._visit(lambda: lookups.http_plan(lookup))
        if plan is None:
            raise LookupFailedError(f"there is no HTTP look-up {lookup!r}")
        return lookups.http_ask(plan, variables)

    def _visit(self, read: Callable[[], T]) -> T:
        def scoped() -> T:
            with tenant_scope(self.tenant_id):
                return read()

        return self.visits.visit(scoped)
