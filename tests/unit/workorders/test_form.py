"""Forms: what a document may say, what a field takes, what is asked for when."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.workorders.engine.fields import TYPES
from apps.workorders.engine.form import Background, Form, defaults, fill
from apps.workorders.engine.form_check import check, load
from apps.workorders.engine.problems import DocumentError

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPTIONS = [{"value": "hw", "label": "硬件"}, {"value": "sw", "label": "软件"}]


def document(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "fields": [{"label": one.get("key"), **one} for one in fields]}


def form(*fields: dict[str, Any]) -> Form:
    return load(document(*fields))


def problems(*fields: dict[str, Any]) -> set[str]:
    return {problem.code for problem in check(document(*fields))}


def value(one: dict[str, Any], raw: Any) -> Any:
    """Return the clean value, or the code of the error."""
    filled = fill(form({"key": "x", **one}), {"x": raw}, zone=SHANGHAI)
    return filled.errors["x"].code if filled.errors else filled.values.get("x")


@pytest.mark.parametrize(
    ("one", "raw", "clean"),
    [
        ({"type": "text"}, "  打印机 ", "打印机"),
        ({"type": "text"}, "a\nb", "not_text"),
        ({"type": "text"}, "a\x00b", "not_text"),
        ({"type": "text"}, ["a"], "not_text"),
        ({"type": "text", "max": 3}, "abcd", "too_long"),
        ({"type": "text", "min": 3}, "ab", "too_short"),
        ({"type": "text"}, "a" * 201, "too_long"),
        ({"type": "text", "pattern": "[A-Z]{2}\\d{4}"}, "AB1234", "AB1234"),
        ({"type": "text", "pattern": "[A-Z]{2}\\d{4}"}, "AB12345", "pattern"),
        ({"type": "long_text"}, "a\nb", "a\nb"),
        ({"type": "integer"}, "12", 12),
        ({"type": "integer"}, "1.5", "not_whole"),
        ({"type": "integer"}, "x", "not_number"),
        ({"type": "integer"}, True, "not_number"),
        ({"type": "integer", "min": 1, "max": 5}, "0", "too_small"),
        ({"type": "integer", "min": 1, "max": 5}, 6, "too_big"),
        ({"type": "decimal"}, "1,280.5", "1280.50"),
        ({"type": "decimal"}, "1.005", "too_exact"),
        ({"type": "decimal", "places": 0}, "7", "7"),
        ({"type": "decimal"}, "NaN", "not_number"),
        ({"type": "decimal"}, "1e99", "not_number"),
        ({"type": "decimal", "max": "100.00"}, "100.01", "too_big"),
        ({"type": "date"}, "2026-11-29", "2026-11-29"),
        ({"type": "date"}, "29.11.2026", "not_date"),
        ({"type": "date", "min": "2026-01-01"}, "2025-12-31", "too_small"),
        ({"type": "date_time"}, "2026-11-29T10:00", "2026-11-29T02:00:00+00:00"),
        ({"type": "date_time"}, "2026-11-29T10:00:00Z", "2026-11-29T10:00:00+00:00"),
        ({"type": "date_time"}, "0001-01-01T00:00", "not_date"),
        ({"type": "choice", "options": OPTIONS}, "hw", "hw"),
        ({"type": "choice", "options": OPTIONS}, "硬件", "not_an_option"),
        ({"type": "multi_choice", "options": OPTIONS}, ["sw", "hw"], ["hw", "sw"]),
        ({"type": "multi_choice", "options": OPTIONS}, "sw", ["sw"]),
        ({"type": "multi_choice", "options": OPTIONS, "max": 1}, ["sw", "hw"], "too_many"),
        ({"type": "multi_choice", "options": OPTIONS}, [{}], "not_an_option"),
        ({"type": "yes_no"}, "on", True),
        ({"type": "yes_no"}, "no", False),
        ({"type": "yes_no"}, "maybe", "not_yes_no"),
        ({"type": "person"}, "12", 12),
        ({"type": "person"}, "-1", "not_found"),
        ({"type": "customer"}, 2**70, "not_found"),
        ({"type": "telephone"}, "138 0013 8000", "138 0013 8000"),
        ({"type": "telephone"}, "call me", "not_telephone"),
        ({"type": "file"}, ["3", 1, 3], [1, 3]),
        ({"type": "file", "max": 1}, [1, 2], "too_many"),
        ({"type": "text"}, "", None),
    ],
)
def test_field_takes_what_its_type_says(one: dict[str, Any], raw: Any, clean: Any) -> None:
    assert value(one, raw) == clean


@pytest.mark.parametrize(
    ("one", "code"),
    [
        ({"type": "table"}, "unknown_type"),
        ({"type": ["text"]}, "unknown_type"),
        ({"type": "text", "label": " "}, "no_label"),
        ({"type": "text", "color": "red"}, "unknown_property"),
        ({"type": "text", "required": "yes"}, "not_yes_no"),
        ({"type": "text", "min": "1"}, "bad_bound"),
        ({"type": "text", "min": 5, "max": 4}, "bounds_crossed"),
        ({"type": "decimal", "min": "5.00", "max": "10.00"}, None),
        ({"type": "decimal", "min": "10.00", "max": "5.00"}, "bounds_crossed"),
        ({"type": "decimal", "min": 1.5}, "bad_bound"),
        ({"type": "yes_no", "min": 1}, "bad_bound"),
        ({"type": "decimal", "places": 9}, "bad_places"),
        ({"type": "text", "pattern": "(a+)+b"}, "bad_pattern"),
        ({"type": "text", "pattern": "a*b*c*d*e*"}, "bad_pattern"),
        ({"type": "text", "pattern": "[z-a]"}, "bad_pattern"),
        ({"type": "text", "pattern": "\\d{17}[0-9X]"}, None),
        ({"type": "integer", "pattern": "1"}, "no_pattern_here"),
        ({"type": "text", "options": OPTIONS}, "no_options_here"),
        ({"type": "choice"}, "options_missing"),
        ({"type": "choice", "options": [*OPTIONS, OPTIONS[0]]}, "option_twice"),
        ({"type": "choice", "options": ["hw"]}, "bad_option"),
        ({"type": "choice", "options": [{"value": " a", "label": "A"}]}, "bad_option"),
        ({"type": "integer", "default": {"from": "constant", "value": "x"}}, "default_refused"),
        ({"type": "integer", "default": {"from": "sky"}}, "bad_default"),
        ({"type": "text", "default": {"from": "customer", "field": "pin_hash"}}, "bad_default"),
        ({"type": "text", "default": {"from": "customer", "field": "custom.size"}}, None),
        ({"type": "text", "default": {"from": "call", "field": "x"}}, "bad_default"),
        ({"type": "text", "default": {"from": "now"}}, "bad_default"),
        ({"type": "date", "default": {"from": "now"}}, None),
        ({"type": "person", "default": {"from": "me"}}, None),
        ({"type": "text", "visible_if": {"field": "y", "is": "filled"}}, "unknown_field"),
        ({"type": "text", "visible_if": {"field": "x", "is": "filled"}}, "condition_cycle"),
        ({"type": "text", "visible_if": "y"}, "condition_shape"),
    ],
)
def test_field_that_makes_no_sense_is_named(one: dict[str, Any], code: str | None) -> None:
    assert problems({"key": "x", **one}) == ({code} if code else set())


def test_document_itself_is_looked_at() -> None:
    assert [one.code for one in check([])] == ["not_a_form"]
    assert [one.code for one in check({"version": 2, "fields": []})] == ["unknown_version"]
    assert problems({"key": "x", "type": "text"}, {"key": "x", "type": "text"}) == {"key_twice"}
    assert problems({"key": "9", "type": "text"}) == {"bad_key"}
    assert [one.code for one in check({"version": 1, "fields": [3]})] == ["not_a_field"]
    many = [{"key": f"f{at}", "type": "text"} for at in range(101)]
    assert problems(*many) == {"too_many_fields"}
    with pytest.raises(DocumentError, match=r"fields\.0\.type"):
        form({"key": "x", "type": "?"})


def test_conditions_in_a_circle_are_refused() -> None:
    assert problems(
        {"key": "a", "type": "text", "visible_if": {"field": "b", "is": "filled"}},
        {"key": "b", "type": "text", "required_if": {"not": {"field": "a", "is": "filled"}}},
    ) == {"condition_cycle"}


KIND = {"key": "kind", "type": "choice", "options": OPTIONS}
MODEL = {
    "key": "model",
    "type": "text",
    "required": True,
    "visible_if": {"field": "kind", "is": "equals", "value": "hw"},
}
SERIAL = {
    "key": "serial",
    "type": "text",
    "required_if": {"field": "model", "is": "filled"},
}


def test_field_is_asked_for_only_where_it_is_shown() -> None:
    made = form(SERIAL, MODEL, KIND)
    shown = fill(made, {"kind": "hw"}, zone=UTC)
    assert {key: error.code for key, error in shown.errors.items()} == {"model": "required"}
    hidden = fill(made, {"kind": "sw", "model": "left over"}, zone=UTC)
    assert hidden.values == {"kind": "sw"}
    assert hidden.visible == {"kind", "serial"}
    needed = fill(made, {"kind": "hw", "model": "A4"}, zone=UTC)
    assert set(needed.errors) == {"serial"}
    assert not fill(made, {"kind": "hw", "model": "A4"}, zone=UTC, is_draft=True).errors


def test_only_editable_fields_change_and_only_they_can_be_missing() -> None:
    made = form({**KIND, "required": True}, {"key": "result", "type": "text", "required": True})
    start = fill(made, {"kind": "hw"}, zone=UTC, editable=["kind"])
    assert not start.errors
    later = fill(made, {}, zone=UTC, have=start.values, editable=["result"])
    assert set(later.errors) == {"result"}
    same = {"kind": "hw", "result": "fixed"}
    assert fill(made, same, zone=UTC, have=start.values, editable=["result"]).values == same
    sly = fill(made, {**same, "kind": "sw"}, zone=UTC, have=start.values, editable=["result"])
    assert sly.errors["kind"].code == "not_editable"
    assert fill(made, {"z": 1}, zone=UTC, is_draft=True).errors["z"].code == "unknown_field"


def test_defaults_come_from_customer_call_clock_and_constants() -> None:
    made = form(
        {"key": "name", "type": "text", "default": {"from": "customer", "field": "name"}},
        {"key": "size", "type": "integer", "default": {"from": "customer", "field": "custom.size"}},
        {"key": "phone", "type": "telephone", "default": {"from": "call", "field": "caller"}},
        {"key": "day", "type": "date", "default": {"from": "now"}},
        {"key": "at", "type": "date_time", "default": {"from": "now"}},
        {"key": "who", "type": "person", "default": {"from": "me"}},
        {"key": "customer", "type": "customer"},
        {**KIND, "default": {"from": "constant", "value": "hw"}},
        {"key": "empty", "type": "text", "default": {"from": "customer", "field": "note"}},
    )
    background = Background(
        now=datetime(2026, 11, 29, 17, 0, tzinfo=UTC),
        me=7,
        zone=SHANGHAI,
        customer={"id": 5, "name": "王芳", "custom.size": "not a number"},
        call={"caller": "13800138000"},
    )
    assert defaults(made, background) == {
        "name": "王芳",
        "phone": "13800138000",
        "day": "2026-11-30",
        "at": "2026-11-29T17:00:00+00:00",
        "who": 7,
        "customer": 5,
        "kind": "hw",
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
WORDS = ("required", "min", "max", "pattern", "places", "options", "default", "visible_if")
FIELD = st.builds(
    lambda kind, rest: {"key": "x", "label": "x", "type": kind, **rest},
    st.sampled_from(TYPES) | JSON,
    st.dictionaries(st.sampled_from(WORDS), JSON, max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(FIELD | JSON, JSON)
def test_no_document_and_no_value_makes_it_fall(one: Any, raw: Any) -> None:
    made = {"version": 1, "fields": [one]}
    check(JSON)
    if check(made) == []:
        key = one["key"]
        filled = fill(load(made), {key: raw}, zone=UTC)
        again = fill(load(made), filled.values, zone=UTC)
        assert again.values == filled.values
