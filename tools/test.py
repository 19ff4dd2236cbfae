"""Run all tests against real services: PostgreSQL, Redis, Asterisk, headless Chromium.

    python3 -m tools.test [--streams N] [--seconds] [pytest arguments]

Without arguments everything runs, in three streams at once (`--streams`, HUAWU_TEST_STREAMS); with
arguments what they say, in one, unless `--streams` is there. `--seconds` writes how long each file
took to tests/seconds.json, by which streams begin with the longest.

Nothing that already runs on this machine is used or touched; everything started here is stopped by
its process id.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from tools.bootstrap import BootstrapError, bootstrap, say
from tools.migrated import services
from tools.paths import ROOT, venv_python
from tools.servers import ServerError
from tools.stream_plan import SECONDS, STREAM, Results, perhaps_unsteady, seconds_text
from tools.streams import TESTS_FAILED, has_networks, run_streams

SUITES = ("tests/unit", "tests/integration", "tests/telephony", "tests/browser")
STREAMS = 3
END_S = 90.0


def with_places(arguments: list[str]) -> list[str]:
    """Give pytest's arguments: all suites when no place is named."""
    if any((ROOT / word.partition("::")[0]).exists() for word in arguments):
        return arguments
    return [*(suite for suite in SUITES if (ROOT / suite).is_dir()), *arguments]


def run_pytest(environment: dict[str, str], arguments: list[str]) -> int:
    """Run pytest to its end; an interrupt reaches it first, so that its fixtures clean up."""
    command = [str(venv_python()), "-m", "pytest", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        return process.wait()
    except KeyboardInterrupt:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        return process.wait(END_S) or 130


def run_one(folder: Path, arguments: list[str]) -> int:
    """Run pytest as it is, in this network; a few unsteady tests once more, alone."""
    own = ["-p", "tools.stream_plugin"]
    with services() as environment:
        say("PostgreSQL and Redis are up; running the tests")
        environment[STREAM] = f"{folder}:0"
        code = run_pytest(environment, [f"--basetemp={folder}/pytest", *own, *arguments])
        if code != TESTS_FAILED:
            return code
        results = Results(**json.loads((folder / "results-0.json").read_text("utf-8")))
        unsteady = perhaps_unsteady(results)
        if unsteady:
            say("running once more, alone: " + " ".join(unsteady))
            code = run_pytest(environment, [f"--basetemp={folder}/again", *own, *unsteady])
        if code == 0:
            say("UNSTEADY, failed once and passed alone: " + " ".join(unsteady))
        return code


def run(streams: int, arguments: list[str], *, keep_seconds: bool = False) -> int:
    """Run the tests with a folder of their own, kept when a test failed.

    pytest's usual folder is closed to other users whenever another run of it begins, and then the
    databases inside, which run as such a user, die.
    """
    folder = Path(tempfile.mkdtemp(prefix="huawu-tests-"))
    folder.chmod(0o711)
    if streams > 1:
        say(f"running the tests in {streams} streams; a file is shown when it is done")
        code = run_streams(folder, streams, with_places(arguments))
        if keep_seconds and (folder / SECONDS.name).exists():
            known = json.loads(SECONDS.read_text("utf-8")) if SECONDS.exists() else {}
            known.update(json.loads((folder / SECONDS.name).read_text("utf-8")))
            SECONDS.write_text(seconds_text(known), "utf-8")
    else:
        code = run_one(folder, with_places(arguments))
    if code == 0:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say(f"what the tests left is in {folder}")
    return code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run from the command line; give pytest's exit code."""
    parser = argparse.ArgumentParser(prog="tools.test", add_help=False, allow_abbrev=False)
    everything = int(os.environ.get("HUAWU_TEST_STREAMS") or STREAMS)
    parser.add_argument("--streams", type=int)
    parser.add_argument("--seconds", action="store_true")
    named, arguments = parser.parse_known_args()
    streams = named.streams or (1 if arguments and not named.seconds else everything)
    signal.signal(signal.SIGTERM, _interrupt)
    # Also where a shell without job control has put us into the background, deaf to it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        bootstrap("test")
        missing = has_networks() if streams > 1 else ""
        if missing:
            say(f"no network for each stream ({missing}): one stream")
            streams = 1
        return run(streams, arguments, keep_seconds=named.seconds)
    except (BootstrapError, ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
