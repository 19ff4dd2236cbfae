"""What falls due: escalations, overdue orders, seats of people who have left. Safe to run twice."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.workorders.choices import OPEN_STATES, OrderState, StepState
from apps.workorders.engine.clock import due_at
from apps.workorders.engine.state import Action, Kind
from apps.workorders.models import Order, OrderSeat, OrderStep
from apps.workorders.news import tell_people
from apps.workorders.people import CompanyPeople
from apps.workorders.ports import working_hours
from apps.workorders.projection import set_due
from apps.workorders.services import system_act
from apps.workorders.versions import plan_of

logger = logging.getLogger(__name__)

# In one go; what is left comes with the next.
MOST = 500


def work_orders_due(now: datetime | None = None) -> int:
    """Carry out what is due in all companies; return how many acts that were.

    Each order in a transaction of its own; one that somebody acts on just now waits for the next
    time.
    """
    now = now or timezone.now()
    with all_tenants("deadlines of every company"):
        late = list(
            OrderStep.objects.filter(state=StepState.ACTIVE, escalate_at__lte=now)
            .order_by("escalate_at", "pk")
            .values_list("tenant_id", "pk")[:MOST]
        )
        left = list(_left().values_list("tenant_id", "pk")[:MOST])
        overdue = list(
            Order.objects.filter(
                state__in=OPEN_STATES, due_at__lte=now, closed_at=None, overdue_told_at=None
            )
            .order_by("due_at", "pk")
            .values_list("tenant_id", "pk")[:MOST]
        )
    done = 0
    for tenant_id, pk in late:
        with tenant_scope(tenant_id):
            done += _guarded(_escalate, pk, now)
    for tenant_id, pk in left:
        with tenant_scope(tenant_id):
            done += _guarded(_replace_who_left, pk, now)
    for tenant_id, pk in overdue:
        with tenant_scope(tenant_id):
            done += _guarded(_tell_overdue, pk, now)
    return done


def _left() -> "QuerySet[OrderStep]":
    seats = OrderSeat.objects.filter(step=OuterRef("pk"))
    waiting = seats.filter(state__in=("open", "waiting"))
    rows: QuerySet[OrderStep] = OrderStep.objects.filter(
        state=StepState.ACTIVE, order__state=OrderState.RUNNING
    )
    return rows.filter(Exists(waiting.filter(person__is_active=False)) | ~Exists(waiting)).order_by(
        "pk"
    )


def _guarded(do: Callable[[int, datetime], bool], pk: int, now: datetime) -> bool:
    # One broken order must not keep the others' deadlines.
    try:
        with transaction.atomic():
            return do(pk, now)
    except Exception:  # the outermost loop of a job
        logger.exception("work order chore %s of %s failed", do.__name__, pk)
        return False


def _locked_step(pk: int) -> tuple[OrderStep, Order] | None:
    step: OrderStep | None = OrderStep.objects.filter(pk=pk).first()
    if step is None:
        return None
    order: Order | None = (
        Order.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
        .select_related("type", "version", "tenant")
        .filter(pk=step.order_id)
        .first()
    )
    if order is None:
        return None
    step.refresh_from_db()
    return (step, order) if step.state == StepState.ACTIVE else None


def _escalate(pk: int, now: datetime) -> bool:
    found = _locked_step(pk)
    if found is None:
        return False
    row, order = found
    if row.escalate_at is None or row.escalate_at > now:
        return False
    plan = plan_of(order.version)
    step = plan.flow.people_steps[row.key]
    # The calendar may have changed since: a day off that was added moves the deadline.
    set_due(row, step, working_hours(order.type.calendar))
    if row.escalate_at is not None and row.escalate_at > now:
        row.save(update_fields=["due_at", "escalate_at", "updated_at"])
        return False
    level = row.levels_done
    action = Action(Kind.ESCALATE, None, now, row.key, level=level)
    if not system_act(order=order, plan=plan, action=action):
        row.escalate_at = None
        row.save(update_fields=["escalate_at", "updated_at"])
        return False
    if step.levels[level].do == "remind":
        _remind(order, row)
    return True


def _remind(order: Order, row: OrderStep) -> None:
    people = set(row.seats.filter(is_open=True).values_list("person_id", flat=True))
    tell_people(order, people, people, kind="order.due")


def _replace_who_left(pk: int, now: datetime) -> bool:
    found = _locked_step(pk)
    if found is None:
        return False
    row, order = found
    people = CompanyPeople(order.tenant_id, now)
    waiting = row.seats.filter(state__in=("open", "waiting"))
    persons = list(waiting.values_list("person_id", flat=True))
    gone = [one for one in persons if not people.active((one,))]
    if persons and not gone:
        return False
    if not people.admins() and not persons:
        return False
    action = Action(Kind.REASSIGN, None, now, row.key, person=gone[0] if gone else None)
    return system_act(order=order, plan=plan_of(order.version), action=action)


def _tell_overdue(pk: int, now: datetime) -> bool:
    order: Order | None = (
        Order.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
        .select_related("type", "version", "tenant")
        .filter(pk=pk, overdue_told_at=None, state__in=OPEN_STATES, due_at__lte=now)
        .first()
    )
    if order is None:
        return False
    minutes = order.type.sla_minutes.get(order.priority)
    if minutes and order.clock_from is not None:
        left = timedelta(minutes=minutes) - timedelta(milliseconds=order.clock_used_ms)
        order.due_at = due_at(order.clock_from, left, working_hours(order.type.calendar))
    is_overdue = order.due_at is not None and order.due_at <= now
    if is_overdue:
        order.overdue_told_at = now
    order.save(update_fields=["due_at", "overdue_told_at", "updated_at"])
    if is_overdue:
        seats = order.seats.filter(is_open=True)
        acting = set(seats.values_list("person_id", flat=True))
        tell_people(order, {order.creator_id, *acting}, acting, kind="order.due")
    return is_overdue
