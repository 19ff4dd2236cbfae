"""The directory: one's own company only, searched, with what colleagues do."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.acd.models import AgentStateSpan, DistributorBeat
from apps.acd.services import agent_pause, agent_sign_in
from apps.core.tenancy import all_tenants
from tests.factories import AgentFactory, QueueMemberFactory, TenantFactory

pytestmark = pytest.mark.django_db


class Office:
    """Three colleagues of one company, of whom one has left, and a stranger."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.member = QueueMemberFactory(agent__number="1001", queue__number="7001")
            self.agent = self.member.agent
            tenant = self.agent.tenant
            self.lin = AgentFactory(tenant=tenant, number="1002", user__first_name="林芳")
            AgentFactory(tenant=tenant, number="1003", user__first_name="已离职", is_active=False)
            self.stranger = AgentFactory(
                tenant=TenantFactory(slug="other"),
                number="1009",
                sip_username="other-1009",
                user__first_name="陌生人",
            )


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def page(user: User, query: str = "") -> str:
    client = Client(headers={"accept-language": "en", "hx-request": "true"})
    client.force_login(user)
    return client.get(f"/directory/{query}").content.decode()


def test_colleagues_are_there_with_what_they_do(office: Office) -> None:
    with all_tenants("test"):
        agent_sign_in(agent=office.agent)
        agent_pause(agent=office.agent, reason="meal")
    text = page(office.lin.user)
    assert 'data-agent="1001" data-state="paused"' in text
    assert 'data-agent="1002" data-state="signed_out"' in text
    assert f'data-dial-ref="agent:{office.agent.pk}"' in text
    # His own number is no button, and why a colleague is busy is his own affair.
    assert f'data-dial-ref="agent:{office.lin.pk}"' not in text
    assert "Meal" not in text


def test_nobody_of_another_company_and_nobody_who_left(office: Office) -> None:
    text = page(office.agent.user)
    assert "陌生人" not in text
    assert "已离职" not in text
    other = page(office.stranger.user)
    assert "林芳" not in other
    assert "7001" not in other


def test_search_by_name_number_and_department(office: Office) -> None:
    assert 'data-agent="1002"' in page(office.agent.user, "?q=林")
    assert 'data-agent="1001"' not in page(office.agent.user, "?q=林")
    assert 'data-agent="1002"' in page(office.agent.user, "?q=1002")
    assert 'data-agent="1002"' in page(office.agent.user, f"?q={office.lin.user.department.name}")
    assert "Nobody fits" in page(office.agent.user, "?q=<script>")
    assert "<script>" not in page(office.agent.user, "?q=<script>")


def test_stranger_cannot_be_dialled_by_his_row(office: Office) -> None:
    client = Client()
    client.force_login(office.agent.user)
    answer = client.post("/desk/dial/", {"reference": f"agent:{office.stranger.pk}"})
    assert answer.status_code == 404


@pytest.mark.parametrize("typed", ["linfang", "LF", "linf", "lin", "lf 1002"])
def test_search_by_sound_and_initials(office: Office, typed: str) -> None:
    text = page(office.agent.user, f"?q={typed}")
    assert 'data-agent="1002"' in text
    assert 'data-agent="1001"' not in text
    assert "陌生人" not in page(office.agent.user, "?q=msr")


def test_busy_colleague_can_be_waited_for(office: Office) -> None:
    with all_tenants("test"):
        agent_sign_in(agent=office.agent)
        DistributorBeat.objects.create(node="pbx1", seen_at=timezone.now(), is_seeing=True)
        AgentStateSpan.objects.create(
            tenant=office.agent.tenant,
            agent=office.agent,
            state="talking",
            started_at=timezone.now(),
            source="acd",
        )
    text = page(office.lin.user)
    assert 'data-agent="1001" data-state="talking"' in text
    assert text.count("camp-on-order") == 1
    assert "data-presence" in text
