"""The script that orders a call-back, against a peer that plays Asterisk."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from apps.acd.models import CallBack, Queue
from apps.core.tenancy import all_tenants
from apps.customers.models import BlacklistEntry
from apps.telephony.agi.call_back import CallBackCall
from apps.telephony.agi.database import DatabaseVisits
from apps.telephony.agi.server import FastAgiServer
from tests.factories import CallBackRuleFactory, DidFactory, QueueFactory
from tests.unit.telephony.agi_client import AsteriskSide, header

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = datetime(2026, 11, 23, 2, 0, 0, 500_000, tzinfo=UTC)


@pytest.fixture
def queue() -> Queue:
    with all_tenants("test"):
        found: Queue = QueueFactory(number="7001", tenant__slug="firma")
        CallBackRuleFactory(tenant=found.tenant, queue=found, by_key=True)
        DidFactory(tenant=found.tenant, number="4008001000")
    return found


@pytest.fixture
def server() -> Iterator[FastAgiServer]:
    visits = DatabaseVisits()
    found = FastAgiServer("127.0.0.1", 0, {"call-back": CallBackCall(visits)})
    found.start()
    yield found
    found.stop(grace_s=0)
    visits.close()


def call(server: FastAgiServer, *keys: str, caller: str = "13800138000", why: str = "key") -> bool:
    """Play one caller who presses; say whether the dialplan hears that it is taken."""
    far = AsteriskSide.connect(server.port)
    joined = str(int(PLACE.timestamp() * 1000))
    words = {"arg_1": "firma-7001", "arg_2": joined, "arg_3": why, "callerid": caller}
    far.send(header(request="agi://127.0.0.1/call-back", **words))
    commands = far.converse(
        {
            'GET VARIABLE "HW_QUEUE_PRIORITY"': ["200 result=1 (3)"],
            'GET VARIABLE "HW_QUEUE_NEEDS"': ["200 result=1 (english:0_60+30_20)"],
            'GET VARIABLE "HW_DID"': ["200 result=1 (4008001000)"],
            "GET DATA": [f"200 result={key}" for key in keys],
        }
    )
    far.close()
    return any("HW_CALL_BACK_DONE" in command for command in commands)


def rows() -> list[CallBack]:
    with all_tenants("test"):
        return list(CallBack.objects.order_by("pk"))


def test_his_place_priority_and_skills_are_kept(queue: Queue, server: FastAgiServer) -> None:
    assert call(server, "1")
    (row,) = rows()
    assert (row.joined_at, row.priority, row.shown) == (PLACE, 3, "4008001000")
    assert row.needs == [["english", [[0.0, 60], [30.0, 20]]]]
    assert (row.source, row.order_linkedid) == ("key", "pbx1-1700000000.1")
    assert call(server, "1")
    assert len(rows()) == 1


def test_an_overflow_rule_is_told_apart(queue: Queue, server: FastAgiServer) -> None:
    assert call(server, "1", why="overflow")
    assert rows()[0].source == "overflow"


def test_who_does_not_confirm_waits_on(queue: Queue, server: FastAgiServer) -> None:
    assert not call(server, "*")
    assert rows() == []


def test_who_is_blacklisted_is_told_so_and_waits_on(queue: Queue, server: FastAgiServer) -> None:
    with all_tenants("test"):
        BlacklistEntry.objects.create(tenant=queue.tenant, number="13800138000", reason="rude")
    assert not call(server, "1", "")
    assert rows() == []


def test_a_queue_that_is_not_there_asks_nothing(server: FastAgiServer) -> None:
    assert not call(server, "1")
