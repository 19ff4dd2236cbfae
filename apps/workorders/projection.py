"""Write what the engine says into rows: the order, its steps and seats, and their clocks."""

from datetime import datetime, timedelta

from apps.workorders.choices import ENDED_STATES, OrderState, StepState
from apps.workorders.engine.clock import WorkingHours, due_at, worked
from apps.workorders.engine.flow import Step
from apps.workorders.engine.state import Run, RunStatus, State
from apps.workorders.models import Order, OrderSeat, OrderStep
from apps.workorders.versions import Plan

MS = timedelta(milliseconds=1)


def project(
    order: Order, before: State | None, after: State, plan: Plan, now: datetime, hours: WorkingHours
) -> None:
    """Bring the rows of a locked order in line with its state. The caller saves the order.

    2 queries and 2 to 4 for each step that has changed.
    """
    pauses = order.type.pauses_while_waiting
    was_paused = pauses and before is not None and before.is_waiting
    is_paused = pauses and after.is_waiting
    _order(order, after, plan, now, hours, was_paused=was_paused, is_paused=is_paused)
    rows = {(row.key, row.round): row for row in order.steps.all()}
    old = {(run.key, run.round): run for run in (before.runs if before else ())}
    current = set()
    for run in after.runs:
        current.add((run.key, run.round))
        row = rows.get((run.key, run.round))
        step = plan.flow.people_steps[run.key]
        if row is None:
            row = _begin(order, run, step, now)
            if not is_paused:
                start(row, step, now, hours)
        elif old.get((run.key, run.round)) == run and was_paused == is_paused:
            continue
        elif row.state == StepState.ACTIVE:
            _clock_turn(row, now, hours, was_paused=was_paused, is_paused=is_paused)
            row.levels_done = run.levels_done
            if row.clock_from is not None:
                set_due(row, step, hours)
        _write(row, run, now)
    for key, row in rows.items():
        if key not in current and row.state == StepState.ACTIVE:
            _end(row, StepState.RETURNED, now)
            row.save()
            row.seats.update(is_open=False)


def _order(
    order: Order,
    after: State,
    plan: Plan,
    now: datetime,
    hours: WorkingHours,
    *,
    was_paused: bool,
    is_paused: bool,
) -> None:
    order.values = dict(after.values)
    order.is_waiting = after.is_waiting
    order.state = OrderState(after.status)
    if order.state == OrderState.RUNNING and order.submitted_at is None:
        order.submitted_at = now
    minutes = order.type.sla_minutes.get(order.priority)
    if order.state == OrderState.DRAFT:
        # Withdrawn: when it is sent again, its time begins anew.
        order.clock_from, order.clock_used_ms, order.due_at = None, 0, None
    elif order.state in ENDED_STATES:
        order.closed_at = order.closed_at or now
        order.clock_from = None
    elif minutes:
        if order.clock_from is None and not is_paused:
            order.clock_from = now
        _clock_turn(order, now, hours, was_paused=was_paused, is_paused=is_paused)
        if order.clock_from is not None:
            order.due_at = _due(order, timedelta(minutes=minutes), hours)


def _clock_turn(
    row: Order | OrderStep, now: datetime, hours: WorkingHours, *, was_paused: bool, is_paused: bool
) -> None:
    """Stop or start the clock when the order begins or ends to wait for the customer."""
    if is_paused and not was_paused and row.clock_from is not None:
        row.clock_used_ms += worked(row.clock_from, now, hours) // MS
        row.clock_from, row.due_at = None, None
        if isinstance(row, OrderStep):
            row.escalate_at = None
    elif was_paused and not is_paused and row.clock_from is None:
        row.clock_from = now


def _due(row: Order | OrderStep, working: timedelta, hours: WorkingHours) -> datetime | None:
    if row.clock_from is None:
        return None
    return due_at(row.clock_from, working - row.clock_used_ms * MS, hours)


def _begin(order: Order, run: Run, step: Step, now: datetime) -> OrderStep:
    return OrderStep(
        tenant_id=order.tenant_id,
        order=order,
        key=run.key,
        name=step.name,
        round=run.round,
        started_at=now,
    )


def start(row: OrderStep, step: Step, now: datetime, hours: WorkingHours) -> None:
    """Let a step's clock run from now on."""
    row.clock_from = now
    set_due(row, step, hours)


def set_due(row: OrderStep, step: Step, hours: WorkingHours) -> None:
    """Say when a running step is due and when its next level of escalation is."""
    if step.deadline_min is None:
        return
    row.due_at = _due(row, timedelta(minutes=step.deadline_min), hours)
    row.escalate_at = None
    if row.levels_done < len(step.levels):
        after = step.deadline_min + step.levels[row.levels_done].after_min
        row.escalate_at = _due(row, timedelta(minutes=after), hours)


def _end(row: OrderStep, state: str, now: datetime) -> None:
    row.state = StepState(state)
    row.ended_at = now
    row.clock_from, row.escalate_at, row.claimed_by_id = None, None, None


def _write(row: OrderStep, run: Run, now: datetime) -> None:
    row.claimed_by_id = run.claimed_by
    row.levels_done = run.levels_done
    if run.status != RunStatus.ACTIVE and row.state == StepState.ACTIVE:
        _end(row, str(run.status), now)
    row.save()
    row.seats.all().delete()
    can_act = [id(seat) for seat in run.open_seats]
    OrderSeat.objects.bulk_create(
        OrderSeat(
            tenant_id=row.tenant_id,
            order_id=row.order_id,
            step=row,
            person_id=seat.person,
            position=at,
            state=str(seat.status),
            is_open=id(seat) in can_act,
            is_added=seat.is_added,
            acted_by_id=seat.acted_by,
        )
        for at, seat in enumerate(run.seats)
    )
