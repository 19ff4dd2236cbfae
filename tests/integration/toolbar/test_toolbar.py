"""Who may show the toolbar, who gets in with a token, and what its session opens."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.toolbar.models import ToolbarLaunch, ToolbarOrigin, origin_validate
from apps.toolbar.services import Launch, launch_make, launch_redeem
from tests.factories import AgentFactory, ApiTokenFactory, CallFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
CRM = "https://crm.example.com"
API = "/api/v1/toolbar/launches/"


@pytest.fixture
def agent() -> Agent:
    """Give an agent whose company lets its CRM show the toolbar."""
    made: Agent = AgentFactory()
    with all_tenants("test"):
        ToolbarOrigin.objects.create(tenant=made.tenant, origin=CRM)
    return made


def launch(agent: Agent) -> Launch:
    """Make a token for the agent himself."""
    with tenant_scope(agent.tenant_id):
        return launch_make(actor=agent.user, agent=agent, origin=CRM)


def session_of(agent: Agent) -> str:
    """Return the key of a session of the toolbar."""
    return launch_redeem(launch(agent).token).session_key


def directives(response: Any) -> dict[str, str]:
    """Return the page's policy by directive."""
    parts = response["Content-Security-Policy"].split(";")
    return {name: value for name, _, value in (part.strip().partition(" ") for part in parts)}


def ask(token: str, **fields: str) -> Any:
    """Ask for a launch as another program's server does."""
    headers = {"authorization": f"Token {token}"}
    return Client(headers=headers).post(API, fields, content_type="application/json")


# The list of sites.


@pytest.mark.parametrize(
    "origin", [CRM, "https://crm.example.com:8443", "http://127.0.0.3:8999", "http://localhost:1"]
)
def test_exact_origin_can_be_on_the_list(origin: str) -> None:
    origin_validate(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example.com",
        "https://crm.example.com/",
        "https://crm.example.com/path",
        "https://crm.example.com:443",
        "https://crm.example.com:99999",
        "https://user@crm.example.com",
        "https://CRM.example.com",
        "http://crm.example.com",
        "https:",
        "null",
        "",
        "'self'",
        "https://a.example.com https://b.example.com",
        "https://a.example.com; script-src *",
        "https://a.example.com\n",
        "javascript://a",
    ],
)
def test_what_is_no_exact_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError):
        origin_validate(origin)


def test_admin_edits_his_company_s_sites_only_and_it_is_audited(admin: Any, agent: Agent) -> None:
    page = "/admin/toolbar/toolbarorigin/"
    assert CRM not in admin.get(page).content.decode()
    added = admin.post(f"{page}add/", {"origin": "https://own.example.com", "is_active": "on"})
    assert added.status_code == 302
    refused = admin.post(f"{page}add/", {"origin": "https://*.example.com"})
    assert refused.status_code == 200
    with all_tenants("test"):
        foreign = ToolbarOrigin.objects.get(origin=CRM)
        own = ToolbarOrigin.objects.exclude(pk=foreign.pk).get()
        assert own.tenant_id == admin.user.tenant_id
        assert AuditEntry.objects.get(action="toolbar.origin_add").object_id == str(own.pk)
    changed = admin.post(f"{page}{foreign.pk}/change/", {"origin": "https://evil.example.com"})
    assert changed.status_code in (302, 404)
    with all_tenants("test"):
        assert ToolbarOrigin.objects.filter(origin=CRM).exists()


def test_agent_cannot_open_the_list_of_sites(agent: Agent) -> None:
    client = Client()
    client.force_login(agent.user)
    answer = client.get("/admin/toolbar/toolbarorigin/")
    assert (answer.status_code, answer["Location"][:13]) == (302, "/admin/login/")


# The token.


def test_company_s_server_gets_an_address_for_its_agent(agent: Agent) -> None:
    ApiTokenFactory(tenant=agent.tenant, token="toolbar-1")
    answer = ask("toolbar-1", agent=agent.number, origin=CRM)
    assert answer.status_code == 201
    assert answer.json()["url"].startswith("http://testserver/toolbar/?launch=")
    with all_tenants("test"):
        entry = AuditEntry.objects.get(action="toolbar.launch")
    assert (entry.object_id, entry.detail) == (str(agent.pk), {"origin": CRM})


def test_agent_gets_one_for_himself_and_not_for_a_colleague(agent: Agent) -> None:
    ApiTokenFactory(tenant=agent.tenant, user=agent.user, token="toolbar-2")
    colleague = AgentFactory(tenant=agent.tenant)
    assert ask("toolbar-2", agent=agent.number, origin=CRM).status_code == 201
    assert ask("toolbar-2", agent=colleague.number, origin=CRM).status_code == 403


def test_team_lead_does_not_become_his_agent(agent: Agent) -> None:
    lead = UserFactory(tenant=agent.tenant, role=Role.TEAM_LEAD, department=agent.user.department)
    ApiTokenFactory(tenant=agent.tenant, user=lead, token="toolbar-3")
    assert ask("toolbar-3", agent=agent.number, origin=CRM).status_code == 403


def test_other_company_s_admin_gets_none(agent: Agent) -> None:
    ApiTokenFactory(tenant=TenantFactory(), token="toolbar-4")
    assert ask("toolbar-4", agent=agent.number, origin=CRM).status_code == 404


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "http://crm.example.com", f"{CRM}:8443", f"{CRM}/"]
)
def test_site_that_is_not_on_the_list_gets_none(agent: Agent, origin: str) -> None:
    ApiTokenFactory(tenant=agent.tenant, token="toolbar-5")
    answer = ask("toolbar-5", agent=agent.number, origin=origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "toolbar.origin_not_allowed")


def test_token_opens_once(agent: Agent) -> None:
    token = launch(agent).token
    first = Client().post("/toolbar/session/", {"launch": token})
    assert first.status_code == 200
    assert first.json()["origin"] == CRM
    assert first.json()["sip"]["authorization_user"] == agent.sip_username
    assert not first.cookies
    again = Client().post("/toolbar/session/", {"launch": token})
    assert (again.status_code, again.json()["code"]) == (410, "toolbar.launch_not_valid")


@pytest.mark.parametrize("what", ["old", "site", "person", "unknown"])
def test_token_that_no_longer_holds_opens_nothing(agent: Agent, what: str) -> None:
    token = launch(agent).token
    with all_tenants("test"):
        if what == "old":
            past = timezone.now() - timedelta(seconds=1)
            ToolbarLaunch.objects.update(expires_at=past)
        if what == "site":
            ToolbarOrigin.objects.update(is_active=False)
    if what == "person":
        agent.user.is_active = False
        agent.user.save()
    if what == "unknown":
        token = "x" * 40
    page = Client().get(f"/toolbar/?launch={token}")
    assert page.status_code == 410
    assert directives(page)["frame-ancestors"] == "'none'"
    assert page["X-Frame-Options"] == "DENY"
    assert Client().post("/toolbar/session/", {"launch": token}).status_code == 410


# The frame.


def test_page_may_be_framed_by_its_site_only(agent: Agent) -> None:
    with all_tenants("test"):
        ToolbarOrigin.objects.create(tenant=agent.tenant, origin="https://second.example.com")
    response = Client().get(f"/toolbar/?launch={launch(agent).token}")
    assert response.status_code == 200
    assert directives(response)["frame-ancestors"] == CRM
    assert "X-Frame-Options" not in response
    assert directives(response)["script-src"] == "'self'"
    assert agent.sip_ha1 not in response.content.decode()
    assert not response.cookies


@pytest.mark.parametrize("path", ["/", "/login/", "/toolbar/", "/history/"])
def test_no_other_page_may_be_framed(agent: Agent, path: str) -> None:
    client = Client()
    client.force_login(agent.user)
    response = client.get(path)
    assert directives(response)["frame-ancestors"] == "'none'"
    assert response["X-Frame-Options"] == "DENY"


def test_script_for_the_page_around_is_served_to_everybody() -> None:
    response = Client().get("/toolbar/v1.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert b"Huawu" in response.content


# The session.


def test_session_works_in_the_header_without_cookie_and_csrf_token(agent: Agent) -> None:
    client = Client(enforce_csrf_checks=True, headers={"x-huawu-toolbar": session_of(agent)})
    response = client.post("/desk/pause/", {"reason": "meal"})
    # The agent is not signed in to queues: refused by the service, not at the door.
    assert response.status_code == 204 or response.json()["code"].startswith("acd.")
    assert not response.cookies


@pytest.mark.parametrize(
    "path", ["/", "/history/", "/settings/", "/admin/", "/api/v1/calls/", "/customers/1/note/"]
)
def test_session_opens_nothing_but_the_bar(agent: Agent, path: str) -> None:
    client = Client(headers={"x-huawu-toolbar": session_of(agent)})
    assert client.get(path).status_code == 403
    assert client.post(path).status_code == 403


def test_session_is_worth_nothing_in_a_cookie(agent: Agent) -> None:
    client = Client()
    client.cookies["sessionid"] = session_of(agent)
    assert client.get("/history/").status_code == 403
    assert client.post("/desk/ready/").status_code == 403


def test_session_of_a_browser_is_worth_nothing_in_the_header(agent: Agent) -> None:
    client = Client()
    client.force_login(agent.user)
    key = client.cookies["sessionid"].value
    other = Client(enforce_csrf_checks=True, headers={"x-huawu-toolbar": key})
    assert other.post("/desk/ready/").status_code == 403


@pytest.mark.parametrize("key", ["", "x", "0" * 32, "../../../../etc/passwd", "A" * 32])
def test_made_up_key_opens_nothing(key: str) -> None:
    assert Client(headers={"x-huawu-toolbar": key}).post("/desk/ready/").status_code == 403


def test_call_of_others_stays_theirs(agent: Agent) -> None:
    call = CallFactory()
    client = Client(headers={"x-huawu-toolbar": session_of(agent)})
    assert client.post(f"/calls/{call.pk}/survey/").status_code == 404


def test_session_ends_when_the_password_changes(agent: Agent) -> None:
    client = Client(headers={"x-huawu-toolbar": session_of(agent)})
    agent.user.set_password("another")
    agent.user.save()
    assert client.post("/desk/ready/").status_code == 403
