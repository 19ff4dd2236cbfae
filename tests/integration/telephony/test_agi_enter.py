"""The AGI scripts against a peer that plays Asterisk, with the demo companies in PostgreSQL."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.acd.models import Queue
from apps.calls.engine.facts import Fact
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry
from apps.demo.services import demo_companies_make
from apps.ivr import last_known
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.models import EntryPoint, Flow
from apps.ivr.services import FlowRefusedError, flow_publish
from apps.telephony.agi import blacklist
from apps.telephony.agi import enter as enter_module
from apps.telephony.agi.database import DatabaseVisits
from apps.telephony.agi.dial import Dial
from apps.telephony.agi.enter import Enter
from apps.telephony.agi.server import FastAgiServer
from apps.tenants.models import Tenant
from tests.telephony.waiting import until
from tests.unit.telephony.agi_client import AsteriskSide, header

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Kept:
    """A sink that keeps."""

    facts: list[Fact] = field(default_factory=list)

    def put(self, fact: Fact) -> None:
        self.facts.append(fact)

    def path(self) -> list[tuple[str, str]]:
        """Give (node, keys) of the way through the flow."""
        return [(f.data["node"], f.data["keys"]) for f in self.facts if f.kind == "node"]

    def last(self, kind: str) -> dict[str, object]:
        """Give the data of the last fact of a kind."""
        return [f.data for f in self.facts if f.kind == kind][-1]


@dataclass
class Lab:
    """A server with the scripts, and what it told."""

    server: FastAgiServer
    sink: Kept
    visits: DatabaseVisits
    is_shared: bool = False  # other calls are live meanwhile

    @staticmethod
    def press(left: list[str], most: int) -> str | None:
        """Give what Asterisk answers to GET DATA for these keys; None for the hang-up."""
        pressed = ""
        while len(pressed) < most:
            key = left.pop(0) if left else "-"
            if key == "!":
                return None
            if key == "#":
                return pressed
            if key == "-":
                return f"{pressed} (timeout)"
            pressed += key
        return pressed

    def call(self, did: str, keys: str = "", *, caller: str = "13800138000", **extra: str) -> dict:
        """Play one call and give what was set. In `keys` `-` is silence, `!` the hang-up."""
        far = AsteriskSide.connect(self.server.port)
        far.send(header(arg_1=did, extension=did, callerid=caller, **extra))
        left, found, said = list(keys), {}, []
        while command := far.command():
            if command.startswith("SET VARIABLE "):
                name, _, value = command.removeprefix("SET VARIABLE ").partition(" ")
                found[name] = value.strip('"')
                found["order"] = [*found.get("order", []), name]
                far.answer()
            elif command.startswith("GET DATA"):
                said.append(command.split('"')[1])
                most = int(command.rpartition(" ")[2])
                pressed = self.press(left, most)
                if pressed is None:
                    far.answer("HANGUP")
                    break
                far.answer(f"200 result={pressed}")
            else:
                said.append(command)
                far.answer()
        far.close()
        until(lambda: self.server.live == 0 or self.is_shared, 5)
        return found | {"said": said}


@pytest.fixture
def lab(settings: Any) -> Iterator[Lab]:
    # Fourteen people a test: a hash that takes no time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_companies_make()
    sink, visits = Kept(), DatabaseVisits()
    scripts = {"enter": Enter(sink, visits), "dial": Dial(sink, visits)}
    server = FastAgiServer("127.0.0.1", 0, scripts)
    server.start()
    yield Lab(server, sink, visits)
    server.stop(grace_s=0)
    visits.close()


def test_key_one_leads_to_the_sales_queue_and_the_next_step_is_set_last(lab: Lab) -> None:
    found = lab.call("4008001000", "1")
    assert found["HW_NEXT"] == "queue"
    assert found["HW_QUEUE"] == "demo-7001"
    assert found["HW_QUEUE_WAIT_S"] == "30"
    assert found["HW_VM_BOX"] == "demo-7001"
    assert found["HW_TENANT"] == "demo"
    assert found["order"][-1] == "HW_NEXT"
    assert lab.sink.path() == [("main", "1"), ("sales", "")]


def test_a_queue_without_a_box_takes_away_that_of_the_queue_before(lab: Lab) -> None:
    with all_tenants("test"):
        Queue.objects.filter(number="7001").update(has_voicemail=False)
    assert lab.call("4008001000", "1")["HW_VM_BOX"] == ""
    assert lab.sink.last("entered")["tenant"] == "demo"
    assert lab.sink.last("decided")["target"] == "demo-7001"
    assert {fact.linkedid for fact in lab.sink.facts} == {"pbx1-1700000000.1"}
    assert len({fact.key for fact in lab.sink.facts}) == len(lab.sink.facts)


@pytest.mark.parametrize(
    ("did", "keys", "step", "queue"),
    [
        ("4008001000", "21", "queue", "demo-7021"),
        ("4008001000", "22", "queue", "demo-7022"),
        ("4008001000", "2*1", "queue", "demo-7001"),
        ("4008001000", "91", "queue", "demo-7001"),
        ("4008001000", "0", "queue", "demo-7000"),
        ("4008001000", "77777", "queue", "demo-7000"),
        ("4008001000", "------", "queue", "demo-7000"),
        ("4008002000", "", "queue", "demo-7002"),
        ("4008005000", "", "queue", "b-7001"),
        ("4008009000", "", "tone", None),
    ],
)
def test_demo_numbers_lead_where_the_contract_says(
    lab: Lab, did: str, keys: str, step: str, queue: str | None
) -> None:
    found = lab.call(did, keys)
    assert (found["HW_NEXT"], found.get("HW_QUEUE")) == (step, queue)


@pytest.mark.parametrize(("did", "keys"), [("4008001000", "8"), ("4008003000", "")])
def test_messages_go_to_a_box_that_somebody_reads(lab: Lab, did: str, keys: str) -> None:
    found = lab.call(did, keys)
    assert (found["HW_NEXT"], found["HW_VM_BOX"]) == ("voicemail", "demo-7000")


def test_balance_is_spoken_and_the_pin_stays_secret(lab: Lab) -> None:
    found = lab.call("4008001000", "3880001#246810#0")
    said = " ".join(found["said"])
    assert "balance-is" in said
    assert "number-liang" not in said.partition("balance-is")[0]
    assert ("account", "880001") in lab.sink.path()
    assert ("account", "******") in lab.sink.path()
    assert all("246810" not in fact.to_json() for fact in lab.sink.facts)
    assert found["HW_QUEUE"] == "demo-7000"


def test_other_companys_account_is_unknown(lab: Lab) -> None:
    with tenant_scope(Tenant.objects.get(slug="b").pk):
        flow = EntryPoint.objects.get(did__number="4008005000").flow
        flow_publish(flow=flow, document=all_account_document())
    found = lab.call("4008005000", "880001#246810#")
    assert "huawu/account-locked" in " ".join(found["said"])


def all_account_document() -> dict[str, object]:
    return {
        "name": "x",
        "start": "account",
        "nodes": {
            "account": {"kind": "account", "tries": 1, "to": "end", "on_failed": "end"},
            "end": {"kind": "hangup"},
        },
    }


def test_blacklisted_caller_is_refused_before_the_call_is_answered(lab: Lab) -> None:
    found = lab.call("4008001000", caller="13700137000")
    assert (found["HW_NEXT"], found["HW_HANGUP_CAUSE"]) == ("refuse", "21")
    assert found["said"] == []
    assert lab.sink.last("decided")["reason"] == "blacklisted"


@pytest.mark.parametrize(
    ("action", "next_", "said"),
    [("busy", "busy", []), ("message", "hangup", ["call-refused"])],
)
def test_unwelcome_caller_hears_what_the_entry_says_and_counts_as_refused(
    lab: Lab, action: str, next_: str, said: list[str]
) -> None:
    with all_tenants("test"):
        BlacklistEntry.objects.update(action=action)
    found = lab.call("4008001000", caller="13700137000")
    assert found["HW_NEXT"] == next_
    assert [word for word in said if word not in str(found["said"])] == []
    assert bool(found["said"]) == bool(said)
    assert lab.sink.last("decided")["next"] == "refuse"


@pytest.mark.parametrize(
    ("queue", "goes_to"), [("7002", "demo-7002"), ("7999", "demo-7000")], ids=["there", "gone"]
)
def test_unwelcome_caller_may_wait_behind_everybody(lab: Lab, queue: str, goes_to: str) -> None:
    with all_tenants("test"):
        BlacklistEntry.objects.update(action="queue", queue_number=queue)
    found = lab.call("4008001000", caller="13700137000")
    assert (found["HW_NEXT"], found["HW_QUEUE"]) == ("queue", goes_to)
    assert found["HW_QUEUE_PRIORITY"] == "-1"
    assert lab.call("4008001000", "1")["HW_QUEUE_PRIORITY"] == "0"


def test_companys_blacklist_is_its_own(lab: Lab) -> None:
    assert lab.call("4008005000", caller="13700137000")["HW_NEXT"] == "queue"
    with all_tenants("test"):
        assert BlacklistEntry.objects.count() == 1


def test_number_of_nobody_is_not_in_service(lab: Lab) -> None:
    assert lab.call("4009999999")["HW_NEXT"] == "not-in-service"


def test_hang_up_in_the_menu_decides_nothing(lab: Lab) -> None:
    found = lab.call("4008001000", "2!")
    assert "HW_NEXT" not in found
    assert lab.sink.path() == [("main", "2"), ("support", "")]
    assert all(fact.kind != "decided" for fact in lab.sink.facts)


def test_new_version_is_in_force_on_a_call_two_seconds_later(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab.call("4008002000")["HW_NEXT"] == "queue"
    with all_tenants("test"):
        flow = Flow.objects.get(entry_points__did__number="4008002000")
        version = flow_publish(flow=flow, document=hangup_document())
        with pytest.raises(FlowRefusedError):
            flow_publish(flow=flow, document={"start": "x", "nodes": {}})
        with pytest.raises(FlowRefusedError, match="node 'end'"):
            flow_publish(flow=flow, document=queue_document("9999"))
    assert version.number == 2
    monkeypatch.setattr(last_known, "FRESH_S", 0.0)
    monkeypatch.setattr(last_known, "BEARABLE_S", 0.0)
    assert lab.call("4008002000")["HW_NEXT"] == "hangup"
    assert lab.sink.last("entered")["version"] == 2


def hangup_document() -> dict[str, object]:
    return {"name": "x", "start": "end", "nodes": {"end": {"kind": "hangup"}}}


def queue_document(queue: str) -> dict[str, object]:
    return {"name": "x", "start": "end", "nodes": {"end": {"kind": "queue", "queue": queue}}}


def test_database_away_the_last_known_flow_goes_on_without_customer(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab.call("4008001000", "1")["HW_NEXT"] == "queue"
    monkeypatch.setattr(last_known, "FRESH_S", 0.0)
    monkeypatch.setattr(last_known, "BEARABLE_S", 0.0)

    def away(read: object) -> None:
        raise LookupFailedError("away")

    monkeypatch.setattr(lab.visits, "visit", away)
    found = lab.call("4008001000", "1")
    assert (found["HW_NEXT"], found["HW_QUEUE"]) == ("queue", "demo-7001")
    assert lab.call("4008001000", caller="13700137000")["HW_NEXT"] == "refuse"


def test_blacklist_that_cannot_be_asked_refuses_nobody(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(tenant_id: int) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(blacklist, "entries_of", away)
    assert lab.call("4008001000", "1", caller="13700137000")["HW_NEXT"] == "queue"


def test_long_blacklist_is_asked_number_by_number(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blacklist, "MAX_KEPT_WHOLE", 0)
    assert lab.call("4008001000", caller="13700137000")["HW_NEXT"] == "refuse"
    assert lab.call("4008001000", "1")["HW_NEXT"] == "queue"


def test_entry_that_has_expired_refuses_nobody(lab: Lab) -> None:
    with all_tenants("test"):
        BlacklistEntry.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert lab.call("4008001000", "1", caller="13700137000")["HW_NEXT"] == "queue"


def test_database_away_from_the_start_leaves_the_caller_to_the_fallback(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(did: str) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(enter_module, "entry_plan", away)
    assert "HW_NEXT" not in lab.call("4008001000", "1")


def test_a_hundred_callers_at_once_are_all_served(lab: Lab) -> None:
    lab.is_shared = True
    found: list[str] = []
    callers = [
        threading.Thread(target=lambda: found.append(lab.call("4008001000", "1")["HW_NEXT"]))
        for _ in range(100)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    assert found == ["queue"] * 100
