"""A stream's part in pytest: take whole files that no other stream has taken, and tell about each.

Every stream collects all tests; who makes a file's mark in the shared folder first runs that file.
So no test is run twice and none is forgotten, whatever each takes. Loaded by tools/stream.py, and
by tools/test.py as stream 0: pytest then runs what it is told, and only the results are written.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tools.servers import LOW_PRIORITY, priority_set
from tools.stream_plan import (
    GUESS_S,
    PATIENT,
    SECONDS,
    STREAM,
    Results,
    TestFile,
    choose,
    counts,
    kind_of,
)

CORES = os.cpu_count() or 1
# Characters of a reason in the summary.
REASON = 200


def claim(folder: Path, path: str, stream: int) -> bool:
    """Take a file for this stream; False when another has it."""
    mark = folder / hashlib.sha256(path.encode()).hexdigest()[:20]
    try:
        with mark.open("x") as file:
            file.write(f"{stream} {path}\n")
    except FileExistsError:
        return False
    return True


def reason_of(report: pytest.TestReport) -> str:
    """Return the message of what went wrong in one line, for a summary that is read alone."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash else report.longreprtext
    return " ".join(message.split())[:REASON]


class Teller:
    """Remember what became of each test; write the results at the end."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number
        self.results = Results(is_whole=False)
        self.problems: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the tests."""
        self.results.collected = len(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read is an error of this file."""
        if report.failed:
            self.results.errors.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what became of a test, and all that was said when it went wrong."""
        if report.when == "teardown":
            self.results.ran += 1
        if report.failed:
            is_call = report.when == "call"
            (self.results.failed if is_call else self.results.errors).append(report.nodeid)
            what = "FAILED" if is_call else f"ERROR at {report.when} of"
            self.problems.append(f"---- {what} {report.nodeid} ----\n{report.longreprtext}")
            self.results.reasons[report.nodeid] = reason_of(report)
            self.problems += [f"-- {name}\n{text}" for name, text in report.sections]
        elif report.skipped:
            self.results.skipped.append(report.nodeid)
        elif report.when == "call":
            self.results.passed += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Iterator[None]:
        """Write the results; a run that was cut short says so."""
        try:
            return (yield)
        finally:
            self.results.is_whole = exitstatus in (0, 1, 5)
            place = self.folder / f"results-{self.number}.json"
            place.write_text(json.dumps(asdict(self.results)), "utf-8")


class Stream(Teller):
    """One of several pytest processes; `number` counts from 1."""

    def __init__(self, folder: Path, number: int) -> None:
        super().__init__(folder, number)
        self.running: set[str] = set()
        self.waiting: dict[str, TestFile] = {}
        self.kinds: dict[str, str] = {}
        self.items: dict[str, list[pytest.Item]] = {}
        self._blocks = 0

    def _look(self, items: list[pytest.Item]) -> None:
        known = json.loads(SECONDS.read_text("utf-8")) if SECONDS.exists() else {}
        for item in items:
            self.items.setdefault(item.nodeid.partition("::")[0], []).append(item)
        for path, tests in self.items.items():
            fixtures = {name for test in tests for name in getattr(test, "fixturenames", ())}
            kind = kind_of(path, fixtures)
            seconds = known.get(path, GUESS_S[kind] * len(tests))
            self.waiting[path] = TestFile(path, kind, seconds)
            self.kinds[path] = kind

    def _next(self) -> str | None:
        for file in choose(self.waiting.values(), self.running, self.number - 1, CORES):
            del self.waiting[file.path]
            if claim(self.folder / "claims", file.path, self.number):
                self.running.add(file.kind)
                return file.path
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run file after file until none is left."""
        if session.testsfailed or session.config.option.collectonly:
            return None  # pytest's own way of saying so
        self._look(session.items)
        path = self._next()
        while path is not None:
            path = self._run_file(session, path)
        return True

    def _run_file(self, session: pytest.Session, path: str) -> str | None:
        """Run one file; give the next, which pytest must know to end what the two do not share."""
        began, tests, following = time.monotonic(), self.items[path], None
        before = Results(**asdict(self.results))
        priority_set(0 if self.kinds[path] not in PATIENT else LOW_PRIORITY)
        try:
            for test, after in zip(tests, [*tests[1:], None], strict=True):
                if after is None:
                    following = self._next()
                    after = self.items[following][0] if following else None
                test.config.hook.pytest_runtest_protocol(item=test, nextitem=after)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
        finally:
            self._tell(path, before, time.monotonic() - began)
        return following

    def _tell(self, path: str, before: Results, seconds: float) -> None:
        """Write the block of one file, which is shown when it is there."""
        self.results.seconds[path] = round(seconds, 1)
        part = Results(
            passed=self.results.passed - before.passed,
            failed=self.results.failed[len(before.failed) :],
            errors=self.results.errors[len(before.errors) :],
            skipped=self.results.skipped[len(before.skipped) :],
        )
        text = f"[{self.number}] {path}: {counts(part)} in {seconds:.1f} s\n"
        text += "".join(f"{problem}\n" for problem in self.problems)
        self.problems.clear()
        self._blocks += 1
        block = self.folder / "blocks" / f"{self.number}-{self._blocks:04}"
        unfinished = block.with_suffix(".new")
        unfinished.write_text(text, "utf-8")
        unfinished.rename(block)


def pytest_configure(config: pytest.Config) -> None:
    """Register this process's stream."""
    folder, _, number = os.environ[STREAM].rpartition(":")
    made = Stream if int(number) else Teller
    config.pluginmanager.register(made(Path(folder), int(number)), "huawu-stream")
