"""Who may act on a step, and with which seat of it: the parts of the acts."""

from dataclasses import replace

from apps.workorders.engine.flow import Flow, Step
from apps.workorders.engine.state import (
    ActError,
    Action,
    Recorded,
    Run,
    RunStatus,
    Seat,
    SeatStatus,
    State,
)


def submitter_only(state: State, action: Action, people: Recorded) -> None:
    """Refuse whoever is neither the submitter nor stands in for him."""
    is_own = action.actor == state.submitter and action.on_behalf_of is None
    if action.actor is None or not (
        is_own
        or (
            action.on_behalf_of == state.submitter
            and people.stands_in(action.actor, state.submitter)
        )
    ):
        raise ActError("not_yours")


def step_of(flow: Flow, action: Action) -> Step:
    """Return the step that is acted on."""
    step = flow.people_steps.get(action.step)
    if step is None:
        raise ActError("unknown_step")
    return step


def active_run(state: State, action: Action) -> Run:
    """Return the run of the step, which must be going on."""
    run = state.run(action.step)
    if run is None or run.status != RunStatus.ACTIVE:
        raise ActError("not_now")
    return run


def seat_of(step: Step, state: State, run: Run, action: Action, people: Recorded) -> Seat:
    """Return the open seat that the actor uses: his own, or that of whom he stands in for."""
    person = action.on_behalf_of if action.on_behalf_of is not None else action.actor
    if action.actor is None or person is None:
        raise ActError("not_yours")
    if person != action.actor:
        if not people.stands_in(action.actor, person):
            raise ActError("not_yours")
        if action.actor == state.submitter and not step.takes_submitter:
            raise ActError("own_order")
    seat = next((one for one in run.open_seats if one.person == person), None)
    if seat is None:
        mine = any(one.person == person and one.status == SeatStatus.OPEN for one in run.seats)
        raise ActError("claimed" if mine else "not_yours")
    return seat


def with_seat(run: Run, old: Seat, *new: Seat) -> Run:
    """Return the run with a seat exchanged for others."""
    seats: list[Seat] = []
    for one in run.seats:
        seats.extend(new if one is old else (one,))
    return replace(run, seats=tuple(seats))


def is_in(run: Run, person: int) -> bool:
    """Say whether the person has a seat that is not gone."""
    gone = (SeatStatus.PASSED, SeatStatus.DROPPED)
    return any(one.person == person and one.status not in gone for one in run.seats)


def needs_more_than_one(step: Step, run: Run) -> bool:
    """Say whether one opinion is not enough."""
    return step.mode != "any" and not run.is_taken_over


def has_open(run: Run) -> bool:
    """Say whether any seat is open."""
    return any(one.status == SeatStatus.OPEN for one in run.seats)
