"""Every address as each kind of stranger: nobody, a colleague, another lead, another company.

The addresses come from the resolver. A new one with parts needs its row in `tests/addresses.py`;
one that others may see by design is named here with the reason.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.tenancy import all_tenants
from tests.addresses import Address, addresses, sample_rows
from tests.factories import AgentFactory, DepartmentFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
REFUSED = (401, 403, 404, 405)
# For everybody: they hold no data of anybody.
PUBLIC = {
    "healthz",
    "api:schema",
    "api:docs",
    "console:login",
    "console:manifest",
    # Empty: what a screen shows comes over its socket, for a token.
    "console:wall",
    "toolbar:script",
}
# What they give is for whom their one-time token names: tests/integration/toolbar.
BY_TOKEN = {"toolbar:page", "toolbar:session"}
# A person of the same company sees it, whatever his team: name -> why. Another company never does.
COMPANYS_OWN = {
    "console:customer": "customers are the company's: whoever answers must know the caller",
    "console:customer-note": "the next agent's note on the caller",
    "console:knowledge-category": "every team lead keeps the company's categories",
    "console:knowledge-synonyms-save": "and its synonyms",
    "console:knowledge-miss-done": "and sees what the company looked for in vain",
    "console:work-order-make": "everybody makes orders of the company's types",
    "console:work-order-fields": "and sees their fields",
    **dict.fromkeys(
        (
            *("console:customers", "console:customers-count", "console:customer-edit"),
            *("console:customer-timeline", "console:customer-note-add", "console:customer-erase"),
            *("console:customer-number-add", "console:number-reveal", "console:customer-delete"),
            *("console:customer-export", "console:customer-merge", "console:duplicate-dismiss"),
            *("console:duplicates", "console:merge-undo", "console:customer-restore"),
            *("console:customers-deleted", "console:blacklist-remove", "console:blacklist"),
            *("api:customer-list", "api:customer-detail", "api:customer-numbers"),
            *("api:customer-notes", "api:customer-timeline", "api:customer-reveal"),
            *("api:customer-merge", "api:customer-duplicates"),
        ),
        "customers are the company's until it says otherwise: tests/integration/customers",
    ),
    "console:hours-change": "a team lead switches the company's calendars",
    "console:quality-sheet": "every team lead scores by the company's sheets and keeps them",
    "console:quality-sheet-version": "and reads what was published",
}
# Refused for what the person is, before anybody looks for the row: the answer is the same for all.
SAID_FIRST = {
    "console:pick-up": 409,  # he is not signed in to queues
    "console:word-new": 302,  # its part names a kind of word, no row: he makes one of his own
    # Their part names a kind of report, no row: he sees figures of what is his.
    "console:report": 200,
    "console:report-file": 200,
}
# A form that is refused for its shape before anybody looks whose row it is.
BODIES: dict[str, dict[str, str]] = {
    "console:knowledge-category": {"name": "Mine now"},
    "console:hours-change": {"state": "closed"},
    "console:disposition-save": {"name": "Mine now", "position": "0"},
}
SECRETS = ("13512345678", "陈静")


@dataclass(frozen=True)
class World:
    """A company with one row of each kind in its sales team, and the strangers to it."""

    samples: dict[str, str]
    strangers: dict[str, User]

    def client(self, who: str) -> Client:
        """Give a stranger's browser."""
        client = Client(raise_request_exception=False)
        if who != "nobody":
            client.force_login(self.strangers[who])
        return client


@pytest.fixture
def world() -> World:
    """Make both companies."""
    tenant = TenantFactory()
    sales, support = DepartmentFactory.create_batch(2, tenant=tenant)
    agent = AgentFactory(tenant=tenant, user__department=sales)
    colleague = AgentFactory(tenant=tenant, user__department=support)
    strangers = {
        "agent": colleague.user,
        "lead": UserFactory(tenant=tenant, role=Role.TEAM_LEAD, department=support),
        "company": UserFactory(tenant=TenantFactory(), role=Role.ADMIN, is_staff=True),
    }
    with all_tenants("test"):
        return World(sample_rows(agent), strangers)


def is_refused(response: Any) -> bool:
    """Say whether an answer gives nothing: an error, or the way to the sign-in page."""
    if response.status_code == 302:
        return response["Location"].startswith("/login/")
    return response.status_code in REFUSED


def asked(client: Client, address: Address, samples: dict[str, str]) -> dict[str, Any]:
    """Ask by GET and POST; return the answers by method."""
    url = address.url(samples)
    return {"GET": client.get(url), "POST": client.post(url, BODIES.get(address.name, {}))}


def told(lines: list[str]) -> None:
    """Fail with the whole list."""
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def content(response: Any) -> str:
    """Return the whole answer as text."""
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    return whole.decode("utf-8", "replace")


def test_nobody_gets_anything_without_signing_in(world: World) -> None:
    client = world.client("nobody")
    open_ = [
        f"{method} {address.route}: {response.status_code}"
        for address in addresses()
        if address.name not in PUBLIC | BY_TOKEN
        for method, response in asked(client, address, world.samples).items()
        if not is_refused(response)
    ]
    told(open_)


@pytest.mark.parametrize("who", ["agent", "lead", "company"])
def test_row_of_others_is_refused(world: World, who: str) -> None:
    client = world.client(who)
    open_ = [
        f"{method} {address.route} ({address.name}): {response.status_code}"
        for address in addresses()
        if address.parts and (who == "company" or address.name not in COMPANYS_OWN)
        for method, response in asked(client, address, world.samples).items()
        if not is_refused(response) and response.status_code != SAID_FIRST.get(address.name)
    ]
    told(open_)


@pytest.mark.parametrize("who", ["agent", "lead", "company"])
def test_lists_do_not_show_others_rows(world: World, who: str) -> None:
    client = world.client(who)
    shown = []
    for address in addresses():
        if address.parts or address.name == "console:logout":
            continue
        if who != "company" and address.name in COMPANYS_OWN:
            continue
        response = client.get(address.url(world.samples))
        text = content(response)
        if response.status_code >= 500 and address.name != "healthz":
            shown.append(f"{address.route}: {response.status_code}")
        shown += [f"{address.route} shows {secret}" for secret in SECRETS if secret in text]
    told(shown)
