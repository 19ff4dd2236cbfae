"""Behind each figure are exactly the customers that it counts, whatever filter is on."""

from collections.abc import Iterator
from datetime import UTC, datetime
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
from apps.customers.figures import DIMENSIONS, NONE, customer_figures, figure_query
from apps.customers.filters import CustomerFilter
from apps.customers.models import Customer
from apps.customers.selectors import customer_list_for
from apps.customers.services import customer_create
from apps.customers.vocabulary import vocabulary
from tests.factories import (
    AgentFactory,
    CustomerLevelFactory,
    CustomerSourceFactory,
    CustomerTypeFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

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
                    "tags": "老客户" if number % 6 == 0 else "",
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
        "tag": st.sampled_from(["老客户", "x"]),
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
    is_masked=st.booleans(),
    sees_all=st.booleans(),
)
# Counted once for each of his numbers, when numbers were joined.
@example(query={"q": "880001"}, by="level", is_masked=True, sees_all=True)
def test_rows_behind_the_figures_are_the_rows_of_the_filter(
    agent: Agent, query: dict[str, str], by: str, is_masked: bool, sees_all: bool
) -> None:
    tenant = agent.tenant
    tenant.masked_roles = [Role.AGENT] if is_masked else []
    tenant.agents_see_all_customers = sees_all
    user = User.objects.get(pk=agent.user_id)
    user.tenant, user.view_tier = tenant, ViewTier.OWN
    rows = list(found(user, query).order_by().values_list("pk", flat=True))
    assert len(rows) == len(set(rows))
    figures = customer_figures(found(user, query), by, vocabulary())
    assert len({figure.value for figure in figures}) == len(figures)
    behind: list[int] = []
    for figure in figures:
        ids = set(found(user, figure_query(query, by, figure.value)).values_list("pk", flat=True))
        assert len(ids) == figure.count, figure
        behind.extend(ids)
    assert sorted(behind) == sorted(rows)


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
