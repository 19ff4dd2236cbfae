"""The demo's customers are found as those are that people make."""

import pytest

from apps.accounts.models import User
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.selectors import customer_list_for, customer_search
from apps.demo.services import demo_companies_make


@pytest.mark.django_db
def test_customer_of_the_demo_is_found_by_name_pinyin_and_number() -> None:
    demo_companies_make()
    with all_tenants("test"):
        admin = User.objects.select_related("tenant").get(username="admin")
    with tenant_scope(admin.tenant_id or 0):
        for words in ("王芳", "wangfang", "8666"):
            rows = customer_search(customer_list_for(user=admin), words, user=admin)
            assert [row.name for row in rows] == ["王芳"], words
