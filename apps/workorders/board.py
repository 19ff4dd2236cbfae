"""Move an order's card on the board: a drop is the act that its button is, or it is refused."""

from collections.abc import Collection
from dataclasses import replace

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.workorders.choices import OrderState
from apps.workorders.engine.flow import START
from apps.workorders.engine.state import Kind, RunStatus
from apps.workorders.errors import ActRefusedError, MoveElsewhereError
from apps.workorders.models import Order, OrderType
from apps.workorders.selectors import stands_for
from apps.workorders.services import Act, state_of, work_order_act
from apps.workorders.versions import plan_of

# Columns that are no step of the flow.
DRAFT, RETURNED, COMPLETED = "@draft", "@returned", "@completed"


def board_steps(type: OrderType, rows: Collection[Order]) -> dict[str, str]:
    """Return {key: name} of a board's columns that are steps, in the order of the flow.

    Of the version in force, then of older ones whose orders still run. 1 query.
    """
    newest = type.versions.order_by("-number").first()
    steps = (
        {one.key: one.name for one in plan_of(newest).flow.people_steps.values()} if newest else {}
    )
    for row in rows:
        for step in row.current_steps:  # type: ignore[attr-defined]  # work_order_list_for's
            steps.setdefault(step.key, step.name)
    return steps


def board_columns_of(row: Order) -> list[str]:
    """Return the columns in which an order stands: several when several steps run at once."""
    if row.state == OrderState.DRAFT:
        return [DRAFT]
    if row.state == OrderState.RETURNED:
        return [RETURNED]
    return [step.key for step in row.current_steps]  # type: ignore[attr-defined]  # as above


def board_movable(
    rows: "Collection[Order] | QuerySet[Order]", *, user: User
) -> set[tuple[int, str]]:
    """Return (order, column) of the cards that the person may try to move. 1 query.

    His own that are to be submitted, and steps in which he, or whom he stands in for, has a seat.
    """
    people = {user.pk, *stands_for(user)}
    found = {
        (row.pk, DRAFT if row.state == OrderState.DRAFT else RETURNED)
        for row in rows
        if row.creator_id in people and row.state in (OrderState.DRAFT, OrderState.RETURNED)
    }
    for row in rows:
        for step in row.current_steps:  # type: ignore[attr-defined]  # as above
            if any(seat.person_id in people for seat in step.seats.all()):
                found.add((row.pk, step.key))
    return found


def work_order_move(
    *,
    user: User,
    order: Order,
    source: str,
    to: str,
    opinion: str = "",
    seen_revision: int | None = None,
) -> Order:
    """Do what brings the card from one column to another, or nothing; return the order as it is.

    From draft or returned forward: submit. From a step forward: approve; to returned: return to the
    submitter. The flow says where an order goes: when that is not `to`, nothing has happened and
    MoveElsewhereError says where it would go. Raises as `work_order_act` does. One transaction.
    """
    is_start = source in (DRAFT, RETURNED)
    if to in (DRAFT, source) or (to == RETURNED and is_start):
        raise ActRefusedError("not_earlier")
    with transaction.atomic():
        if to == RETURNED:
            act = Act(Kind.RETURN, source, to_step=START, opinion=opinion)
        elif is_start:
            act = Act(Kind.SUBMIT, opinion=opinion)
        else:
            act = Act(Kind.APPROVE, source, opinion=opinion)
        moved = work_order_act(
            user=user,
            order=order,
            act=replace(act, seen_revision=seen_revision),
        )
        plan = plan_of(moved.version)
        state = state_of(moved, plan)
        now = [run.key for run in state.active if run.status == RunStatus.ACTIVE]
        ends = {OrderState.RETURNED: RETURNED, OrderState.COMPLETED: COMPLETED}
        there = [*now, ends.get(OrderState(moved.state), "")]
        if to not in there or source in now:
            names = [plan.flow.people_steps[key].name for key in now]
            raise MoveElsewhereError(names or [str(OrderState(moved.state).label)])
    return moved
