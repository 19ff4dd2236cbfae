"""What answers a number: fresh within seconds, the last known while the database is away."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import OperationalError

from apps.ivr.engine.documents import flow_parse
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.last_known import MAX_KEPT
from apps.ivr.selectors import EntryPlan, EntryPlanError, EntryPlans

FLOW = flow_parse({"name": "x", "start": "end", "nodes": {"end": {"kind": "hangup"}}})


def plan(did: str, version: int = 1) -> EntryPlan:
    return EntryPlan(
        did=did,
        tenant_id=1,
        tenant_slug="demo",
        flow=FLOW,
        version=version,
        queues={},
        fallback=None,
    )


@dataclass
class Database:
    """A database of plans whose clock stands still until told."""

    rows: dict[str, EntryPlan | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    now: float = 100.0

    def read(self, did: str) -> EntryPlan | None:
        self.asked.append(did)
        found = self.rows.get(did)
        if isinstance(found, Exception):
            raise found
        return found

    def plans(self) -> EntryPlans:
        return EntryPlans(self.read, lambda: self.now)


def test_plan_is_read_once_and_again_when_two_seconds_old() -> None:
    database = Database({"1": plan("1")})
    plans = database.plans()
    assert [plans.get("1") for _ in range(3)] == [plan("1")] * 3
    database.rows["1"] = plan("1", version=2)
    database.now += 1.9
    assert plans.get("1") == plan("1")
    database.now += 0.2
    assert plans.get("1") == plan("1", version=2)
    assert database.asked == ["1", "1"]


def test_plan_long_not_asked_for_is_never_given_old() -> None:
    database = Database({"1": plan("1")})
    plans = database.plans()
    plans.get("1")
    database.rows["1"] = plan("1", version=2)
    database.now += 3600
    assert plans.get("1") == plan("1", version=2)


def test_number_taken_from_its_company_stops_working() -> None:
    database = Database({"1": plan("1")})
    plans = database.plans()
    plans.get("1")
    del database.rows["1"]
    database.now += 5
    assert plans.get("1") is None


@pytest.mark.parametrize(
    "error", [OperationalError("away"), LookupFailedError("away"), EntryPlanError("cannot run")]
)
def test_last_known_goes_on_while_reading_fails_and_is_not_asked_for_each_call(
    error: Exception,
) -> None:
    database = Database({"1": plan("1")})
    plans = database.plans()
    plans.get("1")
    database.rows["1"] = error
    database.now += 3600
    assert [plans.get("1") for _ in range(5)] == [plan("1")] * 5
    assert database.asked == ["1", "1"]


def test_reading_that_fails_before_anything_is_known_is_the_callers_error() -> None:
    database = Database({"1": OperationalError("away")})
    plans = database.plans()
    with pytest.raises(OperationalError):
        plans.get("1")
    database.rows["1"] = plan("1")
    assert plans.get("1") == plan("1")


def test_flood_of_wrong_numbers_does_not_push_out_a_plan_in_use() -> None:
    database = Database({"1": plan("1")})
    plans = database.plans()
    plans.get("1")
    for number in range(3 * MAX_KEPT):
        assert plans.get(f"9{number}") is None
    database.rows["1"] = OperationalError("away")
    database.now += 3600
    assert plans.get("1") == plan("1")
    assert len(plans) <= MAX_KEPT + 1


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return found


def test_of_many_callers_at_once_one_reads() -> None:
    database = Database({"1": plan("1")})
    reading, go_on = threading.Event(), threading.Event()

    def slow(did: str) -> EntryPlan | None:
        reading.set()
        go_on.wait(10)
        return database.read(did)

    plans = EntryPlans(slow, lambda: database.now)
    first = threading.Thread(target=plans.get, args=("1",))
    first.start()
    reading.wait(10)
    others = threading.Thread(target=lambda: kept.extend(in_threads(20, lambda: plans.get("1"))))
    kept: list[object] = []
    others.start()
    go_on.set()
    first.join(10)
    others.join(10)
    assert kept == [plan("1")] * 20
    assert database.asked == ["1"]


def test_while_one_reads_the_others_take_the_plan_that_is_a_moment_old() -> None:
    database = Database({"1": plan("1")})
    go_on = threading.Event()
    go_on.set()
    reading = threading.Event()

    def slow(did: str) -> EntryPlan | None:
        reading.set()
        go_on.wait(10)
        return database.read(did)

    plans = EntryPlans(slow, lambda: database.now)
    plans.get("1")
    database.rows["1"] = plan("1", version=2)
    database.now += 2.5
    go_on.clear()
    reading.clear()
    reader = threading.Thread(target=plans.get, args=("1",))
    reader.start()
    reading.wait(10)
    assert plans.get("1") == plan("1")  # at once, though the reader still waits
    go_on.set()
    reader.join(10)
    assert plans.get("1") == plan("1", version=2)
