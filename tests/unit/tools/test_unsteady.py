"""Which failed tests are run once more: a few in real time, never when anything else is wrong."""

import pytest

from tools.stream_plan import MOST_UNSTEADY, MOST_UNSTEADY_FILES, Results, perhaps_unsteady

PHONES = [f"tests/telephony/test_{n}.py::test_it" for n in range(MOST_UNSTEADY_FILES + 1)]
SHARED = [f"tests/browser/test_a.py::test_it[{n}]" for n in range(20)]
LEDGER = {PHONES[0]: "tests.telephony.joinings.LedgerWrongError: joinings without a visit"}


def test_what_fails_in_a_few_files_of_phones_is_run_again() -> None:
    assert perhaps_unsteady(Results(passed=9, failed=PHONES[:2])) == PHONES[:2]
    assert perhaps_unsteady(Results(failed=PHONES[:-1])) == PHONES[:-1]


def test_a_fixture_that_failed_is_run_again_with_all_its_tests_each_once() -> None:
    found = Results(failed=PHONES[:1], errors=[*SHARED, PHONES[0]])
    assert perhaps_unsteady(found) == [PHONES[0], *SHARED]


@pytest.mark.parametrize(
    "wrong",
    [
        Results(failed=["tests/unit/test_x.py::test_y", PHONES[0]]),
        Results(errors=["tests/integration/test_x.py::test_y"]),
        Results(errors=["tests/telephony/test_rules.py"]),
        Results(errors=PHONES[:1], reasons=LEDGER),
        Results(failed=PHONES[:1], is_whole=False),
        Results(failed=PHONES),
        Results(failed=[f"{SHARED[0]}{n}" for n in range(MOST_UNSTEADY + 1)]),
        Results(passed=9),
    ],
)
def test_anything_else_fails_the_run(wrong: Results) -> None:
    assert perhaps_unsteady(wrong) == []
