"""Regions: of a number's area and place, never guessed."""

import json

import pytest

from apps.core.phone_numbers import phone_number
from apps.reports.engine.region import ON_MAP, PROVINCES, city_of, region_of
from tools.paths import ROOT


@pytest.mark.parametrize(
    ("number", "code", "city"),
    [
        ("13800138000", "BJ", ""),
        ("13800755500", "GD", "江门市"),
        ("04711234567", "NM", "呼和浩特市"),
        ("0991 1234567", "XJ", "乌鲁木齐市"),
        ("+85221234567", "HK", "香港"),
        ("+85361234567", "MO", ""),
        ("+886223456789", "TW", "台北"),
        ("+16502530000", "foreign", "美国"),
        ("17012345678", "unknown", "中国"),
        ("1001", "unknown", ""),
        ("", "unknown", ""),
    ],
)
def test_numbers_have_regions(number: str, code: str, city: str) -> None:
    known = phone_number(number)
    found = region_of(known.e164, known.region)
    assert (found, city_of(found, known.region)) == (code, city)


def test_every_region_is_on_the_map() -> None:
    file = ROOT / "static/console/dist/china.json"
    outlines = json.loads(file.read_text(encoding="utf-8"))
    assert {one["properties"]["name"] for one in outlines["features"]} == set(ON_MAP.values())
    assert len(PROVINCES) == 31
