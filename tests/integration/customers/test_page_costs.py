"""What the pages of customers ask the database, and that asking less finds the same."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.calls.selectors import call_list_for
from apps.console.bounded import LOOK_AHEAD
from apps.console.customers.pages import PAGE_ROWS
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.engine.search_text import search_text
from apps.customers.models import Customer
from apps.customers.selectors import (
    SEARCH_FEW,
    SEARCH_NEWEST,
    customer_list_for,
    customer_search,
    customer_search_few,
    customer_search_steps,
)
from apps.customers.services import customer_note_add
from apps.customers.timeline import customer_timeline
from apps.customers.vocabulary import vocabulary
from apps.dispositions.models import CallDisposition, Disposition
from apps.dispositions.selectors import disposition_nodes, disposition_paths
from apps.recordings.selectors import recording_list_for
from apps.tasks.models import Task
from tests.factories import (
    AgentFactory,
    CallFactory,
    CustomerFactory,
    CustomerLevelFactory,
    CustomerNumberFactory,
    CustomerSourceFactory,
    CustomerTypeFactory,
    DepartmentFactory,
    LegFactory,
    RecordingFactory,
    UserFactory,
    VoicemailMessageFactory,
)

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
# Session, person with his company; him, numbers, addresses; words, fields; which sources have
# something; calls by customer and by number; tags, who has the same number, merges.
OF_A_PAGE = 13


@pytest.fixture
def admin() -> User:
    """Make a company's admin."""
    with all_tenants("test"):
        made: User = UserFactory(role=Role.ADMIN, language="en")
        return made


def client_of(user: User) -> Client:
    """Return the person's browser."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    client.get("/customers/", headers=PART)  # what is asked once in a process
    return client


def customers_make(admin: User, count: int, name: str, text: str) -> list[Customer]:
    """Make customers who all have the text in their search; without services, for the number."""
    with tenant_scope(admin.tenant_id or 0):
        return Customer.objects.bulk_create(
            Customer(
                tenant_id=admin.tenant_id,
                name=f"{name}{at}",
                search_text=search_text([text, f"{name}{at}"]),
            )
            for at in range(count)
        )


def test_page_asks_no_source_that_has_nothing(admin: User, django_assert_num_queries: Any) -> None:
    with all_tenants("test"):
        found = CustomerFactory(tenant=admin.tenant)
        CustomerNumberFactory(customer=found, tenant=admin.tenant)
    client = client_of(admin)
    with django_assert_num_queries(OF_A_PAGE):
        client.get(f"/customers/{found.pk}/", headers=PART)


def test_page_costs_the_same_however_much_happened(
    admin: User, django_assert_num_queries: Any
) -> None:
    with all_tenants("test"):
        agent = AgentFactory(tenant=admin.tenant)
        found = CustomerFactory(tenant=admin.tenant)
        CustomerNumberFactory(customer=found, tenant=admin.tenant)
        disposition = Disposition.objects.create(tenant=admin.tenant, name="成交")
    client = client_of(admin)
    shown = 0

    def happen() -> None:
        with tenant_scope(admin.tenant_id or 0):
            call = CallFactory(tenant=admin.tenant, customer=found, agent=agent)
            RecordingFactory(tenant=admin.tenant, call=call, agent=agent)
            CallDisposition.objects.create(
                tenant=admin.tenant,
                call=call,
                disposition=disposition,
                agent=agent,
                chosen_at=timezone.now(),
            )
            Task.objects.create(
                tenant=admin.tenant,
                customer=found,
                title="回访",
                kind="other",
                assignee=admin,
                due_at=timezone.now(),
            )
            VoicemailMessageFactory(tenant=admin.tenant, customer=found, claimed_by=agent)
            customer_note_add(customer=found, text="回访过", actor=admin)

    for times in range(3):
        happen()
        # Beside OF_A_PAGE: notes, recordings, tasks, dispositions and their tree, surveys, and
        # messages with the boxes whose they are, which is two.
        with django_assert_num_queries(OF_A_PAGE + 9):
            page = client.get(f"/customers/{found.pk}/", headers=PART).content.decode()
        rows = page.count('data-testid="timeline-row"')
        assert rows == 6 * (times + 1) > shown
        shown = rows


def test_limits_of_a_lead_are_read_once_for_all_that_is_asked(
    admin: User,
) -> None:
    with all_tenants("test"):
        department = DepartmentFactory(tenant=admin.tenant)
        lead = UserFactory(tenant=admin.tenant, role=Role.TEAM_LEAD, department=department)
        agent = AgentFactory(tenant=admin.tenant, user__department=department)
        found = CustomerFactory(tenant=admin.tenant, owner=agent)
        CustomerNumberFactory(customer=found, tenant=admin.tenant)
        call = CallFactory(tenant=admin.tenant, customer=found, agent=agent)
        RecordingFactory(tenant=admin.tenant, call=call, agent=agent)
    with tenant_scope(lead.tenant_id), CaptureQueriesContext(connection) as asked:
        page = customer_timeline(customer=found, user=lead)
    assert {entry.kind for entry in page.entries} == {"call", "recording"}
    read = Counter(
        match.group(1)
        for query in asked.captured_queries
        if (match := re.search(r'FROM "(accounts_\w+)"', query["sql"]))
    )
    # The tree; his people, himself among them.
    assert read == {"accounts_department": 1, "accounts_agent": 1}


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.AGENT])
def test_timeline_of_who_is_limited_has_each_of_his_calls_once_and_no_other(
    admin: User, role: Role
) -> None:
    begun = timezone.now() - timedelta(days=9)
    with all_tenants("test"):
        department = DepartmentFactory(tenant=admin.tenant)
        person = UserFactory(tenant=admin.tenant, role=role, department=department)
        own = AgentFactory(tenant=admin.tenant, user=person)
        colleague = AgentFactory(tenant=admin.tenant, user__department=department)
        stranger = AgentFactory(tenant=admin.tenant)
        found = CustomerFactory(tenant=admin.tenant, owner=own)
        number = CustomerNumberFactory(customer=found, tenant=admin.tenant)
        for at in range(36):
            agent = (own, colleague, stranger)[at % 3]
            call = CallFactory(
                tenant=admin.tenant,
                customer=found if at % 4 else None,
                caller_lookup=number.lookup,
                agent=agent,
                # Several at one time: the place in the timeline names the call too.
                started_at=begun + timedelta(hours=at // 3),
            )
            # Of some a colleague talked first, and they went on.
            first = colleague if at % 7 == 0 else agent
            RecordingFactory(tenant=admin.tenant, call=call, agent=first)
            if at % 5 == 0:
                LegFactory(tenant=admin.tenant, call=call, agent=own)
    seen: list[tuple[str, int]] = []
    after = ""
    with tenant_scope(admin.tenant_id or 0):
        while True:
            page = customer_timeline(customer=found, user=person, after=after, most=5)
            seen += [(entry.kind, entry.pk) for entry in page.entries]
            after = page.after
            if not after:
                break
        wanted = list(call_list_for(user=person).values_list("pk", flat=True))
        heard = recording_list_for(user=person).filter(call__customer=found)
        recordings = list(heard.order_by("-call__started_at", "-pk").values_list("pk", flat=True))
    assert [pk for kind, pk in seen if kind == "call"] == wanted
    assert [pk for kind, pk in seen if kind == "recording"] == recordings
    assert len(seen) == len(wanted) + len(recordings)


def test_words_of_three_kinds_are_one_query_in_their_order(
    admin: User, django_assert_num_queries: Any
) -> None:
    with all_tenants("test"):
        for position, code in enumerate(("c", "a", "b")):
            for factory in (CustomerLevelFactory, CustomerTypeFactory, CustomerSourceFactory):
                factory(tenant=admin.tenant, code=code, name=code.upper(), position=position)
        CustomerLevelFactory(
            tenant=admin.tenant, code="gold", name="Gold", position=9, colour="info"
        )
    with tenant_scope(admin.tenant_id or 0), django_assert_num_queries(2):
        words = vocabulary()
    assert list(words.levels) == ["normal", "vip", "c", "a", "b", "gold"]
    assert list(words.types) == list(words.sources) == ["c", "a", "b"]
    assert (words.levels["gold"].colour, words.types["a"].colour) == ("info", "secondary")
    assert (words.sources["b"].name, words.sources["b"].is_active) == ("B", True)


def test_paths_of_dispositions_are_those_of_the_tree(admin: User) -> None:
    with tenant_scope(admin.tenant_id or 0):
        top = Disposition.objects.create(tenant=admin.tenant, name="投诉")
        middle = Disposition.objects.create(tenant=admin.tenant, name="物流", parent=top)
        Disposition.objects.create(tenant=admin.tenant, name="破损", parent=middle)
        assert disposition_paths() == {node.row.pk: node.path for node in disposition_nodes()}
        assert "投诉 / 物流 / 破损" in disposition_paths().values()


def test_search_that_finds_few_is_one_query_and_leafed_through_in_order(
    admin: User, django_assert_num_queries: Any
) -> None:
    made = customers_make(admin, 60, "客户", "zhangsan")
    customers_make(admin, 3, "别人", "lisi")
    client = client_of(admin)
    # Session, person, company; words, fields, tags, agents; columns; what is found, the rows, their
    # numbers; saved filters.
    with django_assert_num_queries(11):
        page = client.get("/customers/?q=zhangsan", headers=PART).content.decode()
    assert "60 customers" in page
    leafed = []
    for at in (1, 2, 3):
        page = client.get(f"/customers/?q=zhangsan&page={at}", headers=PART).content.decode()
        leafed += [int(pk) for pk in re.findall(r'data-customer="(\d+)"', page)]
    assert leafed == [one.pk for one in reversed(made)]
    assert client.get("/customers/?q=zhangsan&page=9", headers=PART).status_code in (200, 404)
    # Nobody: neither rows nor numbers are asked for.
    with django_assert_num_queries(9):
        page = client.get("/customers/?q=nobodyatall", headers=PART).content.decode()
    assert "0 customers" in page


def test_search_that_may_find_many_is_asked_otherwise_and_finds_the_same(admin: User) -> None:
    customers_make(admin, SEARCH_FEW + 5, "客户", "zhangsan")
    with tenant_scope(admin.tenant_id or 0):
        rows = customer_list_for(user=admin)
        assert (
            customer_search_few(customer_search(rows, "zhangsan", user=admin), "zhangsan") is None
        )
        assert customer_search_few(customer_search(rows, "王", user=admin), "王") is None
        few = customer_search_few(customer_search(rows, "客户77", user=admin), "客户77")
        assert few == [
            one.pk for one in rows if one.name == "客户77" or one.name.startswith("客户77")
        ]
    page = client_of(admin).get("/customers/?q=zhangsan", headers=PART).content.decode()
    assert f"More than {PAGE_ROWS * (LOOK_AHEAD + 1)} customers" in page


def test_newest_are_the_beginning_of_the_whole_list_also_when_kept_from_before(
    admin: User, django_assert_num_queries: Any
) -> None:
    customers_make(admin, SEARCH_NEWEST + 2, "王", "wang")
    with tenant_scope(admin.tenant_id or 0):
        rows = customer_search(customer_list_for(user=admin), "王", user=admin)
        with django_assert_num_queries(1):
            newest, whole = customer_search_steps(rows)
        every = list(whole.values_list("pk", flat=True))
        assert len(every) == SEARCH_NEWEST + 2
        first = list(newest.values_list("pk", flat=True))
        assert first == every[: len(first)]
    later = customers_make(admin, 1, "王", "wang")
    with tenant_scope(admin.tenant_id or 0):
        with django_assert_num_queries(0):
            newest, whole = customer_search_steps(rows)
        assert newest.first() == whole.first() == later[0]


def test_address_with_another_beginning_is_not_found(admin: User) -> None:
    customers_make(admin, 1, "甲", "annabella@example.com")
    customers_make(admin, 1, "乙", "xannabella@example.com")
    customers_make(admin, 1, "丙", "annabella@example.org")
    customers_make(admin, 1, "丁", "nnabella@example.com")
    page = client_of(admin).get("/customers/?q=annabella@example.com", headers=PART)
    assert re.findall(r">(甲|乙|丙|丁)0<", page.content.decode()) == ["乙", "甲"]
