"""The spool file: nothing that `append` returned for is lost, whatever happens next."""

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.calls import spool as spool_module
from apps.calls.engine.facts import AMI, GAP, Fact
from apps.calls.spool import Spool, SpoolFullError


def fact(number: int) -> Fact:
    return Fact("n", f"n-{number}", f"gap:{number}", GAP, datetime(2026, 11, 23, tzinfo=UTC), AMI)


FACTS = [fact(number) for number in range(5)]


def read(spool: Spool, size: int = 2) -> list[Fact]:
    return [one for batch in spool.batches(size) for one in batch]


def test_new_spool_is_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", "x")
    assert spool.is_empty
    assert read(spool) == []


def test_facts_come_back_in_order_and_in_batches(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "x")
    spool.append(FACTS[:3])
    spool.append(FACTS[3:], sync=False)
    assert [len(batch) for batch in spool.batches(2)] == [2, 2, 1]
    assert read(spool) == FACTS
    spool.done()
    assert spool.is_empty


def test_facts_of_a_killed_process_are_found_at_start(tmp_path: Path) -> None:
    killed = Spool(tmp_path, "x")
    killed.append(FACTS)  # not closed: the process is gone
    assert read(Spool(tmp_path, "x")) == FACTS
    killed.close()


def test_replay_that_was_killed_half_way_begins_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "x")
    spool.append(FACTS[:4])
    next(spool.batches(2))
    spool.append(FACTS[4:])

    after = Spool(tmp_path, "x")
    assert read(after) == FACTS[:4]
    after.done()
    assert read(after) == FACTS[4:]
    spool.close()


def test_facts_put_during_a_replay_wait_for_the_next(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "x")
    spool.append(FACTS[:1])
    batches = spool.batches(10)
    assert next(batches) == FACTS[:1]
    spool.append(FACTS[1:])
    assert next(batches, None) is None
    spool.done()
    assert not spool.is_empty
    assert read(spool) == FACTS[1:]


def test_line_cut_off_by_a_crash_is_reported_and_the_next_is_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(FACTS[0].to_json() + "\n" + FACTS[1].to_json()[:20])
    spool = Spool(tmp_path, "x")
    spool.append(FACTS[2:3])
    with caplog.at_level(logging.ERROR):
        assert read(spool) == [FACTS[0], FACTS[2]]
    assert "line left out" in caplog.text


def test_full_spool_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MAX_BYTES", 100)
    spool = Spool(tmp_path, "x")
    spool.append(FACTS[:1])
    with pytest.raises(SpoolFullError):
        spool.append(FACTS[1:])
    spool.close()


def test_two_threads_append_while_a_third_replays(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "x")
    told = [fact(number) for number in range(600)]
    writers = [
        threading.Thread(target=lambda part=part: [spool.append([one]) for one in part])
        for part in (told[:300], told[300:])
    ]
    for writer in writers:
        writer.start()
    found: list[Fact] = []
    while any(writer.is_alive() for writer in writers) or not spool.is_empty:
        found += read(spool, 50)
        spool.done()

    assert sorted(found, key=lambda one: one.key) == sorted(told, key=lambda one: one.key)


def test_refused_fact_is_kept_for_a_person(tmp_path: Path) -> None:
    Spool(tmp_path, "x").set_aside(FACTS[0])
    assert (tmp_path / "x.refused.jsonl").read_text() == FACTS[0].to_json() + "\n"
