"""What happens under a call while a flow rings an agent: a part dies, a version comes, he gives up.

Never silence, never a call dropped or left behind.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_ivr_demo import ledger
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.test_ivr_ringing import nodes
from tests.telephony.test_survival import hears_something, in_queue
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import (
    HangUp,
    Keys,
    Pause,
    Run,
    Step,
    WaitBye,
    caller_scenario,
    register_scenario,
    ringing_scenario,
)

AGENT = "1006"
RING_S = 12
FLOW = {
    "name": "测试音",
    "start": "main",
    "nodes": {
        "main": {"kind": "menu", "prompts": ["welcome"], "timeout_s": 5, "keys": {"1": "agent"}},
        "agent": {"kind": "agent", "agent": AGENT, "ring_s": RING_S, "on_failed": "old"},
        "old": {"kind": "hangup"},
    },
}
# The same way in, but who is not answered comes elsewhere.
NEWER = {
    **FLOW,
    "nodes": {
        **FLOW["nodes"],  # type: ignore[dict-item]
        "agent": {"kind": "agent", "agent": AGENT, "ring_s": 5, "on_failed": "new"},
        "new": {"kind": "hangup"},
    },
}
# What a person would do in the admin; the demo's test number has none.
FALL_BACK_TO = """
from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
from apps.ivr.models import EntryPoint
with all_tenants("the test's number"):
    entry = EntryPoint.objects.get(did__number={did!r})
    entry.fallback_queue = Queue.objects.filter(tenant=entry.tenant, number={queue!r}).first()
    entry.save()
"""


def fall_back_to(stack: Stack, queue: str) -> None:
    """Let the number fall back to a queue (empty: to none), and wait until Asterisk knows."""
    script = FALL_BACK_TO.format(did=DID, queue=queue)
    stack.manage("shell", "--no-imports", "-c", script)
    written = f"HW_FALLBACK_QUEUE={f'demo-{queue}' if queue else ''})"
    until(
        lambda: written in stack.asterisk.cli(f"dialplan show {DID}@huawu-dids"),
        20,
        f"Asterisk knows the fall-back {queue!r}",
    )


@pytest.fixture
def falls_back(stack: Stack) -> Iterator[None]:
    fall_back_to(stack, "7000")
    yield
    fall_back_to(stack, "")


@pytest.fixture(scope="module")
def phone_port(whole_stack: Stack) -> int:
    """Register the agent's desk phone."""
    port = free_phone_port("127.0.0.1")
    register = register_scenario(AGENT, f"demo-{AGENT}", AGENT)
    whole_stack.sipp.start(register, ip="127.0.0.1", port=port).wait(15)
    return port


@pytest.fixture
def phone(stack: Stack, phone_port: int, tmp_path: Path) -> Iterator[Run]:
    """Let the flow answer the number; give the phone, which rings and is never picked up."""
    publish(stack, tmp_path, FLOW)
    run = stack.sipp.start(ringing_scenario(), ip="127.0.0.1", port=phone_port)
    until(lambda: not is_port_free(phone_port, udp=True), 5, "the desk phone listens")
    yield run
    publish(stack, tmp_path, DEMO_FLOWS["tone"])


def call_and_ring(stack: Stack, caller: str, *then: Step) -> Run:
    """Call, press 1, and give the call when the agent's phone rings."""
    steps = [Pause(2500), Keys("1"), *then]
    run = stack.sipp.start(caller_scenario(steps, caller=caller), service=DID)
    until(lambda: rings(stack), 15, "the agent's phone rings")
    return run


def way_told(stack: Stack, caller: str, way: list[str]) -> dict[str, Any]:
    """Wait until the ended call's way is this one: FastAGI's facts may come after Asterisk's."""

    def told() -> dict[str, Any] | None:
        found = ledger(stack, caller)
        return found if nodes(found) == way else None

    return until(told, 10, lambda: f"the way is {nodes(ledger(stack, caller))}, not {way}")


def decision_kept(stack: Stack, caller: str) -> bool:
    """Say whether the database has what FastAGI decided."""
    found = stack.sql(
        "SELECT 1 FROM calls_callfact f JOIN calls_call c ON c.linkedid = f.linkedid"
        " WHERE c.caller = %s AND f.kind = 'decided'",
        caller,
    )
    return bool(found)


def rings(stack: Stack) -> bool:
    shown = stack.asterisk.cli("core show channels concise")
    return any(
        line.startswith(f"PJSIP/{AGENT}-") and "!Ringing!" in line for line in shown.splitlines()
    )


def legs_left(stack: Stack, caller: str) -> int:
    """Count the legs of a caller's calls that the ledger holds for live."""
    found = stack.sql(
        "SELECT count(*) FROM calls_leg l JOIN calls_call c ON c.id = l.call_id"
        " WHERE c.caller = %s AND l.ended_at IS NULL",
        caller,
    )
    return int(found[0][0])


@pytest.mark.usefixtures("falls_back")
def test_fastagi_killed_while_the_agent_rings_leads_to_the_fallback_queue(
    stack: Stack, phone: Run
) -> None:
    caller = "13771000001"
    call = call_and_ring(stack, caller, Pause(60000), HangUp())
    # What a killed process has not written yet is lost; the caller must not be.
    until(lambda: decision_kept(stack, caller), 10, "the decision is in the database")
    stack.kill("fastagi")
    phone.wait(RING_S + 10)
    until(lambda: in_queue(stack, "7000") == 1, 10, "the caller waits in the fall-back")
    assert hears_something(stack)
    stack.run("fastagi")
    call.hang_up()
    found = way_told(stack, caller, ["main", "agent"])
    assert (found["outcome"], found["queue"], found["agent"]) == ("abandoned", "7000", None)
    assert legs_left(stack, caller) == 0


def test_version_published_while_the_agent_rings_is_the_next_callers(
    stack: Stack, phone: Run, phone_port: int, tmp_path: Path
) -> None:
    caller = "13771000002"
    call = call_and_ring(stack, caller, WaitBye())
    publish(stack, tmp_path, NEWER)
    assert rings(stack), "published too late to prove anything"
    phone.wait(RING_S + 10)
    call.wait(20)
    way_told(stack, caller, ["main", "agent", "old"])

    stack.sipp.start(ringing_scenario(), ip="127.0.0.1", port=phone_port)
    until(lambda: not is_port_free(phone_port, udp=True), 5, "the desk phone listens")
    call_and_ring(stack, "13771000003", WaitBye()).wait(20)
    way_told(stack, "13771000003", ["main", "agent", "new"])


def test_caller_who_gives_up_while_the_agent_rings_silences_the_phone_and_ends_the_call(
    stack: Stack, phone: Run
) -> None:
    caller = "13771000004"
    call = call_and_ring(stack, caller, Pause(60000), HangUp())
    call.hang_up()
    # Good only with a CANCEL: the phone has stopped ringing, long before its time is over.
    phone.wait(4)
    found = way_told(stack, caller, ["main", "agent"])
    assert (found["outcome"], found["agent"], found["answered_at"]) == ("abandoned", None, None)
    assert legs_left(stack, caller) == 0
