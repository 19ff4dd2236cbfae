"""Lists that are counted only some pages ahead: leafed through they lose nothing, for anybody."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.calls.models import Call
from apps.calls.selectors import call_list_for, call_lists_for
from apps.console.bounded import LOOK_AHEAD
from apps.console.pages import PAGE_ROWS
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import AgentFactory, CallFactory, CustomerFactory, LegFactory, UserFactory

pytestmark = pytest.mark.django_db
CALLS = PAGE_ROWS * (LOOK_AHEAD + 2) + 3


class Desk:
    """An agent with many calls in two years, of which only every third was his alone."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.agent: Agent = AgentFactory()
            self.tenant = self.agent.tenant
            self.other: Agent = AgentFactory(tenant=self.tenant)
            self.admin = UserFactory(tenant=self.tenant, role=Role.ADMIN)
            self.calls: list[Call] = [self.call(at) for at in range(CALLS)]

    def call(self, at: int) -> Call:
        """Make a call; the newest are hours old, the oldest two years."""
        started = timezone.now() - timedelta(hours=1 + at + at * at // 5)
        if at % 3 == 0:
            return CallFactory(tenant=self.tenant, agent=self.agent, started_at=started)
        made: Call = CallFactory(tenant=self.tenant, agent=self.other, started_at=started)
        # It rang at his phone, twice, and a colleague answered; of one leg nobody told the time.
        rang = started + timedelta(seconds=9) if at % 2 else None
        for _ in range(2):
            LegFactory(call=made, tenant=self.tenant, agent=self.agent, started_at=rang)
        return made

    def leafed(self, user: User) -> list[int]:
        """Return the calls of all pages of the history, as long as one leads to the next."""
        client = Client()
        client.force_login(user)
        found: list[int] = []
        for page in range(1, 50):
            body = client.get(f"/history/?page={page}").content.decode()
            found += [int(pk) for pk in re.findall(r'data-call="(\d+)"', body)]
            if f"page={page + 1}" not in body:
                break
        return found


def test_agent_leafs_through_all_his_calls_in_order_and_through_no_others() -> None:
    desk = Desk()
    with all_tenants("test"):
        CallFactory(tenant=desk.tenant, agent=desk.other)
    assert desk.leafed(desk.agent.user) == [call.pk for call in desk.calls]
    assert len(desk.leafed(desk.admin)) == CALLS + 1


def test_faster_lists_are_the_beginning_of_the_whole_one() -> None:
    desk = Desk()
    with tenant_scope(desk.tenant.pk):
        whole = list(call_list_for(user=desk.agent.user).values_list("pk", flat=True))
        steps = [
            list(rows.values_list("pk", flat=True)) for rows in call_lists_for(user=desk.agent.user)
        ]
        assert len(call_lists_for(user=desk.admin)) == 1
    assert whole == [call.pk for call in desk.calls]
    assert 0 < len(steps[0]) < len(steps[1]) < len(steps[2]) == len(whole)
    assert all(step == whole[: len(step)] for step in steps)


def test_page_beyond_the_last_and_pages_of_any_length_show_some_rows() -> None:
    desk = Desk()
    client = Client()
    client.force_login(desk.admin)
    for query in ("page=399", "page=99999999999999999999", "page=0", "page=x", "per_page=1000000"):
        body = client.get(f"/history/?{query}").content.decode()
        assert 0 < body.count("data-call=") <= 100, query


def test_count_says_when_there_are_more_customers_than_it_counts() -> None:
    client = Client(headers={"accept-language": "en"})
    with all_tenants("test"):
        admin = UserFactory(role=Role.ADMIN, language="en")
        CustomerFactory.create_batch(3, tenant=admin.tenant)
    client.force_login(admin)
    assert "3 customers" in client.get("/customers/").content.decode()
    with all_tenants("test"):
        CustomerFactory.create_batch(PAGE_ROWS * (LOOK_AHEAD + 1), tenant=admin.tenant)
    assert "More than 275 customers." in client.get("/customers/").content.decode()
    assert "278" in client.get("/customers/count/").content.decode()


def test_calls_of_a_day_are_sorted_by_talk_and_all_calls_are_not() -> None:
    client = Client()
    with all_tenants("test"):
        admin = UserFactory(role=Role.ADMIN)
        noon = timezone.localtime().replace(hour=12) - timedelta(days=2)
        long = CallFactory(tenant=admin.tenant, talk_ms=900_000, started_at=noon)
        short = CallFactory(
            tenant=admin.tenant, talk_ms=1_000, started_at=noon + timedelta(minutes=5)
        )
    client.force_login(admin)

    def shown(query: str) -> list[int]:
        body = client.get(f"/history/?{query}").content.decode()
        return [int(pk) for pk in re.findall(r'data-call="(\d+)"', body)]

    assert shown(f"on={noon.date()}&sort=talk_ms") == [short.pk, long.pk]
    assert shown(f"on={noon.date()}&sort=-talk_ms") == [long.pk, short.pk]
    assert shown("sort=-talk_ms") == shown("") == [short.pk, long.pk]
