"""The fact writer against a database that is slow, away, or refuses a fact."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from apps.calls import writer as writer_module
from apps.calls.engine.facts import AMI, LEG_STARTED, Fact
from apps.calls.models import Call, CallFact
from apps.calls.services import facts_apply
from apps.calls.spool import Spool
from apps.calls.writer import FactWriter
from apps.core.tenancy import all_tenants
from tests.telephony.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
T0 = datetime(2026, 11, 23, 8, tzinfo=UTC)


def fact(number: int, **data: str) -> Fact:
    linkedid = f"n-{number}"
    return Fact("n", linkedid, f"{linkedid}:started", LEG_STARTED, T0, AMI, linkedid, data)


class Database:
    """Stand between the writer and the real database: away, slow, or refusing one fact."""

    def __init__(self) -> None:
        self.is_away = False
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.poison = ""
        self.poison_error: type[Exception] = ValueError

    def apply(self, facts: Sequence[Fact]) -> Sequence[Call]:
        self.entered.set()
        self.gate.wait(20)
        if self.is_away:
            raise OperationalError("server closed the connection unexpectedly")
        if any(one.key == self.poison for one in facts):
            raise self.poison_error("this fact is no good")
        return facts_apply(facts)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, "x")


@pytest.fixture
def writer(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FactWriter]:
    monkeypatch.setattr(writer_module, "RETRY_S", 0.05)
    made = FactWriter(spool, apply=database.apply)
    made.start()
    yield made
    database.gate.set()
    database.is_away = False
    made.stop()


def known() -> set[str]:
    with all_tenants("test"):
        return set(CallFact.objects.values_list("key", flat=True))


def test_single_fact_is_written_at_once(writer: FactWriter) -> None:
    writer.put(fact(1))
    assert writer.wait_idle(5)
    assert known() == {"n-1:started"}


def test_facts_put_while_the_database_is_away_are_written_when_it_is_back(
    writer: FactWriter, database: Database, spool: Spool
) -> None:
    database.is_away = True
    for number in range(20):
        writer.put(fact(number))
    until(lambda: not spool.is_empty and writer.waiting == 0)
    assert known() == set()

    database.is_away = False
    assert writer.wait_idle(10)
    assert len(known()) == 20
    assert not writer.is_spooling


def test_reader_is_never_blocked_by_a_slow_database(
    writer: FactWriter, database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_WAITING", 5)
    database.gate.clear()
    writer.put(fact(0))
    assert database.entered.wait(5)

    done = threading.Event()

    def put_many() -> None:
        for number in range(1, 200):
            writer.put(fact(number))
        done.set()

    threading.Thread(target=put_many).start()
    assert done.wait(5)
    assert writer.waiting == 5
    assert not spool.is_empty

    database.gate.set()
    assert writer.wait_idle(10)
    assert len(known()) == 200


def test_poison_is_put_aside_and_the_others_are_written(
    writer: FactWriter, database: Database, tmp_path: Path
) -> None:
    database.poison = "n-1:started"
    database.gate.clear()
    writer.put(fact(9))
    assert database.entered.wait(5)
    for number in range(3):
        writer.put(fact(number))
    database.gate.set()
    assert writer.wait_idle(5)

    assert known() == {"n-0:started", "n-2:started", "n-9:started"}
    assert '"n-1:started"' in (tmp_path / "x.refused.jsonl").read_text()


def test_poison_that_looks_like_a_dead_database_does_not_block_for_ever(
    writer: FactWriter, database: Database, tmp_path: Path
) -> None:
    database.poison, database.poison_error = "n-1:started", OperationalError
    for number in range(3):
        writer.put(fact(number))
    assert writer.wait_idle(20)
    assert known() == {"n-0:started", "n-2:started"}
    assert '"n-1:started"' in (tmp_path / "x.refused.jsonl").read_text()


def test_nul_in_a_fact_is_refused_by_postgresql_alone(writer: FactWriter, tmp_path: Path) -> None:
    writer.put(fact(1, caller="a\x00b"))
    writer.put(fact(2))
    assert writer.wait_idle(5)
    assert known() == {"n-2:started"}
    assert (tmp_path / "x.refused.jsonl").exists()


def test_stop_spools_what_the_database_does_not_take(
    database: Database, spool: Spool, tmp_path: Path
) -> None:
    database.gate.clear()
    writer = FactWriter(spool, apply=database.apply)
    writer.start()
    writer.put(fact(0))
    assert database.entered.wait(5)
    writer.put(fact(1))
    writer.stop(flush_s=0.1)
    kept = [one.key for batch in Spool(tmp_path, "x").batches(10) for one in batch]
    assert kept == ["n-0:started", "n-1:started"]

    database.is_away = True
    database.gate.set()
    until(lambda: not any(thread.name == "fact-writer" for thread in threading.enumerate()))
    spool.close()


def test_stop_writes_what_waits(database: Database, spool: Spool) -> None:
    writer = FactWriter(spool, apply=database.apply)
    for number in range(500):
        writer.put(fact(number))
    writer.start()
    writer.stop(flush_s=20)
    assert len(known()) == 500


def test_next_process_replays_what_a_dead_one_spooled(spool: Spool, tmp_path: Path) -> None:
    spool.append([fact(number) for number in range(450)])
    spool.close()
    after = FactWriter(Spool(tmp_path, "x"))
    after.start()
    assert after.wait_idle(20)
    after.stop()
    assert len(known()) == 450


def test_failure_of_what_follows_loses_no_fact(spool: Spool) -> None:
    def after(facts: Sequence[Fact], calls: Sequence[Call]) -> None:
        raise RuntimeError("recordings are not reachable")

    writer = FactWriter(spool, after=after)
    writer.start()
    writer.put(fact(1))
    writer.put(fact(2))
    assert writer.wait_idle(5)
    writer.stop()
    assert len(known()) == 2


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.db import OperationalError
from apps.calls.engine.facts import AMI, LEG_STARTED, Fact
from apps.calls.spool import Spool
from apps.calls.writer import FactWriter
def away(facts):
    raise OperationalError("away")
spool = Spool(Path(sys.argv[1]), "x")
writer = FactWriter(spool, apply=away)
writer.start()
for number in range(1000):
    linkedid = f"n-{number}"
    writer.put(Fact("n", linkedid, linkedid + ":started", LEG_STARTED,
                    datetime(2026, 11, 23, tzinfo=UTC), AMI, linkedid, {}))
while writer.waiting or writer._busy:
    pass
print("spooled", flush=True)
os.kill(os.getpid(), 9)
"""


def test_sigkill_between_spool_and_database_loses_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    assert "spooled" in done.stdout

    after = FactWriter(Spool(tmp_path, "x"))
    after.start()
    assert after.wait_idle(30)
    after.stop()
    assert len(known()) == 1000


def test_connection_killed_by_the_server_is_replaced(writer: FactWriter) -> None:
    writer.put(fact(1))
    assert writer.wait_idle(5)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    writer.put(fact(2))
    assert writer.wait_idle(10)
    assert known() == {"n-1:started", "n-2:started"}
