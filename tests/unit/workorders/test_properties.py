"""Any flow that the check accepts, any behaviour of its people: it ends, lawfully, in one state."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.workorders.engine.acts import act, replay, return_targets
from apps.workorders.engine.flow import START, Flow
from apps.workorders.engine.flow_check import check, load
from apps.workorders.engine.state import (
    ENDED,
    WITH_SUBMITTER,
    ActError,
    Action,
    Kind,
    RunStatus,
    SeatStatus,
    State,
    Status,
    action_json,
    action_read,
)
from tests.unit.workorders.company import NOW, TYPES, Company
from tests.unit.workorders.strategies import FLOWS, IDS, PERSON

# What people do who never finish: it must not be more than this many times that an order still
# goes on. 20 steps at most, each again for each of 3 returns, 4 seats, handed on 5 times, …
MOST_ACTS = 3000


def lawful(flow: Flow, state: State, action: Action, people: Company) -> None:
    """Look at an act that was carried out, without asking the engine."""
    if action.kind not in (Kind.APPROVE, Kind.REJECT, Kind.RETURN, Kind.DELEGATE, Kind.ADD):
        return
    run = state.run(action.step)
    assert run is not None
    assert run.status == RunStatus.ACTIVE
    person = action.on_behalf_of if action.on_behalf_of is not None else action.actor
    assert person in {seat.person for seat in run.seats if seat.status == SeatStatus.OPEN}
    assert person == action.actor or people.away.get(person or 0) == action.actor
    is_own = action.actor == state.submitter and action.kind in (Kind.APPROVE, Kind.REJECT)
    if is_own and not flow.people_steps[action.step].takes_submitter:
        # Only where nobody else was to be found.
        assert not [one for one in people.admins() if one != state.submitter]


def consistent(flow: Flow, state: State) -> None:
    """Look whether a state makes sense in itself."""
    keys = Counter(run.key for run in state.runs)
    assert all(count == 1 for count in keys.values())
    assert set(keys) <= set(flow.people_steps)
    active = [run for run in state.runs if run.status == RunStatus.ACTIVE]
    if state.status == Status.RUNNING:
        assert active
        assert all(run.open_seats for run in active)
    else:
        assert not active
    for run in state.runs:
        held = [one.person for one in run.seats if one.status in ("open", "waiting")]
        assert len(held) == len(set(held))
        if run.status != RunStatus.ACTIVE:
            assert not held
        if run.claimed_by is not None:
            assert run.claimed_by in held
    assert state.returns <= flow.max_returns


def moves(flow: Flow, state: State, random: Random) -> list[Action]:
    """Return one act of each kind that somebody might try now, most of them lawful."""
    if state.status in WITH_SUBMITTER:
        return [Action(Kind.SUBMIT, state.submitter, NOW)]
    found = [Action(Kind.WITHDRAW, state.submitter, NOW)]
    for run in state.active:
        step = flow.people_steps[run.key]
        for level in range(len(step.levels)):
            found.append(Action(Kind.ESCALATE, None, NOW, run.key, level=level))
        for seat in run.open_seats:
            person, other = seat.person, random.choice(IDS)
            targets = return_targets(flow, state, run.key) or [START]
            amount = {"amount": str(random.randint(0, 20))} if step.editable else {}
            found += [
                Action(Kind.APPROVE, person, NOW, run.key, values=amount),
                Action(Kind.REJECT, person, NOW, run.key),
                Action(
                    Kind.RETURN, person, NOW, run.key, to_step=random.choice(targets), opinion="x"
                ),
                Action(Kind.DELEGATE, person, NOW, run.key, to_person=other),
                Action(Kind.ADD, person, NOW, run.key, to_person=other),
                Action(Kind.CLAIM, person, NOW, run.key),
                Action(Kind.RELEASE, person, NOW, run.key),
                Action(Kind.APPROVE, other, NOW, run.key),
                Action(Kind.APPROVE, other, NOW, run.key, on_behalf_of=person),
                Action(Kind.APPROVE, state.submitter, NOW, run.key, on_behalf_of=person),
            ]
    return found


@settings(max_examples=100, deadline=None)
@given(
    FLOWS,
    st.integers(0, 2**32),
    PERSON,
    st.sampled_from([Kind.APPROVE, Kind.RETURN, Kind.DELEGATE, Kind.ADD, Kind.CLAIM, None]),
    st.dictionaries(PERSON, PERSON, max_size=2),
)
def test_every_flow_ends_lawfully_and_its_history_gives_its_state(
    document: dict[str, Any], seed: int, submitter: int, habit: Kind | None, away: dict[int, int]
) -> None:
    """`habit`: what these people do whenever they can; None: anything at random."""
    assert check(document, TYPES) == []
    flow, random = load(document, TYPES), Random(seed)
    # The submitter stands in for somebody, who may be the one to approve.
    people = Company(away={**away, random.choice(IDS): submitter})
    values = {"amount": str(random.randint(0, 20)), "engineer": random.choice(IDS)}
    state, done = act(flow, None, Action(Kind.CREATE, submitter, NOW, values=values), people)
    history = [done]
    while state.status not in ENDED:
        assert len(history) < MOST_ACTS
        tries = moves(flow, state, random)
        random.shuffle(tries)
        tries.sort(key=lambda one: one.kind != habit)
        before = state
        for action in tries:
            try:
                state, done = act(flow, before, action, people)
            except ActError:
                continue
            lawful(flow, before, action, people)
            break
        else:
            raise AssertionError(f"nobody can do anything in {before}")
        consistent(flow, state)
        history.append(action_read(action_json(done)))
    assert replay(flow, history) == state


@settings(max_examples=60, deadline=None)
@given(FLOWS, st.integers(0, 2**32))
def test_whatever_is_tried_is_carried_out_or_refused_with_a_reason(
    document: dict[str, Any], seed: int
) -> None:
    flow, random = load(document, TYPES), Random(seed)
    people = Company(gone=random.sample(IDS, 2), away={2: 3})
    state, done = act(flow, None, Action(Kind.CREATE, 1, NOW), people)
    history, at = [done], NOW
    keys = [*flow.people_steps, "nowhere"]
    for _try in range(60):
        at += timedelta(minutes=random.choice([0, 11]))
        action = Action(
            random.choice(list(Kind)),
            random.choice([*IDS, None]),
            at,
            random.choice(keys),
            on_behalf_of=random.choice([None, None, *IDS]),
            to_step=random.choice([START, *keys]),
            person=random.choice([None, *IDS]),
            to_person=random.choice([None, 99, *IDS]),
            values=random.choice([{}, {"amount": "5"}, {"result": None}]),
            opinion=random.choice(["", "x"]),
            is_manager=random.random() < 0.2,
            level=random.choice([0, 1]),
        )
        try:
            state, done = act(flow, state, action, people)
        except ActError:
            continue
        history.append(done)
    assert replay(flow, history) == state
