"""An agent who works with a mobile over the trunk, on the whole product: queue, click to dial."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.audio import RATE, Ear, goertzel, tone_ulaw, write_pcap
from tests.telephony.console_session import ConsoleSession
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import DID, offers, visit
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.rtp_capture import write_key_pcap
from tools.sipp import (
    HangUp,
    Pause,
    Play,
    Run,
    Step,
    WaitBye,
    answerer_scenario,
    caller_scenario,
)

CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
MOBILE, MOBILE_HZ = "13900000904", 900


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.sipp.stop_all()
    whole_stack.heal()


@pytest.fixture
def agent(stack: Stack) -> Iterator[ConsoleSession]:
    """Agent 1004 works with his mobile; out again, with a desk phone, afterwards."""
    console = ConsoleSession(stack, "1004")
    settings = {"language": "zh-hans", "has_outside": "1", "outside_number": MOBILE}
    page = console.post("/settings/", **settings, confirms_outside="1", phone_kind="pstn")
    assert "settings-fault" not in page
    console.post("/desk/sign-in/")
    name = "Local/1004-pstn@huawu-outside"
    until(lambda: name in stack.asterisk.cli("queue show demo-7002"), 20, "he is a member")
    until(lambda: live_state(stack) == "ready", 20, "the distributor takes him for ready")
    shown = "dialplan show 1004-pstn@huawu-outside-phones"
    until(lambda: MOBILE in stack.asterisk.cli(shown), 20, "Asterisk knows his number")
    yield console
    console.post("/desk/sign-out/")
    console.post("/settings/", language="zh-hans", phone_kind="desk")
    console.post("/settings/", language="zh-hans", has_outside="1", outside_number="")


def live_state(stack: Stack) -> str:
    """Say what the distributor sees the agent do."""
    query = (
        "SELECT s.state FROM acd_agentstatespan s JOIN accounts_agent a ON a.id = s.agent_id"
        " WHERE a.number = '1004' AND s.ended_at IS NULL"
    )
    return "".join(str(state) for (state,) in stack.sql(query))


def mobile(stack: Stack, *steps: Step, calls: int = 1, rtp_port: int | None = None) -> Run:
    """Be the carrier's far end: the agent's mobile, and whomever else is called."""
    scenario = answerer_scenario(list(steps), ring_ms=300, rtp_port=rtp_port)
    run = stack.sipp.start(scenario, ip=CARRIER, port=CARRIER_PORT, calls=calls, at_once=calls)
    until(
        lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "the carrier listens"
    )
    return run


def key_1(stack: Stack) -> Play:
    """Press 1."""
    return Play(write_key_pcap(stack.sipp.folder / "key-1.pcap", "1"), 1)


def ended_call(stack: Stack, caller: str) -> tuple[Any, ...]:
    rows = stack.sql(
        "SELECT c.outcome, a.number, c.talk_ms > 1500, c.ended_at IS NOT NULL FROM calls_call c"
        " LEFT JOIN accounts_agent a ON a.id = c.agent_id WHERE c.caller = %s",
        caller,
    )
    return tuple(rows[0]) if rows else ()


def test_mobile_takes_a_queues_call_by_key_and_both_are_heard(
    stack: Stack, agent: ConsoleSession
) -> None:
    caller = "13607900001"
    voice = write_pcap(stack.sipp.folder / "mobile.pcap", tone_ulaw(MOBILE_HZ, 8))
    ear = Ear()
    try:
        far_end = mobile(stack, Pause(1500), key_1(stack), Play(voice, 8), HangUp())
        scenario = caller_scenario([WaitBye()], caller=caller, rtp_port=ear.port)
        call = stack.sipp.start(scenario, service=DID)
        until(lambda: live_state(stack) == "talking", 30, "he talks")
        until(
            lambda: len(ear.heard) > RATE and goertzel(ear.heard[-RATE // 2 :], MOBILE_HZ) > 0.8,
            20,
            "the caller hears the mobile",
        )
        far_end.wait()
        call.wait()
    finally:
        ear.close()
    until(lambda: visit(stack, caller)[:2] == ("answered", "1004"), 15, "the ledger knows")
    assert offers(stack, caller) == [("1004", "connected")]
    until(lambda: ended_call(stack, caller) == ("answered", "1004", True, True), 15, "one talk")
    until(lambda: live_state(stack) in ("wrap_up", "ready"), 15, "he is free again")
    recorded = (
        "SELECT COUNT(*) FROM recordings_recording r JOIN calls_call c ON c.id = r.call_id"
        " JOIN accounts_agent a ON a.id = r.agent_id WHERE c.caller = %s AND a.number = '1004'"
    )
    until(lambda: stack.sql(recorded, caller) == [(1,)], 15, "his talk is recorded")


def test_mobiles_own_voicemail_does_not_take_the_call(stack: Stack, agent: ConsoleSession) -> None:
    caller = "13607900002"
    far_end = mobile(stack, WaitBye())
    call = stack.sipp.start(caller_scenario([Pause(120_000), HangUp()], caller=caller), service=DID)
    found = [("1004", "not_answered")]
    until(lambda: offers(stack, caller)[:1] == found, 45, "the offer failed")
    assert visit(stack, caller)[0] == "waiting"
    agent.post("/desk/sign-out/")
    call.hang_up()
    until(lambda: visit(stack, caller)[:1] == ("abandoned",), 15, "he gave up")
    until(lambda: ended_call(stack, caller)[:2] == ("abandoned", None), 15, "so the call says")
    # It takes its BYE itself: a late one would be the next test's mobile's.
    far_end.wait()


def test_click_to_dial_rings_the_mobile_first_and_then_the_customer(
    stack: Stack, agent: ConsoleSession
) -> None:
    customer = "13607900003"
    # Both ends are the carrier's: each answers and presses 1, of which only the agent is asked.
    mobile(stack, Pause(2000), key_1(stack), Pause(6000), HangUp(), calls=2)
    assert '"dial": ""' in agent.post("/desk/dial/", number=customer)
    query = (
        "SELECT c.direction, c.outcome, a.number, c.talk_ms > 500 FROM calls_call c"
        " JOIN accounts_agent a ON a.id = c.agent_id"
        " WHERE c.dialled = %s AND c.ended_at IS NOT NULL"
    )
    wanted = [("out", "answered", "1004", True)]
    until(lambda: stack.sql(query, customer) == wanted, 45, lambda: str(stack.sql(query, customer)))
