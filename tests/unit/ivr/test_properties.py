"""Any valid flow, any caller, any fate of the look-ups: it ends, and it never raises."""

from decimal import Decimal
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ivr.engine.documents import Flow, flow_parse
from apps.ivr.engine.resume import resume_read, resume_write
from apps.ivr.engine.run import STEP_LIMIT, Step, run_flow
from apps.telephony.dialplan_variables import Next
from tests.unit.ivr.fakes import HANG_UP, FakeLookups, FakeVoice
from tests.unit.ivr.strategies import DOCUMENTS, INPUTS, VALUE

FLOWS = DOCUMENTS.map(lambda document: flow_parse({**document, "name": "main"}))
OTHERS = DOCUMENTS.map(lambda document: flow_parse({**document, "name": "other"}))
LOOKUPS = st.builds(
    FakeLookups,
    st.dictionaries(
        st.tuples(st.text("123", min_size=1, max_size=2), st.text("123", min_size=1, max_size=2)),
        st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.just(Decimal(10) ** 30),
        max_size=3,
    ),
    is_away=st.booleans(),
    open_calendars=st.sampled_from([(), ("work",)]),
)


@settings(max_examples=300, deadline=None)
@given(FLOWS, OTHERS, INPUTS, LOOKUPS, st.booleans(), VALUE)
def test_every_run_ends_within_the_step_limit_in_a_decision_the_dialplan_knows(
    flow: Flow,
    other: Flow,
    inputs: list[str],
    lookups: FakeLookups,
    barge_in: bool,
    caller: str,
) -> None:
    steps: list[Step] = []
    voice = FakeVoice(inputs, barge_in=barge_in)
    serve = partial(
        run_flow, flow, voice=voice, lookups=lookups, on_step=steps.append, library={"other": other}
    )
    decision = serve(variables={"caller": caller})
    waits = 0
    # Nobody answers, ever: the run goes on from its state, as it was written down and read again.
    while decision.resume is not None:
        waits += 1
        assert decision.next in ("queue", "dial")
        written = resume_write(decision.resume, versions={"main": 1}, at=0)
        decision = serve(resume=resume_read(written, now=1)[0])
    assert waits <= STEP_LIMIT
    assert decision.next == "gone" or decision.next in set(Next)
    assert bool(decision.target) == (decision.next in ("queue", "voicemail", "survey", "dial"))
    assert all(step.ms == 0 and step.flow in ("main", "other") for step in steps)
    # A node tells one step, collecting one for each try, account service two.
    assert len(steps) <= STEP_LIMIT * 20
    assert all(set(step.keys) <= {"*"} for step in steps if step.kind == "pin")
    nodes = {(at.name, node.id): node for at in (flow, other) for node in at.nodes.values()}
    assert {(step.flow, step.node) for step in steps} <= set(nodes)
    secret = {place for place, node in nodes.items() if getattr(node, "is_secret", False)}
    assert all(set(step.keys) <= {"*"} for step in steps if (step.flow, step.node) in secret)
    if HANG_UP not in inputs:
        assert decision.next != "gone"
        # Rules that ask one another for ever say nothing before the apology.
        assert voice.is_answered or all(step.kind == "route" for step in steps)


@settings(max_examples=40, deadline=None)
@given(FLOWS, INPUTS)
def test_the_same_keys_take_the_same_way(flow: Flow, inputs: list[str]) -> None:
    def once() -> list[object]:
        told: list[object] = []
        told.append(
            run_flow(flow, voice=FakeVoice(inputs), lookups=FakeLookups(), on_step=told.append)
        )
        return told

    assert once() == once()
