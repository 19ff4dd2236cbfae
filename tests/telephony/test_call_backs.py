"""Call-backs on the whole product: the agent's phone first, then the customer's; what kills it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.audio import tone_ulaw, write_pcap
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import DID, Sign, calls, ports, sign, visit
from tests.telephony.test_ivr_nodes import DID as FLOW_DID
from tests.telephony.test_ivr_nodes import publish
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import (
    HangUp,
    Keys,
    Pause,
    Play,
    Run,
    Step,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    ringing_scenario,
)

__all__ = ["ports", "sign"]

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
def ruled(whole_stack: Stack) -> Iterator[None]:
    whole_stack.manage("shell", "--no-imports", "-c", RULE)
    yield
    # Other files' callers wait without being asked for a key.
    whole_stack.sql("DELETE FROM acd_callbackrule WHERE queue_id IS NULL RETURNING 1")
    until(
        lambda: "HW_CALL_BACK_S" not in whole_stack.asterisk.cli("dialplan show huawu-queues"),
        20,
        "nobody is asked any more",
    )


@pytest.fixture
def stack(whole_stack: Stack, ruled: None) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.sql(
        "UPDATE acd_callback SET state = 'cancelled' WHERE state = 'waiting' RETURNING 1"
    )
    whole_stack.heal()


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


def test_the_agent_is_rung_first_then_the_customer_and_they_talk(stack: Stack, sign: Sign) -> None:
    desk = sign("1004")
    agent = desk.answers(WaitBye())
    # A recording without any sound would be told as empty.
    voice = write_pcap(stack.sipp.folder / "customer.pcap", tone_ulaw(500, 2))
    far = customer(stack, Play(voice, 2), HangUp())
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
    chosen = stack.sql(
        "SELECT f.data->'chosen', f.data->'call'->'is_call_back' FROM calls_callfact f"
        " JOIN acd_callbackattempt t ON t.linkedid = f.linkedid"
        " WHERE f.kind = 'routed' AND t.call_back_id = %s",
        pk,
    )
    assert chosen == [(["1004"], True)]
    recording = (
        "SELECT r.state FROM recordings_recording r JOIN calls_call c ON c.id = r.call_id"
        " JOIN acd_callbackattempt t ON t.linkedid = c.linkedid WHERE t.call_back_id = %s"
    )
    until(lambda: stack.sql(recording, pk) == [("ready",)], 20, "it was recorded")


def test_a_busy_customer_is_tried_again_later_in_the_same_place(stack: Stack, sign: Sign) -> None:
    desk = sign("1004")
    desk.answers(WaitBye(), calls=2)
    busy = customer(stack, status=486)
    pk = order(stack, "13900139001", ago_s=60)
    (before,) = stack.sql("SELECT joined_at FROM acd_callback WHERE id = %s", pk)
    busy.wait()
    until(lambda: row(stack, pk) == ("waiting", 1, "busy"), 20, lambda: str(row(stack, pk)))
    far = customer(stack, Pause(500), HangUp())
    far.wait()
    until(lambda: row(stack, pk) == ("done", 2, "answered"), 20, lambda: str(row(stack, pk)))
    assert tries(stack, pk) == [("1004", "busy"), ("1004", "answered")]
    query = (
        "SELECT c.joined_at, max(t.claimed_at) - min(t.ended_at) >= interval '5 seconds'"
        " FROM acd_callback c JOIN acd_callbackattempt t ON t.call_back_id = c.id"
        " WHERE c.id = %s GROUP BY 1"
    )
    assert stack.sql(query, pk) == [(*before, True)]
    outcomes = stack.sql(
        "SELECT c.outcome FROM calls_call c JOIN acd_callbackattempt t ON t.linkedid = c.linkedid"
        " WHERE t.call_back_id = %s ORDER BY t.id",
        pk,
    )
    assert outcomes == [("failed",), ("answered",)]


@pytest.mark.parametrize(
    ("agent_steps", "result"),
    [([WaitBye(90_000)], "no_answer"), ([Pause(4000), HangUp()], "agent_left")],
)
def test_who_does_not_answer_waits_in_his_place(
    stack: Stack, sign: Sign, agent_steps: list[Step], result: str
) -> None:
    desk = sign("1004")
    agent = desk.answers(*agent_steps)
    stack.sipp.start(ringing_scenario(90_000), ip=CARRIER, port=CARRIER_PORT)
    number = "13900139010" if result == "no_answer" else "13900139011"
    pk = order(stack, number)
    agent.wait(90)
    until(lambda: row(stack, pk) == ("waiting", 1, result), 30, lambda: str(row(stack, pk)))


def test_the_next_agent_is_rung_when_the_first_does_not_answer(stack: Stack, sign: Sign) -> None:
    first, second = sign("1004"), sign("1005")
    first.answers(status=486)
    second.answers(WaitBye())
    far = customer(stack, Pause(500), HangUp())
    pk = order(stack, "13900139002")
    far.wait()
    until(lambda: row(stack, pk) == ("done", 1, "answered"), 20, lambda: str(row(stack, pk)))
    assert tries(stack, pk) == [("1004", "agent_missed"), ("1005", "answered")]


def test_a_live_caller_who_joined_earlier_goes_first(stack: Stack, sign: Sign) -> None:
    live = calls(stack, "13607100001", bye=True)
    until(lambda: visit(stack, "13607100001")[:1] == ("waiting",), 20, "he waits")
    pk = order(stack, "13900139003")
    later = calls(stack, "13607100002", bye=True)
    until(lambda: visit(stack, "13607100002")[:1] == ("waiting",), 20, "the second waits")
    far = customer(stack, WaitBye())
    desk = sign("1004")
    taken = desk.answers(Pause(1500), HangUp(), calls=3)
    for run in (live, far, later, taken):
        run.wait()
    until(lambda: row(stack, pk)[0] == "done", 20, lambda: str(row(stack, pk)))
    until(lambda: visit(stack, "13607100002")[:1] == ("answered",), 20, "all in the ledger")
    order_of = stack.sql(
        "SELECT CASE WHEN direction = 'out' THEN dialled ELSE caller END FROM calls_call"
        " WHERE caller IN ('13607100001', '13607100002') OR dialled = '13900139003'"
        " ORDER BY answered_at"
    )
    assert order_of == [("13607100001",), ("13900139003",), ("13607100002",)]


def presses(stack: Stack, caller: str) -> Run:
    """Let a caller wait, press 1 at the offer and 1 at his number.

    He joins the queue after some 5 s; 2 s later the offer begins, and lasts for 10.
    """
    steps = [Pause(10_500), Keys("1"), Pause(11_000), Keys("1"), WaitBye()]
    return stack.sipp.start(caller_scenario(steps, caller=caller), service=DID)


def ordered_by(stack: Stack, caller: str) -> list[tuple[Any, ...]]:
    """Give (id, state, source) of what a caller ordered."""
    query = "SELECT id, state, source FROM acd_callback WHERE as_dialled = %s ORDER BY id"
    return stack.sql(query, caller)


def test_who_waits_orders_by_key_and_keeps_his_place(stack: Stack, sign: Sign) -> None:
    caller = presses(stack, "13607200001")
    caller.wait()
    until(lambda: visit(stack, "13607200001")[:1] == ("flowed_out",), 20, "he has left")
    ((pk, state, source),) = ordered_by(stack, "13607200001")
    assert (state, source) == ("waiting", "key")
    order_call = (
        "SELECT v.reason, c.outcome, b.shown,"
        " abs(EXTRACT(EPOCH FROM v.joined_at - b.joined_at)) < 0.1"
        " FROM acd_callback b JOIN calls_call c ON c.linkedid = b.order_linkedid"
        " JOIN calls_queuevisit v ON v.call_id = c.id WHERE b.id = %s"
    )
    found = [("call_back", "self_service", DID, True)]
    until(lambda: stack.sql(order_call, pk) == found, 10, lambda: str(stack.sql(order_call, pk)))
    # Again while it is open: he is promised the same one.
    presses(stack, "13607200001").wait()
    assert len(ordered_by(stack, "13607200001")) == 1
    desk = sign("1004")
    desk.answers(WaitBye())
    far = customer(stack, Pause(500), HangUp())
    far.wait()
    until(lambda: row(stack, pk) == ("done", 1, "answered"), 20, lambda: str(row(stack, pk)))


OVERFLOW = """
from apps.acd.models import OverflowRule, Queue
from apps.core.tenancy import all_tenants
with all_tenants("the test's rule"):
    queue = Queue.objects.get(tenant__slug="demo", number="7002")
    OverflowRule.objects.filter(queue=queue).delete()
    if {is_on}:
        OverflowRule.objects.create(
            tenant=queue.tenant, queue=queue, when="waited", limit=3, then="call-back"
        )
"""


@pytest.fixture
def overflowing(stack: Stack) -> Iterator[None]:
    stack.manage("shell", "--no-imports", "-c", OVERFLOW.format(is_on=True))
    yield
    stack.manage("shell", "--no-imports", "-c", OVERFLOW.format(is_on=False))


@pytest.mark.usefixtures("overflowing")
def test_an_overflow_rule_offers_it_and_without_an_order_he_waits_on(
    stack: Stack, sign: Sign
) -> None:
    silent = calls(stack, "13607200006", bye=True)
    presses(stack, "13607200005").wait()
    ((pk, state, source),) = ordered_by(stack, "13607200005")
    assert (state, source) == ("waiting", "overflow")
    outcome = "SELECT outcome FROM calls_call WHERE caller = '13607200005'"
    until(lambda: stack.sql(outcome) == [("self_service",)], 20, "he was served")
    desk = sign("1004")
    taken = desk.answers(Pause(500), HangUp(), calls=2)
    far = customer(stack, WaitBye())
    for run in (silent, far, taken):
        run.wait()
    until(lambda: row(stack, pk)[0] == "done", 20, lambda: str(row(stack, pk)))
    visits = (
        "SELECT v.how, v.reason FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
        " WHERE c.caller = '13607200006' ORDER BY v.number"
    )
    found = [("flowed_out", "overflow"), ("answered", "")]
    until(lambda: stack.sql(visits) == found, 20, lambda: str(stack.sql(visits)))


def test_without_fastagi_he_waits_on_in_his_place(stack: Stack, sign: Sign) -> None:
    caller = stack.sipp.start(
        caller_scenario([Pause(10_500), Keys("1"), WaitBye()], caller="13607200003"), service=DID
    )
    until(lambda: visit(stack, "13607200003")[:1] == ("waiting",), 20, "he waits")
    stack.kill("fastagi")
    log = stack.asterisk.instance / "log/messages.log"
    until(lambda: "No call-back for who waits" in log.read_text("utf-8"), 30, "the AGI is dead")
    desk = sign("1004")
    desk.answers(Pause(500), HangUp()).wait()
    caller.wait()
    until(lambda: visit(stack, "13607200003")[:2] == ("answered", "1004"), 20, "answered")
    assert visit(stack, "13607200003")[3] == 1


FLOW = {
    "name": "测试音",
    "start": "order",
    "nodes": {
        "order": {
            "kind": "call_back",
            "queue": "7002",
            "prompts": ["call-back-promised"],
            "to": "end",
            "on_failed": "end",
        },
        "end": {"kind": "hangup"},
    },
}


def test_a_flow_orders_and_he_is_called(stack: Stack, sign: Sign, tmp_path: Path) -> None:
    publish(stack, tmp_path, FLOW)
    try:
        steps = [WaitBye()]
        stack.sipp.start(caller_scenario(steps, caller="13607200004"), service=FLOW_DID).wait()
        ((pk, _state, source),) = ordered_by(stack, "13607200004")
        assert source == "flow"
        desk = sign("1004")
        desk.answers(WaitBye())
        customer(stack, Pause(500), HangUp()).wait()
        until(lambda: row(stack, pk) == ("done", 1, "answered"), 20, lambda: str(row(stack, pk)))
        assert stack.sql("SELECT shown FROM acd_callback WHERE id = %s", pk) == [(FLOW_DID,)]
    finally:
        publish(stack, tmp_path, DEMO_FLOWS["tone"])


BLACKLIST = """
from apps.core.tenancy import all_tenants
from apps.customers.models import BlacklistEntry
from apps.tenants.models import Tenant
with all_tenants("the test's nuisance"):
    BlacklistEntry.objects.create(
        tenant=Tenant.objects.get(slug="demo"), number="13900139005", reason="test"
    )
"""


def test_who_is_blacklisted_meanwhile_is_never_called(stack: Stack, sign: Sign) -> None:
    pk = order(stack, "13900139005")
    stack.manage("shell", "--no-imports", "-c", BLACKLIST)
    sign("1004")
    until(
        lambda: row(stack, pk) == ("cancelled", 0, "blacklisted"), 20, lambda: str(row(stack, pk))
    )
    assert tries(stack, pk) == []
    assert stack.sql("SELECT count(*) FROM calls_call WHERE dialled = '13900139005'") == [(0,)]


def test_killed_while_the_agent_rings_it_is_made_once(stack: Stack, sign: Sign) -> None:
    desk = sign("1004")
    agent = desk.answers(WaitBye(), ring_ms=7000)
    far = customer(stack, Pause(3000), HangUp())
    pk = order(stack, "13900139006")
    until(lambda: row(stack, pk)[0] == "offered", 20, "the agent is rung")
    until(lambda: "Ringing" in stack.asterisk.cli("core show channels"), 10, "his phone rings")
    stack.kill("ami")
    stack.run("ami")
    far.wait()
    agent.wait()
    until(lambda: row(stack, pk) == ("done", 1, "answered"), 60, lambda: str(row(stack, pk)))
    assert tries(stack, pk) == [("1004", "answered")]
    call = stack.sql(
        "SELECT c.direction, c.dialled, c.queue_number, c.outcome FROM calls_call c"
        " JOIN acd_callbackattempt t ON t.linkedid = c.linkedid WHERE t.call_back_id = %s",
        pk,
    )
    assert call == [("out", "13900139006", "7002", "answered")]


def test_dead_through_the_whole_talk_it_is_not_made_again(stack: Stack, sign: Sign) -> None:
    desk = sign("1004")
    agent = desk.answers(WaitBye())
    far = customer(stack, Pause(1500), HangUp(), ring_ms=4000)
    pk = order(stack, "13900139007")
    until(lambda: row(stack, pk)[0] == "calling", 20, "the customer is called")
    stack.kill("ami")
    far.wait()
    agent.wait()
    # One who answered now would be a second call.
    desk.answers(WaitBye())
    stack.run("ami")
    until(lambda: row(stack, pk) == ("done", 1, "answered"), 60, lambda: str(row(stack, pk)))
    assert tries(stack, pk) == [("1004", "answered")]


LOST = """
WITH claimed AS (UPDATE acd_callback SET state = 'offered' WHERE id = %s RETURNING id, tenant_id)
INSERT INTO acd_callbackattempt
    (tenant_id, created_at, updated_at, call_back_id, node, linkedid, claimed_at, result, agent_id)
SELECT tenant_id, now(), now(), id, 'pbx1', 'callback-' || id || '-1', now(), '',
    (SELECT id FROM accounts_agent WHERE sip_username = '1004')
FROM claimed RETURNING 1
"""


def test_claimed_and_killed_before_the_agent_rang_it_is_made_again(
    stack: Stack, sign: Sign
) -> None:
    pk = order(stack, "13900139008")
    stack.sql(LOST, pk)
    desk = sign("1004")
    desk.answers(WaitBye())
    far = customer(stack, Pause(500), HangUp())
    far.wait(90)
    until(lambda: row(stack, pk) == ("done", 1, "answered"), 60, lambda: str(row(stack, pk)))
    assert tries(stack, pk) == [("1004", "lost"), ("1004", "answered")]
