"""docs/flows.md has every kind of node with its fields, and every code of the checker."""

import re
from pathlib import Path

import pytest

from apps.ivr.engine.nodes import NODE_KINDS
from apps.ivr.engine.nodes.variables import TESTS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/flows.md").read_text("utf-8")
KINDS = dict(re.findall(r"^### `([a-z_]+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_page_has_every_kind_and_no_other() -> None:
    assert set(KINDS) == set(NODE_KINDS)


@pytest.mark.parametrize("kind", sorted(NODE_KINDS))
def test_kind_has_every_field_and_what_must_be_there_is_bold(kind: str) -> None:
    node = NODE_KINDS[kind]
    text = KINDS.get(kind, "")
    assert [name for name in node.shape if f"`{name}`" not in text] == []
    assert set(re.findall(r"\*\*`([a-z_]+)`\*\*", text)) == set(node.required)


def test_page_has_every_operator() -> None:
    assert [name for name in TESTS if f"`{name}`" not in KINDS["branch"]] == []


def test_page_has_every_code_of_the_checker() -> None:
    source = (ROOT / "apps/ivr/engine/check.py").read_text("utf-8")
    found = set(re.findall(r'(?:ERROR|WARNING), node(?:_id|\.id), "([a-z_]+)"', source))
    told = set(re.findall(r"^\| `([a-z_]+)` \| (?:error|warning)", PAGE, re.MULTILINE))
    assert len(found) >= 7
    assert found <= told
