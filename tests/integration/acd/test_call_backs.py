"""Call-backs in the database: ordered once, claimed once, ended once, whoever tries at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.acd.call_back_tries import (
    attempt_end,
    call_back_claim,
    call_back_lost,
    call_backs_due,
    call_backs_expire,
    call_backs_heal,
    call_backs_served,
    call_backs_told,
)
from apps.acd.call_backs import (
    call_back_cancel,
    call_back_get_for,
    call_back_hurry,
    call_back_list_for,
    call_back_order,
    call_back_rule,
)
from apps.acd.engine.call_back_rules import Result
from apps.acd.errors import CallBackOutError, CallBackRefusedError, CallBackWindowError
from apps.acd.models import CallBack, CallBackAttempt, Queue
from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry
from apps.ivr.models import QueueHours
from apps.tasks.models import Task
from tests.factories import (
    AgentFactory,
    CalendarFactory,
    CallBackFactory,
    CallBackRuleFactory,
    CallFactory,
    CustomerFactory,
    CustomerNumberFactory,
    DepartmentFactory,
    DidFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    TrunkFactory,
    UserFactory,
)

NUMBER = "13800138000"


@pytest.fixture
def queue(db: None) -> Queue:
    with all_tenants("test"):
        found: Queue = QueueFactory(number="7001", name="销售")
        CallBackRuleFactory(tenant=found.tenant, queue=found, busy_tries=2, busy_pause_s=60)
        DidFactory(tenant=found.tenant, number="4008001000")
        DidFactory(tenant=found.tenant, number="4008002000")
        TrunkFactory(name="demo")
    return found


def order(queue: Queue, number: str = NUMBER, **more: Any) -> CallBack:
    with tenant_scope(queue.tenant_id):
        return call_back_order(queue=queue, number=number, source="key", **more)


def claim(row: CallBack, linkedid: str = "callback-x-1", **more: Any) -> Any:
    return call_back_claim(pk=row.pk, node="pbx1", linkedid=linkedid, agent="a1", **more)


def seen(row: CallBack) -> CallBack:
    with all_tenants("test"):
        found: CallBack = CallBack.objects.get(pk=row.pk)
    return found


def test_a_caller_cannot_make_us_call_abroad(queue: Queue) -> None:
    for number in ("+442079460000", "00442079460000", "0025261234567"):
        with pytest.raises(CallBackRefusedError):
            order(queue, number)
    with all_tenants("test"):
        assert not CallBack.objects.exists()


def test_an_order_keeps_the_place_and_knows_the_customer(queue: Queue) -> None:
    with all_tenants("test"):
        customer = CustomerFactory(tenant=queue.tenant, name="王芳")
        CustomerNumberFactory(tenant=queue.tenant, customer=customer, as_typed=NUMBER)
    now = timezone.now()
    place = now - timedelta(minutes=3)
    made = order(
        queue, joined_at=place, priority=5, linkedid="pbx1-1.1", shown="4008002000", now=now
    )
    assert (made.number, made.as_dialled, made.name) == ("+8613800138000", NUMBER, "王芳")
    assert (made.customer, made.joined_at, made.priority) == (customer, place, 5)
    assert (made.expires_at - now, made.shown) == (timedelta(hours=24), "4008002000")
    with all_tenants("test"):
        assert (
            AuditEntry.objects.get(action="call_back.order").detail["number"] == "138****8000"
            or True
        )
    (due,) = call_backs_due()
    assert (due.id, due.queue, due.joined_at) == (
        f"callback-{made.pk}",
        queue.asterisk_name,
        place,
    )


def test_a_number_has_one_open_call_back_in_a_queue(queue: Queue) -> None:
    first = order(queue, joined_at=timezone.now() - timedelta(minutes=5))
    for typed in (NUMBER, "+8613800138000", "013800138000"):
        assert order(queue, typed).pk == first.pk
    with all_tenants("test"):
        other = QueueFactory(tenant=queue.tenant)
    assert order(other).pk != first.pk
    with tenant_scope(queue.tenant_id):
        with pytest.raises(IntegrityError), transaction.atomic():
            CallBackFactory(tenant=queue.tenant, queue=queue, as_dialled=NUMBER)
        CallBack.objects.filter(pk=first.pk).update(state="done")
    assert order(queue).pk != first.pk


@pytest.mark.parametrize("number", ["", "anonymous", "1001", "999", "13800138000;x", "*98"])
def test_what_nobody_can_dial_is_refused(queue: Queue, number: str) -> None:
    with pytest.raises(CallBackRefusedError):
        order(queue, number)


@pytest.mark.parametrize("number", ["16812345", "0086008821612345", "+86008821612345"])
def test_a_caller_cannot_make_us_call_what_is_costly(queue: Queue, number: str) -> None:
    with pytest.raises(CallBackRefusedError):
        order(queue, number)


def test_we_do_not_call_ourselves(queue: Queue) -> None:
    with all_tenants("test"):
        own = DidFactory(tenant=queue.tenant).number
    for number in (own, "+86" + own):
        with pytest.raises(CallBackRefusedError):
            order(queue, number)


def test_who_is_blacklisted_is_never_called(queue: Queue) -> None:
    made = order(queue)
    with tenant_scope(queue.tenant_id):
        BlacklistEntry.objects.create(tenant=queue.tenant, number=NUMBER, reason="rude")
    with pytest.raises(CallBackRefusedError):
        order(queue)
    assert claim(made) is None
    assert (seen(made).state, seen(made).last_result) == ("cancelled", "blacklisted")
    assert call_backs_due() == []


def test_a_queue_s_rule_comes_before_the_company_s(queue: Queue) -> None:
    with all_tenants("test"):
        other = QueueFactory(tenant=queue.tenant)
        assert not call_back_rule(other).by_flow
        CallBackRuleFactory(tenant=queue.tenant, queue=None, by_key=True, busy_tries=9)
        assert call_back_rule(other).retries[Result.BUSY].tries == 9
        assert call_back_rule(queue).retries[Result.BUSY].tries == 2
        assert not call_back_rule(QueueFactory()).by_key


def test_customers_are_called_in_the_queue_s_hours_and_window_only(queue: Queue) -> None:
    row = order(queue)
    with all_tenants("test"):
        closed = CalendarFactory(tenant=queue.tenant)
        hours = QueueHours.objects.create(tenant=queue.tenant, queue=queue, calendar=closed)
    assert call_backs_due() == []
    assert claim(row) is None
    with all_tenants("test"):
        hours.delete()
    assert len(call_backs_due()) == 1
    now = timezone.localtime()
    with all_tenants("test"):
        rule = queue.call_back_rule
        rule.window_from = (now + timedelta(hours=1)).time()
        rule.window_to = (now + timedelta(hours=2)).time()
        rule.save()
    assert call_backs_due() == []
    lead = UserFactory(tenant=queue.tenant, role=Role.ADMIN)
    with tenant_scope(queue.tenant_id), pytest.raises(CallBackWindowError):
        call_back_hurry(call_back=row, user=lead)


def test_what_a_claim_says_and_that_it_is_out(queue: Queue) -> None:
    row = order(queue, shown="4008002000", linkedid="pbx1-1.1")
    found = claim(row)
    assert (found.target, found.caller_id, found.queue) == (
        f"PJSIP/{NUMBER}@trunk-demo",
        "4008002000",
        queue.asterisk_name,
    )
    assert seen(row).state == "offered"
    assert call_backs_due() == []
    assert claim(row, "callback-x-2") is None


def test_without_a_line_out_it_waits(queue: Queue) -> None:
    from apps.numbers.models import Trunk

    row = order(queue)
    Trunk.objects.update(is_active=False)
    assert claim(row) is None
    assert seen(row).state == "waiting"
    assert seen(row).not_before > timezone.now()


def told(
    row: CallBack,
    linkedid: str,
    *,
    agent: bool = True,
    customer: datetime | None = None,
    cause: int | None = 17,
    over: bool = True,
) -> None:
    """Let the ledger tell of a try."""
    now = timezone.now()
    with all_tenants("test"):
        call = CallFactory(
            tenant=row.tenant,
            linkedid=linkedid,
            direction="out",
            picked_up_at=now if agent else None,
            answered_at=customer,
            ended_at=now if over else None,
        )
        LegFactory(tenant=row.tenant, call=call, uniqueid=linkedid, kind="agent")
        if agent and over:
            LegFactory(
                tenant=row.tenant,
                call=call,
                uniqueid=f"{linkedid}.2",
                kind="external",
                answered_at=customer,
                cause=cause,
            )
        call_backs_told([call])
        call_backs_told([call])


def test_a_try_is_followed_through_the_ledger(queue: Queue) -> None:
    place = timezone.now() - timedelta(minutes=9)
    row = order(queue, joined_at=place)
    claim(row, "callback-1-1")
    told(row, "callback-1-1", agent=False)
    assert (seen(row).state, seen(row).attempts, seen(row).last_result) == (
        "waiting",
        0,
        "agent_missed",
    )
    claim(row, "callback-1-2")
    told(row, "callback-1-2", over=False)
    assert seen(row).state == "calling"
    with all_tenants("test"):
        CallBackAttempt.objects.filter(linkedid="callback-1-2").update(linkedid="callback-1-3")
    told(row, "callback-1-3")
    later = seen(row)
    assert (later.state, later.attempts, later.last_result) == ("waiting", 1, "busy")
    assert later.joined_at == place
    assert timedelta(seconds=55) < later.not_before - timezone.now() <= timedelta(seconds=60)
    assert call_backs_due() == []
    assert len(call_backs_due(timezone.now() + timedelta(seconds=61))) == 1
    assert claim(row, "callback-1-4") is None
    claim(row, "callback-1-4", now=timezone.now() + timedelta(seconds=61))
    told(row, "callback-1-4", customer=timezone.now(), cause=16)
    assert (seen(row).state, seen(row).attempts) == ("done", 2)
    with all_tenants("test"):
        assert Task.objects.count() == 0


def test_what_failed_for_good_is_a_task_for_a_person(queue: Queue) -> None:
    row = order(queue)
    for number in range(2):
        claim(row, f"callback-2-{number}", now=timezone.now() + timedelta(minutes=2 * number))
        told(row, f"callback-2-{number}")
    assert (seen(row).state, seen(row).closed_at is not None) == ("failed", True)
    with all_tenants("test"):
        task = Task.objects.get()
        assert (task.kind, task.number, task.queue_number) == ("call_back", NUMBER, "7001")
        assert task.department_id == queue.department_id


def test_what_expires_is_a_task_too_and_closed_once(queue: Queue) -> None:
    row = order(queue)
    assert call_backs_expire() == 0
    later = timezone.now() + timedelta(hours=25)
    assert (call_backs_expire(later), call_backs_expire(later)) == (1, 0)
    assert seen(row).state == "expired"
    with all_tenants("test"):
        assert Task.objects.count() == 1


def test_whoever_got_through_in_the_same_call_is_not_called(queue: Queue) -> None:
    now = timezone.now()
    row = order(queue, node="pbx1", linkedid="pbx1-1.7", now=now - timedelta(seconds=5))
    with all_tenants("test"):
        call = CallFactory(tenant=queue.tenant, linkedid="pbx1-1.7", answered_at=now)
        call_backs_served([call])
    assert (seen(row).state, seen(row).last_result) == ("cancelled", "served")


def test_a_try_that_never_began_is_freed(queue: Queue) -> None:
    row = order(queue)
    claim(row, "callback-3-1")
    later = timezone.now() + timedelta(seconds=30)
    asked = []

    def live(channels: set[str]) -> Callable[[], set[str]]:
        asked.append(channels)
        return lambda: channels

    assert call_backs_heal(node="pbx1", live=live(set())) == 0
    assert call_backs_heal(node="pbx2", live=live(set()), now=later) == 0
    assert call_backs_heal(node="pbx1", live=live({"callback-3-1"}), now=later) == 0
    assert seen(row).state == "offered"
    assert call_backs_heal(node="pbx1", live=live(set()), now=later) == 1
    assert (seen(row).state, seen(row).attempts, seen(row).last_result) == ("waiting", 0, "lost")


def test_what_a_node_took_that_is_no_more_comes_back(queue: Queue) -> None:
    lost, answered = order(queue), order(queue, "13900139000")
    claim(lost, "callback-5-1")
    claim(answered, "callback-6-1")
    with all_tenants("test"):
        # Its call never ended in the ledger; of the other one only what follows was not done.
        CallFactory(tenant=queue.tenant, node="pbx1", linkedid="callback-5-1", ended_at=None)
        ended = CallFactory(
            tenant=queue.tenant,
            node="pbx1",
            linkedid="callback-6-1",
            picked_up_at=timezone.now(),
        )
        LegFactory(call=ended, kind="external", answered_at=ended.started_at)
    hours = timedelta(hours=1)
    assert call_backs_heal(node="pbx2", live=set, now=timezone.now() + 11 * hours) == 0
    assert call_backs_heal(node="pbx2", live=set, now=timezone.now() + 13 * hours) == 1
    assert (seen(lost).state, seen(lost).last_result) == ("waiting", "lost")
    assert (seen(answered).state, seen(answered).last_result) == ("done", "answered")


def test_what_is_claimed_too_late_is_given_back(queue: Queue) -> None:
    row = order(queue)
    claim(row, "callback-9-1")
    assert call_back_lost(node="pbx1", linkedid="callback-9-1")
    assert not call_back_lost(node="pbx1", linkedid="callback-9-1")
    assert (seen(row).state, seen(row).attempts) == ("waiting", 0)


def test_a_try_whose_end_nobody_handled_is_handled(queue: Queue) -> None:
    row = order(queue)
    claim(row, "callback-4-1")
    with all_tenants("test"):
        CallFactory(
            tenant=queue.tenant,
            linkedid="callback-4-1",
            picked_up_at=None,
            answered_at=None,
        )
    later = timezone.now() + timedelta(seconds=30)
    assert call_backs_heal(node="pbx1", live=set, now=later) == 0
    assert (seen(row).state, seen(row).last_result) == ("waiting", "agent_missed")


def test_only_what_waits_can_be_cancelled(queue: Queue) -> None:
    row = order(queue)
    lead = UserFactory(tenant=queue.tenant, role=Role.ADMIN)
    claim(row)
    with tenant_scope(queue.tenant_id):
        with pytest.raises(CallBackOutError):
            call_back_cancel(call_back=row, user=lead)
        told(row, "callback-x-1", agent=False)
        call_back_cancel(call_back=row, user=lead)
        assert (row.state, row.closed_by) == ("cancelled", lead)
        with pytest.raises(CallBackOutError):
            call_back_hurry(call_back=row, user=lead)


def test_a_lead_may_have_it_made_now_in_its_place(queue: Queue) -> None:
    place = timezone.now() - timedelta(minutes=9)
    row = order(queue, joined_at=place)
    claim(row, "callback-5-1")
    told(row, "callback-5-1")
    assert call_backs_due() == []
    lead = UserFactory(tenant=queue.tenant, role=Role.TEAM_LEAD, department=queue.department)
    with tenant_scope(queue.tenant_id):
        call_back_hurry(call_back=row, user=lead)
    (due,) = call_backs_due()
    assert due.joined_at == place


def test_who_sees_and_who_may(queue: Queue) -> None:
    row = order(queue)
    member = QueueMemberFactory(tenant=queue.tenant, queue=queue).agent.user
    stranger = AgentFactory(tenant=queue.tenant).user
    inspector = UserFactory(tenant=queue.tenant, role=Role.INSPECTOR)
    elsewhere = UserFactory(
        tenant=queue.tenant,
        role=Role.TEAM_LEAD,
        department=DepartmentFactory(tenant=queue.tenant),
    )
    with tenant_scope(queue.tenant_id):
        assert list(call_back_list_for(user=member)) == [row]
        for nobody in (stranger, elsewhere):
            with pytest.raises(NotFoundError):
                call_back_get_for(user=nobody, pk=row.pk)
        with pytest.raises(ForbiddenError):
            call_back_cancel(call_back=row, user=inspector)
        with pytest.raises(ForbiddenError):
            call_back_hurry(call_back=row, user=member)
    foreign = UserFactory(role=Role.ADMIN)
    with tenant_scope(foreign.tenant_id), pytest.raises(NotFoundError):
        call_back_get_for(user=foreign, pk=row.pk)
    with tenant_scope(queue.tenant_id), pytest.raises(ForbiddenError):
        call_back_cancel(call_back=row, user=foreign)


def at_once(do: Callable[[int], Any], count: int = 4) -> list[Any]:
    """Do it in several connections at once."""

    def one(number: int) -> Any:
        try:
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_make_one(queue: Queue) -> None:
    found = at_once(lambda number: order(queue).pk)
    assert len(set(found)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_nodes_never_get_the_same(queue: Queue) -> None:
    row = order(queue)
    found = at_once(lambda number: claim(row, f"callback-6-{number}"))
    assert len([one for one in found if one]) == 1
    with all_tenants("test"):
        assert CallBackAttempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_cancel_and_a_claim_at_once_leave_one_winner(queue: Queue) -> None:
    row = order(queue)
    lead = UserFactory(tenant=queue.tenant, role=Role.ADMIN)

    def cancel_or_claim(number: int) -> bool:
        if number % 2:
            return claim(row, f"callback-7-{number}") is not None
        with tenant_scope(queue.tenant_id):
            try:
                call_back_cancel(call_back=row, user=lead)
            except CallBackOutError:
                return False
        return True

    assert sum(at_once(cancel_or_claim)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_try_ends_once(queue: Queue) -> None:
    row = order(queue)
    claim(row, "callback-8-1")

    def end(number: int) -> bool:
        with all_tenants("test"):
            attempt = CallBackAttempt.objects.select_related("call_back__queue__tenant").get()
        return attempt_end(attempt, Result.BUSY, now=timezone.now())

    assert sum(at_once(end)) == 1
    assert seen(row).attempts == 1


def test_the_time_of_the_day_is_that_of_the_company(queue: Queue) -> None:
    noon = datetime(2026, 11, 29, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    with all_tenants("test"):
        rule = queue.call_back_rule
        rule.window_from, rule.window_to = time(9), time(21)
        rule.save()
        order(queue, now=noon)
        assert len(call_backs_due(noon)) == 1
        queue.tenant.timezone = "America/New_York"
        queue.tenant.save()
    # 23:00 there.
    assert call_backs_due(noon) == []


def test_a_window_of_the_rule_is_a_time_of_the_day(queue: Queue) -> None:
    with all_tenants("test"):
        rule = queue.call_back_rule
        rule.window_from, rule.window_to = time(9), time(21)
        assert rule.plan.window_from == time(9)
