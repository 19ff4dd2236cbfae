"""Which failed tests are run once more: a few in real time, never when anything else is wrong."""

import pytest

from tools.stream_plan import MOST_UNSTEADY, Results, perhaps_unsteady

PHONES = [f"tests/telephony/test_rules.py::test_{n}" for n in range(MOST_UNSTEADY + 1)]


def test_a_few_phone_tests_are_run_again() -> None:
    assert perhaps_unsteady(Results(passed=9, failed=PHONES[:2])) == PHONES[:2]
    assert perhaps_unsteady(Results(failed=PHONES[:MOST_UNSTEADY])) == PHONES[:MOST_UNSTEADY]


@pytest.mark.parametrize(
    "wrong",
    [
        Results(failed=["tests/unit/test_x.py::test_y", PHONES[0]]),
        Results(failed=PHONES[:1], errors=["tests/telephony/test_rules.py::test_y"]),
        Results(failed=PHONES[:1], is_whole=False),
        Results(failed=PHONES),
        Results(passed=9),
    ],
)
def test_anything_else_fails_the_run(wrong: Results) -> None:
    assert perhaps_unsteady(wrong) == []
