"""The published schema and the parser say the same, as far as a schema can."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.engine.nodes import NODE_KINDS
from apps.ivr.engine.schema import flow_schema
from tests.unit.ivr.strategies import DOCUMENTS, NODES

VALIDATOR = Draft202012Validator(flow_schema())


def is_parsed(document: object) -> bool:
    try:
        flow_parse(document)
    except FlowError:
        return False
    return True


def test_schema_is_one_itself() -> None:
    Draft202012Validator.check_schema(flow_schema())


@pytest.mark.parametrize("name", sorted(DEMO_FLOWS))
def test_demo_flow_validates(name: str) -> None:
    VALIDATOR.validate(DEMO_FLOWS[name])


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_valid_document_is_valid_for_both(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)
    assert flow_parse(document)


@pytest.mark.parametrize("kind", sorted(NODE_KINDS))
@given(st.data())
@settings(max_examples=5, deadline=None)
def test_both_want_the_required_fields_and_know_no_others(kind: str, data: st.DataObject) -> None:
    document = data.draw(DOCUMENTS)
    node = data.draw(NODES[kind])
    document["nodes"]["n0"] = node
    assert VALIDATOR.is_valid(document)
    assert is_parsed(document)
    for name in ("kind", *NODE_KINDS[kind].required):
        broken = copy.deepcopy(document)
        del broken["nodes"]["n0"][name]
        assert not VALIDATOR.is_valid(broken), name
        with pytest.raises(FlowError, match="'n0'"):
            flow_parse(broken)
    node["promts"] = []
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(FlowError, match="node 'n0': there is no field 'promts'"):
        flow_parse(document)


JUNK = st.sampled_from(
    [None, True, 0, -1, 2.5, 10**9, "", "x", "n1", "N 1", "\n", "9" * 201, [], {}, ["x"], [{}]]
)


@settings(max_examples=400, deadline=None)
@given(DOCUMENTS, st.data())
def test_broken_node_is_refused_with_its_name(
    document: dict[str, Any], data: st.DataObject
) -> None:
    """Spoil one place of one node: what the schema refuses the parser refuses, naming the node."""
    node_id = data.draw(st.sampled_from(sorted(document["nodes"])))
    place: Any = document["nodes"][node_id]
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(place[key], dict | list) and place[key]) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(JUNK)
    complaint = ""
    try:
        flow_parse(document)
    except FlowError as error:
        complaint = str(error)
        assert f"node {node_id!r}" in complaint
    if not VALIDATOR.is_valid(document):
        assert complaint
