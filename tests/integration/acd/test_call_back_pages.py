"""Who sees queue call-backs on the console and over the API, and what he may do there."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.models import CallBack, CallBackAttempt
from apps.core.tenancy import all_tenants
from tests.factories import (
    ApiTokenFactory,
    CallBackFactory,
    CallBackRuleFactory,
    CallFactory,
    DidFactory,
    QueueMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> CallBack:
    with all_tenants("test"):
        found: CallBack = CallBackFactory(
            as_dialled="13500000001", name="王芳", order_node="pbx1", order_linkedid="pbx1-1.1"
        )
        CallBackRuleFactory(tenant=found.tenant, queue=found.queue)
        DidFactory(tenant=found.tenant)
        CallFactory(tenant=found.tenant, linkedid="pbx1-1.1")
    return found


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def lead_of(row: CallBack) -> User:
    return UserFactory(tenant=row.tenant, role=Role.TEAM_LEAD, department=row.queue.department)


def state(row: CallBack) -> str:
    with all_tenants("test"):
        return str(CallBack.objects.get(pk=row.pk).state)


def test_the_list_shows_open_ones_to_who_serves_the_queue(row: CallBack) -> None:
    member = QueueMemberFactory(tenant=row.tenant, queue=row.queue).agent.user
    page = browser(member).get("/call-backs/").content.decode()
    assert f'data-call-back="{row.pk}"' in page
    assert "13500000001" in page
    with all_tenants("test"):
        CallBack.objects.update(state="expired")
    assert "call-back-row" not in browser(member).get("/call-backs/").content.decode()
    page = browser(member).get("/call-backs/?which=not_reached").content.decode()
    assert "call-back-row" in page


def test_the_page_of_one_links_order_and_tries(row: CallBack) -> None:
    admin = UserFactory(tenant=row.tenant, role=Role.ADMIN)
    with all_tenants("test"):
        CallBackAttempt.objects.create(
            tenant=row.tenant,
            call_back=row,
            node="pbx1",
            linkedid="callback-1-1",
            claimed_at=row.ordered_at,
            ended_at=row.ordered_at,
            result="busy",
        )
        made = CallFactory(tenant=row.tenant, linkedid="callback-1-1", direction="out")
        order = row.order_linkedid
    page = browser(admin).get(f"/call-backs/{row.pk}/").content.decode()
    assert 'data-testid="order-call"' in page
    assert f"/calls/{made.pk}/" in page
    for call in (made.pk,):
        found = browser(admin).get(f"/calls/{call}/").content.decode()
        assert f"/call-backs/{row.pk}/" in found
    assert order


def test_strangers_and_low_roles_see_and_do_nothing(row: CallBack) -> None:
    stranger = UserFactory(role=Role.ADMIN)
    other = QueueMemberFactory(tenant=row.tenant).agent.user
    for who in (stranger, other):
        client = browser(who)
        assert f'data-call-back="{row.pk}"' not in client.get("/call-backs/").content.decode()
        assert client.get(f"/call-backs/{row.pk}/").status_code == 404
        for what in ("cancel", "hurry"):
            assert client.post(f"/call-backs/{row.pk}/{what}/").status_code == 404
    member = QueueMemberFactory(tenant=row.tenant, queue=row.queue).agent.user
    assert browser(member).post(f"/call-backs/{row.pk}/hurry/").status_code == 403
    inspector = UserFactory(tenant=row.tenant, role=Role.INSPECTOR)
    assert browser(inspector).post(f"/call-backs/{row.pk}/cancel/").status_code == 403
    assert state(row) == "waiting"


def test_a_lead_hurries_and_cancels_with_a_word_when_it_is_too_late(row: CallBack) -> None:
    client = browser(lead_of(row))
    assert "call-back-hurry" in client.get(f"/call-backs/{row.pk}/").content.decode()
    assert client.post(f"/call-backs/{row.pk}/hurry/").status_code == 302
    assert client.post(f"/call-backs/{row.pk}/cancel/").status_code == 302
    assert state(row) == "cancelled"
    page = client.post(f"/call-backs/{row.pk}/cancel/", follow=True).content.decode()
    assert "alert" in page


def api(user: User) -> APIClient:
    client = APIClient()
    token = f"token-{user.pk}"
    ApiTokenFactory(tenant=user.tenant, user=user, token=token)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_the_api_lists_and_cancels(row: CallBack) -> None:
    client = api(lead_of(row))
    (found,) = client.get("/api/v1/call-backs/?state=waiting").json()["results"]
    assert (found["number"], found["queue"], found["tries"]) == (
        "13500000001",
        row.queue.number,
        [],
    )
    assert client.post(f"/api/v1/call-backs/{row.pk}/cancel/").json()["state"] == "cancelled"
    again = client.post(f"/api/v1/call-backs/{row.pk}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "acd.call_back_not_waiting")


def test_the_api_keeps_strangers_out(row: CallBack) -> None:
    stranger = api(UserFactory(role=Role.ADMIN))
    assert stranger.get("/api/v1/call-backs/").json()["count"] == 0
    assert stranger.post(f"/api/v1/call-backs/{row.pk}/cancel/").status_code == 404
    inspector = api(UserFactory(tenant=row.tenant, role=Role.INSPECTOR))
    assert inspector.post(f"/api/v1/call-backs/{row.pk}/cancel/").status_code == 403
    assert APIClient().get("/api/v1/call-backs/").status_code == 401
    assert state(row) == "waiting"
