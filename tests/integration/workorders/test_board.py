"""A card that is dropped is the act of its button, or nothing happens and it says why."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.workorders.board import (
    COMPLETED,
    DRAFT,
    RETURNED,
    board_columns_of,
    board_movable,
    board_steps,
    work_order_move,
)
from apps.workorders.errors import (
    ActRefusedError,
    MoveElsewhereError,
    StaleError,
    ValuesRefusedError,
)
from apps.workorders.models import Order, OrderEvent
from apps.workorders.selectors import work_order_list_for
from tests.factories import UserFactory
from tests.integration.workorders.office import Office, act, office_scope, step, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Iterator[Office]:
    """Make the company, in its scope."""
    with office_scope() as found:
        yield found


def two_steps(office: Office, **more: object) -> Order:
    """Make an order of lead, then engineer."""
    return office.order(
        step("check", office.lead), step("repair", office.engineer, editable=["result"]), **more
    )


def move(order: Order, user: User, source: str, to: str, **more: object) -> Order:
    """Move the card."""
    return work_order_move(user=user, order=order, source=source, to=to, **more)  # type: ignore[arg-type]


def test_card_goes_forward_back_and_to_the_end_as_by_its_buttons(office: Office) -> None:
    order = two_steps(office, submit=False)
    move(order, office.agent, DRAFT, "check")
    assert waits(order) == {"check": {office.lead.pk}}
    move(order, office.lead, "check", RETURNED, opinion="Which pump?")
    order.refresh_from_db()
    assert order.state == "returned"
    move(order, office.agent, RETURNED, "check")
    move(order, office.lead, "check", "repair")
    assert waits(order) == {"repair": {office.engineer.pk}}
    with pytest.raises(ValuesRefusedError):  # the result is asked for at the end
        move(order, office.engineer, "repair", COMPLETED)
    assert waits(order) == {"repair": {office.engineer.pk}}
    kinds = list(order.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["create", "submit", "return", "submit", "approve"]


def test_flow_leads_elsewhere_and_then_nothing_has_happened(office: Office) -> None:
    order = two_steps(office)
    events = OrderEvent.objects.count()
    with pytest.raises(MoveElsewhereError) as refused:
        move(order, office.lead, "check", COMPLETED)
    assert refused.value.names == ["repair"]
    order.refresh_from_db()
    assert (order.state, waits(order)) == ("running", {"check": {office.lead.pk}})
    assert OrderEvent.objects.count() == events


def test_one_of_two_who_must_both_agree_does_not_move_it_alone(office: Office) -> None:
    order = office.order(
        step("check", office.lead, office.support_lead, mode="all"),
        step("repair", office.engineer),
    )
    with pytest.raises(MoveElsewhereError):
        move(order, office.lead, "check", "repair")
    assert waits(order) == {"check": {office.lead.pk, office.support_lead.pk}}


def test_who_has_no_seat_moves_nothing_and_nobody_moves_to_a_draft(office: Office) -> None:
    order = two_steps(office)
    with pytest.raises(ActRefusedError):
        move(order, office.colleague, "check", "repair")
    for source, to in (("check", DRAFT), ("check", "check"), (RETURNED, RETURNED)):
        with pytest.raises(ActRefusedError):
            move(order, office.lead, source, to)
    with pytest.raises(StaleError):
        move(order, office.lead, "check", "repair", seen_revision=order.revision - 1)


def test_columns_are_the_flows_and_cards_of_ones_own_can_be_moved(
    office: Office, django_assert_max_num_queries: object
) -> None:
    order = two_steps(office)
    for _other in range(5):
        two_steps(office)
    rows = list(work_order_list_for(user=office.lead))
    assert list(board_steps(order.type, rows)) == ["check", "repair"]
    assert {key for row in rows for key in board_columns_of(row)} == {"check"}
    with django_assert_max_num_queries(1):  # type: ignore[operator]  # a fixture's function
        movable = board_movable(rows, user=office.lead)
    assert movable == {(row.pk, "check") for row in rows}
    assert board_movable(rows, user=office.colleague) == set()
    draft = two_steps(office, submit=False)
    mine = list(work_order_list_for(user=office.agent).filter(pk=draft.pk))
    assert board_movable(mine, user=office.agent) == {(draft.pk, DRAFT)}


def test_page_shows_the_board_anew_with_the_reason(office: Office) -> None:
    order = two_steps(office)

    def browser(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    lead = browser(office.lead)
    address = reverse("console:work-order-move", args=[order.pk])
    page = lead.post(address, {"source": "check", "to": COMPLETED}, follow=True)
    assert "the flow leads this order to repair" in page.content.decode()
    assert lead.post(address, {"source": "check", "to": ""}).status_code == 404
    assert lead.get(address).status_code == 405
    for user in (office.colleague, UserFactory()):
        assert browser(user).post(address, {"source": "check", "to": "repair"}).status_code in (
            302,
            403,
            404,
        )
        assert waits(order) == {"check": {office.lead.pk}}
    page = lead.post(address, {"source": "check", "to": "repair"}, follow=True)
    assert f"{order.number} is moved." in page.content.decode()
    assert waits(act(order, office.engineer, "comment", opinion="ok")) == {
        "repair": {office.engineer.pk}
    }
