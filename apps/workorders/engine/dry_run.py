"""Play a draft through, before it is published, with sample values and chosen decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.workorders.engine.acts import act
from apps.workorders.engine.flow import Flow
from apps.workorders.engine.state import ActError, Action, Kind, People, State, Status

MOST_DECISIONS = 200
DECISIONS = (Kind.APPROVE, Kind.REJECT, Kind.RETURN)


@dataclass(frozen=True)
class Played:
    """One decision of a dry run: who was asked in the step, who decided, and how.

    `is_fallback`: the rule found nobody. `refused` is the code of an act that was not possible.
    """

    step: str
    name: str
    asked: tuple[int, ...]
    is_fallback: bool
    actor: int | None
    decision: str
    deadline_min: int | None
    refused: str = ""


@dataclass(frozen=True)
class DryRun:
    """What happened: the decisions in order, the branches taken, and how it ended."""

    played: tuple[Played, ...]
    chosen: Mapping[str, str]
    status: Status
    waiting: tuple[str, ...]


def dry_run(
    flow: Flow,
    values: Mapping[str, Any],
    *,
    submitter: int,
    people: People,
    at: datetime,
    decisions: Mapping[str, str] | None = None,
    actors: Mapping[str, int] | None = None,
) -> DryRun:
    """Play the flow with clean `values`.

    `decisions` by step: approve (the default), reject, return (once, to the start); `actors` by
    step: who decides, else the first who is asked. A step that found nobody stops its branch.
    """
    decisions, actors = dict(decisions or {}), actors or {}
    state, _done = act(flow, None, Action(Kind.CREATE, submitter, at, values=values), people)
    state = _submitted(flow, state, submitter, people, at)
    played: list[Played] = []
    stuck: set[str] = set()
    while state.status == Status.RUNNING and len(played) < MOST_DECISIONS:
        run = next((one for one in state.active if one.key not in stuck), None)
        if run is None:
            break
        step = flow.people_steps[run.key]
        asked = tuple(seat.person for seat in run.open_seats)
        wanted = decisions.get(run.key, Kind.APPROVE)
        kind = Kind(wanted) if wanted in DECISIONS else Kind.APPROVE
        if kind == Kind.RETURN:
            decisions.pop(run.key)
        actor = actors.get(run.key, asked[0] if asked else None)
        refused = ""
        try:
            action = Action(kind, actor, at, run.key, to_step="start", opinion="-")
            state, _done = act(flow, state, action, people)
        except ActError as error:
            refused = error.code
            stuck.add(run.key)
        played.append(
            Played(
                run.key,
                step.name,
                asked,
                run.is_taken_over,
                actor,
                str(kind),
                step.deadline_min,
                refused,
            )
        )
        if state.status == Status.RETURNED:
            state = _submitted(flow, state, submitter, people, at)
    waiting = tuple(run.key for run in state.active)
    return DryRun(tuple(played), dict(state.chosen), state.status, waiting)


def _submitted(flow: Flow, state: State, submitter: int, people: People, at: datetime) -> State:
    new, _done = act(flow, state, Action(Kind.SUBMIT, submitter, at), people)
    return new
