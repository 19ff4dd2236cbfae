"""A queue's agent and an agent's own calls, with SIPp as desk phone and as the far end."""

from __future__ import annotations

import array
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.audio import RATE, Ear, goertzel, rms, tone_ulaw, write_pcap
from tests.telephony.ports import free_phone_port
from tests.telephony.sipp import (
    HangUp,
    Pause,
    Play,
    Run,
    Sipp,
    SpeakUntilBye,
    Step,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
)
from tests.telephony.toy_agi import Session, ToyAgi
from tests.telephony.waiting import until
from tools.lab import Asterisk, is_port_free

CALLER_HZ, AGENT_HZ = 700, 1100


@dataclass
class Desk:
    """Be agent 1001's desk phone on a port of its own."""

    sipp: Sipp
    port: int

    def register(self) -> None:
        """Register as 1001."""
        scenario = register_scenario("1001", "lab-1001", "1001")
        self.sipp.start(scenario, ip="127.0.0.1", port=self.port).wait(15)

    def answers(self, steps: list[Step], **how: int) -> Run:
        """Wait for one call, answer it and do the steps."""
        scenario = answerer_scenario(steps, **how)
        run = self.sipp.start(scenario, ip="127.0.0.1", port=self.port)
        until(lambda: not is_port_free(self.port, udp=True), 5, "the desk phone listens")
        assert run.is_running(), run.errors()
        return run


@pytest.fixture
def desk(sipp: Sipp, ami: AmiTap) -> Iterator[Desk]:
    """Register the desk phone and make it a member of lab-7001; take it out afterwards."""
    phone = Desk(sipp, free_phone_port("127.0.0.1"))
    phone.register()
    member = {"Queue": "lab-7001", "Interface": "PJSIP/1001"}
    answer = ami.action("QueueAdd", **member, MemberName="1001")
    assert answer[0]["Response"] == "Success"
    yield phone
    ami.action("QueueRemove", **member)


def to_queue(session: Session) -> None:
    """Decide: queue lab-7001."""
    session.set(HW_TENANT="lab", HW_QUEUE="lab-7001", HW_QUEUE_WAIT_S="60", HW_NEXT="queue")


def sides(path: Path) -> tuple[array.array[int], array.array[int]]:
    """Read a raw recording: what the recorded channel said, what it heard."""
    both = array.array("h", path.read_bytes())
    return both[0::2], both[1::2]


def first_loud(samples: array.array[int]) -> float:
    """Give the second at which sound begins."""
    block = RATE // 50
    for start in range(0, len(samples) - block, block):
        if rms(samples[start : start + block]) > 500:
            return start / RATE
    raise AssertionError("silence all through")


def test_agent_answers_and_both_hear_each_other(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, desk: Desk, ear: Ear
) -> None:
    agi.handler = to_queue
    voice = write_pcap(sipp.folder / "agent.pcap", tone_ulaw(AGENT_HZ, 3))
    agent = desk.answers([Play(voice, 0), WaitBye()], ring_ms=300)
    call = sipp.start(caller_scenario([Pause(3500), HangUp()], rtp_port=ear.port))

    connected = ami.wait_event("AgentConnect")
    assert (connected["MemberName"], connected["Interface"]) == ("1001", "PJSIP/1001")
    until(lambda: len(ear.heard) > RATE and goertzel(ear.heard[-RATE // 2 :], AGENT_HZ) > 0.8)
    call.wait()
    agent.wait()
    assert ami.wait_event("AgentComplete")["Reason"] == "caller"


def test_recording_has_the_agent_left_the_caller_right_and_both_in_step(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, desk: Desk, asterisk: Asterisk
) -> None:
    agi.handler = to_queue
    agent_voice = write_pcap(sipp.folder / "agent.pcap", tone_ulaw(AGENT_HZ, 4))
    caller_voice = write_pcap(sipp.folder / "caller.pcap", tone_ulaw(CALLER_HZ, 12))
    desk.answers([Pause(1000), Play(agent_voice, 2), HangUp()], ring_ms=300)
    call = sipp.start(caller_scenario([SpeakUntilBye(caller_voice, 12)]))

    started = ami.wait_user_event("HuawuRecording")
    call.wait()
    ended = ami.wait_user_event("HuawuRecordingEnd")
    path = Path(started["Path"])
    assert ended["Path"] == started["Path"]
    assert int(ended["DurationMs"]) == path.stat().st_size // 32
    tenant, year, month, day, name = path.relative_to(asterisk.instance / "recordings").parts
    assert tenant == "lab"
    assert name == f"{started['Linkedid']}-{started['Uniqueid']}.raw"
    assert f"{year}{month}{day}".isdigit()

    said, heard = sides(path)
    talk_s = len(said) / RATE
    assert 2.7 < talk_s < 3.6
    assert goertzel(said[int(1.5 * RATE) : int(2.5 * RATE)], AGENT_HZ) > 0.9
    assert goertzel(heard[int(1.5 * RATE) : int(2.5 * RATE)], CALLER_HZ) > 0.9
    assert first_loud(heard) < 0.2
    assert abs(first_loud(said) - 1.0) < 0.25
    assert ami.wait_event("AgentComplete")["Reason"] == "agent"


def test_agent_who_does_not_answer_is_reported_and_the_caller_keeps_waiting(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, desk: Desk
) -> None:
    agi.handler = to_queue
    desk.answers([], status=486, ring_ms=200)
    call = sipp.start(caller_scenario([Pause(3000), HangUp()]))

    assert ami.wait_event("AgentCalled")["MemberName"] == "1001"
    assert ami.wait_event("AgentRingNoAnswer")["MemberName"] == "1001"
    call.wait()
    assert ami.wait_event("QueueCallerAbandon")["Queue"] == "lab-7001"


def test_agent_calls_out_through_the_carrier_and_is_recorded_from_the_answer_on(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, carrier_port: int
) -> None:
    def dial(session: Session) -> None:
        assert session.env["agi_arg_1"] == "13900139000"
        assert session.env["agi_arg_2"] == "1001"
        session.set(
            HW_TENANT="lab",
            HW_DIAL="PJSIP/13900139000@trunk-lab",
            HW_DIAL_TIMEOUT_S="20",
            HW_DIAL_CALLER_ID="4008001000",
            HW_NEXT="dial",
        )

    agi.handler = dial
    answer = answerer_scenario([WaitBye()], ring_ms=1000)
    far_end = sipp.start(answer, ip="127.0.0.2", port=carrier_port)
    voice = write_pcap(sipp.folder / "agent.pcap", tone_ulaw(AGENT_HZ, 6))
    steps: list[Step] = [Play(voice, 2), HangUp()]
    scenario = caller_scenario(steps, caller="1001", credentials=("1001", "lab-1001"))
    call = sipp.start(scenario, service="13900139000", ip="127.0.0.1")

    begun = ami.wait_event("DialBegin")
    assert begun["DialString"] == "13900139000@trunk-lab"
    call.wait()
    far_end.wait()
    path = Path(ami.wait_user_event("HuawuRecordingEnd")["Path"])
    said, heard = sides(path)
    assert 1.6 < len(said) / RATE < 2.4  # not the second of ringing
    assert goertzel(said[:RATE], AGENT_HZ) > 0.9
    assert rms(heard) < 50


def test_busy_far_end_is_announced_without_answering(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, carrier_port: int
) -> None:
    agi.handler = lambda session: session.set(HW_DIAL="PJSIP/13900139000@trunk-lab", HW_NEXT="dial")
    sipp.start(answerer_scenario([], status=486), ip="127.0.0.2", port=carrier_port)
    scenario = caller_scenario(
        [], caller="1001", credentials=("1001", "lab-1001"), expect_refusal=486
    )
    sipp.start(scenario, service="13900139000", ip="127.0.0.1").wait()

    assert ami.wait_event("DialEnd")["DialStatus"] == "BUSY"
    assert ami.wait_user_event("HuawuRecordingEnd")["DurationMs"] == "0"
    ended = [e for e in ami.events if e.get("Event") == "Newstate" and "1001" in e["Channel"]]
    assert all(event["ChannelStateDesc"] != "Up" for event in ended)


def test_agents_call_without_a_decision_fails_with_a_message(sipp: Sipp, agent_ear: Ear) -> None:
    scenario = caller_scenario(
        [],
        caller="1001",
        credentials=("1001", "lab-1001"),
        expect_refusal=503,
        rtp_port=agent_ear.port,
    )
    sipp.start(scenario, service="13900139000", ip="127.0.0.1").wait()

    assert agent_ear.heard_s > 1.5


def test_agents_call_to_a_server_that_hangs_fails_with_a_message(
    sipp: Sipp, agi: ToyAgi, agent_ear: Ear
) -> None:
    release = threading.Event()
    agi.handler = lambda _session: release.wait(30) and None
    scenario = caller_scenario(
        [],
        caller="1001",
        credentials=("1001", "lab-1001"),
        expect_refusal=503,
        rtp_port=agent_ear.port,
    )
    try:
        sipp.start(scenario, service="13900139000", ip="127.0.0.1").wait(25)
        assert agent_ear.heard_s > 1.5
    finally:
        release.set()


def test_phone_with_a_wrong_password_is_refused(sipp: Sipp) -> None:
    scenario = register_scenario("1001", "wrong", "1001", final_status=401)
    sipp.start(scenario, ip="127.0.0.1").wait()
