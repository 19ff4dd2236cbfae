"""Call operations: whose call it is, where it may go, what the phone system is asked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.audit.models import AuditEntry
from apps.calls import resolve
from apps.calls.card_items import Asked, CardItem
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.calls.selectors import call_live_for_agent
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry
from apps.switchboard.models import DiallingPlan
from tests.factories import (
    AgentFactory,
    DidFactory,
    QueueFactory,
    TenantFactory,
    TrunkFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LINKED, LEG, OTHER = "pbx1-1790000000.1", "pbx1-1790000000.2", "pbx1-1790000000.3"
NOW = datetime.now(UTC) - timedelta(minutes=1)


@pytest.fixture
def agent() -> Agent:
    with all_tenants("test"):
        TrunkFactory(name="carrier")
        tenant = TenantFactory()
        DidFactory(tenant=tenant, number="4008002000")
        QueueFactory(tenant=tenant, number="7021")
        made: Agent = AgentFactory(tenant=tenant, number="1004")
    return made


@pytest.fixture
def colleague(agent: Agent) -> Agent:
    with all_tenants("test"):
        made: Agent = AgentFactory(tenant=agent.tenant, number="1005")
    return made


@pytest.fixture
def asked(settings: LazySettings) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    settings.HUAWU_PHONE_SYSTEM = "tests.fixtures.fake_phone_system.FakePhoneSystem"
    phone_system.cache_clear()
    yield phone_system().asked  # type: ignore[attr-defined]
    phone_system.cache_clear()


def fact(name: str, after_s: float, leg: str, channel: str, **data: Any) -> Fact:
    return Fact(
        node="pbx1",
        linkedid=LINKED,
        key=f"{leg}:{name}:{after_s}",
        kind=name,
        at=NOW + timedelta(seconds=after_s),
        source=kinds.AMI,
        uniqueid=leg,
        data={"channel": channel, **data},
    )


def talk(agent: Agent) -> list[Fact]:
    caller, his = "PJSIP/trunk-carrier-01", f"PJSIP/{agent.endpoint_web}-02"
    return [
        fact(kinds.LEG_STARTED, 0, LINKED, caller, caller="13609200001", exten="4008002000"),
        fact(kinds.ENTERED, 0, LINKED, caller, tenant=agent.tenant.slug, did="4008002000"),
        fact(kinds.LEG_ANSWERED, 0, LINKED, caller),
        fact(kinds.LEG_STARTED, 1, LEG, his),
        fact(kinds.LEG_ANSWERED, 2, LEG, his),
        fact(kinds.BRIDGED, 2, LINKED, caller, bridge="b"),
        fact(kinds.BRIDGED, 2, LEG, his, bridge="b"),
    ]


@pytest.fixture
def call(agent: Agent) -> Call:
    resolve.agents.clear()
    resolve.tenants.clear()
    (made,) = facts_apply(talk(agent))
    return made


def press(user: User, call: Call, operation: str, **fields: str) -> int:
    client = Client()
    client.force_login(user)
    return client.post(f"/calls/{call.pk}/{operation}/", fields).status_code


def test_hold_is_ordered_and_audited(agent: Agent, call: Call, asked: list[Any]) -> None:
    assert press(agent.user, call, "hold") == 204
    ((what, order),) = asked
    assert what == "call_control"
    assert (order["operation"], order["agent"], order["customer"]) == ("hold", LEG, LINKED)
    assert order["back"] == (agent.endpoint_web,)
    with all_tenants("test"):
        entry = AuditEntry.objects.get(action="call.hold")
    assert (entry.actor, entry.object_id) == (agent.user, str(call.pk))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "agent", "to": "1005"}, 204),
        ({"kind": "extension", "to": "1005"}, 204),
        ({"kind": "queue", "to": "7021"}, 204),
        ({"kind": "external", "to": "13900139000"}, 204),
        ({"kind": "agent", "to": "7021"}, 422),
        ({"kind": "queue", "to": "1005"}, 422),
        ({"kind": "agent", "to": "13900139000"}, 422),
        ({"kind": "external", "to": "13700137000"}, 403),
        ({"kind": "external", "to": "+12125550123"}, 403),
        ({"kind": "external", "to": "1&PJSIP/2"}, 422),
        ({"kind": "agent", "to": "1004"}, 422),
        ({"kind": "", "to": "1005"}, 422),
        ({}, 422),
    ],
    ids=str,
)
def test_where_a_call_may_go(
    agent: Agent,
    colleague: Agent,
    call: Call,
    asked: list[Any],
    fields: dict[str, str],
    status: int,
) -> None:
    with all_tenants("test"):
        BlacklistEntry.objects.create(tenant=agent.tenant, number="13700137000")
    assert press(agent.user, call, "transfer", **fields) == status
    assert len(asked) == (status == 204)


@pytest.mark.parametrize("operation", ["transfer", "consult"])
def test_a_call_outside_has_the_agents_limit(
    agent: Agent, call: Call, asked: list[Any], operation: str
) -> None:
    with all_tenants("test"):
        DiallingPlan.objects.create(tenant=agent.tenant, limit_s=900)
    assert press(agent.user, call, operation, kind="external", to="13900139000") == 204
    assert asked[0][1]["destination"]["limit_s"] == 900


def test_a_queue_is_not_consulted(agent: Agent, call: Call, asked: list[Any]) -> None:
    assert press(agent.user, call, "consult", kind="queue", to="7021") == 422
    assert asked == []


@pytest.mark.parametrize("operation", ["unhold", "swap", "complete", "drop", "take-back", "unpark"])
def test_what_does_not_fit_now_is_refused(
    agent: Agent, call: Call, asked: list[Any], operation: str
) -> None:
    assert press(agent.user, call, operation, party=LINKED) == 409
    assert asked == []


@pytest.mark.parametrize(
    "operation", ["hold", "transfer", "consult", "complete", "leave", "drop", "park", "take-back"]
)
def test_strangers_move_nobodys_call(
    agent: Agent, colleague: Agent, call: Call, asked: list[Any], operation: str
) -> None:
    with all_tenants("test"):
        stranger = AgentFactory(number="1004", sip_username="b-1004").user
        lead = UserFactory(
            tenant=agent.tenant, department=agent.user.department, role=Role.TEAM_LEAD
        )
        elsewhere = UserFactory(tenant=agent.tenant, role=Role.TEAM_LEAD)
    fields = {"kind": "agent", "to": "1005", "party": LEG}
    found = {
        name: press(user, call, operation, **fields)
        for name, user in (
            ("company", stranger),
            ("colleague", colleague.user),
            ("department", elsewhere),
            # Sees the call; it is not his all the same.
            ("lead", lead),
        )
    }
    assert found == {"company": 404, "colleague": 404, "department": 404, "lead": 403}
    assert asked == []


def test_only_a_post_moves_a_call(agent: Agent, call: Call, asked: list[Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(agent.user)
    assert client.get(f"/calls/{call.pk}/hold/").status_code == 405
    assert client.post(f"/calls/{call.pk}/hold/").status_code == 403
    assert asked == []


def test_the_colleague_has_the_customers_card_before_he_answers(
    agent: Agent, colleague: Agent, call: Call
) -> None:
    his = f"PJSIP/{colleague.endpoint_web}-03"
    caller = "PJSIP/trunk-carrier-01"
    facts_apply(
        [
            fact(kinds.UNBRIDGED, 10, LINKED, caller, bridge="b"),
            fact(
                kinds.CONTROL,
                10,
                LINKED,
                caller,
                step="transferring",
                by=agent.sip_username,
                kind="agent",
                to="1005",
            ),
            fact(kinds.LEG_ENDED, 10, LEG, f"PJSIP/{agent.endpoint_web}-02", cause="16"),
            fact(kinds.LEG_STARTED, 11, OTHER, his),
        ]
    )
    with tenant_scope(agent.tenant_id):
        (card,) = call_live_for_agent(colleague)
        (mine,) = call_live_for_agent(agent)
    assert (card["state"], card["caller"]["number"]) == ("ringing", "13609200001")
    assert card["control"] is None
    assert mine["state"] == "held"
    assert mine["control"] is not None
    assert mine["control"]["mode"] == "transferring"
    assert [one["number"] for one in mine["control"]["parties"]] == ["13609200001", "1005"]


def test_the_sender_may_take_him_back(
    agent: Agent, colleague: Agent, call: Call, asked: list[Any]
) -> None:
    test_the_colleague_has_the_customers_card_before_he_answers(agent, colleague, call)
    assert press(colleague.user, call, "take-back") == 409
    assert press(agent.user, call, "take-back") == 204
    assert asked[0][1]["operation"] == "take-back"


def test_the_note_is_on_the_colleagues_card_before_he_answers_and_stays(
    agent: Agent, colleague: Agent, call: Call, asked: list[Any]
) -> None:
    fields = {"kind": "agent", "to": "1005", "note": "  <b>Wants</b> a refund\0\r\nsince May "}
    assert press(agent.user, call, "transfer", **fields) == 204
    assert asked[0][0] == "call_control"
    after = (datetime.now(UTC) + timedelta(seconds=1) - NOW).total_seconds()
    facts_apply(
        [
            fact(
                kinds.CONTROL,
                after,
                LINKED,
                "PJSIP/trunk-carrier-01",
                step="transferring",
                by=agent.sip_username,
                kind="agent",
                to="1005",
            ),
            fact(kinds.LEG_STARTED, after + 1, OTHER, f"PJSIP/{colleague.endpoint_web}-03"),
        ]
    )
    with tenant_scope(agent.tenant_id):
        (card,) = call_live_for_agent(colleague)
    assert card["state"] == "ringing"
    assert card["transfer"] == {
        "by": {"number": "1004", "name": agent.user.display_name},
        "note": "<b>Wants</b> a refund\nsince May",
    }
    assert card["open_items"] == []
    client = Client()
    client.force_login(agent.user)
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert page.count('data-testid="kept-transfer-note"') == 1
    assert "&lt;b&gt;Wants&lt;/b&gt;" in page


def test_a_refused_transfer_keeps_no_note(agent: Agent, call: Call, asked: list[Any]) -> None:
    fields = {"kind": "external", "to": "+12125550123", "note": "Lost"}
    assert press(agent.user, call, "transfer", **fields) == 403
    assert press(agent.user, call, "hold", note="Lost") == 204
    client = Client()
    client.force_login(agent.user)
    assert "kept-transfer-note" not in client.get(f"/calls/{call.pk}/").content.decode()


def test_others_put_what_is_open_on_the_card(
    agent: Agent, call: Call, settings: LazySettings
) -> None:
    settings.HUAWU_CARD_ITEMS = ["tests.integration.call_control.test_operations.open_orders"]
    with tenant_scope(agent.tenant_id):
        (card,) = call_live_for_agent(agent)
    assert card["open_items"] == [
        {"kind": "work_order", "title": f"1 {agent.user.username}", "url": f"/x/{call.pk}/"}
    ]


def open_orders(asked: Sequence[Asked]) -> list[list[CardItem]]:
    return [
        [{"kind": "work_order", "title": f"1 {user.username}", "url": f"/x/{call.pk}/"}]
        for user, call in asked
    ]


def test_leads_see_who_declined_on_the_calls_page(agent: Agent, call: Call) -> None:
    with all_tenants("test"):
        AuditEntry.objects.create(
            tenant=agent.tenant,
            actor=agent.user,
            action="call.declined",
            object_type="call",
            object_id=str(call.pk),
            detail={"agent": "1004", "reason": "technical"},
        )
        lead = UserFactory(tenant=agent.tenant, role=Role.ADMIN)
    for user, times in ((lead, 1), (agent.user, 0)):
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        page = client.get(f"/calls/{call.pk}/").content.decode()
        assert page.count('data-testid="call-decline"') == times
        assert page.count("1004: Trouble with phone or computer") == times
