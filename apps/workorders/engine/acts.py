"""Carry out one act on an order: state and act in, new state out; or say why not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from apps.workorders.engine.approvers import allowed, fallback
from apps.workorders.engine.asked import Asked, Remembered
from apps.workorders.engine.flow import START, Flow, Level, Step
from apps.workorders.engine.places import keys_from, steps_before
from apps.workorders.engine.seats import (
    active_run,
    has_open,
    is_in,
    needs_more_than_one,
    seat_of,
    step_of,
    submitter_only,
    with_seat,
)
from apps.workorders.engine.state import (
    ENDED,
    WITH_SUBMITTER,
    ActError,
    Action,
    Kind,
    People,
    Recorded,
    Run,
    RunStatus,
    Seat,
    SeatStatus,
    State,
    Status,
)
from apps.workorders.engine.walk import advance, closed, drop_active, settled, with_run

# What one step can be handed on, added to and claimed: with `max_returns` these make every order
# end, however its people play with it.
MOST_CHAIN = 5
MOST_ADDED = 10
MOST_CLAIMS = 10
URGE_EVERY = timedelta(minutes=10)


def act(flow: Flow, state: State | None, action: Action, people: People) -> tuple[State, Action]:
    """Return the new state, and the act with the people found, ready to be written down.

    `state` None: the order is created. Raises ActError; then nothing has changed.
    """
    asked = Asked(people)
    new = _carry_out(flow, state, action, asked)
    return new, replace(action, found=tuple(asked.answers))


def replay(flow: Flow, history: list[Action]) -> State:
    """Return the state that a history led to. Raises ValueError for none."""
    state: State | None = None
    for action in history:
        state = _carry_out(flow, state, action, Remembered(action.found))
    if state is None:
        raise ValueError("no history")
    return state


def return_targets(flow: Flow, state: State, key: str) -> list[str]:
    """Return the steps to which one who acts on this step may return the order, start first."""
    if state.returns >= flow.max_returns:
        return []
    return [START, *(one.key for one in steps_before(flow, state, key, to_return=True))]


def _carry_out(flow: Flow, state: State | None, action: Action, people: Recorded) -> State:
    if (state is None) != (action.kind == Kind.CREATE):
        raise ActError("not_now")
    if state is None:
        if action.actor is None and action.person is None:
            raise ActError("no_submitter")
        submitter = action.person if action.person is not None else action.actor
        assert submitter is not None  # noqa: S101 - looked at above
        return State(submitter, values=_merged({}, action.values))
    if state.status in ENDED and action.kind != Kind.COMMENT:
        raise ActError("ended")
    return ACTS[action.kind](flow, state, action, people)


def _merged(values: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**values, **changed}
    return {key: value for key, value in merged.items() if value is not None}


# The acts


def _edit(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    if state.status in WITH_SUBMITTER:
        submitter_only(state, action, people)
        return replace(state, values=_merged(state.values, action.values))
    step, run = step_of(flow, action), active_run(state, action)
    seat_of(step, state, run, action, people)
    return _with_values(step, state, action)


def _with_values(step: Step, state: State, action: Action) -> State:
    # A field that a change has made invisible is emptied with it, whoever may edit it.
    for key, value in action.values.items():
        if key not in step.editable and value is not None:
            raise ActError("not_editable")
    return replace(state, values=_merged(state.values, action.values))


def _submit(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    if state.status not in WITH_SUBMITTER:
        raise ActError("not_now")
    submitter_only(state, action, people)
    state = replace(state, values=_merged(state.values, action.values), status=Status.RUNNING)
    return advance(flow, state, people)


def _decide(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    step, run = step_of(flow, action), active_run(state, action)
    seat = seat_of(step, state, run, action, people)
    if step.needs_opinion and not action.opinion.strip():
        raise ActError("opinion_missing")
    state = _with_values(step, state, action)
    is_yes = action.kind == Kind.APPROVE
    decided = SeatStatus.APPROVED if is_yes else SeatStatus.REJECTED
    run = with_seat(run, seat, replace(seat, status=decided, acted_by=action.actor))
    return _settle(flow, step, state, run, people)


def _settle(flow: Flow, step: Step, state: State, run: Run, people: Recorded) -> State:
    state = replace(with_run(state, settled(run, step)), is_waiting=False)
    return advance(flow, state, people)


def _return(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    step, run = step_of(flow, action), active_run(state, action)
    seat_of(step, state, run, action, people)
    if not action.opinion.strip():
        raise ActError("opinion_missing")
    if state.returns >= flow.max_returns:
        raise ActError("too_many_returns")
    if action.to_step not in return_targets(flow, state, step.key):
        raise ActError("not_earlier")
    return _gone_back(flow, _with_values(step, state, action), action.to_step, people)


def _gone_back(flow: Flow, state: State, to: str, people: Recorded) -> State:
    state = replace(state, returns=state.returns + 1, is_waiting=False)
    if to == START:
        return _cleared(state, Status.RETURNED)
    undone, around = keys_from(flow, to)
    state = replace(
        state,
        runs=tuple(run for run in state.runs if run.key not in undone),
        chosen={key: branch for key, branch in state.chosen.items() if key not in undone},
        joined=state.joined - undone - around,
    )
    return advance(flow, state, people)


def _cleared(state: State, status: Status) -> State:
    return replace(state, status=status, runs=(), chosen={}, joined=frozenset(), is_waiting=False)


def _withdraw(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    submitter_only(state, action, people)
    if state.status != Status.RUNNING or not flow.may_withdraw:
        raise ActError("not_now")
    if state.returns >= flow.max_returns:
        raise ActError("too_many_returns")
    return replace(_cleared(state, Status.DRAFT), returns=state.returns + 1)


def _delegate(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    step, run = step_of(flow, action), active_run(state, action)
    seat = seat_of(step, state, run, action, people)
    new = _handed_on(step, state, run, seat, action.to_person, people)
    claimed_by = new.person if run.claimed_by == seat.person else run.claimed_by
    run = with_seat(run, seat, replace(seat, status=SeatStatus.PASSED), new)
    return with_run(state, replace(run, claimed_by=claimed_by))


def _handed_on(
    step: Step, state: State, run: Run, seat: Seat, to: int | None, people: Recorded
) -> Seat:
    if to is None or not people.active((to,)):
        raise ActError("no_such_person")
    if not allowed(step, state, (to,)):
        raise ActError("own_order")
    if to in seat.chain or is_in(run, to):
        raise ActError("already_there")
    if len(seat.chain) >= MOST_CHAIN:
        raise ActError("handed_on_too_often")
    return replace(seat, person=to, chain=(*seat.chain, seat.person))


def _add(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    step, run = step_of(flow, action), active_run(state, action)
    seat_of(step, state, run, action, people)
    to = action.to_person
    if to is None or not people.active((to,)):
        raise ActError("no_such_person")
    if not allowed(step, state, (to,)):
        raise ActError("own_order")
    if is_in(run, to):
        raise ActError("already_there")
    if sum(one.is_added for one in run.seats) >= MOST_ADDED:
        raise ActError("too_many_added")
    seat = Seat(to, SeatStatus.OPEN, is_added=True)
    return with_run(state, replace(run, seats=(*run.seats, seat)))


def _claim(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    step, run = step_of(flow, action), active_run(state, action)
    seat = seat_of(step, state, run, action, people)
    if run.claimed_by is not None or seat.is_added or needs_more_than_one(step, run):
        raise ActError("not_claimable")
    if run.claims >= MOST_CLAIMS:
        raise ActError("claimed_too_often")
    return with_run(state, replace(run, claimed_by=seat.person, claims=run.claims + 1))


def _release(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    step, run = step_of(flow, action), active_run(state, action)
    if run.claimed_by is None:
        raise ActError("not_now")
    if not action.is_manager:
        seat = seat_of(step, state, run, action, people)
        if seat.person != run.claimed_by:
            raise ActError("not_yours")
    return with_run(state, replace(run, claimed_by=None))


def _reassign(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    """Give a seat to another: a manager to whom he names, the system to the fall-back's people."""
    step, run = step_of(flow, action), active_run(state, action)
    if action.actor is not None and not action.is_manager:
        raise ActError("not_yours")
    open_now = (SeatStatus.OPEN, SeatStatus.WAITING)
    seat = next(
        (one for one in run.seats if one.person == action.person and one.status in open_now), None
    )
    if seat is None and (action.person is not None or has_open(run)):
        raise ActError("not_now")
    if action.actor is None:
        found = fallback(step, state, people)
        to = next((one for one in found if not is_in(run, one)), None)
    else:
        to = action.to_person
        if to is None or not people.active((to,)):
            raise ActError("no_such_person")
        if not allowed(step, state, (to,)):
            raise ActError("own_order")
        if is_in(run, to):
            raise ActError("already_there")
    if seat is None:  # nobody could be found when the step began
        if to is None:
            raise ActError("no_such_person")
        new_run = replace(run, seats=(*run.seats, Seat(to, SeatStatus.OPEN)))
        return with_run(state, new_run)
    if to is None and not any(one is not seat and one.status in open_now for one in run.seats):
        raise ActError("no_such_person")
    passed = replace(seat, status=SeatStatus.PASSED)
    new = () if to is None else (replace(seat, person=to, chain=(*seat.chain, seat.person)),)
    run = with_seat(run, seat, passed, *new)
    if run.claimed_by == seat.person:
        run = replace(run, claimed_by=None)
    return _settle_unwaited(flow, step, state, run, people)


def _settle_unwaited(flow: Flow, step: Step, state: State, run: Run, people: Recorded) -> State:
    # A seat that is simply gone may have been the last one missing.
    is_waiting = state.is_waiting
    state = _settle(flow, step, state, run, people)
    return replace(state, is_waiting=is_waiting) if state.status == Status.RUNNING else state


def _urge(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    if state.status != Status.RUNNING:
        raise ActError("not_now")
    if not action.is_manager:
        submitter_only(state, action, people)
    if state.urged_at is not None and action.at - state.urged_at < URGE_EVERY:
        raise ActError("urged_already")
    return replace(state, urged_at=action.at)


def _escalate(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    """Do what the next level of the step's escalation says; the system only."""
    step, run = step_of(flow, action), active_run(state, action)
    if action.actor is not None:
        raise ActError("not_yours")
    if action.level != run.levels_done or action.level >= len(step.levels):
        raise ActError("level_done")
    level = step.levels[action.level]
    run = replace(run, levels_done=run.levels_done + 1)
    state = with_run(state, run)
    if level.do == "approve":
        return _settle_now(flow, state, closed(run, RunStatus.APPROVED), people)
    if level.do == "reject":
        return _settle_now(flow, state, closed(run, RunStatus.REJECTED), people)
    if level.do == "return" and state.returns < flow.max_returns:
        return _gone_back(flow, state, START, people)
    if level.do in ("head", "person"):
        return with_run(state, _taken_over(step, state, run, level, people))
    return state


def _settle_now(flow: Flow, state: State, run: Run, people: Recorded) -> State:
    return advance(flow, replace(with_run(state, run), is_waiting=False), people)


def _taken_over(step: Step, state: State, run: Run, level: Level, people: Recorded) -> Run:
    if level.do == "person":
        found = people.active(() if level.person is None else (level.person,))
    else:
        heads = (people.heads_over(one.person, 1) for one in run.open_seats)
        found = people.active(tuple(dict.fromkeys(head for some in heads for head in some)))
    found = allowed(step, state, found) or fallback(step, state, people)
    if not found:
        return run
    # Decisions of before count no more: of those who take over one decides.
    old = tuple(replace(one, status=SeatStatus.PASSED) for one in run.seats)
    new = tuple(Seat(one, SeatStatus.OPEN) for one in found)
    return replace(run, seats=(*old, *new), is_taken_over=True, claimed_by=None)


def _comment(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    if not action.opinion.strip():
        raise ActError("opinion_missing")
    return state


def _wait(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    is_wait = action.kind == Kind.WAIT
    if state.status != Status.RUNNING or state.is_waiting == is_wait:
        raise ActError("not_now")
    if action.actor != state.submitter and not action.is_manager:
        step, run = step_of(flow, action), active_run(state, action)
        seat_of(step, state, run, action, people)
    return replace(state, is_waiting=is_wait)


def _end(flow: Flow, state: State, action: Action, people: Recorded) -> State:
    if action.kind == Kind.CLOSE and not action.is_manager:
        raise ActError("not_yours")
    if action.kind == Kind.CANCEL and not action.is_manager:
        submitter_only(state, action, people)
    if not action.opinion.strip() and state.status != Status.DRAFT:
        raise ActError("opinion_missing")
    status = Status.CLOSED if action.kind == Kind.CLOSE else Status.CANCELLED
    return replace(drop_active(state), status=status, is_waiting=False)


Act = Callable[[Flow, State, Action, Recorded], State]
ACTS: Mapping[Kind, Act] = {
    Kind.EDIT: _edit,
    Kind.SUBMIT: _submit,
    Kind.APPROVE: _decide,
    Kind.REJECT: _decide,
    Kind.RETURN: _return,
    Kind.WITHDRAW: _withdraw,
    Kind.DELEGATE: _delegate,
    Kind.ADD: _add,
    Kind.CLAIM: _claim,
    Kind.RELEASE: _release,
    Kind.REASSIGN: _reassign,
    Kind.URGE: _urge,
    Kind.ESCALATE: _escalate,
    Kind.COMMENT: _comment,
    Kind.WAIT: _wait,
    Kind.RESUME: _wait,
    Kind.CANCEL: _end,
    Kind.CLOSE: _end,
}
