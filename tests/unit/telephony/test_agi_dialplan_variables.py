"""Dialplan, page and Python know the same names."""

import re
from pathlib import Path

from apps.telephony import dialplan_variables as names

ROOT = Path(__file__).parents[3]
DIALPLAN = "\n".join(
    line.partition(";")[0]
    for line in (ROOT / "asterisk/etc/extensions_huawu.conf").read_text("utf-8").splitlines()
)
PAGE = (ROOT / "docs/dialplan.md").read_text("utf-8")
DECLARED = {
    value
    for name, value in vars(names).items()
    if name.isupper() and isinstance(value, str) and value.startswith("HW_")
}


def test_dialplan_and_python_know_the_same_variables() -> None:
    assert set(re.findall(r"\bHW_[A-Z_]+", DIALPLAN.replace("__HW", "HW"))) == DECLARED


def test_every_variable_has_its_line_in_the_page() -> None:
    assert {name for name in DECLARED if f"`{name}`" not in PAGE} == set()


def test_every_next_step_is_an_extension_of_the_dialplan() -> None:
    section = DIALPLAN.partition("[huawu-next]")[2].partition("\n[")[0]
    assert set(re.findall(r"^exten => ([a-z-]+),1,", section, re.MULTILINE)) == set(names.Next)


def test_what_the_agi_sets_is_declared() -> None:
    assert names.SET_BY_AGI <= DECLARED
