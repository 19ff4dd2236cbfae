"""Two at once on PostgreSQL: one act is done, the other is refused, and nothing is half."""

import pytest

from apps.workorders.due import work_orders_due
from apps.workorders.errors import ActRefusedError
from apps.workorders.models import Order
from apps.workorders.services import work_order_create
from tests.integration.at_once import at_once
from tests.integration.workorders.office import act, office_scope, step
from tests.integration.workorders.test_orders import same_as_history

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_approvers_at_once_one_decides() -> None:
    with office_scope() as office:
        order = office.order(step("a", office.lead, office.colleague), step("b", office.admin))
        answers = at_once(
            office.tenant.pk,
            lambda: act(order, office.lead, "approve", "a"),
            lambda: act(order, office.colleague, "reject", "a"),
        )
        refused = [one for one in answers if isinstance(one, ActRefusedError)]
        done = [one for one in answers if isinstance(one, Order)]
        assert (len(refused), len(done)) == (1, 1)
        assert order.events.filter(kind__in=("approve", "reject")).count() == 1
        same_as_history(order)


def test_both_of_two_who_must_agree_are_counted() -> None:
    with office_scope() as office:
        order = office.order(step("a", office.lead, office.colleague, mode="all"))
        at_once(
            office.tenant.pk,
            lambda: act(order, office.lead, "approve", "a"),
            lambda: act(order, office.colleague, "approve", "a"),
        )
        assert Order.objects.get(pk=order.pk).state == "completed"
        same_as_history(order)


def test_double_click_makes_one_order_and_one_act() -> None:
    with office_scope() as office:
        type_ = office.type(step("a", office.lead), step("b", office.lead))

        def create() -> Order:
            return work_order_create(
                user=office.agent, type=type_, values={"fault": "x"}, submit=True, action_id="c"
            )

        first, second = at_once(office.tenant.pk, create, create)
        assert first == second
        assert Order.objects.count() == 1
        clicks = at_once(
            office.tenant.pk, *[lambda: act(first, office.lead, "approve", "a", action_id="x")] * 2
        )
        assert all(isinstance(one, Order) for one in clicks)
        assert first.events.filter(kind="approve").count() == 1


def test_numbers_are_given_once() -> None:
    with office_scope() as office:
        type_ = office.type(step("a", office.lead))

        def create() -> Order:
            return work_order_create(user=office.agent, type=type_, values={"fault": "x"})

        numbers = {one.number[-6:] for one in at_once(office.tenant.pk, *[create] * 5)}
        assert numbers == {f"{at:06d}" for at in range(1, 6)}


def test_two_beats_at_once_give_a_seat_away_once() -> None:
    with office_scope() as office:
        order = office.order(step("a", office.colleague))
        office.colleague.is_active = False
        office.colleague.save()
        answers = at_once(office.tenant.pk, work_orders_due, work_orders_due)
        assert sorted(answers) == [0, 1]
        assert order.events.filter(kind="reassign").count() == 1
        same_as_history(order)
