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
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tools.bootstrap import BootstrapError, bootstrap, say
from tools.paths import ROOT, venv_python
from tools.servers import Postgres, Redis, ServerError

SUITES = ("tests/unit", "tests/integration", "tests/telephony", "tests/browser")


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
    code = run_pytest(environment, [f"--basetemp={folder}/pytest", *arguments])
    if code == 0:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say(f"what the tests left is in {folder}")
    return code


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
