"""Visits to the database: bounded, and quick to give up while it is away. No database here."""

import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from apps.ivr.engine.voice import LookupFailedError
from apps.telephony.agi import database as module
from apps.telephony.agi.database import DatabaseVisits


@pytest.fixture
def visits() -> Iterator[DatabaseVisits]:
    found = DatabaseVisits(at_once=3)
    yield found
    found.close()


def away() -> None:
    raise OperationalError("connection refused")


def test_answer_comes_back(visits: DatabaseVisits) -> None:
    assert visits.visit(lambda: 42) == 42


def test_fault_of_ours_comes_back_as_it_is_and_is_not_an_absence(visits: DatabaseVisits) -> None:
    with pytest.raises(ZeroDivisionError):
        visits.visit(lambda: 1 // 0)
    assert visits.visit(lambda: 1) == 1


def test_absent_database_is_asked_once_in_a_while_and_welcomed_back(
    visits: DatabaseVisits, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []
    with pytest.raises(LookupFailedError):
        visits.visit(away)
    for _ in range(50):
        with pytest.raises(LookupFailedError):
            visits.visit(lambda: asked.append(1))
    assert asked == []
    monkeypatch.setattr(visits, "_retry_at", 0.0)
    visits.visit(lambda: asked.append(1))
    visits.visit(lambda: asked.append(2))
    assert asked == [1, 2]
    assert [r.levelname for r in caplog.records if r.name == module.__name__] == [
        "WARNING",
        "INFO",
    ]


def test_slow_database_costs_a_caller_no_more_than_the_limit(
    visits: DatabaseVisits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.05)
    release = threading.Event()
    with pytest.raises(LookupFailedError, match="no answer"):
        visits.visit(lambda: release.wait(10))
    release.set()


def test_never_more_than_the_bound_are_inside(visits: DatabaseVisits) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def read() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.002)
        with lock:
            inside -= 1

    callers = [threading.Thread(target=visits.visit, args=(read,)) for _ in range(60)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10)
    assert most == 3
