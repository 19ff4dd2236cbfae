"""Orders to dial: one gate for desk and phone; a token is once, for one agent, for a minute."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Agent
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.calls.ports import phone_system
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry
from apps.switchboard.choices import DialClass
from apps.switchboard.errors import (
    BarredError,
    KeyUsedError,
    NotANumberError,
    OutsideHoursError,
    UnwelcomeError,
)
from apps.switchboard.models import DiallingPlan, DialOrder, DialPermission, ShownNumber
from apps.switchboard.selectors import dial_decision
from apps.switchboard.services import dial_order
from apps.telephony.agi.dial import dial_plan
from tests.factories import (
    AgentFactory,
    DepartmentFactory,
    DidFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db
OUTSIDE = "13900139000"
ABROAD = "+12125550123"


@pytest.fixture
def agent() -> Iterator[Agent]:
    """Agent 1001 of a company with a trunk and two numbers, in the company's scope."""
    with all_tenants("test"):
        TrunkFactory(name="carrier")
        tenant = TenantFactory(slug="demo")
        DidFactory(tenant=tenant, number="4008001000")
        DidFactory(tenant=tenant, number="4008001001")
        made = AgentFactory(tenant=tenant, number="1001", sip_username="demo-1001")
    with tenant_scope(tenant.pk):
        yield made


@pytest.fixture
def asked(settings: Any) -> Any:
    """Return what the phone system was asked."""
    settings.HUAWU_PHONE_SYSTEM = "tests.fixtures.fake_phone_system.FakePhoneSystem"
    phone_system.cache_clear()
    yield phone_system().asked
    phone_system.cache_clear()


def test_browser_phone_dials_the_token_itself_and_the_token_means_the_number(
    agent: Agent, asked: list[Any]
) -> None:
    ordered = dial_order(agent=agent, number=OUTSIDE, by=agent.user)
    assert ordered.token.startswith("*55")
    assert OUTSIDE not in ordered.token
    assert asked == []
    plan = dial_plan(agent.endpoint_web, ordered.token)
    assert (plan.next, plan.target) == ("dial", f"PJSIP/{OUTSIDE}@trunk-carrier")
    assert plan.number == OUTSIDE


def test_token_works_once(agent: Agent, asked: list[Any]) -> None:
    token = dial_order(agent=agent, number=OUTSIDE, by=agent.user).token
    assert dial_plan(agent.endpoint_web, token).next == "dial"
    assert dial_plan(agent.endpoint_web, token).next == "not-in-service"


def test_token_of_another_agent_or_of_yesterday_means_nothing(
    agent: Agent, asked: list[Any]
) -> None:
    stranger = AgentFactory(tenant=agent.tenant, number="1002", sip_username="demo-1002")
    with all_tenants("test"):
        abroad = AgentFactory(tenant=TenantFactory(slug="b"), number="1001", sip_username="b-1001")
    token = dial_order(agent=agent, number=OUTSIDE, by=agent.user).token
    assert dial_plan(stranger.endpoint_web, token).next == "not-in-service"
    assert dial_plan(abroad.endpoint_web, token).next == "not-in-service"
    old = timezone.now() - timedelta(seconds=61)
    late = dial_order(agent=agent, number=OUTSIDE, by=agent.user, now=old).token
    assert dial_plan(agent.endpoint_web, late).next == "not-in-service"
    # None of them used it up.
    assert dial_plan(agent.endpoint_web, token).next == "dial"


def test_desk_phone_is_rung_and_dials_the_token(agent: Agent, asked: list[Any]) -> None:
    agent.phone_kind = "desk"
    agent.save()
    ordered = dial_order(agent=agent, number=OUTSIDE, by=agent.user)
    assert ordered.token == ""
    [(action, args)] = asked
    assert (action, args["endpoint"], args["number"]) == (
        "call_originate",
        "demo-1001",
        ordered.order.token,
    )


def test_somebody_elses_order_rings_a_browser_phone(agent: Agent, asked: list[Any]) -> None:
    lead = AgentFactory(tenant=agent.tenant, number="1009").user
    assert dial_order(agent=agent, number=OUTSIDE, by=lead).token == ""
    assert asked[0][1]["endpoint"] == "demo-1001-web"


def test_refused_numbers_do_not_fill_the_audit_trail(
    agent: Agent, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_AN_HOUR", 3)
    for _time in range(5):
        with pytest.raises(BarredError):
            dial_order(agent=agent, number=ABROAD, by=agent.user)
    assert AuditEntry.objects.filter(action="call.dial_refused").count() == 3
    lead = AgentFactory(tenant=agent.tenant, number="1009").user
    with pytest.raises(BarredError):
        dial_order(agent=agent, number=ABROAD, by=lead)
    assert AuditEntry.objects.filter(action="call.dial_refused", actor=lead).count() == 1


def test_class_is_the_same_for_page_and_phone_and_the_refusal_is_audited(
    agent: Agent, asked: list[Any]
) -> None:
    with pytest.raises(BarredError):
        dial_order(agent=agent, number=ABROAD, by=agent.user)
    assert dial_plan(agent.endpoint_desk, ABROAD).next == "not-allowed"
    entries = list(AuditEntry.objects.filter(action="call.dial_refused").order_by("pk"))
    assert [entry.detail["about"] for entry in entries] == ["", "phone"]
    assert all(ABROAD not in str(entry.detail) for entry in entries)
    assert not DialOrder.objects.exists()
    DialPermission.objects.create(
        tenant=agent.tenant, agent=agent, dial_class=DialClass.INTERNATIONAL
    )
    assert dial_plan(agent.endpoint_desk, ABROAD).next == "dial"


def test_class_taken_away_after_the_order_is_refused_at_the_phone(
    agent: Agent, asked: list[Any]
) -> None:
    token = dial_order(agent=agent, number=OUTSIDE, by=agent.user).token
    DialPermission.objects.create(tenant=agent.tenant, agent=agent, dial_class=DialClass.LOCAL)
    assert dial_plan(agent.endpoint_web, token).next == "not-allowed"


def test_department_above_gives_the_class(agent: Agent) -> None:
    top = DepartmentFactory(tenant=agent.tenant)
    agent.user.department.parent = top
    agent.user.department.save()
    DiallingPlan.objects.create(tenant=agent.tenant, dial_class=DialClass.INTERNAL, limit_s=900)
    assert dial_decision(agent=agent, number=OUTSIDE).why == "barred"
    DialPermission.objects.create(
        tenant=agent.tenant, department=top, dial_class=DialClass.NATIONAL
    )
    found = dial_decision(agent=agent, number=OUTSIDE)
    assert (found.why, found.limit_s) == ("", 900)
    assert dial_plan(agent.endpoint_desk, OUTSIDE).limit_s == 900


def test_blacklisted_customer_is_not_called_however_his_number_is_written(
    agent: Agent, asked: list[Any]
) -> None:
    BlacklistEntry.objects.create(tenant=agent.tenant, number=OUTSIDE, reason="asked for it")
    with pytest.raises(UnwelcomeError):
        dial_order(agent=agent, number="+86" + OUTSIDE, by=agent.user)
    assert dial_plan(agent.endpoint_desk, OUTSIDE).next == "unwelcome"


def test_blacklist_of_another_company_does_not_count(agent: Agent) -> None:
    with all_tenants("test"):
        BlacklistEntry.objects.create(tenant=TenantFactory(slug="b"), number=OUTSIDE, reason="x")
    assert dial_decision(agent=agent, number=OUTSIDE).why == ""


def test_hours_are_the_companys_own(agent: Agent, asked: list[Any]) -> None:
    DiallingPlan.objects.create(tenant=agent.tenant, opens=time(9), closes=time(18))
    night = timezone.now().replace(hour=20)  # 04:00 in Shanghai
    with pytest.raises(OutsideHoursError):
        dial_order(agent=agent, number=OUTSIDE, by=agent.user, now=night)
    assert dial_decision(agent=agent, number="110", now=night).why == ""
    day = timezone.now().replace(hour=3)  # 11:00 there
    assert dial_decision(agent=agent, number=OUTSIDE, now=day).why == ""


def test_number_shown_is_by_queue_then_by_default(agent: Agent) -> None:
    from apps.numbers.models import Did

    queue = QueueFactory(tenant=agent.tenant, number="7001")
    second = Did.objects.get(number="4008001001")
    ShownNumber.objects.create(tenant=agent.tenant, queue=queue, did=second)
    assert dial_decision(agent=agent, number=OUTSIDE).shown == "4008001000"
    assert dial_decision(agent=agent, number=OUTSIDE, queue_number="7001").shown == "4008001001"
    QueueMemberFactory(tenant=agent.tenant, agent=agent, queue=queue)
    assert dial_decision(agent=agent, number=OUTSIDE).shown == "4008001001"
    second.is_active = False
    second.save()
    assert dial_decision(agent=agent, number=OUTSIDE).shown == "4008001000"


def test_same_key_dials_once_and_for_one_call_only(agent: Agent, asked: list[Any]) -> None:
    agent.phone_kind = "desk"
    agent.save()
    first = dial_order(agent=agent, number=OUTSIDE, by=agent.user, key="k")
    again = dial_order(agent=agent, number=OUTSIDE, by=agent.user, key="k")
    assert first.order == again.order
    assert len(asked) == 1
    with pytest.raises(KeyUsedError):
        dial_order(agent=agent, number="13900139001", by=agent.user, key="k")


def test_nonsense_is_told_as_such(agent: Agent, asked: list[Any]) -> None:
    for number in ("", "12#", "1" * 40, "13900139000@evil", "１３９００１３９０００"):
        with pytest.raises(NotANumberError):
            dial_order(agent=agent, number=number, by=agent.user)
