"""Which failed tests are run once more: a few in real time, never when anything else is wrong."""

from pathlib import Path

import pytest

from tools.test import MOST_UNSTEADY, perhaps_unsteady

PHONE = '<testcase classname="tests.telephony.test_rules" name="test_{n}"><failure/></testcase>'
PASSED = '<testcase classname="tests.unit.test_x" name="test_y"/>'


def reported(folder: Path, *cases: str) -> list[str]:
    report = folder / "report.xml"
    report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>", "utf-8")
    return perhaps_unsteady(report)


def test_a_few_phone_tests_are_run_again(tmp_path: Path) -> None:
    again = reported(tmp_path, PASSED, PHONE.format(n=1), PHONE.format(n=2))
    assert again == ["tests.telephony.test_rules.test_1", "tests.telephony.test_rules.test_2"]


@pytest.mark.parametrize(
    "wrong",
    [
        '<testcase classname="tests.unit.test_x" name="test_y"><failure/></testcase>',
        '<testcase classname="tests.telephony.test_rules" name="test_y"><error/></testcase>',
        "".join(PHONE.format(n=n) for n in range(MOST_UNSTEADY)),
    ],
)
def test_anything_else_fails_the_run(tmp_path: Path, wrong: str) -> None:
    assert reported(tmp_path, PHONE.format(n=99), wrong) == []
