"""Read work orders by view tier, and what is asked about them."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Department, User
from apps.audit.selectors import audit_of
from apps.core.errors import NotFoundError
from apps.customers.models import Customer
from apps.workorders.access import is_manager, seen_by
from apps.workorders.choices import OPEN_STATES, OrderState
from apps.workorders.engine.acts import return_targets
from apps.workorders.engine.form import Background
from apps.workorders.engine.state import Kind, RunStatus, SeatStatus, State
from apps.workorders.models import Absence, Order, OrderSeat, OrderStep, OrderType
from apps.workorders.news import todo_counts
from apps.workorders.people import CompanyPeople, absences_now
from apps.workorders.versions import Plan

MOVED = "work_order.department"


def stands_for(user: User, now: datetime | None = None) -> list[int]:
    """Return for whom the person stands in now. 1 query."""
    rows = absences_now(now or timezone.now()).filter(stand_in=user)
    return list(rows.values_list("person_id", flat=True))


def work_order_list_for(*, user: User) -> "QuerySet[Order]":
    """Return the orders that the person may see, newest first, ready for a list.

    2 queries for the list itself, whatever its length (with `current_steps` and their open seats).
    """
    rows = seen_by(Order.objects.all(), user=user, stands_for=stands_for(user))
    active = OrderStep.objects.filter(state="active").prefetch_related(
        Prefetch("seats", OrderSeat.objects.filter(is_open=True).select_related("person"))
    )
    found: QuerySet[Order] = (
        rows.select_related("type", "version", "customer", "creator", "department")
        .prefetch_related(Prefetch("steps", active, to_attr="current_steps"))
        .order_by("-pk")
    )
    return found


def work_order_get_for(*, user: User, pk: int) -> Order:
    """Return one order that the person may see; NotFoundError otherwise."""
    found = work_order_list_for(user=user).select_related("call", "tenant").filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"work order {pk}")
    return found


@dataclass(frozen=True)
class Move:
    """That an order went from one department to another; '' is one that is no longer there."""

    at: datetime
    actor: User | None
    from_name: str
    to_name: str


def order_moves(order: Order) -> list[Move]:
    """Return how an order went from department to department, the first first. 1 or 2 queries."""
    acts = list(audit_of(object_type="work_order", action=MOVED, object_id=order.pk))
    ids = {act.detail.get(side) for act in acts for side in ("from", "to")}
    names = {row.pk: row.name for row in Department.objects.filter(pk__in=ids - {None})}
    return [
        Move(
            act.at,
            act.actor,
            names.get(act.detail.get("from"), ""),
            names.get(act.detail.get("to"), ""),
        )
        for act in reversed(acts)
    ]


def move_targets(*, user: User, order: Order) -> "QuerySet[Department]":
    """Return the departments to which the person may hand the order: none unless he manages it.

    Of the order's company, by name, without the one that has it. 0 to 2 queries to look.
    """
    if order.is_ended or not is_manager(user, order):
        return Department.objects.none()
    rows: QuerySet[Department] = Department.objects.filter(tenant_id=order.tenant_id)
    return rows.exclude(pk=order.department_id or 0).order_by("name", "pk")


def work_order_search(rows: "QuerySet[Order]", text: str) -> "QuerySet[Order]":
    """Limit a list to what somebody typed: number, title, customer's name or account."""
    text = text.replace("\x00", "").strip()[:100]
    if not text:
        return rows
    return rows.filter(
        Q(number__icontains=text)
        | Q(title__icontains=text)
        | Q(customer__name__icontains=text)
        | Q(customer__account_number=text)
    )


def work_order_with_value(rows: "QuerySet[Order]", key: str, value: str) -> "QuerySet[Order]":
    """Limit a list to orders whose field has this value, among others where it has several."""
    # No look-up by name: a key from outside must not become one.
    found = rows.alias(asked=KeyTextTransform(key[:40], "values"))
    value = value.replace("\x00", "")[:200]
    return found.filter(Q(asked=value) | Q(asked__contains=json.dumps(value, ensure_ascii=False)))


def todo_q(user: User, now: datetime | None = None) -> Q:
    """Return what waits for the person: a step that he may act on, or an order that came back."""
    people = [user.pk, *stands_for(user, now)]
    seats = OrderSeat.objects.filter(order=OuterRef("pk"), is_open=True, person__in=people)
    return Q(Exists(seats)) | Q(state=OrderState.RETURNED, creator__in=people)


def overdue_q(now: datetime | None = None) -> Q:
    """Return what should have been completed by now, or has a step that should."""
    now = now or timezone.now()
    steps = OrderStep.objects.filter(order=OuterRef("pk"), state="active", due_at__lt=now)
    return Q(state__in=OPEN_STATES) & (Q(due_at__lt=now) | Q(Exists(steps)))


def work_order_todo_count_for(*, user: User) -> int:
    """Return how many orders wait for the person. 3 queries."""
    return todo_counts([user.pk]).get(user.pk, 0)


def open_orders_for(customer: Customer, *, user: User | None = None) -> "QuerySet[Order]":
    """Return a customer's orders that have not ended, newest first: for the call pop and the
    transfer note. With `user` only those that he may see. 1 or 2 queries.
    """
    rows: QuerySet[Order] = Order.objects.filter(customer=customer, state__in=OPEN_STATES)
    if user is not None:
        rows = seen_by(rows, user=user, stands_for=stands_for(user))
    return rows.select_related("type", "version", "creator").order_by("-pk")


def customers_with_open_orders(customers: Collection[int]) -> set[int]:
    """Return which of these customers have an order that has not ended. 1 query."""
    rows = Order.objects.filter(customer__in=customers, state__in=OPEN_STATES)
    return set(rows.order_by().values_list("customer_id", flat=True).distinct())


def orders_of_call(call_id: int, *, user: User) -> "QuerySet[Order]":
    """Return the orders about a call that the person may see, newest first. 2 queries."""
    rows = seen_by(Order.objects.filter(call=call_id), user=user, stands_for=stands_for(user))
    return rows.select_related("type", "version", "creator").order_by("-pk")


def order_type_list(*, only_usable: bool = True) -> "QuerySet[OrderType]":
    """Return the company's types; usable: switched on and published. 1 query."""
    rows: QuerySet[OrderType] = OrderType.objects.all()
    if only_usable:
        rows = rows.filter(is_active=True, versions__isnull=False).distinct()
    return rows.order_by("position", "name", "pk")


def order_type_get(pk: int) -> OrderType:
    """Return a type of the company in scope; NotFoundError otherwise. 1 query."""
    found: OrderType | None = OrderType.objects.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"work order type {pk}")
    return found


def work_order_people(tenant_id: int) -> "QuerySet[User]":
    """Return whom a step can be given to: the company's active people. 1 query."""
    rows: QuerySet[User] = User.objects.filter(tenant_id=tenant_id, is_active=True)
    return rows.exclude(role=Role.HOST_OPERATOR).order_by("first_name", "username", "pk")


def absence_list_for(*, user: User) -> "QuerySet[Absence]":
    """Return one's own absences and those one stands in for; admins and leads see all. 1 query."""
    rows: QuerySet[Absence] = Absence.objects.select_related("person", "stand_in")
    if user.role not in (Role.ADMIN, Role.TEAM_LEAD):
        rows = rows.filter(Q(person=user) | Q(stand_in=user))
    return rows.order_by("-starts_at", "-pk")


def background_of(*, order: Order, user: User, now: datetime) -> Background:
    """Return where a new order's defaults come from. 0 to 2 queries."""
    customer: dict[str, Any] = {}
    if (row := order.customer) is not None:
        number = row.numbers.order_by("-is_primary", "pk").first()
        customer = {
            "id": row.pk,
            "number": number.as_typed if number else None,
            **{
                name: getattr(row, name)
                for name in (
                    "name",
                    "contact_name",
                    "level",
                    "kind",
                    "account_number",
                    "province",
                    "city",
                    "address",
                    "note",
                )
            },
            **{f"custom.{key}": value for key, value in row.custom.items()},
        }
    call: dict[str, Any] = {}
    if order.call is not None:
        call = {
            "caller": order.call.caller,
            "dialled": order.call.dialled,
            "queue": order.call.queue_number,
            "started_at": order.call.started_at.isoformat(),
            "region": order.call.caller_region,
        }
    elif order.voicemail is not None:
        call = {
            "caller": order.voicemail.caller,
            "started_at": order.voicemail.left_at.isoformat(),
        }
    zone = ZoneInfo(order.tenant.timezone)
    return Background(now=now, me=user.pk, zone=zone, customer=customer, call=call)


def acts_for(*, user: User, order: Order, plan: Plan, state: State) -> dict[str, Any]:
    """Return what the person may do with an order now, for a page's buttons.

    `{"steps": [{"key", "name", "acts", "editable", "needs_opinion", "may_attach", "on_behalf_of",
    "return_to": [{"key", "name"}]}], "acts": […], "editable": […]}`; keys of acts are `Kind`. What
    is not in it is refused; what is in it may still be (urged a moment ago). 1 to 4 queries.
    """
    people = CompanyPeople(order.tenant_id, timezone.now())
    manages = is_manager(user, order)
    is_mine = state.submitter == user.pk or people.stands_in(user.pk, state.submitter)
    acts: list[str] = [Kind.COMMENT]
    editable: list[str] = []
    if order.state in (OrderState.DRAFT, OrderState.RETURNED) and is_mine:
        acts += [Kind.EDIT, Kind.SUBMIT]
        fields = plan.flow.start_editable
        editable = list(plan.form.order if fields is None else fields)
    if not order.is_ended and (is_mine or manages):
        acts.append(Kind.CANCEL)
    if not order.is_ended and manages and order.state != OrderState.DRAFT:
        acts.append(Kind.CLOSE)
    if order.state == OrderState.RUNNING:
        if is_mine or manages:
            acts += [Kind.URGE, Kind.RESUME if state.is_waiting else Kind.WAIT]
        if is_mine and plan.flow.may_withdraw and state.returns < plan.flow.max_returns:
            acts.append(Kind.WITHDRAW)
        if manages:
            acts.append(Kind.REASSIGN)
    steps = [
        found
        for run in state.active
        if (found := _step_acts(user, run.key, plan, state, people)) is not None
    ]
    return {"steps": steps, "acts": [str(one) for one in acts], "editable": editable}


def _step_acts(
    user: User, key: str, plan: Plan, state: State, people: CompanyPeople
) -> dict[str, Any] | None:
    run, step = state.run(key), plan.flow.people_steps[key]
    if run is None or run.status != RunStatus.ACTIVE:
        return None
    held = [one for one in run.seats if one.status == SeatStatus.OPEN]
    mine = next((one for one in held if one.person == user.pk), None)
    if mine is None:
        mine = next((one for one in held if people.stands_in(user.pk, one.person)), None)
        if mine is not None and user.pk == state.submitter and not step.takes_submitter:
            mine = None
    if mine is None or mine not in run.open_seats:
        return None
    acts = [Kind.APPROVE, Kind.REJECT, Kind.DELEGATE, Kind.ADD]
    targets = return_targets(plan.flow, state, key)
    if targets:
        acts.append(Kind.RETURN)
    if step.editable:
        acts.append(Kind.EDIT)
    acts.append(Kind.RESUME if state.is_waiting else Kind.WAIT)
    if run.claimed_by is not None:
        acts.append(Kind.RELEASE)
    elif len(held) > 1 and (step.mode == "any" or run.is_taken_over) and not mine.is_added:
        acts.append(Kind.CLAIM)
    names = {one.key: one.name for one in plan.flow.people_steps.values()}
    return {
        "key": key,
        "name": step.name,
        "kind": step.kind,
        "acts": [str(one) for one in acts],
        "editable": list(step.editable),
        "needs_opinion": step.needs_opinion,
        "may_attach": step.may_attach,
        "on_behalf_of": None if mine.person == user.pk else mine.person,
        "return_to": [{"key": one, "name": names.get(one, "")} for one in targets],
    }
