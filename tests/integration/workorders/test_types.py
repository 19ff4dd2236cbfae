"""Types: drafts are kept, only sound ones are published, ready types work as they come."""

from typing import Any

import pytest

from apps.accounts.choices import Role
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import tenant_scope
from apps.workorders import type_services as services
from apps.workorders.errors import (
    BadTypeError,
    DocumentRefusedError,
    NameTakenError,
    StaleError,
    ValuesRefusedError,
)
from apps.workorders.models import OrderType
from apps.workorders.selectors import order_type_get, order_type_list
from apps.workorders.services import work_order_create
from apps.workorders.shipped import AFTER_SALES, REPAIR, SHIPPED
from tests.integration.workorders.office import FIELDS, Office, act, step, waits


def made(office: Office, key: str) -> OrderType:
    return services.order_type_from_shipped(
        user=office.admin, tenant_id=office.tenant.pk, key=key, language="en"
    )


def test_draft_is_kept_with_its_faults_and_published_without(office: Office) -> None:
    type_ = services.order_type_create(user=office.admin, name="Visits", prefix="bs")
    assert type_.prefix == "BS"
    form = {"version": 1, "fields": FIELDS}
    faulty = {"version": 1, "steps": [{**step("a", office.lead), "mode": "most"}]}
    saved = services.order_type_save(
        user=office.admin, type=type_, seen_revision=0, form=form, flow=faulty
    )
    assert saved.draft_revision == 1
    with pytest.raises(StaleError):
        services.order_type_save(user=office.admin, type=type_, seen_revision=0, form=form)
    with pytest.raises(DocumentRefusedError) as refused:
        services.order_type_publish(user=office.admin, type=type_, seen_revision=1)
    assert [one.path for one in refused.value.flow] == ["steps.0.mode"]
    assert list(order_type_list()) == []
    sound = {"version": 1, "steps": [step("a", office.lead)]}
    services.order_type_save(user=office.admin, type=type_, seen_revision=1, flow=sound)
    version = services.order_type_publish(user=office.admin, type=type_, seen_revision=2, note="x")
    assert (version.number, version.flow) == (1, sound)
    assert list(order_type_list()) == [type_]


def test_person_or_department_that_is_gone_is_named(office: Office) -> None:
    stranger = Office()
    flow = {
        "version": 1,
        "steps": [
            step("a", stranger.lead),
            {**step("b"), "approvers": {"by": "department", "department": stranger.sales.pk}},
        ],
    }
    type_ = office.type(step("x", office.lead))
    type_.flow_draft = flow
    type_.save()
    _form, problems = services.order_type_problems(type_)
    assert [(one.path, one.code) for one in problems] == [
        ("a", "person_gone"),
        ("b", "department_gone"),
    ]


def test_only_the_companys_admin_sets_types_up(office: Office) -> None:
    type_ = office.type(step("a", office.lead))
    for user in (office.agent, office.lead, office.inspector):
        with pytest.raises(ForbiddenError):
            services.order_type_set(user=user, type=type_, name="x")
        with pytest.raises(ForbiddenError):
            services.order_type_dry_run(user=user, type=type_, values={})
    stranger = Office()
    with tenant_scope(stranger.tenant.pk):
        with pytest.raises(NotFoundError):
            services.order_type_set(user=stranger.admin, type=type_, name="x")
        with pytest.raises(NotFoundError):
            order_type_get(type_.pk)


@pytest.mark.parametrize(
    "settings",
    [
        {"name": " "},
        {"name": "a\x00"},
        {"prefix": "abc"},
        {"prefix": "售后"},
        {"sla_minutes": {"normal": 0}},
        {"sla_minutes": {"soon": 5}},
        {"last_number": 7},
    ],
)
def test_settings_that_make_no_sense_are_refused(office: Office, settings: Any) -> None:
    type_ = office.type(step("a", office.lead))
    with pytest.raises(BadTypeError):
        services.order_type_set(user=office.admin, type=type_, **settings)


def test_name_and_prefix_are_one_types(office: Office) -> None:
    services.order_type_create(user=office.admin, name="Visits", prefix="BS")
    with pytest.raises(NameTakenError):
        services.order_type_create(user=office.admin, name="Visits", prefix="BT")
    with pytest.raises(NameTakenError):
        services.order_type_create(user=office.admin, name="Other", prefix="BS")


@pytest.mark.parametrize("document", [["x"], {"a": "\x00"}, {"a": "x" * 400_001}])
def test_document_that_cannot_be_kept_is_refused(office: Office, document: Any) -> None:
    type_ = office.type(step("a", office.lead))
    with pytest.raises(BadTypeError):
        services.order_type_save(user=office.admin, type=type_, seen_revision=0, form=document)


def test_ready_types_are_published_once_in_both_languages(office: Office) -> None:
    for key in SHIPPED:
        type_ = made(office, key)
        assert made(office, key) == type_
        assert type_.versions.count() == 1
    other = Office()
    with tenant_scope(other.tenant.pk):
        chinese = services.order_type_from_shipped(
            user=None, tenant_id=other.tenant.pk, key=REPAIR, language="zh-hans"
        )
    assert (chinese.name, type_.name) == ("派工维修单", "Repair dispatch")
    with pytest.raises(NotFoundError):
        made(office, "nothing")


ASKED = {
    "contact": "王芳",
    "telephone": "13800138000",
    "request": "refund",
    "product": "Printer",
    "description": "does not print",
}


@pytest.mark.parametrize(("amount", "parallel"), [("999.00", False), ("1000.00", True)])
def test_after_sales_goes_by_its_amount(office: Office, amount: str, parallel: bool) -> None:
    order = work_order_create(
        user=office.agent,
        type=made(office, AFTER_SALES),
        values={**ASKED, "amount": amount},
        submit=True,
    )
    assert waits(order) == {"lead": {office.lead.pk}}
    act(order, office.lead, "approve", "lead")
    if parallel:
        assert waits(order) == {
            "stock": {office.lead.pk, office.support_lead.pk},
            "manager": {office.admin.pk},
        }
        act(order, office.support_lead, "approve", "stock", values={"stock_checked": True})
        act(order, office.admin, "approve", "manager", opinion="fine")
    assert waits(order) == {"handle": {office.agent.pk}}
    with pytest.raises(ValuesRefusedError):
        act(order, office.agent, "approve", "handle")
    done = act(order, office.agent, "approve", "handle", values={"solution": "paid back"})
    assert done.state == "completed"


def test_refund_needs_its_amount(office: Office) -> None:
    with pytest.raises(ValuesRefusedError) as refused:
        work_order_create(
            user=office.agent, type=made(office, AFTER_SALES), values=ASKED, submit=True
        )
    assert set(refused.value.errors) == {"amount"}


def test_repair_is_dispatched_repaired_and_closed_by_whoever_is_first(office: Office) -> None:
    values = {
        "contact": "李强", "telephone": "13900139000", "address": "1 Road", "device": "A4",
        "fault": ["leak"],
    }  # fmt: skip
    order = work_order_create(
        user=office.agent, type=made(office, REPAIR), values=values, submit=True
    )
    act(order, office.lead, "approve", "dispatch", values={"engineer": office.engineer.pk})
    assert waits(order) == {"visit": {office.engineer.pk}}
    act(order, office.engineer, "approve", "visit", values={"work": "x", "parts_cost": "600"})
    assert waits(order) == {"cost": {office.admin.pk}}
    act(order, office.admin, "approve", "cost")
    assert set(waits(order)) == {"call_customer", "lead_closes"}
    done = act(order, office.lead, "approve", "lead_closes", values={"satisfied": "yes"})
    assert done.state == "completed"


def test_dry_run_writes_nothing_and_says_who(
    office: Office, django_assert_num_queries: Any
) -> None:
    type_ = made(office, AFTER_SALES)
    with django_assert_num_queries(5):
        run = services.order_type_dry_run(
            user=office.admin, type=type_, submitter=office.agent,
            values={**ASKED, "amount": "5000"},
        )  # fmt: skip
    assert [one.step for one in run.played] == ["lead", "stock", "manager", "handle"]
    assert run.status == "completed"
    assert not type_.orders.exists()
    with pytest.raises(ValuesRefusedError):
        services.order_type_dry_run(user=office.admin, type=type_, values={"request": "nothing"})
    assert office.admin.role == Role.ADMIN
