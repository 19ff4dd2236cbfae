"""What flows ask of our own data; PINs under attack; secrets that stay secret."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.acd.services import agent_sign_in
from apps.audit.models import AuditEntry
from apps.calls.models import QueueVisit
from apps.core.sealing import UnsealError, seal, unseal
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry, Level
from apps.ivr import lookups
from apps.ivr.engine.voice import LookupFailedError, PinAnswer, QueueNow
from apps.ivr.lookup_services import pin_set
from apps.ivr.models import HttpLookup, Pin, PinTries
from apps.tasks.models import Task
from tests.factories import (
    AgentFactory,
    CallFactory,
    CustomerFactory,
    CustomerNumberFactory,
    DepartmentFactory,
    LegFactory,
    PinFactory,
    QueueFactory,
    QueueMemberFactory,
)


@pytest.mark.django_db
def test_a_customer_is_found_in_his_company_only() -> None:
    with all_tenants("test"):
        owner = AgentFactory()
        customer = CustomerFactory(
            tenant=owner.tenant, name="王芳", level=Level.VIP, tags=["gold", "north"], owner=owner
        )
        CustomerNumberFactory(tenant=owner.tenant, customer=customer, as_typed="13800138000")
        other = QueueFactory().tenant
    with tenant_scope(owner.tenant_id):
        found = lookups.customer_fields("+8613800138000")
    assert (found["name"], found["level"], found["tags"]) == ("王芳", "vip", "gold,north")
    assert found["owner"] == owner.number
    with tenant_scope(other.pk):
        assert lookups.customer_fields("13800138000") == {}
        assert lookups.customer_fields("") == {}


def test_region_and_carrier_of_a_number() -> None:
    assert lookups.region_fields("02088886666")["region"] == "广东省广州市"
    assert lookups.region_fields("13800138000")["carrier"] == "中国移动"
    assert lookups.region_fields("anonymous") == {"region": "", "carrier": ""}


@pytest.mark.django_db(transaction=True)
def test_a_queue_now_is_who_waits_and_who_is_free() -> None:
    now = timezone.now()
    with all_tenants("test"):
        queue = QueueFactory(number="7001")
        tenant = queue.tenant
        agents = [AgentFactory(tenant=tenant) for _ in range(3)]
        for agent in agents:
            QueueMemberFactory(tenant=tenant, queue=queue, agent=agent)
            agent_sign_in(agent=agent)
        talking = CallFactory(tenant=tenant, ended_at=None)
        LegFactory(tenant=tenant, call=talking, agent=agents[0], ended_at=None)
        for seconds, ended_at in ((90, None), (30, None), (500, now)):
            call = CallFactory(tenant=tenant, ended_at=ended_at)
            QueueVisit.objects.create(
                tenant=tenant, call=call, number=0, queue_name="x", queue_number="7001",
                joined_at=now - timedelta(seconds=seconds), how="waiting",
            )  # fmt: skip
    with tenant_scope(tenant.pk):
        # Three agents, two of them idle: the third in line waits for one of three usual talks.
        assert lookups.queue_now("7001", now=now) == QueueNow(
            waiting=2, idle=2, longest_wait_s=90, expected_wait_s=64
        )
        with pytest.raises(LookupFailedError, match="7999"):
            lookups.queue_now("7999")


def made_pin(**more: Any) -> Pin:
    with all_tenants("test"):
        pin: Pin = PinFactory(name="night", max_wrong=3, **more)
        pin_set(pin=pin, digits="246810")
    return pin


def tried(pin: Pin, digits: str, caller: str = "13800138000", **more: Any) -> PinAnswer:
    with tenant_scope(pin.tenant_id):
        return lookups.pin_check(name="night", pin=digits, caller=caller, **more)


@pytest.mark.django_db
def test_a_pin_is_locked_for_the_caller_and_opens_again_later() -> None:
    pin = made_pin()
    assert tried(pin, "246810") is PinAnswer.OK
    assert [tried(pin, "1111") for _ in range(2)] == [PinAnswer.WRONG] * 2
    assert tried(pin, "246810") is PinAnswer.OK
    answers = [tried(pin, "1111") for _ in range(3)]
    assert answers == [PinAnswer.WRONG, PinAnswer.WRONG, PinAnswer.LOCKED]
    assert tried(pin, "246810") is PinAnswer.LOCKED
    assert tried(pin, "246810", caller="13900139000") is PinAnswer.OK
    later = timezone.now() + timedelta(minutes=pin.lock_minutes, seconds=1)
    assert tried(pin, "246810", now=later) is PinAnswer.OK
    with all_tenants("test"):
        entry = AuditEntry.objects.get(action="pin.lock")
    assert entry.tenant_id == pin.tenant_id
    assert "13800138000" not in str(entry.detail)


@pytest.mark.django_db
def test_no_pin_of_this_name_or_of_another_company_opens() -> None:
    pin = made_pin()
    with all_tenants("test"):
        other = QueueFactory().tenant
    with tenant_scope(other.pk), pytest.raises(LookupFailedError):
        lookups.pin_check(name="night", pin="246810", caller="1")
    assert "246810" not in pin.pin_hash


@pytest.mark.django_db(transaction=True)
def test_many_wrong_pins_at_once_are_no_more_than_allowed() -> None:
    """20 at once: three are looked at, whoever is first; the right one after them finds a lock."""
    if connection.vendor != "postgresql":
        pytest.fail("this race needs PostgreSQL: run the tests by `make test`")
    pin = made_pin()
    assert tried(pin, "1111") is PinAnswer.WRONG

    def one(_: int) -> PinAnswer:
        try:
            return tried(pin, "1111")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(20)))
    assert answers.count(PinAnswer.WRONG) <= 1
    assert answers.count(PinAnswer.LOCKED) >= 19
    assert tried(pin, "246810") is PinAnswer.LOCKED
    with all_tenants("test"):
        assert PinTries.objects.get().wrong <= 3
        assert AuditEntry.objects.filter(action="pin.lock").count() == 1


def test_what_is_sealed_is_unreadable_and_cannot_be_changed(settings: Any) -> None:
    sealed = seal("Bearer 秘密")
    assert "Bearer" not in sealed
    assert unseal(sealed) == "Bearer 秘密"
    assert (seal(""), unseal("")) == ("", "")
    with pytest.raises(UnsealError):
        unseal(sealed[:-4] + "AAA=")
    settings.SECRET_KEY = "another " * 8
    with pytest.raises(UnsealError):
        unseal(sealed)


FORM = {
    "name": "orders",
    "method": "GET",
    "url": "https://crm.example/orders/{caller}",
    "body": "",
    "timeout_s": "3",
    "retries": "0",
    "results": '{"state": "$.order.state"}',
    "new_headers": "Authorization: Bearer top-secret",
}


@pytest.mark.django_db
def test_headers_go_in_sealed_and_never_come_out(admin: Any) -> None:
    admin.post("/admin/ivr/httplookup/add/", FORM)
    with tenant_scope(admin.user.tenant_id):
        row = HttpLookup.objects.get()
        plan = lookups.http_plan("orders")
    assert plan is not None
    assert plan.headers == {"Authorization": "Bearer top-secret"}
    assert "top-secret" not in row.headers_sealed + repr(plan)
    page = admin.get(f"/admin/ivr/httplookup/{row.pk}/change/").content.decode()
    assert "top-secret" not in page
    assert row.headers_sealed not in page
    admin.post(f"/admin/ivr/httplookup/{row.pk}/change/", {**FORM, "new_headers": ""})
    row.refresh_from_db()
    assert "top-secret" in unseal(row.headers_sealed)
    admin.post(
        f"/admin/ivr/httplookup/{row.pk}/change/",
        {**FORM, "new_headers": "", "drops_headers": "on"},
    )
    row.refresh_from_db()
    assert row.headers_sealed == ""
    with all_tenants("test"):
        details = AuditEntry.objects.filter(action="http_lookup.change").values_list("detail")
    assert len(details) == 3
    assert "top-secret" not in str(list(details))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://crm.example/"),
        ("url", "https://{caller}/"),
        ("url", "https://crm.example:{caller}/"),
        ("url", "https://user:password@crm.example/"),
        ("url", "https://crm.example/{Caller}"),
        ("url", "https://crm.example/{caller"),
        ("results", "{}"),
        ("results", '{"caller": "$.a"}'),
        ("results", '{"state": "$.["}'),
        ("results", '{"state": 7}'),
        ("new_headers", "no colon"),
        ("new_headers", "Host: other.example"),
        ("new_headers", "Na me: x"),
        ("timeout_s", "11"),
        ("retries", "3"),
    ],
)
def test_what_means_nothing_or_harm_is_refused_in_the_form(
    admin: Any, field: str, value: str
) -> None:
    answer = admin.post("/admin/ivr/httplookup/add/", {**FORM, field: value})
    assert field in answer.context["adminform"].form.errors
    with tenant_scope(admin.user.tenant_id):
        assert not HttpLookup.objects.exists()


@pytest.mark.django_db
def test_a_pin_is_made_in_the_admin_and_never_shown(admin: Any) -> None:
    form = {"name": "night", "max_wrong": "3", "lock_minutes": "15", "new_pin": ""}
    answer = admin.post("/admin/ivr/pin/add/", form)
    assert "new_pin" in answer.context["adminform"].form.errors
    admin.post("/admin/ivr/pin/add/", {**form, "new_pin": "246810"})
    with tenant_scope(admin.user.tenant_id):
        pin = Pin.objects.get()
        assert lookups.pin_check(name="night", pin="246810", caller="1") is PinAnswer.OK
    page = admin.get(f"/admin/ivr/pin/{pin.pk}/change/").content.decode()
    assert "246810" not in page
    assert pin.pin_hash not in page


@pytest.mark.django_db
def test_a_call_back_becomes_one_task_of_the_queues_department() -> None:
    with all_tenants("test"):
        queue = QueueFactory(number="7001")
        queue.department = DepartmentFactory(tenant=queue.tenant)
        queue.save()
        customer = CustomerFactory(tenant=queue.tenant, name="王芳")
        CustomerNumberFactory(tenant=queue.tenant, customer=customer, as_typed="13800138000")
    now = timezone.now()
    with tenant_scope(queue.tenant_id):
        for typed in ("13800138000", "+8613800138000", "013800138000"):
            assert lookups.call_back_order(queue="7001", number=typed, now=now)
        task = Task.objects.get()
        assert (task.kind, task.number, task.queue_number) == (
            "call_back",
            "+8613800138000",
            "7001",
        )
        assert (task.customer, task.department_id) == (customer, queue.department_id)
        assert task.due_at == now + timedelta(minutes=30)
        Task.objects.update(state="done")
        assert lookups.call_back_order(queue="7001", number="13800138000")
        assert Task.objects.count() == 2


@pytest.mark.django_db
def test_nobody_is_promised_a_call_back_that_may_not_be_made() -> None:
    with all_tenants("test"):
        queue = QueueFactory(number="7001")
        BlacklistEntry.objects.create(tenant=queue.tenant, number="13800138000", reason="rude")
    with tenant_scope(queue.tenant_id):
        assert not lookups.call_back_order(queue="7001", number="13800138000")
        assert not lookups.call_back_order(queue="7001", number="999")
        assert not lookups.may_call_back(queue="7001", number="")
        with pytest.raises(LookupFailedError):
            lookups.call_back_order(queue="7999", number="13900139000")
        assert Task.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_make_one_task() -> None:
    with all_tenants("test"):
        queue = QueueFactory(number="7001")

    def order(_number: int) -> bool:
        try:
            with tenant_scope(queue.tenant_id):
                return lookups.call_back_order(queue="7001", number="13800138000")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(order, range(4)))
    with all_tenants("test"):
        assert Task.objects.count() == 1
