"""Heartbeats in the database: a killed process leaves a gap, a late beat fills what it can."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from apps.calls.models import LinkGap
from apps.promises.engine.service import AMI, FASTAGI, NEEDED, SLOT, WEB, WORKER, slot_of
from apps.promises.heartbeat import HeartbeatThread, beat
from apps.promises.models import Heartbeat, ServiceQuarter
from apps.promises.service_quarters import KEPT, service_tend
from apps.promises.tasks import promises_tend

AT = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def slots(first: int, last: int) -> list[datetime]:
    return [AT + number * SLOT for number in range(first, last)]


def row(at: datetime = AT) -> tuple[int, int, int, dict[str, int]]:
    one = ServiceQuarter.objects.get(quarter=at)
    return one.up, one.down, one.unknown, one.causes


def all_beat(first: int = 0, last: int = 60) -> None:
    for component in (*NEEDED, WORKER):
        beat(component, "one", slots(first, last))


def test_a_killed_process_leaves_a_gap_that_counts() -> None:
    for component in (WEB, AMI, WORKER):
        beat(component, "one", slots(0, 60))
    beat(FASTAGI, "one", slots(0, 10))
    beat(FASTAGI, "one", slots(16, 60))
    service_tend(AT + timedelta(minutes=31))
    assert row() == (24, 6, 0, {FASTAGI: 6})
    assert row(AT + timedelta(minutes=15)) == (30, 0, 0, {})


def test_late_and_repeated_beats() -> None:
    all_beat(0, 20)
    all_beat(0, 20)
    assert Heartbeat.objects.count() == 80
    service_tend(AT + timedelta(minutes=40))
    assert row() == (20, 0, 10, {"nobody": 10})
    # The database was away: they kept beating, and write it hours later.
    all_beat(20, 30)
    service_tend(AT + timedelta(hours=5))
    assert row() == (30, 0, 0, {})
    service_tend(AT + timedelta(hours=5))
    assert row() == (30, 0, 0, {})


def test_hours_in_which_nobody_lived_are_unknown() -> None:
    all_beat(0, 30)
    beat(WORKER, "one", [slot_of(AT + timedelta(hours=3))])
    service_tend(AT + timedelta(hours=3, minutes=20))
    assert row(AT + timedelta(hours=1)) == (0, 0, 30, {"nobody": 30})
    # The worker alone is no service.
    assert row(AT + timedelta(hours=3)) == (0, 1, 29, {"web": 1, "fastagi": 1, "ami": 1,
                                                       "nobody": 29})  # fmt: skip


def test_a_lost_link_is_unknown_and_a_start_alone_is_not() -> None:
    all_beat(0, 60)
    LinkGap.objects.create(
        node="pbx1", epoch="a", reason="link lost",
        started_at=AT + timedelta(seconds=95), ended_at=AT + timedelta(seconds=125),
    )  # fmt: skip
    # From the last word of a quiet night to the start of the listener: beats say it better.
    LinkGap.objects.create(
        node="pbx1", epoch="b", reason="listener started",
        started_at=AT - timedelta(hours=9), ended_at=AT + timedelta(seconds=20),
    )  # fmt: skip
    service_tend(AT + timedelta(minutes=31))
    assert row() == (28, 0, 2, {"link": 2})


def test_one_of_two_nodes_is_enough() -> None:
    all_beat(0, 30)
    beat(AMI, "pbx2", slots(0, 12))
    service_tend(AT + timedelta(minutes=16))
    assert row()[0] == 30


def test_the_quarter_of_now_grows_and_old_beats_are_forgotten() -> None:
    all_beat(0, 60)
    service_tend(AT + timedelta(minutes=5))
    assert row()[0] == 9
    service_tend(AT + timedelta(minutes=21))
    assert row()[0] == 30
    service_tend(AT + KEPT + timedelta(minutes=20))
    assert row()[0] == 30
    assert Heartbeat.objects.filter(slot__lt=AT + timedelta(minutes=20)).count() == 0


def test_without_any_beat_nothing_is_measured() -> None:
    assert service_tend(AT) == 0
    assert not ServiceQuarter.objects.exists()


def test_the_worker_task_measures_and_beats_only_when_beats_are_on(settings: Any) -> None:
    promises_tend()
    assert not Heartbeat.objects.exists()
    settings.HUAWU_HEARTBEAT_S = 10
    promises_tend()
    assert Heartbeat.objects.get().component == WORKER


class Database:
    """A database that may be away."""

    def __init__(self) -> None:
        self.is_away = False
        self.written: list[datetime] = []

    def put(self, _component: str, _instance: str, found: list[datetime]) -> None:
        if self.is_away:
            raise DatabaseError("away")
        self.written += found


@pytest.mark.parametrize(("has_memory", "expected"), [(True, [0, 1, 2, 3]), (False, [0, 3])])
def test_who_serves_without_the_database_remembers_its_beats(
    has_memory: bool, expected: list[int]
) -> None:
    database = Database()
    heart = HeartbeatThread(FASTAGI, has_memory=has_memory, every_s=1, write=database.put)
    heart.look(AT)
    heart.look(AT + timedelta(seconds=10))
    database.is_away = True
    heart.look(AT + SLOT)
    heart.look(AT + 2 * SLOT)
    database.is_away = False
    heart.look(AT + 3 * SLOT)
    assert database.written == [AT + number * SLOT for number in expected]


def test_who_is_not_well_does_not_beat() -> None:
    database, wells = Database(), iter([False, True])
    heart = HeartbeatThread(AMI, is_well=lambda: next(wells), every_s=1, write=database.put)
    heart.look(AT)
    assert database.written == []
    heart.look(AT + timedelta(seconds=10))
    assert database.written == [AT]


def test_the_thread_beats_and_stops() -> None:
    told = threading.Event()
    heart = HeartbeatThread(WEB, every_s=0.01, write=lambda *_: told.set())
    heart.start()
    assert told.wait(10)
    heart.stop()
    off = HeartbeatThread(WEB, every_s=0, write=lambda *_: told.set())
    off.start()
    off.stop()
