"""What answers are worth, and what is no sheet."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.quality.engine.sheet import (
    MARK_ONLY,
    NA,
    Answer,
    Sheet,
    known_answers,
    problems,
    score,
    sheet_of,
)
from tests.unit.quality.sheets import all_na, answered, document, item, section, sheets

GREETING = section(
    "greeting",
    item("name", weight=1),
    item("tone", "scale", weight=3, steps=5, allows_na=True),
    weight=40,
)
CLOSING = section("closing", item("thanks", weight=2, allows_na=True), weight=60)
CARE = section("care", item("rude", weight=0, is_fatal=True), weight=0)
PLAIN = document(GREETING, CLOSING)


def test_score_is_the_weighted_share_of_sections_by_hand() -> None:
    # greeting: (1*1 + 3*(4-1)/4) / 4 = 0.8125; closing: 0; whole: (40*0.8125 + 60*0) / 100.
    found = score(sheet_of(PLAIN), {"name": 1, "tone": 4, "thanks": 0})
    assert found.sections == {"greeting": Decimal("81.25"), "closing": Decimal("0.00")}
    assert (found.value, found.is_passed) == (Decimal("32.50"), False)


def test_item_not_applicable_leaves_its_weight_to_the_others() -> None:
    sheet = sheet_of(PLAIN)
    assert score(sheet, {"name": 1, "tone": NA, "thanks": NA}).value == Decimal("100.00")
    assert score(sheet, {"name": 0, "tone": NA, "thanks": 1}).value == Decimal("60.00")


@pytest.mark.parametrize(
    ("effect", "value", "greeting"),
    [("zero", "0.00", "100.00"), ("section", "40.00", "100.00"), ("mark", "100.00", "100.00")],
)
def test_fatal_item_does_what_the_sheet_says(effect: str, value: str, greeting: str) -> None:
    closing = section("closing", item("thanks"), item("rude", weight=0, is_fatal=True), weight=60)
    sheet = sheet_of(document(GREETING, closing, fatal=effect))
    found = score(sheet, {"name": 1, "tone": 5, "thanks": 1, "rude": 0})
    assert (str(found.value), str(found.sections["greeting"])) == (value, greeting)
    assert (found.fatal, found.is_passed) == (("rude",), False)


def test_lowest_step_of_a_fatal_scale_is_a_failure_and_the_next_is_none() -> None:
    sheet = sheet_of(document(section("a", item("x", "scale", steps=3, is_fatal=True))))
    assert score(sheet, {"x": 1}).fatal == ("x",)
    assert score(sheet, {"x": 2}).fatal == ()


@given(sheets())
def test_nothing_applicable_has_no_score(sheet: Sheet) -> None:
    found = score(sheet, all_na(sheet))
    assert (found.value, found.is_passed, found.fatal) == (None, None, ())


@given(answered())
def test_score_lies_between_0_and_100_and_is_what_fractions_say(
    pair: tuple[Sheet, dict[str, Answer]],
) -> None:
    sheet, answers = pair
    found = score(sheet, answers)
    assert found.is_complete
    if found.value is None:
        return
    assert 0 <= found.value <= 100
    if found.fatal and sheet.fatal == "zero":
        assert found.value == 0
        return
    top, whole = Fraction(0), Fraction(0)
    for part in sheet.sections:
        shares = [(one.weight, one.share(answers[one.id])) for one in part.items]
        counted = [(weight, share) for weight, share in shares if share is not None and weight]
        failed = any(one.is_fatal and one.is_failed(answers[one.id]) for one in part.items)
        if failed and sheet.fatal != MARK_ONLY:
            share: Fraction | None = Fraction(0)
        elif counted:
            share = sum((w * s for w, s in counted), Fraction(0)) / sum(w for w, _s in counted)
        else:
            share = None
        if share is not None and part.weight:
            top, whole = top + part.weight * share, whole + part.weight
    assert abs(Fraction(found.value) - 100 * top / whole) <= Fraction(1, 200)


@given(answered(), st.data())
def test_better_answer_never_lowers_the_score(
    pair: tuple[Sheet, dict[str, Answer]], data: st.DataObject
) -> None:
    sheet, answers = pair
    one = data.draw(st.sampled_from(sheet.items))
    if answers[one.id] == NA:
        return
    better = data.draw(st.sampled_from([c for c in one.choices if c != NA]))
    if one.share(better) < one.share(answers[one.id]):  # type: ignore[operator]  # not NA
        return
    before, after = score(sheet, answers), score(sheet, {**answers, one.id: better})
    if before.value is not None and after.value is not None and not before.fatal:
        assert after.value >= before.value


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["sections", "items", "id", "title", "weight", "kind"]), x
            )
        ),
    )
)
def test_anything_from_outside_is_looked_at_without_an_error(value: Any) -> None:
    assert isinstance(problems(value), list)
    sheet = sheet_of(PLAIN)
    assert set(known_answers(sheet, value)) <= {one.id for one in sheet.items}


def test_answers_that_no_item_has_are_dropped() -> None:
    sheet = sheet_of(PLAIN)
    asked = {"name": NA, "tone": 6, "thanks": True, "other": 1}
    assert known_answers(sheet, asked) == {}
    assert known_answers(sheet, {"tone": NA, "name": 0}) == {"name": 0, "tone": NA}
    assert score(sheet, {"name": 0}).open == ("tone", "thanks")


def test_whole_sheet_has_no_problem() -> None:
    assert problems(document(GREETING, CLOSING, CARE)) == []


@pytest.mark.parametrize(
    ("made", "code", "place"),
    [
        (document(), "no_sections", ""),
        (document(section("a")), "no_items", "1"),
        (document(section("a", item("a"))), "id", "1.1"),
        (document(section("a", item("b"), item("b"))), "id", "1.2"),
        (document(section("a", item("B"))), "id", "1.1"),
        (document(section("a", item("b", "stars"))), "kind", "1.1"),
        (document(section("a", item("b", "scale", steps=1))), "steps", "1.1"),
        (document(section("a", item("b", "scale", steps=10))), "steps", "1.1"),
        (document(section("a", item("b", weight=-1))), "weight", "1.1"),
        (document(section("a", item("b", weight=True))), "weight", "1.1"),
        (document(section("a", item("b", weight=0))), "no_weight", "1"),
        (document(section("a", item("b"), weight=0)), "no_weight", ""),
        (document(GREETING, pass_mark=101), "pass_mark", ""),
        (document(GREETING, fatal="death"), "fatal", ""),
        (document({"id": "a", "title": " ", "weight": 1, "items": [item("b")]}), "title", "1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(made: dict[str, Any], code: str, place: str) -> None:
    assert (code, place) in [(one.code, one.place) for one in problems(made)]
