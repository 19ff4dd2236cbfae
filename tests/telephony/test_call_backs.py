"""Call-backs on the whole product: the agent's phone first, then the customer's; what kills it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import Sign
from tests.telephony.test_survey import DeskPhone
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import HangUp, Pause, Run, Step, WaitBye, answerer_scenario

# The demo's trunk.
CARRIER, CARRIER_PORT = "127.0.0.2", 5080
RULE = """
from datetime import time
from apps.acd.models import CallBackRule
from apps.core.tenancy import all_tenants
from apps.tenants.models import Tenant
with all_tenants("the test's rule"):
    CallBackRule.objects.update_or_create(
        tenant=Tenant.objects.get(slug="demo"),
        queue=None,
        defaults=dict(
            by_key=True, key_after_s=2, window_from=time(0), window_to=time(0),
            busy_pause_s=5, no_answer_pause_s=5, busy_tries=2,
        ),
    )
"""
ORDER = """
from datetime import timedelta
from django.utils import timezone
from apps.acd.call_backs import call_back_order
from apps.acd.errors import CallBackRefusedError
from apps.acd.models import Queue
from apps.core.tenancy import tenant_scope, all_tenants
with all_tenants("the test's queue"):
    queue = Queue.objects.select_related("tenant").get(tenant__slug="demo", number="7002")
with tenant_scope(queue.tenant_id):
    row = call_back_order(queue=queue, number="{number}", source="flow", shown="4008002000",
        joined_at=timezone.now() - timedelta(seconds={ago_s}))
print("made", row.pk)
"""


@pytest.fixture(scope="module")
def ruled(whole_stack: Stack) -> None:
    whole_stack.manage("shell", "--no-imports", "-c", RULE)


@pytest.fixture
def stack(whole_stack: Stack, ruled: None) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.sql(
        "UPDATE acd_callback SET state = 'cancelled' WHERE state = 'waiting' RETURNING 1"
    )
    whole_stack.heal()


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {number: free_phone_port("127.0.0.1") for number in ("1004", "1005", "1006")}


@pytest.fixture
def sign(stack: Stack, ports: dict[str, int]) -> Iterator[Sign]:
    """Sign agents in, one after the other; out again at the end."""
    desks: list[DeskPhone] = []

    def sign_in(number: str) -> DeskPhone:
        desks.append(DeskPhone(stack, ports[number], number))
        return desks[-1]

    yield sign_in
    for desk in desks:
        desk.console.post("/desk/sign-out/")


def order(stack: Stack, number: str, *, ago_s: int = 0) -> int:
    """Order a call-back as a flow does; give its row's id."""
    said = stack.manage("shell", "--no-imports", "-c", ORDER.format(number=number, ago_s=ago_s))
    found = re.search(r"made (\d+)", said)
    assert found is not None, said
    return int(found[1])


def customer(
    stack: Stack, *steps: Step, status: int = 200, ring_ms: int = 300, calls: int = 1
) -> Run:
    """Let the carrier's far end answer."""
    scenario = answerer_scenario(list(steps), ring_ms=ring_ms, status=status)
    run = stack.sipp.start(scenario, ip=CARRIER, port=CARRIER_PORT, calls=calls, at_once=1)
    until(lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "carrier listens")
    return run


def row(stack: Stack, pk: int) -> tuple[Any, ...]:
    """Give (state, attempts, last result) of a call-back."""
    query = "SELECT state, attempts, last_result FROM acd_callback WHERE id = %s"
    return tuple(stack.sql(query, pk)[0])


def tries(stack: Stack, pk: int) -> list[tuple[str, str]]:
    """Give (agent, result) of each try."""
    query = (
        "SELECT a.number, t.result FROM acd_callbackattempt t JOIN accounts_agent a"
        " ON a.id = t.agent_id WHERE t.call_back_id = %s ORDER BY t.id"
    )
    return [(str(agent), str(result)) for agent, result in stack.sql(query, pk)]


def call_of(stack: Stack, number: str) -> list[dict[str, Any]]:
    """Give the calls to a customer, oldest first, as the API tells them."""
    found = stack.get(f"/api/v1/calls/?dialled={number}")[1]["results"]
    return [one for one in reversed(found) if one["direction"] == "out"]


def test_the_agent_is_rung_first_then_the_customer_and_they_talk(stack: Stack, sign: Sign) -> None:
    desk = sign("1004")
    agent = desk.answers(WaitBye())
    far = customer(stack, Pause(2000), HangUp())
    pk = order(stack, "13900139000", ago_s=40)
    far.wait()
    agent.wait()
    until(lambda: row(stack, pk) == ("done", 1, "answered"), 20, lambda: str(row(stack, pk)))
    assert tries(stack, pk) == [("1004", "answered")]
    (call,) = stack.sql(
        "SELECT c.direction, c.outcome, c.dialled, c.queue_number, a.number, c.talk_ms, u.name,"
        " (SELECT count(*) FROM calls_queuevisit v WHERE v.call_id = c.id)"
        " FROM calls_call c JOIN acd_callbackattempt t ON t.linkedid = c.linkedid"
        " LEFT JOIN accounts_agent a ON a.id = c.agent_id"
        " LEFT JOIN customers_customer u ON u.id = c.customer_id WHERE t.call_back_id = %s",
        pk,
    )
    assert call[:5] == ("out", "answered", "13900139000", "7002", "1004")
    assert 1500 < call[5] < 3500
    assert call[6:] == ("李强", 0)
