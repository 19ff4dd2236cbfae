"""The designers' inputs and the documents they stand for are two ways to say the same."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from apps.console.work_orders.conditions_form import condition_read, condition_view
from apps.console.work_orders.flow_editor import flow_changed, flow_document, flow_rows
from apps.console.work_orders.form_editor import form_changed, form_document, form_rows
from apps.workorders.engine import flow_check, form_check
from apps.workorders.shipped import SHIPPED, shipped_type


def post_of_form(document: dict[str, Any]) -> QueryDict:
    """Return what a browser sends of the form designer's page, nothing typed."""
    post = QueryDict(mutable=True)
    rows = form_rows(document)
    post["fields"] = str(len(rows))
    for row in rows:
        raw, prefix = row["raw"], row["prefix"]
        for name in ("key", "type", "label", "help", "pattern", "pattern_help", "min", "max"):
            post[prefix + name] = "" if raw.get(name) is None else str(raw[name])
        if raw.get("required"):
            post[prefix + "required"] = "1"
        post[prefix + "places"] = "" if raw.get("places") is None else str(raw["places"])
        post[prefix + "options"] = row["options"]
        post[prefix + "default_from"] = row["default_from"]
        post[prefix + "default_value"] = row["default_value"]
        for view in (row["visible_if"], row["required_if"]):
            put_condition(post, view)
    return post


def put_condition(post: QueryDict, view: Any) -> None:
    if view.text:
        post[view.prefix + "json"] = view.text
        return
    post[view.prefix + "field"] = view.field
    post[view.prefix + "is"] = view.operator or "equals"
    post[view.prefix + "value"] = view.value


def post_of_flow(document: dict[str, Any]) -> QueryDict:
    """Return what a browser sends of the flow designer's page, nothing typed."""
    post = QueryDict(mutable=True)
    start = (document.get("start") or {}).get("editable")
    if start is None:
        post["start_all"] = "1"
    else:
        post.setlist("start", start)
    if document.get("may_withdraw") is not False:
        post["may_withdraw"] = "1"
    post["max_returns"] = str(document.get("max_returns", ""))
    put_steps(post, flow_rows(document), "")
    return post


def put_steps(post: QueryDict, rows: list[dict[str, Any]], prefix: str) -> None:
    post[f"{prefix}n"] = str(len(rows))
    for row in rows:
        path, raw = row["path"], row["raw"]
        for name in ("kind", "key", "name", "mode", "join"):
            post[path + name] = raw.get(name, "")
        post[f"{path}k"] = str(raw.get("k", ""))
        if not row["is_people"]:
            post[f"{path}bn"] = str(len(row["branches"]))
            for branch in row["branches"]:
                own = branch["path"]
                post[f"{own}key"], post[f"{own}name"] = branch["raw"]["key"], branch["raw"]["name"]
                put_condition(post, branch["condition"])
                put_steps(post, branch["steps"], own)
            continue
        rule = row["approvers"]
        for name in ("by", "role", "field", "levels", "department"):
            post[f"{path}a.{name}"] = "" if rule.get(name) is None else str(rule[name])
        post.setlist(f"{path}a.ids", [str(pk) for pk in rule.get("ids", [])])
        post[f"{path}deadline"] = str(raw.get("deadline_min", ""))
        post.setlist(f"{path}editable", row["editable"])
        for name in ("may_attach", "takes_submitter"):
            if row[name]:
                post[path + name] = "1"
        if raw.get("needs_opinion"):
            post[f"{path}needs_opinion"] = "1"
        post[f"{path}en"] = str(len(row["levels"]))
        for at, level in enumerate(row["levels"]):
            for name, key in (("after", "after_min"), ("do", "do"), ("person", "person")):
                post[f"{path}e{at}.{name}"] = str(level.get(key, ""))


@pytest.mark.parametrize("key", SHIPPED)
def test_ready_types_survive_their_designers(key: str) -> None:
    ready = shipped_type(key)
    form = form_document(post_of_form(ready["form"]))
    assert form_check.load(form) == form_check.load(ready["form"])
    types = form_check.load(form).types
    flow = flow_document(post_of_flow(ready["flow"]), types)
    assert flow_check.load(flow, types) == flow_check.load(ready["flow"], types)


def test_condition_with_parts_stays_as_it_is() -> None:
    whole = {"any": [{"field": "a", "is": "empty"}, {"field": "b", "is": "filled"}]}
    post = QueryDict(mutable=True)
    put_condition(post, condition_view("p.", whole))
    assert condition_read("p.", post, {}) == whole


@pytest.mark.parametrize(
    ("kind", "operator", "typed", "kept"),
    [
        ("text", "in", "a，b、c", ["a", "b", "c"]),
        ("yes_no", "equals", "是", True),
        ("integer", "at_least", "12", 12),
        ("decimal", "at_least", "12.50", "12.50"),
        ("integer", "equals", "twelve", "twelve"),
    ],
)
def test_typed_value_is_of_the_fields_type(
    kind: str, operator: str, typed: str, kept: object
) -> None:
    post = QueryDict(mutable=True)
    post.update({"p.field": "a", "p.is": operator, "p.value": typed})
    assert condition_read("p.", post, {"a": kind})["value"] == kept


def test_broken_json_is_a_fault_that_the_check_names() -> None:
    post = QueryDict(mutable=True)
    post.update({"fields": "1", "f0.key": "a", "f0.type": "text", "f0.label": "A"})
    post["f0.vis.json"] = '{"all": ['
    problems = form_check.check(form_document(post))
    assert [one.code for one in problems] == ["condition_shape"]


def test_two_signs_before_a_number_are_no_number() -> None:
    post = QueryDict(mutable=True)
    post.update({"p.field": "a", "p.is": "at_least", "p.value": "--5"})
    assert condition_read("p.", post, {"a": "integer"})["value"] == "--5"
    post.update({"fields": "1", "f0.type": "integer", "f0.min": "--5", "n": "--1"})
    assert form_document(post)["fields"][0]["min"] == "--5"
    assert flow_document(post, {})["steps"] == []


def test_form_buttons_add_copy_move_and_remove() -> None:
    document: dict[str, Any] = {"version": 1, "fields": []}
    for do in ("add:text", "add:choice", "copy:0", "down:0", "up:2"):
        document = form_changed(document, do)
    kinds = [one["type"] for one in document["fields"]]
    assert kinds == ["text", "choice", "text"]
    assert len({one["key"] for one in document["fields"]}) == 3
    assert [one["type"] for one in form_changed(document, "remove:1")["fields"]] == ["text"] * 2
    for nonsense in ("add:table", "remove:9", "up:0", "remove:-1", "remove:x", "", "up:٣"):
        assert form_changed(document, nonsense) == document


def test_flow_buttons_work_inside_branches() -> None:
    document: dict[str, Any] = {"version": 1, "steps": []}
    for do in (
        "add::condition",
        "add:s0.b0.:approval",
        "add:s0.b0.:handling",
        "up:s0.b0.s1.",
        "branch:s0.",
        "add::approval",
    ):
        document = flow_changed(document, do)
    first, second = document["steps"]
    assert [one["kind"] for one in first["branches"][0]["steps"]] == ["handling", "approval"]
    assert len(first["branches"]) == 3
    assert second["kind"] == "approval"
    document = flow_changed(document, "remove:s0.b1.")
    document = flow_changed(document, "remove:s0.b0.s0.")
    assert [one["kind"] for one in document["steps"][0]["branches"][0]["steps"]] == ["approval"]
    before = json.dumps(document)
    for nonsense in ("add:s9.b0.:approval", "remove:", "remove:s9.", "up:s0.b9.", "x:s0.", "add"):
        assert json.dumps(flow_changed(document, nonsense)) == before


@given(
    names=st.dictionaries(
        st.from_regex(r"(s[0-3]\.|b[0-2]\.){0,6}(n|bn|en|kind|key|if\.json|if\.field|a\.by)\Z"),
        st.text(max_size=8) | st.integers(-5, 10**20).map(str) | st.just("condition"),
        max_size=30,
    ),
    do=st.text(max_size=20),
)
def test_whatever_is_sent_becomes_a_document_that_the_check_can_judge(
    names: dict[str, str], do: str
) -> None:
    post = QueryDict(mutable=True)
    post.update(names)
    document = flow_changed(flow_document(post, {}), do)
    flow_rows(document)
    assert isinstance(flow_check.check(document, {}), list)
    form = form_changed(form_document(post), do)
    form_rows(form)
    assert isinstance(form_check.check(form), list)
