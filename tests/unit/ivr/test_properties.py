"""Any valid flow, any caller, any fate of the look-ups: it ends, and it never raises."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ivr.engine.documents import Flow, flow_parse
from apps.ivr.engine.run import STEP_LIMIT, Step, run_flow
from apps.telephony.dialplan_variables import Next
from tests.unit.ivr.fakes import HANG_UP, SILENCE, FakeLookups, FakeVoice

IDS = [f"n{n}" for n in range(8)]
TARGET = st.sampled_from(IDS)
KEY = st.sampled_from("0123456789*#")
PROMPTS = st.lists(st.sampled_from(["welcome", "main-menu", "goodbye"]), max_size=2)
NUMBER = st.sampled_from(["7000", "7001", "9999"])


@st.composite
def menus(draw: st.DrawFn) -> dict[str, Any]:
    """Give a valid menu."""
    back, repeat = draw(st.sampled_from([("", ""), ("*", ""), ("*", "9"), ("", "0")]))
    free = KEY.filter(lambda key: key not in (back, repeat))
    return {
        "kind": "menu",
        "prompts": draw(PROMPTS),
        "keys": draw(st.dictionaries(free, TARGET, min_size=1, max_size=4)),
        "tries": draw(st.integers(1, 10)),
        "timeout_s": draw(st.floats(0.5, 60)),
        "back": back,
        "repeat": repeat,
        "on_failed": draw(TARGET | st.just("")),
    }


def node(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give a strategy for nodes of a kind."""
    return st.fixed_dictionaries({"kind": st.just(kind), "prompts": PROMPTS, **fields})


NODES = st.one_of(
    menus(),
    menus(),
    node("play", to=TARGET),
    node("account", to=TARGET, on_failed=TARGET, tries=st.integers(1, 10)),
    node("queue", queue=NUMBER),
    node("voicemail", box=NUMBER),
    node("tone"),
    node("hangup"),
)
FLOWS = st.fixed_dictionaries(
    {
        "start": TARGET,
        "language": st.sampled_from(["zh", "en"]),
        "nodes": st.fixed_dictionaries(dict.fromkeys(IDS, NODES)),
    }
).map(flow_parse)
INPUTS = st.lists(KEY | st.sampled_from([SILENCE, "1", "#", HANG_UP]), max_size=60)
LOOKUPS = st.builds(
    FakeLookups,
    st.dictionaries(
        st.tuples(st.text("123", min_size=1, max_size=2), st.text("123", min_size=1, max_size=2)),
        st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.just(Decimal(10) ** 30),
        max_size=3,
    ),
    is_away=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(FLOWS, INPUTS, LOOKUPS, st.booleans())
def test_every_run_ends_within_the_step_limit_in_a_decision_the_dialplan_knows(
    flow: Flow, inputs: list[str], lookups: FakeLookups, barge_in: bool
) -> None:
    steps: list[Step] = []
    voice = FakeVoice(inputs, barge_in=barge_in)
    decision = run_flow(flow, voice=voice, lookups=lookups, on_step=steps.append)
    assert decision.next == "gone" or decision.next in set(Next)
    assert bool(decision.target) == (decision.next in ("queue", "voicemail"))
    # A node tells one step, account service two for each try.
    assert len(steps) <= STEP_LIMIT * 20
    assert all(set(step.keys) <= {"*"} for step in steps if step.kind == "pin")
    assert {step.node for step in steps} <= set(flow.nodes)
    if HANG_UP not in inputs:
        assert decision.next != "gone"
        assert voice.is_answered


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
