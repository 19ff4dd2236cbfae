"""Flow documents: what cannot run is refused, and the message names the node."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.engine.documents import FlowError, flow_parse

END = {"kind": "hangup"}


def flow(**node: Any) -> dict[str, Any]:
    """Give a document whose first node is this."""
    return {"start": "n", "nodes": {"n": node, "end": END}}


MENU = {"kind": "menu", "keys": {"1": "end"}}
COLLECT = {"kind": "collect", "variable": "a", "to": "end", "on_failed": "end"}
IN = {"variable": "a", "is": "in"}
TEST = {"variable": "a", "is": "equals", "value": "x"}


def branch(case: dict[str, Any]) -> dict[str, Any]:
    """Give a document that begins with a branch of one case."""
    return flow(kind="branch", cases=[case], otherwise="end")


ACCOUNT = {"kind": "account", "to": "end", "on_failed": "end"}


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "the document must be an object"),
        ({}, "nodes must be an object"),
        ({"nodes": {}}, "1 to 500 nodes, this has 0"),
        ({"nodes": {str(n): END for n in range(501)}}, "this has 501"),
        ({"nodes": {"end": END}}, "no node ''"),
        ({"nodes": {"end": END}, "start": ["end"]}, "no node ['end']"),
        ({"nodes": {"end": END}, "start": "end", "language": "fr"}, "use zh or en"),
        ({"nodes": {"end": END}, "start": "end", "language": []}, "use zh or en"),
        ({"nodes": {"n": 3}, "start": "n"}, "node 'n' must be an object"),
        (flow(), "node 'n': there is no kind ''"),
        ({"nodes": {"": END}, "start": ""}, "node '': the id of a node has 1 to 80 characters"),
        ({"nodes": {"x" * 81: END}, "start": "x"}, "the id of a node has 1 to 80 characters"),
        ({"nodes": {"end": END}, "start": "end", "name": 3}, "name must be a text"),
        (flow(**END, note=3), "node 'n': note must be a text"),
        (flow(**END, to="end"), "node 'n': there is no field 'to'"),
        (branch({"any": [TEST | {"is": "in"}], "to": "end"}), "node 'n': in has values"),
        (branch({"any": [TEST | {"values": []}], "to": "end"}), "node 'n': equals has one value"),
        (flow(kind="shell"), "node 'n': there is no kind 'shell'"),
        (flow(kind=["menu"]), "node 'n': kind must be a text"),
        (flow(kind="play", to="end", prompts="welcome"), "node 'n': prompts must be a list"),
        (flow(kind="play", to="end", prompts=[3]), "node 'n': 3 is no prompt name"),
        (flow(kind="play", to="end", prompts=["../../etc/passwd"]), "no prompt name"),
        (flow(kind="play", to="end", prompts=["a&b"]), "no prompt name"),
        (flow(kind="play", to="end", prompts=["a\n"]), "no prompt name"),
        (flow(kind="play", to="gone"), "node 'n' leads to 'gone', which does not exist"),
        (flow(kind="play"), "node 'n' leads to ''"),
        (flow(kind="menu"), "node 'n': keys must be an object"),
        (flow(kind="menu", keys={}), "node 'n': a menu has at least one key"),
        (flow(kind="menu", keys={"12": "end"}), "node 'n': '12' is not a key"),
        (flow(kind="menu", keys={"": "end"}), "node 'n': '' is not a key"),
        (flow(kind="menu", keys={"1": None}), "node 'n': key '1' must lead to"),
        (flow(kind="menu", keys={"1": "gone"}), "leads to 'gone'"),
        (flow(**MENU, back="x"), "node 'n': back 'x' is not a key"),
        (flow(**MENU, back="1"), "node 'n': a key means two things"),
        (flow(**MENU, repeat="1"), "node 'n': a key means two things"),
        (flow(**MENU, repeat="9", back="9"), "node 'n': a key means two things"),
        (flow(**MENU, timeout_s=0), "node 'n': timeout_s must be 0.5 to 60"),
        (flow(**MENU, timeout_s=float("nan")), "timeout_s must be"),
        (flow(**MENU, timeout_s=True), "timeout_s must be"),
        (flow(**MENU, tries=0), "node 'n': tries must be a whole number, 1 to 10"),
        (flow(**MENU, tries=2.5), "tries must be a whole number"),
        (flow(**MENU, tries=True), "tries must be a whole number"),
        (flow(**MENU, on_failed="gone"), "leads to 'gone'"),
        (flow(kind="account", to="end"), "node 'n' leads to ''"),
        (flow(**ACCOUNT, timeout_s="6"), "timeout_s must be 1 to 60"),
        (flow(**COLLECT, most=0), "node 'n': most must be a whole number, 1 to 40"),
        (flow(**COLLECT, min=5, most=4), "node 'n': most must be a whole number, 5 to 40"),
        (flow(**COLLECT, is_secret=1), "node 'n': is_secret must be true or false"),
        (flow(**COLLECT | {"variable": "Big"}), "node 'n': variable must be a variable's name"),
        (flow(**COLLECT | {"variable": "x" * 41}), "variable must be a variable's name"),
        (flow(**COLLECT | {"variable": "caller"}), "node 'n': variable 'caller' belongs to"),
        (flow(**COLLECT | {"on_failed": ""}), "node 'n' leads to ''"),
        (flow(kind="set", variable="a", to="end"), "node 'n': a set has either value or from"),
        (flow(kind="set", variable="a", **{"from": "b"}, value="", to="end"), "either value or"),
        (flow(kind="set", variable="a", **{"from": ""}, to="end"), "node 'n': from must be a"),
        (flow(kind="set", variable="a", value="x" * 201, to="end"), "at most 200 characters"),
        (flow(kind="branch", otherwise="end"), "node 'n': cases must be a list of 1 to 50"),
        (flow(kind="branch", cases=[3], otherwise="end"), "node 'n': cases must be a list of ob"),
        (branch({"to": "end"}), "node 'n': a case has either all or any"),
        (branch({"all": [], "to": "end"}), "node 'n': all must be a list of 1 to 20"),
        (branch({"any": [TEST], "all": [TEST], "to": "end"}), "node 'n': a case has either"),
        (branch({"any": [TEST], "to": "gone"}), "node 'n' leads to 'gone'"),
        (branch({"any": [TEST | {"is": "like"}], "to": "end"}), "node 'n': is must be one of"),
        (branch({"any": [TEST | {"is": ["in"]}], "to": "end"}), "node 'n': is must be one of"),
        (branch({"any": [IN], "to": "end"}), "node 'n': values must be a list"),
        (branch({"any": [IN | {"values": [1]}], "to": "end"}), "must hold texts"),
        (branch({"any": [TEST | {"is": "less"}], "to": "end"}), "node 'n': less needs a number"),
        (branch({"any": [{"variable": "a", "is": "equals"}], "to": "end"}), "equals needs a value"),
        (flow(kind="speak", variable="a", to="end"), "node 'n': as must be one of digits, number"),
        (flow(kind="language", language="fr", to="end"), "node 'n': language must be one of zh"),
        (flow(kind="goto"), "node 'n': a goto has either to or flow"),
        (flow(kind="goto", to="end", flow="other"), "node 'n': a goto has either to or flow"),
        (flow(kind="sub_flow", flow="", to="end"), "node 'n': flow must be a flow's name"),
        (flow(kind="sub_flow", flow="x" * 61, to="end"), "node 'n': flow must be a flow's name"),
        (flow(kind="agent"), "node 'n': this node has either agent or from"),
        (flow(kind="agent", agent="12"), "node 'n': agent must be a number of 3 to 20 digits"),
        (flow(kind="external", number="1390&x"), "node 'n': number must be a number of 3 to 20"),
        (flow(kind="external", number="٣٣٣٣"), "node 'n': number must be a number of 3 to 20"),
        (flow(kind="extension", number="1001", ring_s=4), "ring_s must be a whole number, 5 to"),
        (flow(kind="extension", **{"from": "a"}), "node 'n': there is no field 'from'"),
        (flow(kind="queue"), "node 'n': queue must be a queue's number"),
        (flow(kind="queue", queue=7001), "node 'n': queue must be a text"),
        (flow(kind="queue", queue="7001&x"), "node 'n': queue must be a queue's number"),
        (flow(kind="queue", queue="٧"), "node 'n': queue must be a queue's number"),
        (flow(kind="voicemail", box="x" * 11), "node 'n': box must be a queue's number"),
    ],
)
def test_broken_document_is_refused_with_the_reason(document: object, complaint: str) -> None:
    with pytest.raises(FlowError) as error:
        flow_parse(document)
    assert complaint in str(error.value)


def test_prompts_get_the_folder_of_the_system() -> None:
    parsed = flow_parse(DEMO_FLOWS["main"])
    assert parsed.nodes["main"].prompts == ("huawu/main-menu",)
    assert parsed.language == "zh"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 100)
    | st.floats()
    | st.sampled_from(["", "1", "*", "end", "menu", "queue", "main", "7001", "\n"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["1", "2", "end", "kind", "keys", "nodes"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.data(),
    st.sampled_from(sorted(DEMO_FLOWS)),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_a_spoiled_document_is_parsed_or_refused_and_nothing_else(
    data: st.DataObject, name: str, times: int, rng: Any
) -> None:
    document = copy.deepcopy(DEMO_FLOWS[name])
    for _ in range(times):
        place: Any = document
        while True:
            key = rng.choice(sorted(place, key=str)) if isinstance(place, dict) else 0
            inner = place[key]
            if not isinstance(inner, dict | list) or not inner or rng.random() < 0.3:
                break
            place = inner
        place[key] = data.draw(JSON)
    complaint = ""
    try:
        parsed = flow_parse(document)
    except FlowError as error:
        complaint = str(error)
    assert complaint or parsed.start in parsed.nodes
    assert len(json.dumps(complaint)) < 5_000
