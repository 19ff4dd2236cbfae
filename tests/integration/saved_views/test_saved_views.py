"""Filters are kept by a person, seen by his department when he shares them, by nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.tenancy import tenant_scope
from apps.saved_views.errors import ViewTooManyError
from apps.saved_views.models import ColumnChoice, SavedView
from apps.saved_views.selectors import columns_shown
from apps.saved_views.services import MOST, query_kept, saved_view_save
from tests.factories import (
    AgentFactory,
    CustomerFieldFactory,
    DepartmentFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


class Office:
    """Two of one department, one of another, an admin of another company."""

    def __init__(self) -> None:
        self.tenant = TenantFactory()
        sales, support = DepartmentFactory.create_batch(2, tenant=self.tenant)
        self.agent = AgentFactory(tenant=self.tenant, user__department=sales).user
        self.colleague = UserFactory(tenant=self.tenant, department=sales, role=Role.TEAM_LEAD)
        self.other = UserFactory(tenant=self.tenant, department=support, role=Role.TEAM_LEAD)
        self.stranger = UserFactory(tenant=TenantFactory(), role=Role.ADMIN)

    def keep(self, name: str, **values: str) -> Any:
        """Keep a filter as the agent does."""
        posted = {"page": "customers", "query": "level=vip", "name": name, **values}
        return client(self.agent).post("/saved-views/new/", posted)


def client(user: User) -> Client:
    """Give a person's browser, in English."""
    found = Client(headers={"accept-language": "en"})
    found.force_login(user)
    return found


def page(user: User, address: str = "/customers/") -> str:
    """Return a list as the person sees it."""
    response = client(user).get(address)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.fixture
def office() -> Iterator[Office]:
    """Make both companies."""
    found = Office()
    with tenant_scope(found.tenant.pk):
        yield found


def test_kept_filter_is_mine_until_i_share_it_with_my_department(office: Office) -> None:
    response = office.keep("重要客户", query="level=vip&page=3&sort=name&evil=1&q=")
    assert response["Location"] == "/customers/?level=vip"
    assert "重要客户" in page(office.agent)
    assert "重要客户" not in page(office.colleague)
    office.keep("重要客户", share="1")
    assert SavedView.objects.count() == 1
    for user in (office.agent, office.colleague):
        assert 'href="/customers/?level=vip"' in page(user)
    for user in (office.other, office.stranger):
        assert "重要客户" not in page(user)
    assert "重要客户" not in page(office.agent, "/work-orders/")
    assert 'aria-current="true"' in page(office.agent, "/customers/?level=vip&page=1")


def test_only_who_keeps_it_removes_it(office: Office) -> None:
    office.keep("Mine", share="1")
    kept = SavedView.objects.get()
    address = f"/saved-views/{kept.pk}/delete/"
    assert address not in page(office.colleague)
    for user in (office.colleague, office.other, office.stranger):
        assert client(user).post(address).status_code == 404
    assert client(office.agent).get(address).status_code == 405
    assert client(office.agent).post(address)["Location"] == "/customers/"
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "values",
    [{"name": " "}, {"name": "x" * 41}, {"query": "page=2"}, {"query": "q=" + "x" * 2000}],
)
def test_nameless_or_empty_is_refused_with_what_to_do(
    office: Office, values: dict[str, str]
) -> None:
    response = office.keep(**{"name": "Fine", **values})
    assert response.status_code == 302
    assert not SavedView.objects.exists()
    told = client(office.agent)
    told.post("/saved-views/new/", {"page": "customers", "query": "level=vip", "name": ""})
    assert "Give the filter a name" in told.get("/customers/").content.decode()
    assert office.keep("Fine", page="calls").status_code == 404


def test_nobody_keeps_more_than_the_list_shows(office: Office) -> None:
    def keep(name: str) -> SavedView:
        return saved_view_save(
            user=office.agent,
            page="customers",
            name=name,
            query="level=vip",
            known=["level"],
            is_shared=False,
        )

    for number in range(MOST):
        keep(f"View {number}")
    with pytest.raises(ViewTooManyError):
        keep("One more")
    assert keep("View 0").name == "View 0"


def test_work_orders_keep_theirs(office: Office) -> None:
    response = office.keep("Late", page="work_orders", query="state=overdue&level=vip")
    assert response["Location"] == "/work-orders/?state=overdue"
    assert 'href="/work-orders/?state=overdue"' in page(office.agent, "/work-orders/")


def test_columns_are_chosen_for_me_alone_and_all_is_no_choice(office: Office) -> None:
    CustomerFieldFactory(tenant=office.tenant, key="contract", label="合同号", in_list=True)
    posted = {"columns": ["number", "custom_contract", "evil"], "query": "level=vip&page=2"}
    response = client(office.agent).post("/customers/columns/", posted)
    assert response["Location"] == "/customers/?level=vip"
    office_page = page(office.agent)
    headings = office_page[office_page.index("<thead") : office_page.index("</thead>")]
    assert "Number" in headings
    assert "合同号" in headings
    assert "Level" not in headings
    other_page = page(office.colleague)
    assert "Level" in other_page[other_page.index("<thead") : other_page.index("</thead>")]
    client(office.agent).post("/customers/columns/", {"columns": []})
    assert not ColumnChoice.objects.exists()
    assert columns_shown(user=office.agent, page="customers", known=["a", "b"]) == ["a", "b"]


def test_query_keeps_several_values_of_one_filter_and_nothing_unknown() -> None:
    assert query_kept("state=a&state=b&page=2&x=1&q=", ["state", "q"]) == "state=a&state=b"
    assert query_kept("%00=1&=&&q=%E7%8E%8B", ["q"]) == "q=%E7%8E%8B"
