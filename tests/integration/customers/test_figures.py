"""Behind each figure are exactly the customers that it counts, whatever filter is on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db.models import QuerySet
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import Agent, User
from apps.core.tenancy import tenant_scope
from apps.customers.figures import (
    DIMENSIONS,
    NONE,
    TAG,
    customer_figures,
    figure_query,
    figures_total,
    measures,
)
from apps.customers.filters import CustomerFilter
from apps.customers.models import Customer
from apps.customers.selectors import customer_list_for
from apps.customers.services import customer_create
from apps.customers.vocabulary import vocabulary
from tests.factories import (
    AgentFactory,
    CustomerFieldFactory,
    CustomerLevelFactory,
    CustomerSourceFactory,
    CustomerTypeFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TAGS = ["老客户;大客户", "", "大客户", "老客户", NONE, f"{NONE};大客户"]
CITIES = ["", "广州", "深圳", NONE]
# The last hours of a month in Shanghai are the month before in London.
MADE_AT = [
    datetime(2026, 10, 31, 15, 59, tzinfo=UTC),
    datetime(2026, 10, 31, 16, 1, tzinfo=UTC),
    datetime(2026, 11, 29, 8, 0, tzinfo=UTC),
    datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
]


@pytest.fixture
def agent() -> Iterator[Agent]:
    """An agent of a company with customers of every sort."""
    agent = AgentFactory(number="1001")
    second = AgentFactory(number="1002", tenant=agent.tenant)
    with tenant_scope(agent.tenant_id), timezone.override("Asia/Shanghai"):
        CustomerTypeFactory(tenant=agent.tenant, code="retail", name="零售")
        CustomerFieldFactory(tenant=agent.tenant, key="worth", kind="decimal", label="Worth")
        CustomerFieldFactory(tenant=agent.tenant, key="cars", kind="integer", label="Cars")
        CustomerFieldFactory(tenant=agent.tenant, key="shirt", kind="text", label="Shirt")
        CustomerLevelFactory(tenant=agent.tenant, code="gold", name="金")
        CustomerSourceFactory(tenant=agent.tenant, code="web", name="网站")
        for number in range(24):
            made = customer_create(
                tenant_id=agent.tenant_id,
                actor=(agent if number % 5 else second).user,
                values={
                    "name": "王芳" if number % 4 == 0 else f"客户{number}",
                    # Two numbers each: a join with numbers would count them twice.
                    "numbers": f"138001380{number:02d}\n0208888{number:04d}",
                    "level": ("normal", "vip", "gold")[number % 3],
                    "type": "retail" if number % 2 else "",
                    "source": "web" if number % 7 < 3 else "",
                    "owner": ("1001", "1002", "")[number % 3 if number < 12 else 2],
                    "province": "广东" if number % 3 else "",
                    "city": CITIES[number % 4],
                    "tags": TAGS[number % 6],
                    "balance": f"{number}.25" if number % 3 else "",
                    "custom.worth": ("", "10.50", "-3", "7")[number % 4],
                    "custom.cars": str(number) if number % 2 else "",
                    "account_number": "880001" if number == 5 else "",
                },
            )
            Customer.objects.filter(pk=made.pk).update(created_at=MADE_AT[number % 4])
        yield agent


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["王芳", "客户", "138", "13800138004", "880001", "wf 138", "\0"]),
        "level": st.sampled_from(["normal", "vip", "gold", NONE, "x"]),
        "type": st.sampled_from(["retail", NONE, "x"]),
        "source": st.sampled_from(["web", NONE]),
        "owner": st.sampled_from(["1001", "1002", NONE, "9999"]),
        "tag": st.sampled_from(["老客户", "大客户", NONE, "老客户\n大客户", "x"]),
        "province": st.sampled_from(["广东", NONE]),
        "city": st.sampled_from(["广州", NONE]),
        "month": st.sampled_from(["2026-10", "2026-11", "2025-12", "2026-13"]),
        "since": st.sampled_from(["2026-11-01", "2027-01-01", "x"]),
        "until": st.sampled_from(["2026-10-31", "2026-11-01"]),
    },
)


def found(user: User, query: dict[str, str]) -> "QuerySet[Customer]":
    """Return what the list shows for a query."""
    data = QueryDict(mutable=True)
    data.update(query)
    request = RequestFactory().get("/customers/")
    request.user = user
    return CustomerFilter(data, queryset=customer_list_for(user=user), request=request).qs


@hypothesis_settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=FILTERS,
    by=st.sampled_from(sorted(DIMENSIONS)),
    measure=st.sampled_from(["", "balance", "custom.worth", "custom.cars"]),
    is_masked=st.booleans(),
    sees_all=st.booleans(),
)
# Counted once for each of his numbers, when numbers were joined.
@example(query={"q": "880001"}, by="level", measure="balance", is_masked=True, sees_all=True)
# Who has both tags: the list of the second one was everybody's who has it.
@example(query={"tag": "老客户"}, by=TAG, measure="custom.worth", is_masked=False, sees_all=True)
def test_rows_behind_the_figures_are_the_rows_of_the_filter(
    agent: Agent, query: dict[str, str], by: str, measure: str, is_masked: bool, sees_all: bool
) -> None:
    tenant = agent.tenant
    tenant.masked_roles = [Role.AGENT] if is_masked else []
    tenant.agents_see_all_customers = sees_all
    user = User.objects.get(pk=agent.user_id)
    user.tenant, user.view_tier = tenant, ViewTier.OWN
    rows = list(found(user, query).order_by().values_list("pk", flat=True))
    assert len(rows) == len(set(rows))
    words = vocabulary()
    figures = customer_figures(found(user, query), by, words, measure)
    assert len({figure.value for figure in figures}) == len(figures)
    behind: list[int] = []
    for figure in figures:
        listed = list(found(user, figure_query(query, by, figure.value)))
        assert len({one.pk for one in listed}) == len(listed) == figure.count, figure
        assert sum((worth(one, measure) for one in listed), Decimal(0)) == figure.amount, figure
        behind.extend(one.pk for one in listed)
    # By tag who has two is behind both; nobody is left out, nobody else is in.
    assert (set(behind) if by == TAG else sorted(behind)) == (
        set(rows) if by == TAG else sorted(rows)
    )
    pairs = [(figure.count, figure.amount) for figure in figures]
    amounts = sum((worth(one, measure) for one in found(user, query)), Decimal(0))
    assert figures_total(found(user, query), by, pairs, measure) == (len(rows), amounts)


def worth(customer: Customer, measure: str) -> Decimal:
    """Return what a customer adds to a sum, read from his row."""
    if measure == "balance":
        return customer.balance or Decimal(0)
    return Decimal(customer.custom.get(measure.removeprefix("custom."), 0) if measure else 0)


def test_only_numbers_are_summed(agent: Agent) -> None:
    assert list(measures(vocabulary())) == ["balance", "custom.worth", "custom.cars"]


def test_page_sums_a_value_and_leads_to_who_has_it(agent: Agent) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(UserFactory(tenant=agent.tenant, role=Role.ADMIN))
    page = client.get("/customers/figures/?by=tag&value=custom.worth&tag=大客户").content.decode()
    assert ">Worth</th>" in page
    figures = {
        part.partition('"')[0]: part
        for part in page.split('data-testid="figure-row" data-value="')[1:]
    }
    assert set(figures) == {"大客户", "老客户", NONE}
    both = figures["老客户"]
    link = both.partition('<a href="')[2].partition('"')[0].replace("&amp;", "&")
    listed = client.get(link).content.decode()
    assert listed.count('data-testid="customer-row"') == 4
    assert " selected>大客户 + 老客户</option>" in listed
    with tenant_scope(agent.tenant_id):
        rows = [one for one in Customer.objects.all() if {"老客户", "大客户"} <= set(one.tags)]
    summed = sum((worth(one, "custom.worth") for one in rows), Decimal(0))
    shown = both.partition('data-testid="figure-amount">')[2].partition("<")[0]
    assert shown == f"{summed:.2f}"
    assert 'data-testid="figure-total">12<' in page
    for nonsense in ("custom.shirt", "custom.nobody", "name", "\0"):
        answer = client.get("/customers/figures/", {"by": "city", "value": nonsense})
        assert "figure-amount" not in answer.content.decode()
    assert client.get("/customers/figures/?tag=%0A%0D%0A").status_code == 200


def test_page_of_figures_links_to_what_it_counts(agent: Agent) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(UserFactory(tenant=agent.tenant, role=Role.ADMIN))
    page = client.get("/customers/figures/?by=city&level=vip&q=138").content.decode()
    links = [
        part.partition('"')[0].replace("&amp;", "&") for part in page.split('<td><a href="')[1:]
    ]
    asked = [dict(parse_qsl(urlsplit(link).query)) for link in links]
    assert {(one["level"], one["q"]) for one in asked} == {("vip", "138")}
    counted = 0
    for link in links:
        listed = client.get(link).content.decode()
        counted += listed.count('data-testid="customer-row"')
    assert counted == 8
    assert 'data-testid="figure-total">8<' in page
