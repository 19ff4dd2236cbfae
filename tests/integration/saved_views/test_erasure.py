"""A forgotten person is in nobody's saved filters."""

from urllib.parse import urlencode

import pytest

from apps.accounts.choices import Role
from apps.core.tenancy import tenant_scope
from apps.customers.erasure import customer_erase
from apps.saved_views.models import SavedView
from tests.factories import CustomerFactory, CustomerNumberFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def kept(tenant: object, name: str, **query: str) -> SavedView:
    user = UserFactory(tenant=tenant)
    view: SavedView = SavedView.objects.create(
        tenant=tenant, user=user, page="customers", name=name, query=urlencode(query)
    )
    return view


def test_filters_with_his_name_or_number_go_and_others_stay() -> None:
    tenant, other = TenantFactory(), TenantFactory()
    admin = UserFactory(tenant=tenant, role=Role.ADMIN)
    with tenant_scope(other):
        strangers = kept(other, "王小芳")
    with tenant_scope(tenant):
        customer = CustomerFactory(tenant=tenant, name="王小芳")
        CustomerNumberFactory(tenant=tenant, customer=customer, as_typed="138 0013 8000")
        theirs = [
            kept(tenant, "王小芳的单"),
            kept(tenant, "his name", q="找 王小芳"),
            kept(tenant, "his number", q="13800138000"),
            kept(tenant, "abroad", q="+86 138-0013-8000"),
            kept(tenant, "without the area", number="00138000"),
        ]
        stay = [
            kept(tenant, "city", city="王府井"),
            kept(tenant, "another number", q="13800138001"),
            kept(tenant, "four digits", q="8000"),
        ]
        done = customer_erase(customer=customer, actor=admin)
        assert done["saved_views"] == len(theirs)
        assert set(SavedView.objects.values_list("pk", flat=True)) == {row.pk for row in stay}
    with tenant_scope(other):
        assert SavedView.objects.filter(pk=strangers.pk).exists()
