"""Orders: each act is a row of history, and the rows say what the history says."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.events import publisher
from apps.core.tenancy import tenant_scope
from apps.workorders.absences import absence_create
from apps.workorders.errors import (
    ActRefusedError,
    NotPublishedError,
    StaleError,
    ValuesRefusedError,
)
from apps.workorders.marks import priority_set
from apps.workorders.models import Order, OrderEvent, OrderSeat
from apps.workorders.selectors import (
    acts_for,
    open_orders_for,
    orders_of_call,
    overdue_q,
    todo_q,
    work_order_get_for,
    work_order_list_for,
    work_order_todo_count_for,
)
from apps.workorders.services import (
    order_create_from_call,
    order_create_from_voicemail,
    state_of,
    work_order_create,
)
from apps.workorders.versions import plan_of
from tests.factories import (
    AgentFactory,
    CallFactory,
    CustomerFactory,
    CustomerNumberFactory,
    VoicemailMessageFactory,
)
from tests.integration.workorders.office import Office, act, step, waits


def same_as_history(order: Order) -> None:
    """Look whether order, steps and seats are what the history gives."""
    row = Order.objects.get(pk=order.pk)
    state = state_of(row, plan_of(row.version))
    assert row.state == state.status
    assert row.values == state.values
    assert row.is_waiting == state.is_waiting
    assert row.revision == row.events.count()
    steps = {(one.key, one.round): one for one in row.steps.all()}
    assert {key for key, one in steps.items() if one.state == "active"} == {
        (run.key, run.round) for run in state.active
    }
    for run in state.runs:
        one = steps[run.key, run.round]
        assert (one.state, one.claimed_by_id) == (run.status, run.claimed_by)
        seats = [(seat.person_id, seat.state, seat.acted_by_id) for seat in one.seats.all()]
        assert seats == [(seat.person, seat.status, seat.acted_by) for seat in run.seats]
    open_seats = OrderSeat.objects.filter(order=row, is_open=True)
    assert set(open_seats.values_list("person_id", flat=True)) == (
        state.may_act if row.state == "running" else set()
    )


def test_order_goes_its_way_and_every_act_is_history(office: Office) -> None:
    order = office.order(step("lead", office.lead, editable=["result"]), step("boss", office.admin))
    assert order.number.endswith("-000001")
    assert waits(order) == {"lead": {office.lead.pk}}
    same_as_history(order)
    act(order, office.lead, "delegate", "lead", to_person=office.colleague.pk)
    same_as_history(order)
    with pytest.raises(ActRefusedError):
        act(order, office.lead, "approve", "lead", values={"result": "x"})
    act(order, office.colleague, "approve", "lead", values={"result": "done"}, opinion="fine")
    act(order, office.admin, "return", "boss", to_step="lead", opinion="look again")
    same_as_history(order)
    assert waits(order) == {"lead": {office.lead.pk}}
    act(order, office.lead, "approve", "lead")
    done = act(order, office.admin, "approve", "boss")
    assert done.state == "completed"
    assert done.closed_at is not None
    same_as_history(order)
    kinds = list(OrderEvent.objects.filter(order=order).values_list("kind", flat=True))
    assert kinds == [
        "create", "submit", "delegate", "approve", "return", "approve", "approve",
    ]  # fmt: skip
    assert AuditEntry.objects.filter(object_type="work_order", object_id=order.pk).count() == 7


def test_running_order_keeps_its_version(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    order.type.versions.create(
        tenant=office.tenant, number=2, published_at=timezone.now(),
        form=order.version.form,
        flow={
            "version": 1,
            "start": {"editable": ["fault"]},
            "steps": [step("other", office.admin)],
        },
    )  # fmt: skip
    assert act(order, office.lead, "approve", "lead").state == "completed"
    new = work_order_create(user=office.agent, type=order.type, values={"fault": "x"}, submit=True)
    assert new.number.endswith("-000002")
    assert waits(new) == {"other": {office.admin.pk}}


def test_missing_and_wrong_values_make_nothing(office: Office) -> None:
    type_ = office.type(step("lead", office.lead))
    with pytest.raises(ValuesRefusedError) as refused:
        work_order_create(user=office.agent, type=type_, values={"amount": "x"}, submit=True)
    assert {key: one.code for key, one in refused.value.errors.items()} == {
        "fault": "required",
        "amount": "not_number",
    }
    stranger = Office()
    for values in ({"engineer": stranger.agent.pk}, {"files": [1]}):
        with pytest.raises(ValuesRefusedError):
            work_order_create(user=office.agent, type=type_, values=values)
    assert not Order.objects.exists()


def test_type_that_is_not_in_use_makes_no_order(office: Office) -> None:
    type_ = office.type(step("lead", office.lead), is_active=False)
    with pytest.raises(NotPublishedError):
        work_order_create(user=office.agent, type=type_)
    with pytest.raises(ForbiddenError):
        work_order_create(user=office.inspector, type=type_)
    with pytest.raises(ForbiddenError):
        work_order_create(user=Office().admin, type=type_)


def test_order_from_a_call_and_from_a_message_has_their_customer(office: Office) -> None:
    agent = AgentFactory(tenant=office.tenant, user=office.agent)
    customer = CustomerFactory(tenant=office.tenant, name="王芳", owner=agent)
    CustomerNumberFactory(tenant=office.tenant, customer=customer, as_typed="13800138000")
    call = CallFactory(tenant=office.tenant, customer=customer, agent=agent)
    type_ = office.type(step("lead", office.lead))
    type_.versions.update(
        form={
            "version": 1,
            "fields": [
                {
                    "key": "telephone",
                    "type": "telephone",
                    "label": "T",
                    "default": {"from": "call", "field": "caller"},
                },
                {
                    "key": "name",
                    "type": "text",
                    "label": "N",
                    "default": {"from": "customer", "field": "name"},
                },
            ],
        },
        flow={"version": 1, "steps": [step("lead", office.lead)]},
        published_at=timezone.now(),
    )
    made = order_create_from_call(user=office.agent, type=type_, call=call)
    assert made.values == {"telephone": "13800138000", "name": "王芳"}
    assert (made.customer, made.call, made.state) == (customer, call, "draft")
    assert "王芳" in made.title
    assert list(orders_of_call(call.pk, user=office.agent)) == [made]
    assert list(orders_of_call(call.pk, user=office.colleague)) == []
    message = VoicemailMessageFactory(tenant=office.tenant, customer=customer, call=call)
    of_message = order_create_from_voicemail(
        user=office.agent, type=type_, voicemail=message, submit=True
    )
    assert of_message.voicemail == message
    assert list(open_orders_for(customer)) == [of_message]
    assert list(open_orders_for(customer, user=office.lead)) == [of_message]


def test_double_click_is_one_act_and_one_order(office: Office) -> None:
    type_ = office.type(step("a", office.lead), step("b", office.lead))
    first, second = (
        work_order_create(
            user=office.agent, type=type_, values={"fault": "x"}, submit=True, action_id="c1"
        )
        for _click in range(2)
    )
    assert first == second
    assert Order.objects.count() == 1
    for _click in range(2):
        act(first, office.lead, "approve", "a", action_id="a1")
    assert waits(first) == {"b": {office.lead.pk}}
    assert first.events.filter(kind="approve").count() == 1


def test_decision_on_what_has_changed_since_is_refused(office: Office) -> None:
    order = office.order(step("a", office.lead, office.colleague, editable=["amount"]))
    seen = order.revision
    act(order, office.agent, "comment", opinion="hello")
    act(order, office.lead, "edit", "a", values={"amount": "9000"}, seen_revision=seen)
    with pytest.raises(StaleError):
        act(order, office.colleague, "approve", "a", seen_revision=seen)


def test_who_lost_the_right_meanwhile_decides_nothing(office: Office) -> None:
    order = office.order(step("a", office.lead, office.colleague))
    office.lead.is_active = False
    office.lead.save()
    with pytest.raises(ForbiddenError):
        act(order, office.lead, "approve", "a")
    with pytest.raises(ForbiddenError):
        act(order, Office().admin, "comment", opinion="hello")
    with pytest.raises(ActRefusedError) as refused:
        act(order, office.engineer, "approve", "a")
    assert refused.value.status == 403
    assert str(refused.value.text)
    same_as_history(order)


def test_stand_in_sees_and_decides_while_the_other_is_away(office: Office) -> None:
    order = office.order(step("a", office.lead))
    assert order not in work_order_list_for(user=office.engineer)
    now = timezone.now()
    absence_create(
        user=office.lead,
        person=office.lead,
        stand_in=office.engineer,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
    )
    assert order in work_order_list_for(user=office.engineer).filter(todo_q(office.engineer))
    assert work_order_todo_count_for(user=office.engineer) == 1
    state, plan = state_of(order, plan_of(order.version)), plan_of(order.version)
    mine = acts_for(user=office.engineer, order=order, plan=plan, state=state)
    assert mine["steps"][0]["on_behalf_of"] == office.lead.pk
    act(order, office.engineer, "approve", "a")
    event = order.events.get(kind="approve")
    assert (event.actor, event.on_behalf_of) == (office.engineer, office.lead)
    same_as_history(order)


def test_each_sees_what_his_tier_shows(office: Office) -> None:
    order = office.order(step("a", office.engineer))

    def sees(*people: Any) -> list[bool]:
        return [order in work_order_list_for(user=one) for one in people]

    assert sees(office.agent, office.engineer, office.lead, office.support_lead) == [True] * 4
    assert sees(office.admin, office.inspector, office.colleague) == [True, True, False]
    act(order, office.engineer, "delegate", "a", to_person=office.colleague.pk)
    assert sees(office.engineer, office.colleague) == [True, True]
    draft = office.order(step("a", office.lead), submit=False)
    assert draft in work_order_list_for(user=office.agent)
    assert draft not in work_order_list_for(user=office.admin)
    stranger = Office()
    with tenant_scope(stranger.tenant.pk), pytest.raises(NotFoundError):
        work_order_get_for(user=stranger.admin, pk=order.pk)
    with pytest.raises(NotFoundError):
        work_order_get_for(user=office.person("agent"), pk=order.pk)  # type: ignore[arg-type]


def test_manager_reassigns_cancels_and_closes_a_colleague_does_not(office: Office) -> None:
    order = office.order(step("a", office.engineer))
    for kind in ("reassign", "close", "cancel"):
        with pytest.raises(ActRefusedError):
            act(order, office.colleague, kind, "a", person=office.engineer.pk, opinion="x",
                to_person=office.colleague.pk)  # fmt: skip
    act(order, office.lead, "reassign", "a", person=office.engineer.pk,
        to_person=office.colleague.pk)  # fmt: skip
    assert waits(order) == {"a": {office.colleague.pk}}
    closed = act(order, office.lead, "close", opinion="settled by phone")
    assert (closed.state, closed.result) == ("closed", "settled by phone")
    same_as_history(order)


def test_people_are_told_with_their_counts(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(publisher, "send", lambda group, envelope: sent.append((group, envelope)))
    with django_capture_on_commit_callbacks(execute=True):
        order = office.order(step("a", office.lead))
    told = {group: one["data"] for group, one in sent if one["kind"] == "order.changed"}
    lead = told[f"stream.user.{office.lead.pk}"]
    assert (lead["is_mine"], lead["todo_count"], lead["number"]) == (True, 1, order.number)
    assert told[f"stream.user.{office.agent.pk}"]["todo_count"] == 0
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        act(order, office.lead, "return", "a", to_step="start", opinion="which one?")
    told = {group: one["data"] for group, one in sent}
    assert told[f"stream.user.{office.lead.pk}"]["todo_count"] == 0
    assert told[f"stream.user.{office.agent.pk}"]["todo_count"] == 1


def test_masked_person_sees_and_keeps_no_number(office: Office) -> None:
    order = office.order(
        step("a", office.lead, editable=["telephone"]), values={"telephone": "13800138000"}
    )
    office.lead.has_numbers_masked = True
    office.lead.save()
    act(order, office.lead, "edit", "a", values={"telephone": "138****8000"})
    assert Order.objects.get(pk=order.pk).values["telephone"] == "13800138000"


def test_more_urgent_order_is_due_sooner(office: Office) -> None:
    order = office.order(step("a", office.lead), sla_minutes={"normal": 600, "urgent": 30})
    assert order.due_at is not None
    normal = order.due_at
    with pytest.raises(ForbiddenError):
        priority_set(user=office.colleague, order=order, priority="urgent")
    priority_set(user=office.agent, order=order, priority="urgent")
    urgent = Order.objects.get(pk=order.pk)
    assert urgent.due_at is not None
    assert normal - urgent.due_at == timedelta(minutes=570)
    later = urgent.due_at + timedelta(minutes=1)
    assert list(Order.objects.filter(overdue_q(later))) == [urgent]
    assert not Order.objects.filter(overdue_q()).exists()


def test_list_takes_a_constant_number_of_queries(
    office: Office, django_assert_num_queries: Any
) -> None:
    for _order in range(3):
        office.order(step("a", office.lead, office.engineer))

    def read() -> int:
        rows = list(work_order_list_for(user=office.lead))
        return sum(len(seat.person.username) for row in rows for at in row.current_steps
                   for seat in at.seats.all()) and len(rows)  # fmt: skip

    with django_assert_num_queries(6):
        assert read() == 3
    for _order in range(5):
        office.order(step("a", office.lead, office.engineer))
    with django_assert_num_queries(6):
        assert read() == 8


def test_nul_in_opinion_and_values_does_no_harm(office: Office) -> None:
    order = office.order(step("a", office.lead))
    act(order, office.lead, "comment", opinion="a\x00b")
    assert order.events.get(kind="comment").opinion == "ab"
    with pytest.raises(ValuesRefusedError):
        office.order(step("a", office.lead), values={"fault": "a\x00b"})
