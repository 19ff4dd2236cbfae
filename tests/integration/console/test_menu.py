"""The menu: who finds which pages in it, and that each leads somewhere he may go."""

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.console.menu import SECTIONS, menu_for
from apps.core.tenancy import tenant_scope
from tests.factories import AgentFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def pages(user: User, agent: Agent | None) -> dict[str, list[str]]:
    """Return the addresses by section."""
    return {
        section["name"]: [entry["url"] for entry in section["entries"]]
        for section in menu_for(user, agent)
    }


def test_each_page_stands_once() -> None:
    entries = [entry for section in SECTIONS for entry in section.entries]
    for given in ("page", "label"):
        found = [str(getattr(entry, given)) for entry in entries]
        assert len(found) == len(set(found))
    names = [section.name for section in SECTIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("role", [Role.AGENT, Role.TEAM_LEAD, Role.INSPECTOR, Role.ADMIN])
def test_every_page_of_a_persons_menu_opens_for_him(client: Client, role: Role) -> None:
    user = UserFactory(role=role)
    client.force_login(user)
    with tenant_scope(user.tenant_id):
        addresses = [url for urls in pages(user, None).values() for url in urls]
    assert {url: client.get(url, follow=True).status_code for url in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_an_agent_has_what_is_his_and_not_the_settings_of_the_company() -> None:
    tenant = TenantFactory()
    agent = AgentFactory(tenant=tenant, user__tenant=tenant)
    with tenant_scope(tenant):
        his = pages(agent.user, agent)
        admins = pages(UserFactory(tenant=tenant, role=Role.ADMIN), None)
    assert "/my-phone/" in his["calls"]
    assert "/my-phone/" not in admins["calls"]
    assert his["settings"] == ["/settings/"]
    assert "/flows/" in admins["settings"]
    assert "/live/" not in his["live"]


def test_sections_are_headings_in_the_persons_language(client: Client) -> None:
    for language, heading in (("zh-hans", "实时监控"), ("en", "Reports and planning")):
        client.force_login(UserFactory(language=language))
        page = client.get("/", headers={"Accept-Language": language}).content.decode()
        assert f"<summary>{heading}</summary>" in page
