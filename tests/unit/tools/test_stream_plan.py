"""Which stream runs which file, and what the results of all streams are together."""

from hypothesis import given
from hypothesis import strategies as st

from tools.stream_plan import (
    ALONE,
    GUESS_S,
    PLAIN,
    Results,
    TestFile,
    choose,
    counts,
    kind_of,
    merge,
    seconds_text,
    summary,
)
from tools.streams import exit_code

STACK = [TestFile(f"tests/telephony/test_{n}.py", "whole_stack", 10.0 * n) for n in (1, 3, 2)]
OFFICE = [TestFile("tests/browser/test_a.py", "office", 45.0)]
UNITS = [TestFile("tests/unit/test_a.py", PLAIN, 2.0), TestFile("tests/unit/test_b.py", PLAIN, 9.0)]
ALL = [*STACK, *OFFICE, *UNITS]
FILES = st.lists(
    st.builds(
        TestFile,
        path=st.uuids().map(str),
        kind=st.sampled_from(sorted(GUESS_S)),
        seconds=st.floats(0, 500),
    ),
    max_size=30,
    unique_by=lambda file: file.path,
)


def test_streams_begin_with_different_kinds_and_the_longest_file() -> None:
    first = [choose(ALL, (), stream, cores=3)[0].path for stream in range(3)]
    assert first == ["tests/telephony/test_3.py", "tests/browser/test_a.py", "tests/unit/test_b.py"]


def test_a_stream_goes_on_with_what_it_has_running() -> None:
    assert [file.path for file in choose(ALL, {PLAIN}, 0, cores=1)][:2] == [
        "tests/unit/test_b.py",
        "tests/unit/test_a.py",
    ]
    assert choose([*STACK, *OFFICE], {PLAIN}, 2, cores=3)[0].kind == "whole_stack"


def test_only_as_many_streams_as_cores_take_phones() -> None:
    assert {file.kind for file in choose(ALL, {PLAIN}, 2, cores=2)} == {PLAIN}
    assert choose(STACK, (), 2, cores=2) == []
    assert choose(STACK, (), 0, cores=0) == [STACK[1], STACK[2], STACK[0]]


@given(FILES, st.sets(st.sampled_from(sorted(GUESS_S))), st.integers(0, 9))
def test_every_file_that_waits_is_wanted_once(
    files: list[TestFile], running: set[str], stream: int
) -> None:
    wanted = choose(files, running, stream, cores=10)
    assert sorted(file.path for file in wanted) == sorted(file.path for file in files)


def test_what_a_file_needs_is_told_by_its_fixtures() -> None:
    assert kind_of("tests/telephony/test_a.py", {"stack", "whole_stack"}) == "whole_stack"
    assert kind_of("tests/browser/test_a.py", {"person", "office"}) == "office"
    assert kind_of("tests/telephony/test_b.py", {"tmp_path"}) == ALONE
    assert kind_of("tests/integration/test_b.py", {"db"}) == PLAIN


def test_results_are_counted_over_all_streams_and_failures_named_once() -> None:
    one = Results(collected=5, ran=3, passed=2, failed=["t::a"], seconds={"t": 2.0})
    two = Results(collected=5, ran=2, passed=1, skipped=["u::b"], seconds={"u": 3.0})
    whole = merge([one, two])
    assert (whole.ran, whole.collected, whole.passed) == (5, 5, 3)
    assert whole.failed == ["t::a"]
    assert whole.seconds == {"t": 2.0, "u": 3.0}
    assert counts(whole) == "3 passed, 1 failed, 1 skipped"
    text = summary([one, two]).splitlines()
    assert text[:2] == [
        "stream 1: 2 passed, 1 failed (1 files, 2 s)",
        "stream 2: 1 passed, 1 skipped (1 files, 3 s)",
    ]
    assert "FAILED t::a" in text
    one.reasons["t::a"] = "AssertionError: no call is live"
    assert "FAILED t::a - AssertionError: no call is live" in summary([one, two]).splitlines()
    assert text[-1] == "together: 3 passed, 1 failed, 1 skipped"
    broken = Results(errors=["t::c"])
    assert merge([broken, broken]).errors == ["t::c"]


def test_only_a_whole_run_without_faults_succeeds() -> None:
    good = Results(collected=3, ran=3, passed=3)
    assert exit_code(good) == 0
    assert exit_code(Results(collected=3, ran=3, passed=2, failed=["t::a"])) == 1
    assert exit_code(Results(collected=3, ran=3, passed=3, errors=["t::a"])) == 1
    assert exit_code(merge([good, Results(is_whole=False)])) not in (0, 1)
    assert exit_code(Results(collected=3, ran=2, passed=2)) not in (0, 1)
    assert exit_code(Results()) not in (0, 1)


def test_the_table_of_seconds_holds_what_takes_time() -> None:
    assert seconds_text({"b": 2.4, "a": 100.6, "c": 0.3}) == '{\n"a": 101,\n"b": 2\n}\n'
