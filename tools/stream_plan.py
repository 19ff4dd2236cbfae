"""Decide which file of tests a stream runs next, and what several streams' results are together.

Nothing here starts, reads or writes anything.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tools.paths import ROOT

SECONDS = ROOT / "tests" / "seconds.json"
# Tells a pytest process which stream it is, "FOLDER:NUMBER".
STREAM = "HUAWU_TEST_STREAM"
# What a file needs that is dear to start, by the session fixture that starts it: a stream that has
# one of these running goes on with files that need it too. Seconds are a guess for one test of a
# file that tests/seconds.json does not know.
KINDS = {"whole_stack": 15.0, "office": 12.0, "asterisk": 8.0, "web": 6.0}
PLAIN, ALONE = "plain", "alone"
GUESS_S = {**KINDS, PLAIN: 0.3, ALONE: 20.0}
# What keeps no real time: run with less right to the processor than the phones beside it.
PATIENT = (PLAIN, "web")
# Real phones and browsers keep real time, which a busy machine does not: what fails in a few files
# of these is run once more, alone, and named. Whatever fails twice, or is none of these, fails the
# run.
IN_REAL_TIME = ("tests/telephony/", "tests/browser/")
MOST_UNSTEADY_FILES, MOST_UNSTEADY = 8, 40
# A wrong ledger is no matter of time. The name of the exception that says so.
NEVER_FORGIVEN = "LedgerWrongError"


@dataclass(frozen=True)
class TestFile:
    """One file of tests: what it needs (a key of GUESS_S) and how long it takes."""

    __test__ = False  # pytest: the name is ours

    path: str
    kind: str
    seconds: float


def kind_of(path: str, fixtures: Collection[str]) -> str:
    """Return what a file needs, from the names of all fixtures of its tests."""
    for kind in KINDS:
        if kind in fixtures:
            return kind
    return ALONE if path.startswith(IN_REAL_TIME) else PLAIN


def choose(
    waiting: Collection[TestFile], running: Collection[str], stream: int, cores: int
) -> Sequence[TestFile]:
    """Return the files that wait in the order in which this stream (0, 1, …) wants them.

    First those whose dear part it has running, then the kind with most left to do; the longest
    file first. Streams that have nothing running yet begin with different kinds. More streams than
    cores take no phones: two Asterisks on one core are heard in the recordings.
    """
    if stream >= max(1, cores):
        waiting = [file for file in waiting if file.kind in PATIENT]
    left: dict[str, float] = {}
    for file in waiting:
        left[file.kind] = left.get(file.kind, 0.0) + file.seconds
    kinds = sorted(left, key=lambda kind: (-left[kind], kind))
    if not running and kinds:
        first = stream % len(kinds)
        kinds = kinds[first:] + kinds[:first]
    kinds.sort(key=lambda kind: kind not in running)
    return sorted(waiting, key=lambda file: (kinds.index(file.kind), -file.seconds, file.path))


@dataclass
class Results:
    """What became of tests, by their pytest names; `collected` and `ran` count tests.

    A stream that did not come to its end has `is_whole` False.
    """

    collected: int = 0
    ran: int = 0
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    is_whole: bool = True
    # What each failed test or error said, in one line.
    reasons: dict[str, str] = field(default_factory=dict)


def merge(results: Iterable[Results]) -> Results:
    """Return the results of all streams together; each has collected the same tests."""
    whole = Results()
    for one in results:
        whole.collected = max(whole.collected, one.collected)
        whole.ran += one.ran
        whole.passed += one.passed
        for mine, theirs in (
            (whole.failed, one.failed),
            (whole.errors, one.errors),
            (whole.skipped, one.skipped),
        ):
            mine += [name for name in theirs if name not in mine]
        whole.seconds.update(one.seconds)
        whole.reasons.update(one.reasons)
        whole.is_whole = whole.is_whole and one.is_whole
    return whole


def perhaps_unsteady(results: Results) -> list[str]:
    """Return the few tests in real time that failed; none when anything else is wrong too.

    A fixture may fail as a test does, and one shared by a file fails all its tests: so files are
    counted. A file that cannot be read and a wrong ledger are never of this kind.
    """
    names = list(dict.fromkeys([*results.failed, *results.errors]))
    if not results.is_whole or len(names) > MOST_UNSTEADY:
        return []
    for name in names:
        is_test = name.startswith(IN_REAL_TIME) and "::" in name
        if not is_test or NEVER_FORGIVEN in results.reasons.get(name, ""):
            return []
    files = {name.partition("::")[0] for name in names}
    return names if len(files) <= MOST_UNSTEADY_FILES else []


def counts(results: Results) -> str:
    """Return how many passed, failed, …; what did not occur is left out."""
    numbers = [
        (results.passed, "passed"),
        (len(results.failed), "failed"),
        (len(results.errors), "errors"),
        (len(results.skipped), "skipped"),
    ]
    return ", ".join(f"{number} {what}" for number, what in numbers if number) or "nothing ran"


def summary(streams: Sequence[Results]) -> str:
    """Return the last words of a run: each stream, all together, the names of what failed."""
    lines = []
    for number, one in enumerate(streams, 1):
        took = f"{len(one.seconds)} files, {sum(one.seconds.values()):.0f} s"
        broken = "" if one.is_whole else "; it BROKE OFF"
        lines.append(f"stream {number}: {counts(one)} ({took}){broken}")
    whole = merge(streams)
    for what, names in (("ERROR ", whole.errors), ("FAILED", whole.failed)):
        lines += [f"{what} {name} - {whole.reasons.get(name, '')}".rstrip(" -") for name in names]
    lines += [f"SKIPPED {name}" for name in whole.skipped]
    lines.append(f"together: {counts(whole)}")
    return "\n".join(lines)


def seconds_text(seconds: dict[str, float]) -> str:
    """Return the table of seconds as it lies in tests/seconds.json: files of 2 s and more."""
    kept = {path: round(took) for path, took in sorted(seconds.items()) if took >= 2}
    return json.dumps(kept, indent=0) + "\n"
