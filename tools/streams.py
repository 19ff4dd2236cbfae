"""Run the tests in several streams at once, each with servers and a network of its own.

/tmp/huawu-tests-…/streams/ claims/ (one mark for each file taken), blocks/ (to be shown),
    pytest-N.log, results-N.json, pytest-N/ (what the tests left)
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tools.bootstrap import say
from tools.paths import ROOT, venv_python
from tools.stream_plan import SECONDS, Results, merge, perhaps_unsteady, seconds_text, summary

ALONE_IN_A_NETWORK = ["unshare", "--net", "--"]
TESTS_FAILED, NOT_WHOLE = 1, 3
# pytest's own: all passed, some failed, nothing to run.
GOOD_ENDS = (0, TESTS_FAILED, 5)
# By SIGTERM before it could listen, by Ctrl-C, by SIGKILL from us.
INTERRUPTED = (-15, 130, -9)
END_S = 120.0
LOOK_S = 0.3


def has_networks() -> str:
    """Return "" when each stream can have a network of its own, else why not."""
    command = [*ALONE_IN_A_NETWORK, str(venv_python()), "-m", "tools.stream", "--probe"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip() or "unshare --net failed"


class Streams:
    """Some pytest processes that share the files of tests among them, and a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count
        folder.mkdir()
        folder.chmod(0o711)
        for name in ("claims", "blocks"):
            (folder / name).mkdir()
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, arguments: Sequence[str]) -> list[Results]:
        """Run all to their end, showing each file's block when it is done, and a summary."""
        try:
            for number in range(1, self.count + 1):
                self._start(number, arguments)
            while any(process.poll() is None for process in self.processes):
                self._show()
                time.sleep(LOOK_S)
        finally:
            self._end()
            self._show()
            results = [self._results(number + 1) for number in range(len(self.processes))]
            print(summary(results), flush=True)
        return results

    def _log(self, number: int) -> Path:
        return self.folder / f"pytest-{number}.log"

    def _start(self, number: int, arguments: Sequence[str]) -> None:
        stream = [str(venv_python()), "-m", "tools.stream", str(self.folder), str(number)]
        with self._log(number).open("wb") as log:
            process = subprocess.Popen(
                [*ALONE_IN_A_NETWORK, *stream, *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us, who then end each in order
            )
        self.processes.append(process)

    def _end(self) -> None:
        """Ask those that still run to end what they started; kill who does not listen."""
        going = [process for process in self.processes if process.poll() is None]
        for process in going:
            process.terminate()
        until = time.monotonic() + END_S
        for process in going:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _show(self) -> None:
        for block in sorted((self.folder / "blocks").glob("*-????")):
            print(block.read_text("utf-8"), end="", flush=True)
            block.unlink()

    def _results(self, number: int) -> Results:
        """Return what a stream reported; show all that pytest said where it broke off."""
        code, place = self.processes[number - 1].returncode, self.folder / f"results-{number}.json"
        found = Results(is_whole=False)
        if place.exists():
            found = Results(**json.loads(place.read_text("utf-8")))
        found.is_whole = found.is_whole and code in GOOD_ENDS
        if not found.is_whole and code not in INTERRUPTED:
            print(f"---- stream {number} broke off with {code} ----", flush=True)
            print(self._log(number).read_text("utf-8", "replace")[-20_000:], flush=True)
        return found


def exit_code(results: Results) -> int:
    """Return what the run ends with; tests that nobody ran are no success."""
    if not results.is_whole:
        return NOT_WHOLE
    if results.failed or results.errors:
        return TESTS_FAILED
    if results.ran < results.collected:
        say(f"{results.collected - results.ran} tests were run by nobody")
        return NOT_WHOLE
    return 0 if results.ran else 5


def run_streams(folder: Path, count: int, arguments: list[str]) -> int:
    """Run tests in `count` streams; a few unsteady ones once more, alone. Gives the exit code."""
    results = Streams(folder / "streams", count).run(arguments)
    whole = merge(results)
    if whole.is_whole:
        (folder / SECONDS.name).write_text(seconds_text(whole.seconds), "utf-8")
    code, unsteady = exit_code(whole), perhaps_unsteady(whole)
    if unsteady:
        say("running once more, alone: " + " ".join(unsteady))
        again = Streams(folder / "again", 1).run(unsteady)
        code = exit_code(merge(again))
        if code == 0:
            say("UNSTEADY, failed once and passed alone: " + " ".join(unsteady))
    return code
