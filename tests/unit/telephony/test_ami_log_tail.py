"""Asterisk's CSV logs are followed through restarts, rotation and half-written lines."""

from pathlib import Path

import pytest

from apps.telephony import log_tail
from apps.telephony.log_tail import LogTail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "Master.csv"
    path.write_text("one\ntwo\n")
    return path


def tail(log: Path) -> LogTail:
    return LogTail(log, log.parent / "spool" / "x.position")


def test_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert tail(tmp_path / "Master.csv").read() == []


def test_each_line_comes_once(log: Path) -> None:
    reader = tail(log)
    assert reader.read() == ["one\n", "two\n"]
    assert reader.read() == []


def test_unfinished_line_waits_for_its_end(log: Path) -> None:
    reader = tail(log)
    with log.open("a") as file:
        file.write("thr")
    assert reader.read() == ["one\n", "two\n"]
    with log.open("a") as file:
        file.write("ee\n")
    assert reader.read() == ["three\n"]


def test_restart_reads_the_last_part_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "REWIND_BYTES", 4)
    reader = tail(log)
    reader.read()
    reader.keep()

    assert tail(log).read() == ["two\n"]


def test_rest_of_a_rotated_file_is_read_before_the_new_one(log: Path) -> None:
    reader = tail(log)
    reader.read()
    with log.open("a") as file:
        file.write("last of the old\n")
    log.rename(log.parent / "Master.csv.1")
    log.write_text("first of the new\n")

    assert reader.read() == ["last of the old\n"]
    assert reader.read() == ["first of the new\n"]
    assert reader.read() == []


def test_shortened_file_is_read_from_its_beginning(log: Path) -> None:
    reader = tail(log)
    reader.read()
    log.write_text("new\n")
    assert reader.read() == ["new\n"]


def test_history_of_an_old_pbx_is_not_imported(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "FIRST_BYTES", 5)
    assert tail(log).read() == ["two\n"]


def test_many_lines_come_in_parts(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "MAX_LINES", 1)
    reader = tail(log)
    assert reader.read() == ["one\n"]
    assert reader.read() == ["two\n"]
    assert reader.read() == []


def test_broken_position_file_is_no_reason_to_stop(log: Path) -> None:
    reader = tail(log)
    reader.read()
    reader.keep()
    (log.parent / "spool" / "x.position").write_text("nonsense")
    assert tail(log).read() == ["one\n", "two\n"]


def test_line_that_is_not_due_comes_first_the_next_time(log: Path) -> None:
    reader = tail(log)
    assert reader.read(lambda line: line == "one\n") == ["one\n"]
    assert reader.read(lambda line: line == "one\n") == []
    reader.keep()
    assert reader.read() == ["two\n"]
