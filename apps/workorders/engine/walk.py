"""Go as far through a flow as decisions allow: begin steps, choose branches, join, end."""

from dataclasses import replace
from enum import Enum, auto

from apps.workorders.engine import conditions
from apps.workorders.engine.approvers import approvers
from apps.workorders.engine.flow import Block, Branch, Flow, Step
from apps.workorders.engine.places import keys_in
from apps.workorders.engine.state import (
    Recorded,
    Run,
    RunStatus,
    Seat,
    SeatStatus,
    State,
    Status,
)


class _Way(Enum):
    DONE = auto()
    PENDING = auto()
    FAILED = auto()


def advance(flow: Flow, state: State, people: Recorded) -> State:
    """Return the state after everything that needs nobody; ended when the flow is through."""
    walker = _Walker(flow, state, people)
    way = walker.steps(flow.steps)
    if way == _Way.PENDING:
        return walker.state
    status = Status.COMPLETED if way == _Way.DONE else Status.REJECTED
    return replace(drop_active(walker.state), status=status, is_waiting=False)


def drop_active(state: State, keys: frozenset[str] | None = None) -> State:
    """End the active runs (of these steps) without a decision."""
    return replace(
        state,
        runs=tuple(
            closed(run, RunStatus.DROPPED)
            if run.status == RunStatus.ACTIVE and (keys is None or run.key in keys)
            else run
            for run in state.runs
        ),
    )


def closed(run: Run, status: RunStatus) -> Run:
    """Return the run ended: whoever has not decided is asked no more."""
    waiting = (SeatStatus.OPEN, SeatStatus.WAITING)
    seats = (
        replace(one, status=SeatStatus.DROPPED) if one.status in waiting else one
        for one in run.seats
    )
    return replace(run, status=status, seats=tuple(seats), claimed_by=None)


def with_run(state: State, run: Run) -> State:
    """Return the state with the run in place of the step's present one."""
    return replace(state, runs=tuple(run if one.key == run.key else one for one in state.runs))


def settled(run: Run, step: Step) -> Run:
    """Return the run after a decision: approved, rejected, or whose turn it is next."""
    counted = [one for one in run.seats if one.status != SeatStatus.PASSED]
    base = [one for one in counted if not one.is_added]
    added = [one for one in counted if one.is_added]
    yes = sum(one.status == SeatStatus.APPROVED for one in base)
    no = sum(one.status == SeatStatus.REJECTED for one in base)
    mode = "any" if run.is_taken_over else step.mode
    if mode == "any":
        need, is_lost = 1, no > 0
    elif mode == "k":
        need = min(step.k, len(base))
        is_lost = len(base) - no < need
    else:
        need, is_lost = len(base), no > 0
    if is_lost or any(one.status == SeatStatus.REJECTED for one in added):
        return closed(run, RunStatus.REJECTED)
    if not base or yes < need:
        return _next_in_sequence(run) if mode == "sequence" else run
    if all(one.status == SeatStatus.APPROVED for one in added):
        return closed(run, RunStatus.APPROVED)
    # Enough of the step's own people; those added are still asked, the others no more.
    waiting = (SeatStatus.OPEN, SeatStatus.WAITING)
    seats = (
        replace(one, status=SeatStatus.DROPPED)
        if one.status in waiting and not one.is_added
        else one
        for one in run.seats
    )
    return replace(run, seats=tuple(seats), claimed_by=None)


def _next_in_sequence(run: Run) -> Run:
    seats = list(run.seats)
    own = [at for at, one in enumerate(seats) if not one.is_added]
    if any(seats[at].status == SeatStatus.OPEN for at in own):
        return run
    for at in own:
        if seats[at].status == SeatStatus.WAITING:
            seats[at] = replace(seats[at], status=SeatStatus.OPEN)
            break
    return replace(run, seats=tuple(seats))


class _Walker:
    """One walk; `state` is what has become of it so far."""

    def __init__(self, flow: Flow, state: State, people: Recorded) -> None:
        self.flow = flow
        self.state = state
        self.people = people

    def steps(self, steps: tuple[Step | Block, ...]) -> _Way:
        for one in steps:
            way = self.step(one) if isinstance(one, Step) else self.block(one)
            if way != _Way.DONE:
                return way
        return _Way.DONE

    def step(self, step: Step) -> _Way:
        run = self.state.run(step.key)
        if run is None:
            self.begin(step)
            return _Way.PENDING
        if run.status == RunStatus.APPROVED:
            return _Way.DONE
        return _Way.PENDING if run.status == RunStatus.ACTIVE else _Way.FAILED

    def begin(self, step: Step) -> None:
        found, is_fallback = approvers(self.flow, step, self.state, self.people)
        seats = tuple(Seat(one, SeatStatus.OPEN) for one in found)
        if step.mode == "sequence" and not is_fallback:
            seats = seats[:1] + tuple(replace(one, status=SeatStatus.WAITING) for one in seats[1:])
        number = self.state.rounds.get(step.key, 0) + 1
        run = Run(step.key, number, RunStatus.ACTIVE, seats, is_taken_over=is_fallback)
        self.state = replace(
            self.state,
            runs=(*self.state.runs, run),
            rounds={**self.state.rounds, step.key: number},
        )

    def block(self, block: Block) -> _Way:
        if block.kind == "condition":
            return self.steps(self.chosen(block).steps)
        if block.key in self.state.joined:
            return _Way.DONE
        ways = [self.steps(branch.steps) for branch in block.branches]
        if ways.count(_Way.DONE) >= block.need:
            self.state = replace(self.state, joined=self.state.joined | {block.key})
            way = _Way.DONE
        elif len(ways) - ways.count(_Way.FAILED) < block.need:
            way = _Way.FAILED
        else:
            return _Way.PENDING
        self.state = drop_active(self.state, keys_in(block))
        return way

    def chosen(self, block: Block) -> Branch:
        key = self.state.chosen.get(block.key)
        if key is not None:
            return next(one for one in block.branches if one.key == key)
        taken = next(
            at
            for at, one in enumerate(block.branches)
            if one.condition is None
            or conditions.holds(one.condition, self.state.values, self.flow.types)
        )
        branch = block.branches[self.people.branch(taken)]
        self.state = replace(self.state, chosen={**self.state.chosen, block.key: branch.key})
        return branch
