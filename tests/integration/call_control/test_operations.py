"""Call operations: whose call it is, where it may go, what the phone system is asked."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import Agent
from apps.audit.models import AuditEntry
from apps.calls.card_items import Asked, CardItem
from apps.calls.engine import facts as kinds
from apps.calls.models import Call
from apps.calls.selectors import call_live_for_agent
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry
from apps.switchboard.models import DiallingPlan
from tests.factories import (
    AgentFactory,
    UserFactory,
)
from tests.integration.call_control.a_talk import LEG, LINKED, NOW, OTHER, fact, press

pytestmark = pytest.mark.django_db


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


def test_the_giver_reads_who_declined_and_why_until_he_asks_the_next(
    agent: Agent, colleague: Agent, call: Call
) -> None:
    test_the_colleague_has_the_customers_card_before_he_answers(agent, colleague, call)
    assert press(colleague.user, call, "decline", reason="technical") == 204
    declined = {
        "by": {"number": "1005", "name": colleague.user.display_name},
        "reason": "technical",
    }

    def cards(*people: Agent) -> list[Any]:
        with tenant_scope(agent.tenant_id):
            return [call_live_for_agent(one)[0]["declined"] for one in people]

    # Who declined is told nothing new.
    assert cards(agent, colleague) == [declined, None]
    # His phone may be quicker than the reason: what has just rung may still be declined.
    his, ended = f"PJSIP/{colleague.endpoint_web}-03", datetime.now(UTC)
    facts_apply([fact(kinds.LEG_ENDED, (ended - NOW).total_seconds(), OTHER, his, cause="21")])
    assert press(colleague.user, call, "decline", reason="busy") == 204
    assert cards(agent)[0]["reason"] == "busy"
    # Given to the next, it is no news any more; what a queue's agent declines never is.
    for after, kind in ((3.0, "agent"), (6.0, "queue")):
        seconds = (datetime.now(UTC) - NOW).total_seconds() + after
        data = {"step": "transferring", "by": agent.sip_username, "kind": kind, "to": "7021"}
        caller = "PJSIP/trunk-carrier-01"
        facts_apply([fact(kinds.CONTROL, seconds, LINKED, caller, **data)])
        assert cards(agent) == [None]


def test_what_is_over_for_long_cannot_be_declined(
    agent: Agent, colleague: Agent, call: Call
) -> None:
    test_the_colleague_has_the_customers_card_before_he_answers(agent, colleague, call)
    his = f"PJSIP/{colleague.endpoint_web}-03"
    facts_apply([fact(kinds.LEG_ENDED, 12, OTHER, his, cause="19")])
    assert press(colleague.user, call, "decline", reason="busy") == 409
