"""Where a caller's number is from: provinces, and what is none. Pure.

Told from the number in E.164 and the place that the number's tables say (libphonenumber, Chinese:
"广东省深圳市"). What they do not know stays unknown and is never guessed.
"""

from collections.abc import Mapping

UNKNOWN, FOREIGN = "unknown", "foreign"
# ISO 3166-2:CN, without its prefix; the names as the tables begin with them and the map says them.
PROVINCES: Mapping[str, str] = {
    "BJ": "北京",
    "TJ": "天津",
    "HE": "河北",
    "SX": "山西",
    "NM": "内蒙古",
    "LN": "辽宁",
    "JL": "吉林",
    "HL": "黑龙江",
    "SH": "上海",
    "JS": "江苏",
    "ZJ": "浙江",
    "AH": "安徽",
    "FJ": "福建",
    "JX": "江西",
    "SD": "山东",
    "HA": "河南",
    "HB": "湖北",
    "HN": "湖南",
    "GD": "广东",
    "GX": "广西",
    "HI": "海南",
    "CQ": "重庆",
    "SC": "四川",
    "GZ": "贵州",
    "YN": "云南",
    "XZ": "西藏",
    "SN": "陕西",
    "GS": "甘肃",
    "QH": "青海",
    "NX": "宁夏",
    "XJ": "新疆",
}
MAINLAND = "+86"
# Numbering areas of their own: no province's name is needed to know them.
AREAS: Mapping[str, str] = {"HK": "+852", "MO": "+853", "TW": "+886"}
AREA_NAMES: Mapping[str, str] = {"HK": "香港", "MO": "澳门", "TW": "台湾"}
ON_MAP: Mapping[str, str] = {**PROVINCES, **AREA_NAMES}
REGIONS = (*ON_MAP, FOREIGN, UNKNOWN)


def region_of(e164: str, place: str) -> str:
    """Return the region's code: a province, HK, MO, TW, `foreign` or `unknown`."""
    for code, prefix in AREAS.items():
        if e164.startswith(prefix):
            return code
    if e164.startswith(MAINLAND):
        return next((code for code, name in PROVINCES.items() if place.startswith(name)), UNKNOWN)
    return FOREIGN if e164.startswith("+") else UNKNOWN


def city_of(code: str, place: str) -> str:
    """Return the place within its province, '' where only the province is known."""
    rest = place.removeprefix(PROVINCES.get(code, ""))
    for suffix in ("自治区", "省", "市"):
        if rest.startswith(suffix):
            return rest.removeprefix(suffix)
    return rest if code in PROVINCES else place
