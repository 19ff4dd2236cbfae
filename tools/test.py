"""Run all tests against real services: PostgreSQL, Redis, Asterisk, headless Chromium.

    python3 -m tools.test [pytest arguments]

Nothing that already runs on this machine is used or touched; everything started here is stopped by
its process id.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tools.bootstrap import BootstrapError, bootstrap, say
from tools.paths import ROOT, venv_python
from tools.servers import Postgres, Redis, ServerError

SUITES = ("tests/unit", "tests/integration", "tests/telephony", "tests/browser")
# Real phones and browsers keep real time, which a busy machine does not: a few of these that fail
# are run once more, alone, and named. Whatever fails twice, or is not one of these, fails the run.
IN_REAL_TIME = ("tests.telephony.", "tests.browser.")
MOST_UNSTEADY = 6
TESTS_FAILED = 1


@contextlib.contextmanager
def services() -> Iterator[dict[str, str]]:
    """Run a PostgreSQL and a Redis of our own; give the environment that names them."""
    with tempfile.TemporaryDirectory(prefix="huawu-services-") as name:
        database, cache = Postgres(Path(name) / "postgres"), Redis(Path(name) / "redis")
        try:
            database.start()
            cache.start()
            yield {
                "HUAWU_TEST_DATABASE_URL": database.url("postgres"),
                "HUAWU_TEST_REDIS_URL": cache.url(),
            }
        finally:
            cache.stop()
            database.stop()


def run_pytest(environment: dict[str, str], arguments: list[str]) -> int:
    """Run pytest to its end; an interrupt reaches it first, so that its fixtures clean up."""
    there = [suite for suite in SUITES if (ROOT / suite).is_dir()]
    named = any(Path(argument.partition("::")[0]).exists() for argument in arguments)
    command = [str(venv_python()), "-m", "pytest", *([] if named else there), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        return process.wait()
    except KeyboardInterrupt:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        return process.wait(60) or 130


def run_in_own_folder(environment: dict[str, str], arguments: list[str]) -> int:
    """Run pytest with a folder of its own, kept when a test failed.

    pytest's usual folder is closed to other users whenever another run of it begins, and then the
    databases inside, which run as such a user, die.
    """
    folder = tempfile.mkdtemp(prefix="huawu-tests-")
    report = Path(folder) / "report.xml"
    own = [f"--basetemp={folder}/pytest", f"--junitxml={report}"]
    code = run_pytest(environment, [*own, *arguments])
    unsteady = perhaps_unsteady(report) if code == TESTS_FAILED else []
    if unsteady:
        say("running once more, alone: " + " ".join(unsteady))
        own = [f"--basetemp={folder}/again", "--lf", "--lfnf=none"]
        code = run_pytest(environment, [*own, *arguments])
        if code == 0:
            say("UNSTEADY, failed once and passed alone: " + " ".join(unsteady))
    if code == 0:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say(f"what the tests left is in {folder}")
    return code


def perhaps_unsteady(report: Path) -> list[str]:
    """Give the few tests in real time that failed; none when anything else is wrong too.

    An error before or after a test (a process that was left, a joining that is not counted) is
    never of this kind.
    """
    failed = []
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest's own
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        if case.find("error") is not None:
            return []
        if case.find("failure") is not None:
            if not name.startswith(IN_REAL_TIME):
                return []
            failed.append(name)
    return failed if len(failed) <= MOST_UNSTEADY else []


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run from the command line; give pytest's exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        bootstrap("test")
        with services() as environment:
            say("PostgreSQL and Redis are up; running the tests")
            return run_in_own_folder(environment, sys.argv[1:])
    except (BootstrapError, ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
