"""What programs, the demo and a person who is forgotten get of inspections."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.core.tenancy import tenant_scope
from apps.quality.comments import comment_add
from apps.quality.customer_erasure import inspections_erase
from apps.quality.engine.sheet import problems
from apps.quality.models import Sheet
from apps.quality.ready import ready_document, ready_sheet_make
from apps.realtime.snapshot import desk_snapshot
from tests.factories import ApiTokenFactory, CustomerFactory, TenantFactory
from tests.integration.quality.office import Office, office_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Any:
    with office_scope() as made:
        yield made


def listed(office: Office, user: Any, token: str) -> list[dict[str, Any]]:
    ApiTokenFactory(tenant=office.tenant, user=user, token=token)
    headers = {"Authorization": f"Token {token}"}
    answer = Client().get("/api/v1/inspections/", headers=headers)
    assert answer.status_code == 200
    return list(answer.json()["results"])


def test_program_reads_what_its_person_may_see(office: Office) -> None:
    one = office.published()
    office.inspection()
    (found,) = listed(office, office.admin, "all")
    assert (found["id"], found["score"], found["sheet"]) == (one.pk, "60.00", "Service")
    assert [row["id"] for row in listed(office, office.agent.user, "own")] == [one.pk]
    assert listed(office, office.colleague.user, "other") == []
    assert listed(office, office.support_lead, "lead") == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_ready_sheet_is_whole_and_made_once(language: str) -> None:
    assert problems(ready_document(language)) == []
    tenant = TenantFactory(language=language)
    with tenant_scope(tenant.pk):
        assert ready_sheet_make(tenant_id=tenant.pk, language=language) is not None
        assert ready_sheet_make(tenant_id=tenant.pk, language=language) is None
        assert Sheet.objects.get().versions.count() == 1


def test_forgotten_person_leaves_scores_and_no_words(office: Office) -> None:
    customer = CustomerFactory(tenant=office.tenant)
    one = office.inspection()
    one.call.customer = customer
    one.call.save()
    comment_add(inspection=one, user=office.first, text="Mr Chen of 13800138000")
    one.summary = "Mr Chen"
    one.save()
    assert inspections_erase(customer, []) == 1
    one.refresh_from_db()
    assert (one.summary, one.comments.get().text) == ("", "—")


def test_snapshot_says_how_many_wait(office: Office) -> None:
    office.published()
    office.inspection()
    assert desk_snapshot(office.agent.user)[1]["inspections_todo"] == 1
    assert desk_snapshot(office.first)[1]["inspections_todo"] == 1
    assert desk_snapshot(office.admin)[1]["inspections_todo"] == 0
    assert office.admin.role == Role.ADMIN
