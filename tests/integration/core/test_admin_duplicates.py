"""What is taken already is said in the form, whoever has it; nothing is a server error."""

from typing import Any

import pytest

from apps.core.tenancy import tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db


def form_of(page: Any) -> dict[str, Any]:
    """Give the values that a person would send back unchanged."""
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    for formset in page.context["inline_admin_formsets"]:
        values |= {
            f"{formset.formset.prefix}-TOTAL_FORMS": 0,
            f"{formset.formset.prefix}-INITIAL_FORMS": 0,
        }
    # A browser sends no empty choice and no box that is not ticked.
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


def sent(admin: Any, url: str, **changed: Any) -> str:
    """Send the form of this page with some values changed; give the page that comes."""
    answer = admin.post(url, {**form_of(admin.get(url)), **changed})
    assert answer.status_code == 200, f"saved, or an error: {answer.status_code}"
    page: str = answer.content.decode()
    return page


@pytest.mark.parametrize(
    ("kind", "path", "field"),
    [
        ("QueueFactory", "acd/queue", "number"),
        ("DepartmentFactory", "accounts/department", "name"),
        ("FlowFactory", "ivr/flow", "name"),
        ("CalendarFactory", "ivr/calendar", "name"),
        ("AgentFactory", "accounts/agent", "number"),
    ],
)
def test_value_taken_in_the_company_is_refused_in_the_form(
    admin: Any, kind: str, path: str, field: str
) -> None:
    first, second = (getattr(factories, kind)(tenant=admin.user.tenant) for _ in range(2))
    page = sent(admin, f"/admin/{path}/{second.pk}/change/", **{field: getattr(first, field)})
    assert "already exists" in page
    with tenant_scope(admin.user.tenant_id):
        assert type(second).objects.filter(**{field: getattr(first, field)}).count() == 1


def test_value_of_another_company_is_free_where_companies_do_not_meet(admin: Any) -> None:
    theirs = factories.QueueFactory(number="7333")
    mine = factories.QueueFactory(tenant=admin.user.tenant)
    url = f"/admin/acd/queue/{mine.pk}/change/"
    answer = admin.post(url, {**form_of(admin.get(url)), "number": theirs.number})
    assert answer.status_code == 302, answer.context["errors"]


@pytest.mark.parametrize(
    ("kind", "path", "field"),
    [("DidFactory", "numbers/did", "number"), ("AgentFactory", "accounts/agent", "sip_username")],
)
def test_what_is_unique_everywhere_is_taken_whoever_has_it(
    admin: Any, kind: str, path: str, field: str
) -> None:
    theirs = getattr(factories, kind)()
    mine = getattr(factories, kind)(tenant=admin.user.tenant)
    page = sent(admin, f"/admin/{path}/{mine.pk}/change/", **{field: getattr(theirs, field)})
    assert "already exists" in page
    assert theirs.tenant.name not in page


def test_number_on_the_blacklist_twice_is_a_message(admin: Any) -> None:
    url = "/admin/customers/blacklistentry/add/"
    entry = {"number": "13700137000", "action": "refuse", "reason": "nuisance"}
    assert admin.post(url, entry).status_code == 302
    answer = admin.post(url, entry, follow=True)
    assert answer.status_code == 200
    assert "already" in answer.content.decode()
