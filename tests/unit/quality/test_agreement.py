"""Kappa against published examples, and what must hold of any labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.quality.engine.agreement import agreement, cohen_kappa, fleiss_kappa
from apps.quality.engine.sheet import sheet_of
from tests.unit.quality.sheets import document, item, section

# Ten subjects, fourteen raters, five categories: how many chose each. kappa = 0.210. The worked
# example of Wikipedia's article on Fleiss' kappa.
FLEISS = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]
LABELS = st.sampled_from("abc")


def table(yes_yes: int, yes_no: int, no_yes: int, no_no: int) -> tuple[str, str]:
    first = "y" * (yes_yes + yes_no) + "n" * (no_yes + no_no)
    second = "y" * yes_yes + "n" * yes_no + "y" * no_yes + "n" * no_no
    return first, second


@pytest.mark.parametrize(
    ("counts", "kappa"),
    # Wikipedia's article on Cohen's kappa: 50 grant applications; and two tables of the same
    # agreement in which kappa differs.
    [((20, 5, 10, 15), 0.4), ((45, 15, 25, 15), 0.1304), ((25, 35, 5, 35), 0.2593)],
)
def test_cohen_is_what_is_published(counts: tuple[int, ...], kappa: float) -> None:
    assert cohen_kappa(*table(*counts)) == pytest.approx(kappa, abs=0.0001)


def test_fleiss_is_what_is_published() -> None:
    rows = [[label for label, n in enumerate(row) for _ in range(n)] for row in FLEISS]
    assert fleiss_kappa(rows) == pytest.approx(0.210, abs=0.0005)


@given(st.lists(st.tuples(LABELS, LABELS), max_size=30))
def test_cohen_lies_between_minus_1_and_1_and_does_not_mind_who_is_first(
    pairs: list[tuple[str, str]],
) -> None:
    first, second = [a for a, _b in pairs], [b for _a, b in pairs]
    found = cohen_kappa(first, second)
    assert found == cohen_kappa(second, first)
    if found is None:
        assert len(set(first + second)) <= 1
    else:
        assert -1 <= found <= 1
        assert (found == 1) == (first == second)


@given(st.lists(st.lists(LABELS, min_size=3, max_size=3), max_size=20), st.randoms())
def test_fleiss_does_not_mind_the_order_of_raters(rows: list[list[str]], chance: object) -> None:
    mixed = [sorted(row) for row in rows]
    found = fleiss_kappa(rows)
    assert found == fleiss_kappa(mixed)
    if found is None:
        assert len({label for row in rows for label in row}) <= 1
    else:
        assert found <= 1
        assert (found == 1) == all(len(set(row)) == 1 for row in rows)


def test_undefined_is_none_and_not_one() -> None:
    assert cohen_kappa([], []) is None
    assert cohen_kappa("aaa", "aaa") is None
    assert fleiss_kappa([]) is None
    assert fleiss_kappa([["a"], ["b"]]) is None
    assert fleiss_kappa([["a", "a"], ["a", "a"]]) is None


def test_unequal_ratings_are_refused() -> None:
    with pytest.raises(ValueError, match="same subjects"):
        cohen_kappa("ab", "a")
    with pytest.raises(ValueError, match="as many"):
        fleiss_kappa([["a", "b"], ["a"]])


def test_comparison_goes_over_items_of_any_kind() -> None:
    sheet = sheet_of(
        document(section("s", item("a"), item("b", "scale", steps=5), item("c"), item("d")))
    )
    one = {"a": 1, "b": 4, "c": 0, "d": 1}
    two = {"a": 1, "b": 3, "c": 1, "d": 1}
    found = agreement(sheet, [one, two])
    # Grades: met/met, partly/partly, not/met, met/met: po = 3/4, pe = (2*3 + 1*1 + 0) / 16.
    assert found.kappa == pytest.approx((3 / 4 - 7 / 16) / (9 / 16))
    assert [item.agreed for item in found.items] == [1.0, 0.0, 0.0, 1.0]
    three = agreement(sheet, [one, two, one])
    assert three.items[1].agreed == pytest.approx(1 / 3)
    assert set(three.pairwise) == {(0, 1), (0, 2), (1, 2)}
    assert three.pairwise[0, 2] == 1


def test_item_left_open_counts_in_no_kappa() -> None:
    sheet = sheet_of(document(section("s", item("a"), item("b"), item("c"))))
    found = agreement(sheet, [{"a": 1, "b": 0}, {"a": 1, "b": 0, "c": 1}])
    assert found.kappa == 1
    assert found.items[2].agreed is None
    assert agreement(sheet, []).kappa is None
    assert agreement(sheet, [{"a": 1}]).kappa is None
