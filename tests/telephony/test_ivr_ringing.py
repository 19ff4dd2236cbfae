"""People whom a flow rings on the whole product: who answers, who is busy, a queue's time over."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.audio import tone_ulaw, write_pcap
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_ivr_demo import ledger
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import (
    HangUp,
    Keys,
    Pause,
    Play,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
)

# The demo's trunk.
CARRIER, CARRIER_PORT = "127.0.0.2", 5080
FLOW = {
    "name": "测试音",
    "start": "level",
    "nodes": {
        "level": {"kind": "set", "variable": "level", "value": "2", "to": "main"},
        "main": {
            "kind": "menu",
            "prompts": ["welcome"],
            "timeout_s": 5,
            "keys": {"1": "agent", "2": "outside", "3": "short"},
        },
        "agent": {"kind": "agent", "agent": "1005", "ring_s": 10, "on_failed": "which"},
        "outside": {"kind": "external", "number": "13900139000", "ring_s": 10},
        "short": {"kind": "queue", "queue": "7022", "on_timeout": "which"},
        "which": {
            "kind": "branch",
            "cases": [{"all": [{"variable": "level", "is": "equals", "value": "2"}], "to": "end"}],
            "otherwise": "lost",
        },
        "end": {"kind": "hangup"},
        "lost": {"kind": "tone"},
    },
}
SHORT_QUEUE = """
from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
with all_tenants("the test's queue"):
    Queue.objects.filter(tenant__slug="demo", number="7022").update(max_wait_s={seconds})
"""


@pytest.fixture(scope="module")
def ringing(whole_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the flow answer the number, with a queue that nobody waits in for long."""
    folder: Path = tmp_path_factory.mktemp("flows")
    whole_stack.manage("shell", "--no-imports", "-c", SHORT_QUEUE.format(seconds=5))
    publish(whole_stack, folder, FLOW)
    yield
    publish(whole_stack, folder, DEMO_FLOWS["tone"])
    whole_stack.manage("shell", "--no-imports", "-c", SHORT_QUEUE.format(seconds=60))


@pytest.fixture(scope="module")
def phone_port(whole_stack: Stack) -> int:
    """Register agent 1005's desk phone."""
    port = free_phone_port("127.0.0.1")
    register = register_scenario("1005", "demo-1005", "1005")
    whole_stack.sipp.start(register, ip="127.0.0.1", port=port).wait(15)
    return port


def calls(stack: Stack, caller: str, key: str) -> dict[str, Any]:
    """Call, press the key, wait for the other side's hang-up; give the ended call."""
    steps = [Pause(2500), Keys(key), WaitBye()]
    stack.sipp.start(caller_scenario(steps, caller=caller), service=DID).wait(60)
    return ledger(stack, caller)


def nodes(call: dict[str, Any]) -> list[str]:
    return [step["node"] for step in call["path"]]


@pytest.mark.usefixtures("ringing")
def test_an_agent_who_answers_has_the_call_and_its_recording(stack: Stack, phone_port: int) -> None:
    # A recording without any sound would be told as empty.
    voice = write_pcap(stack.sipp.folder / "agent.pcap", tone_ulaw(500, 3))
    answer = answerer_scenario([Play(voice, 3), HangUp()], ring_ms=500)
    agent = stack.sipp.start(answer, ip="127.0.0.1", port=phone_port)
    until(lambda: not is_port_free(phone_port, udp=True), 5, "the desk phone listens")
    found = calls(stack, "13770000001", "1")
    agent.wait(20)
    assert (found["outcome"], found["agent"], found["queue"]) == ("answered", "1005", None)
    assert nodes(found) == ["level", "main", "agent"]
    assert 2500 < found["talk_ms"] < 4500
    recording = until(lambda: ledger(stack, "13770000001")["recording"], 20, "the recording")
    assert "/recordings/" in recording


@pytest.mark.usefixtures("ringing")
def test_a_busy_agent_leads_on_with_the_variables(stack: Stack, phone_port: int) -> None:
    agent = stack.sipp.start(answerer_scenario([], status=486), ip="127.0.0.1", port=phone_port)
    until(lambda: not is_port_free(phone_port, udp=True), 5, "the desk phone listens")
    found = calls(stack, "13770000002", "1")
    agent.wait(20)
    # The last steps are FastAGI's facts, which may come after Asterisk's end of the call.
    way = ["level", "main", "agent", "which", "end"]
    until(lambda: nodes(ledger(stack, "13770000002")) == way, 10, "the way leads on")
    assert (found["outcome"], found["agent"]) != ("answered", "1005")


@pytest.mark.usefixtures("ringing")
def test_a_number_outside_that_answers_is_answered_by_no_agent(stack: Stack) -> None:
    answer = answerer_scenario([Pause(3000), HangUp()], ring_ms=500)
    far_end = stack.sipp.start(answer, ip=CARRIER, port=CARRIER_PORT)
    until(
        lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "the carrier listens"
    )
    found = calls(stack, "13770000003", "2")
    far_end.wait(20)
    assert (found["outcome"], found["agent"]) == ("answered", None)
    assert nodes(found) == ["level", "main", "outside"]
    assert 2500 < found["talk_ms"] < 4500


@pytest.mark.usefixtures("ringing")
def test_a_queues_time_over_leads_on_with_the_variables(stack: Stack) -> None:
    found = calls(stack, "13770000004", "3")
    way = ["level", "main", "short", "which", "end"]
    until(lambda: nodes(ledger(stack, "13770000004")) == way, 10, "the way leads on")
    assert (found["agent"], found["queue"]) == (None, "7022")
    assert 4000 < found["wait_ms"] < 8000
    visits = stack.sql(
        "SELECT v.how, v.reason FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
        " WHERE c.caller = %s",
        "13770000004",
    )
    assert visits == [("flowed_out", "timeout")]
