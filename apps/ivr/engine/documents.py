"""Flow documents: JSON to frozen nodes, with errors that name the node.

A document is `{"name", "start", "language", "nodes": {id: {"kind", …}}}`. Prompts are names without
language (`main-menu` is the system prompt `huawu/main-menu`). Every target must exist. A node may
have a `note` for people; `schema.flow_schema` says the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.ivr.engine.node import COMMON, NODE_ID_LENGTH, Fields, FlowError, Node, mapping
from apps.ivr.engine.nodes import NODE_KINDS
from apps.ivr.engine.steps import LANGUAGES

__all__ = ["Flow", "FlowError", "flow_parse"]

MAX_NODES = 500


@dataclass(frozen=True)
class Flow:
    """One flow, ready to run."""

    name: str
    start: str
    nodes: Mapping[str, Node]
    language: str = "zh"

    @property
    def flows(self) -> tuple[str, ...]:
        """Return the names of the other flows that it enters, each once."""
        return tuple(dict.fromkeys(name for node in self.nodes.values() for name in node.flows))

    @property
    def rule_sets(self) -> tuple[str, ...]:
        """Return the names of the rule sets that it asks, each once."""
        return tuple(dict.fromkeys(name for node in self.nodes.values() for name in node.rule_sets))


def flow_parse(document: object) -> Flow:
    """Return the flow of a JSON document. Raises FlowError."""
    raw = mapping(document, "the document")
    nodes_raw = mapping(raw.get("nodes"), "nodes")
    if not 0 < len(nodes_raw) <= MAX_NODES:
        raise FlowError(f"a flow has 1 to {MAX_NODES} nodes, this has {len(nodes_raw)}")
    nodes = {node_id: _node(node_id, value) for node_id, value in nodes_raw.items()}
    start = raw.get("start", "")
    if not isinstance(start, str) or start not in nodes:
        raise FlowError(f"start: there is no node {start!r}")
    for node in nodes.values():
        for target in node.targets():
            if target not in nodes:
                raise FlowError(f"node {node.id!r} leads to {target!r}, which does not exist")
    language = raw.get("language", LANGUAGES[0])
    if language not in LANGUAGES:
        raise FlowError(f"language {language!r}: use zh or en")
    name = raw.get("name", "")
    if not isinstance(name, str):
        raise FlowError("name must be a text")
    return Flow(name=name, start=start, nodes=nodes, language=language)


def _node(node_id: str, value: object) -> Node:
    fields = Fields(node_id, value)
    if not 0 < len(node_id) <= NODE_ID_LENGTH:
        raise fields.wrong(f"the id of a node has 1 to {NODE_ID_LENGTH} characters")
    kind = fields.text("kind")
    if kind not in NODE_KINDS:
        raise fields.wrong(f"there is no kind {kind!r}")
    node = NODE_KINDS[kind]
    fields.only(COMMON | node.shape.keys())
    fields.text("note")
    return node.read(fields)
