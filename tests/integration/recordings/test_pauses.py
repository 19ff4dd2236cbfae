"""Pausing a recording: who may, what is asked of the phone system, what is left after a start."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Agent
from apps.audit.models import AuditEntry
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import Call
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants
from apps.recordings.pauses import recordings_paused
from tests.factories import AgentFactory, DidFactory
from tests.fixtures.fake_phone_system import FakePhoneSystem

LEG = "pbx1-2.2"


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakePhoneSystem:
    fake = FakePhoneSystem()
    monkeypatch.setattr("apps.recordings.pauses.phone_system", lambda: fake)
    return fake


@pytest.fixture
def agent(db: None) -> Agent:
    with all_tenants("test"):
        found: Agent = AgentFactory()
        DidFactory(tenant=found.tenant, number="4008002000")
    return found


def fact(kind: str, uniqueid: str, second: int, **data: str) -> Fact:
    return Fact(
        node="pbx1",
        linkedid="pbx1-2.1",
        key=f"{uniqueid}:{kind}:{second}",
        kind=kind,
        at=timezone.now() - timedelta(seconds=100 - second),
        source="ami",
        uniqueid=uniqueid,
        data=data,
    )


@pytest.fixture
def call(agent: Agent) -> Call:
    """Give a call in which the agent talks and is recorded."""
    slug = agent.tenant.slug
    mine = f"PJSIP/{agent.sip_username}-00000002"
    facts_apply(
        [
            fact(
                kinds.LEG_STARTED, "pbx1-2.1", 0, channel="PJSIP/trunk-lab-1", caller="13800138000"
            ),
            fact(kinds.ENTERED, "pbx1-2.1", 1, did="4008002000", tenant=slug),
            fact(kinds.LEG_STARTED, LEG, 2, channel=mine),
            fact(kinds.LEG_ANSWERED, "pbx1-2.1", 2),
            fact(kinds.LEG_ANSWERED, LEG, 3, channel=mine),
            fact(kinds.BRIDGED, "pbx1-2.1", 4, bridge="b"),
            fact(kinds.BRIDGED, LEG, 4, bridge="b"),
            fact(kinds.RECORDING_STARTED, LEG, 4, path="/r/a.raw"),
        ]
    )
    with all_tenants("test"):
        found: Call = Call.objects.get(linkedid="pbx1-2.1")
    return found


def press(agent: Agent, call: Call, **fields: str) -> int:
    client = Client()
    client.force_login(agent.user)
    return client.post(f"/calls/{call.pk}/recording-pause/", fields).status_code


def test_the_agent_pauses_his_call_and_it_is_audited(
    agent: Agent, call: Call, system: FakePhoneSystem
) -> None:
    assert press(agent, call, on="1", reason="field") == 204
    assert press(agent, call, on="", reason="<b>") == 204
    asked = [("recording_pause", {"uniqueids": [LEG], "is_on": on}) for on in (True, False)]
    assert system.asked == asked
    with all_tenants("test"):
        entries = AuditEntry.objects.filter(action__startswith="recording.").order_by("pk")
        assert [(one.action, one.detail["reason"]) for one in entries] == [
            ("recording.pause", "field"),
            ("recording.resume", "button"),
        ]


def test_nobody_else_may(agent: Agent, call: Call, system: FakePhoneSystem) -> None:
    with all_tenants("test"):
        colleague, stranger = AgentFactory(tenant=agent.tenant), AgentFactory()
    assert press(colleague, call, on="1") in (403, 404, 409)
    assert press(stranger, call, on="1") == 404
    assert Client().post(f"/calls/{call.pk}/recording-pause/").status_code in (302, 401, 403)
    assert system.asked == []


def test_a_call_that_is_over_or_not_recorded_has_nothing_to_pause(
    agent: Agent, call: Call, system: FakePhoneSystem
) -> None:
    facts_apply([fact(kinds.RECORDING_STOPPED, LEG, 5, path="/r/a.raw")])
    assert press(agent, call, on="1") == 409
    facts_apply([fact(kinds.LEG_ENDED, LEG, 6), fact(kinds.LEG_ENDED, "pbx1-2.1", 6)])
    assert press(agent, call, on="1") in (404, 409)
    assert system.asked == []


def test_a_start_learns_from_the_ledger_what_is_paused(agent: Agent, call: Call) -> None:
    assert recordings_paused("pbx1") == {}
    paused = fact(kinds.RECORDING_PAUSED, LEG, 50)
    facts_apply([paused])
    assert recordings_paused("pbx1") == {LEG: paused.at + timedelta(seconds=120)}
    assert recordings_paused("pbx2") == {}
    facts_apply([fact(kinds.RECORDING_RESUMED, LEG, 60)])
    assert recordings_paused("pbx1") == {}
