"""Valid documents with every kind of node, and callers who do anything."""

from typing import Any

from hypothesis import strategies as st

from apps.ivr.engine.nodes import NODE_KINDS
from apps.ivr.engine.nodes.variables import TESTS
from tests.unit.ivr.fakes import HANG_UP, SILENCE

IDS = [f"n{n}" for n in range(8)]
TARGET = st.sampled_from(IDS)
KEY = st.sampled_from("0123456789*#")
PROMPTS = st.lists(st.sampled_from(["welcome", "main-menu", "goodbye"]), max_size=2)
QUEUE = st.sampled_from(["7000", "7001", "9999"])
OWN = st.sampled_from(["a", "b", "x_1"])
ANY = st.sampled_from(["a", "b", "x_1", "caller", "dialled", "language", "never_set"])
NUMBER = st.sampled_from(["0", "-3", "12.50", "9" * 30])
TARGET_OR_NONE = TARGET | st.just("")
# Two flows that are there, itself among them, and one that is not.
FLOW_NAME = st.sampled_from(["main", "other", "gone"])
TO_RING = st.sampled_from(["1001", "13900139000"])
RINGING: dict[str, st.SearchStrategy[Any]] = {
    "ring_s": st.integers(5, 120),
    "on_failed": TARGET_OR_NONE,
}
FROM = {"from": ANY}
VALUE = st.text(max_size=200) | NUMBER | st.sampled_from(["9" * 200, "-", "1.", "٣", "zh"])


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


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Give one test of a branch."""
    operator = draw(st.sampled_from(sorted(TESTS)))
    found: dict[str, Any] = {"variable": draw(ANY), "is": operator}
    if operator == "in":
        found["values"] = draw(st.lists(VALUE, min_size=1, max_size=3))
    elif operator != "empty":
        found["value"] = draw(NUMBER if operator in ("greater", "less") else VALUE)
    return found


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Give one case of a branch."""
    tests = draw(st.lists(questions(), min_size=1, max_size=3))
    return {draw(st.sampled_from(["all", "any"])): tests, "to": draw(TARGET)}


def node(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give a strategy for nodes of a kind."""
    return st.fixed_dictionaries({"kind": st.just(kind), "prompts": PROMPTS, **fields})


COLLECT = node(
    "collect",
    variable=OWN,
    min=st.integers(1, 3),
    most=st.integers(3, 40),
    tries=st.integers(1, 10),
    is_secret=st.booleans(),
    to=TARGET,
    on_failed=TARGET,
)
GENERATED: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "menu": menus(),
    "play": node("play", to=TARGET),
    "goto": node("goto", to=TARGET) | node("goto", flow=FLOW_NAME),
    "sub_flow": node("sub_flow", flow=FLOW_NAME, to=TARGET, on_failed=TARGET_OR_NONE),
    "return": node("return"),
    "agent": node("agent", agent=TO_RING, **RINGING) | node("agent", **RINGING, **FROM),
    "external": node("external", number=TO_RING, **RINGING) | node("external", **RINGING, **FROM),
    "extension": node("extension", number=TO_RING, **RINGING),
    "collect": COLLECT,
    "set": node("set", variable=OWN, value=VALUE, to=TARGET)
    | node("set", variable=OWN, to=TARGET, **{"from": ANY}),
    "branch": node("branch", cases=st.lists(cases(), min_size=1, max_size=3), otherwise=TARGET),
    "speak": node(
        "speak",
        variable=ANY,
        to=TARGET,
        **{"as": st.sampled_from(["digits", "number", "money", "date", "time"])},
    ),
    "language": node("language", language=st.sampled_from(["zh", "en"]), to=TARGET),
    "account": node("account", to=TARGET, on_failed=TARGET, tries=st.integers(1, 10)),
    "queue": node("queue", queue=QUEUE, priority=st.integers(0, 10), on_timeout=TARGET_OR_NONE),
    "voicemail": node("voicemail", box=QUEUE),
    "survey": node("survey", queue=QUEUE),
    "answer": node("answer", repeat=KEY | st.just(""), to=TARGET),
    "call_back": node("call_back", queue=QUEUE, number_from=ANY, to=TARGET, on_failed=TARGET),
    "route": node("route", rules=st.sampled_from(["vip", "gone"]), otherwise=TARGET),
    "tone": node("tone"),
    "hangup": node("hangup"),
    "customer": node(
        "customer", number_from=ANY, to=TARGET, not_found=TARGET, on_failed=TARGET_OR_NONE
    ),
    "queue_state": node("queue_state", queue=QUEUE, to=TARGET, on_failed=TARGET_OR_NONE),
    "http": node("http", lookup=st.sampled_from(["orders", "gone"]), to=TARGET, on_failed=TARGET),
    "pin": node("pin", pin=st.just("night"), tries=st.integers(1, 10), to=TARGET, on_failed=TARGET),
    "calendar": node(
        "calendar",
        calendar=st.sampled_from(["work", "gone"]),
        open=TARGET,
        closed=TARGET,
        on_failed=TARGET | st.just(""),
    ),
}
NODES = {kind: GENERATED[kind] for kind in NODE_KINDS}
DOCUMENTS = st.fixed_dictionaries(
    {
        "start": TARGET,
        "language": st.sampled_from(["zh", "en"]),
        "nodes": st.fixed_dictionaries(dict.fromkeys(IDS, st.one_of(*NODES.values()))),
    }
)
INPUTS = st.lists(KEY | st.sampled_from([SILENCE, "1", "#", HANG_UP]), max_size=60)
