"""The call card names the customer's open orders that the agent may see."""

from apps.calls.card_items import card_items
from tests.factories import CallFactory, CustomerFactory
from tests.integration.workorders.office import Office, act, step


def test_card_has_the_open_orders_in_sight(office: Office) -> None:
    customer = CustomerFactory(tenant=office.tenant, name="王芳")
    call = CallFactory(tenant=office.tenant, customer=customer)
    order = office.order(step("a", office.lead), customer=customer)
    ended = office.order(step("a", office.lead), customer=customer)
    act(ended, office.agent, "cancel", opinion="x")
    (item,) = card_items(office.agent, call)
    assert item["kind"] == "work_order"
    assert item["title"].startswith(order.number)
    assert item["url"] == f"/work-orders/{order.pk}/"
    assert card_items(office.colleague, call) == []
    assert card_items(office.agent, CallFactory(tenant=office.tenant)) == []
