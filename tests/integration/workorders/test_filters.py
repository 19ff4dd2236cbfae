"""The page's list and the API's are narrowed by one filter: the same question, the same orders."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import timezone

from apps.accounts.models import User
from apps.console.work_orders.filters import OrderPageFilter
from apps.core.tenancy import tenant_scope
from apps.workorders.filters import OrderFilter
from apps.workorders.models import Order
from apps.workorders.selectors import work_order_list_for
from tests.factories import CustomerFactory
from tests.integration.workorders.office import Office, act, step

pytestmark = pytest.mark.django_db


def shown(filters: type[OrderFilter], user: User, query: str) -> list[str]:
    """Return the numbers that a query leaves to a person."""
    request = RequestFactory().get("/")
    request.user = user
    rows = work_order_list_for(user=user)
    with tenant_scope(user.tenant_id or 0):
        return [row.number for row in filters(QueryDict(query), queryset=rows, request=request).qs]


def test_page_and_api_find_the_same_orders(office: Office) -> None:
    customer = CustomerFactory(tenant=office.tenant, name="李强")
    a = office.order(step("a", office.lead), customer=customer)
    b = office.order(step("a", office.admin))
    c = office.order(step("a", office.lead), submit=False)
    late = office.order(step("a", office.lead))
    act(b, office.agent, "cancel", opinion="x")
    with tenant_scope(office.tenant.pk):
        Order.objects.filter(pk=late.pk).update(
            due_at=timezone.now() - timedelta(hours=1), priority="urgent"
        )
        pairs = [
            ("state=all", "", {a, b, c, late}),
            ("", "state=draft&state=running", {a, c, late}),
            ("state=cancelled", "state=cancelled", {b}),
            ("state=overdue", "overdue=true", {late}),
            ("state=all&text=李强", "q=李强", {a}),
            (f"state=all&text={b.number}", f"q={b.number}", {b}),
            ("state=all&whose=mine", "mine=true", {a, b, c, late}),
            ("state=all&priority=urgent", "priority=urgent", {late}),
            (f"state=all&type={a.type_id}", f"type={a.type_id}", {a}),
            (f"customer={customer.pk}", f"customer={customer.pk}", {a}),
        ]
    for page, api, expected in pairs:
        numbers = {row.number for row in expected}
        assert set(shown(OrderPageFilter, office.agent, page)) == numbers, page
        assert set(shown(OrderFilter, office.agent, api)) == numbers, api
    assert set(shown(OrderPageFilter, office.lead, "whose=todo")) == {a.number, late.number}
    assert set(shown(OrderFilter, office.lead, "todo=true")) == {a.number, late.number}


def test_page_keeps_the_names_that_kept_filters_and_links_hold(office: Office) -> None:
    names = ["whose", "state", "type", "priority", "text", "customer"]
    assert sorted(OrderPageFilter.base_filters) == sorted(names)
    with tenant_scope(office.tenant.pk):
        assert list(OrderPageFilter(queryset=Order.objects.all()).form.fields) == names
