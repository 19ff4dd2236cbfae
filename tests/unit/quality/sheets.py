"""Sheets and answers that hypothesis makes."""

from typing import Any

from hypothesis import strategies as st

from apps.quality.engine.sheet import FATAL_EFFECTS, NA, Answer, Item, Section, Sheet


def item(key: str, kind: str = "yes_no", weight: int = 10, **more: Any) -> dict[str, Any]:
    return {"id": key, "title": key, "kind": kind, "weight": weight, **more}


def section(key: str, *items: dict[str, Any], weight: int = 10) -> dict[str, Any]:
    return {"id": key, "title": key, "weight": weight, "items": list(items)}


def document(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"pass_mark": 80, "fatal": "zero", "sections": list(sections), **more}


@st.composite
def items(draw: st.DrawFn, key: str) -> Item:
    return Item(
        id=key,
        title=key,
        kind=draw(st.sampled_from(["yes_no", "scale"])),
        weight=draw(st.integers(0, 100)),
        steps=draw(st.integers(2, 9)),
        is_fatal=draw(st.booleans()),
        allows_na=draw(st.booleans()),
    )


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    made = tuple(
        Section(
            id=f"s{place}",
            title="x",
            weight=draw(st.integers(0, 100)),
            items=tuple(
                draw(items(f"i{place}_{number}")) for number in range(draw(st.integers(1, 4)))
            ),
        )
        for place in range(draw(st.integers(1, 4)))
    )
    return Sheet(made, draw(st.integers(0, 100)), draw(st.sampled_from(FATAL_EFFECTS)))


@st.composite
def answered(draw: st.DrawFn) -> tuple[Sheet, dict[str, Answer]]:
    sheet = draw(sheets())
    return sheet, {one.id: draw(st.sampled_from(one.choices)) for one in sheet.items}


def all_na(sheet: Sheet) -> dict[str, Answer]:
    return {one.id: NA for one in sheet.items}
