"""Working with a mobile: who may, what Asterisk is told, what rings."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Agent
from apps.acd.errors import NoOutsidePhoneError
from apps.acd.floor_rows import floor_rows
from apps.acd.selectors import agent_session_open, member_wishes
from apps.acd.services import agent_sign_in
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.switchboard.choices import DialClass
from apps.switchboard.errors import BarredError, NotANumberError, OutsideInUseError
from apps.switchboard.models import DialPermission
from apps.switchboard.outside import agent_outside_set
from apps.telephony.agi.dial import dial_plan
from apps.telephony.conf.render import dids_conf
from apps.telephony.conf.rows import conf_fingerprint, conf_rows
from tests.factories import (
    AgentFactory,
    DidFactory,
    QueueMemberFactory,
    TenantFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db
MOBILE = "13911110001"
RINGS = "Local/demo-1001-pstn@huawu-outside/n"


@pytest.fixture
def agent() -> Iterator[Agent]:
    """Agent 1001, who serves a queue, in his company's scope."""
    with all_tenants("test"):
        TrunkFactory(name="carrier")
        tenant = TenantFactory(slug="demo")
        DidFactory(tenant=tenant, number="4008001000")
        made = AgentFactory(tenant=tenant, number="1001", sip_username="demo-1001")
        AgentFactory(tenant=tenant, number="1002", sip_username="demo-1002")
        QueueMemberFactory(tenant=tenant, agent=made, queue__number="7001")
    with tenant_scope(tenant.pk):
        yield made


def choose(agent: Agent, **fields: str) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(agent.user)
    wish = {"has_outside": "1", "phone_kind": "pstn", "outside_number": MOBILE, **fields}
    return client.post("/settings/", wish).content.decode()


def test_agent_at_a_mobile_is_rung_there_by_everything(agent: Agent) -> None:
    before = conf_fingerprint()
    assert "settings-fault" not in choose(agent, outside_number="139 1111-0001")
    agent.refresh_from_db()
    assert (agent.phone_kind, agent.outside_number) == ("pstn", MOBILE)
    agent_sign_in(agent=agent)
    assert [wish.interface for wish in member_wishes(agent)] == [RINGS]
    [row] = floor_rows().agents
    assert row.phone == "demo-1001-pstn"
    assert dial_plan("demo-1002", "1001").target == RINGS
    assert conf_fingerprint() != before
    conf = dids_conf(conf_rows())
    assert f"Set(HW_OUTSIDE_DIAL=PJSIP/{MOBILE}@trunk-carrier)" in conf
    assert "Set(HW_OUTSIDE_SHOWN=4008001000)" in conf
    entry = AuditEntry.objects.get(action="agent.outside_number")
    assert entry.detail["number"] == "139****0001"


def test_key_is_asked_for_where_he_wants_it(agent: Agent) -> None:
    choose(agent)
    assert "HW_OUTSIDE_ASKS=)" in dids_conf(conf_rows())
    choose(agent, confirms_outside="1")
    assert "HW_OUTSIDE_ASKS=1)" in dids_conf(conf_rows())


def test_without_a_number_nobody_works_with_a_mobile(agent: Agent) -> None:
    assert "settings-fault" in choose(agent, outside_number="")
    agent.refresh_from_db()
    assert agent.phone_kind == "web"
    with pytest.raises(NoOutsidePhoneError):
        agent_sign_in(agent=agent, phone="pstn")


@pytest.mark.parametrize("text", ["110", "95588", "1002", "mobile", "1" * 30, "*72", "1@evil"])
def test_what_is_nobodys_phone_is_refused(agent: Agent, text: str) -> None:
    with pytest.raises(NotANumberError):
        agent_outside_set(agent=agent, text=text, asks=True, actor=agent.user)


def test_his_class_decides_where_he_may_be_rung(agent: Agent) -> None:
    with pytest.raises(BarredError):
        agent_outside_set(agent=agent, text="+12125550123", asks=True, actor=agent.user)
    agent_outside_set(agent=agent, text=MOBILE, asks=True, actor=agent.user)
    assert MOBILE in dids_conf(conf_rows())
    before = conf_fingerprint()
    DialPermission.objects.create(tenant=agent.tenant, agent=agent, dial_class=DialClass.LOCAL)
    assert conf_fingerprint() != before
    assert MOBILE not in dids_conf(conf_rows())


def test_number_in_use_cannot_be_taken_away(agent: Agent) -> None:
    choose(agent)
    agent.refresh_from_db()
    agent_sign_in(agent=agent)
    with pytest.raises(OutsideInUseError):
        agent_outside_set(agent=agent, text="", asks=True, actor=agent.user)


def test_signed_in_he_is_moved_at_once(agent: Agent) -> None:
    session = agent_sign_in(agent=agent)
    assert session.phone_kind == "web"
    choose(agent)
    moved: Any = agent_session_open(agent)
    assert (moved.pk, moved.phone_kind) == (session.pk, "pstn")
