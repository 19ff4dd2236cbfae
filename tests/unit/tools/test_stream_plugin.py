"""Several pytest processes over the same files: each test once, each fault told, ends in order."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.paths import ROOT
from tools.stream_plan import STREAM, Results, merge

FILES = {
    "test_a.py": "def test_1(): pass\ndef test_2(): pass\n",
    "test_b.py": "def test_1():\n    assert 'left' == 'right'\ndef test_2(): pass\n",
    "test_c.py": "import pytest\n@pytest.fixture\ndef ends_badly():\n    yield\n    raise OSError\n"
    "def test_1(ends_badly): pass\n",
    "test_d.py": "import pytest\ndef test_1(): pytest.skip('no')\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("claims", "blocks", "cases"):
        (tmp_path / name).mkdir()
    (tmp_path / "cases" / "pytest.ini").write_text("[pytest]\n")
    for name, text in FILES.items():
        (tmp_path / "cases" / name).write_text(text)
    return tmp_path


def start(folder: Path, number: int, *options: str) -> subprocess.Popen[str]:
    own = ["-c", "cases/pytest.ini", "-p", "tools.stream_plugin", "-p", "no:cacheprovider", "cases"]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *own, *options],
        cwd=folder,
        env={
            **os.environ,
            STREAM: f"{folder}:{number}",
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def results(folder: Path, number: int) -> Results:
    return Results(**json.loads((folder / f"results-{number}.json").read_text()))


def blocks(folder: Path) -> str:
    return "".join(file.read_text() for file in sorted((folder / "blocks").iterdir()))


def test_two_streams_run_each_test_once_and_tell_of_every_fault(folder: Path) -> None:
    both = [start(folder, number) for number in (1, 2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert all(process.returncode in (0, 1) for process in both), said
    whole = merge(results(folder, number) for number in (1, 2))
    assert (whole.collected, whole.ran, whole.passed, whole.is_whole) == (6, 6, 4, True)
    assert whole.failed == ["test_b.py::test_1"]
    assert whole.errors == ["test_c.py::test_1"]
    assert whole.skipped == ["test_d.py::test_1"]
    assert sorted(whole.seconds) == list(FILES)
    shown = blocks(folder)
    assert "test_b.py: 1 passed, 1 failed in" in shown
    assert "'left' == 'right'" in shown
    assert "ERROR at teardown of test_c.py::test_1" in shown


def test_a_file_that_cannot_be_read_breaks_the_stream_off(folder: Path) -> None:
    (folder / "cases" / "test_e.py").write_text("import no_such_module\n")
    process = start(folder, 1)
    process.communicate(timeout=60)
    assert process.returncode == 2
    found = results(folder, 1)
    assert (found.errors, found.is_whole, found.ran) == (["test_e.py"], False, 0)


def test_stopping_at_the_first_fault_says_what_was_not_run(folder: Path) -> None:
    process = start(folder, 1, "-x")
    process.communicate(timeout=60)
    found = results(folder, 1)
    assert process.returncode == 1
    assert found.ran < found.collected
    assert len(found.failed + found.errors) == 1
    assert "---- " in blocks(folder)


def test_stream_0_only_writes_the_results(folder: Path) -> None:
    said = start(folder, 0).communicate(timeout=60)[0]
    assert "1 failed, 4 passed, 1 skipped, 1 error" in said
    assert results(folder, 0).failed == ["test_b.py::test_1"]
    assert not list((folder / "blocks").iterdir())
