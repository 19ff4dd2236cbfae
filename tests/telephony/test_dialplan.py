"""The dialplan alone, with a toy FastAGI.

Every decision, and what happens when no decision comes.
"""

import csv
import threading
from pathlib import Path

from tests.telephony.ami_tap import AmiTap
from tests.telephony.audio import RATE, Ear, goertzel, tone_ulaw, write_pcap
from tests.telephony.sipp import (
    HangUp,
    Keys,
    Pause,
    Play,
    Sipp,
    WaitBye,
    caller_scenario,
)
from tests.telephony.toy_agi import Session, ToyAgi
from tests.telephony.waiting import until
from tools.lab import Asterisk


def cdr_rows(asterisk: Asterisk) -> list[list[str]]:
    """Read Asterisk's own CDR file."""
    path = asterisk.instance / "log/cdr-custom/Master.csv"
    return list(csv.reader(path.read_text("utf-8").splitlines())) if path.exists() else []


def test_call_waits_in_the_queue_that_the_agi_decided_and_hears_music(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, ear: Ear
) -> None:
    def to_queue(session: Session) -> None:
        session.set(HW_TENANT="lab", HW_QUEUE="lab-7001", HW_QUEUE_WAIT_S="60", HW_NEXT="queue")

    agi.handler = to_queue
    call = sipp.start(caller_scenario([Pause(4000), HangUp()], rtp_port=ear.port))

    joined = ami.wait_event("QueueCallerJoin")
    assert joined["Queue"] == "lab-7001"
    assert joined["CallerIDNum"] == "13800138000"
    assert joined["ChanVariable"] == "HW_DID=4008001000"  # the second of two; HW_TENANT precedes it
    assert agi.sessions[0].env["agi_arg_1"] == "4008001000"
    assert agi.sessions[0].env["agi_arg_2"] == "trunk-lab"
    assert ear.loud_within(1.0, timeout=5)
    call.wait()
    abandoned = ami.wait_event("QueueCallerAbandon")
    assert abandoned["Linkedid"] == joined["Linkedid"]
    assert joined["Linkedid"].startswith("lab-1-")


def test_queue_limit_leads_to_voicemail_and_the_message_is_announced(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, tmp_path: Path
) -> None:
    def to_queue(session: Session) -> None:
        session.set(HW_QUEUE="lab-7001", HW_QUEUE_WAIT_S="1", HW_VM_BOX="lab-7001", HW_NEXT="queue")

    agi.handler = to_queue
    pcap = write_pcap(sipp.folder / "voice.pcap", tone_ulaw(700, 14))
    call = sipp.start(caller_scenario([Play(pcap, 14), HangUp()]))

    left = ami.wait_user_event("HuawuQueueLeft")
    assert (left["Queue"], left["Status"]) == ("lab-7001", "TIMEOUT")
    message = ami.wait_user_event("HuawuVoicemail", 30)
    call.wait()
    path = Path(message["Path"])
    assert message["Box"] == "lab-7001"
    assert path.name == f"{message['Linkedid']}.wav"
    assert int(message["DurationMs"]) == (path.stat().st_size - 44) // 16 > 1000


def test_hash_ends_the_message_and_thanks_the_caller(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, ear: Ear
) -> None:
    def to_box(session: Session) -> None:
        session.set(HW_VM_BOX="lab-7001", HW_VM_MAX_S="30", HW_NEXT="voicemail")

    agi.handler = to_box
    pcap = write_pcap(sipp.folder / "voice.pcap", tone_ulaw(700, 11))
    steps = [Play(pcap, 10), Keys("#"), Pause(700), Keys("1"), WaitBye()]
    call = sipp.start(caller_scenario(steps, rtp_port=ear.port))

    message = ami.wait_user_event("HuawuVoicemail", 20)
    call.wait()
    events = [e for e in ami.events if e.get("UserEvent") == "HuawuVoicemail"]
    assert len(events) == 1
    assert message["Box"] == "lab-7001"
    assert int(message["DurationMs"]) > 1000


def test_hanging_up_during_the_greeting_leaves_no_message(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap
) -> None:
    agi.handler = lambda session: session.set(HW_VM_BOX="lab-7002", HW_NEXT="voicemail")
    sipp.start(caller_scenario([Pause(1000), HangUp()])).wait()

    ami.wait_event("Hangup")
    assert not [e for e in ami.events if e.get("UserEvent") == "HuawuVoicemail"]


def test_agi_refused_leads_to_the_fallback_queue(sipp: Sipp, ami: AmiTap, ear: Ear) -> None:
    call = sipp.start(caller_scenario([Pause(3000), HangUp()], rtp_port=ear.port))

    fallback = ami.wait_user_event("HuawuFallback")
    assert fallback["AgiStatus"] == "FAILURE"
    assert ami.wait_event("QueueCallerJoin")["Queue"] == "lab-7000"
    assert ear.loud_within(1.0, timeout=5)
    call.wait()


def test_agi_killed_between_two_keys_leads_to_the_fallback_queue(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, ear: Ear
) -> None:
    got = []

    def die_after_a_key(session: Session) -> None:
        session.command("ANSWER")
        got.append(session.keys("huawu/main-menu", 1))
        session.set(HW_QUEUE="lab-7001")  # half a decision
        session.die()

    agi.handler = die_after_a_key
    steps = [Pause(1500), Keys("1"), Pause(4000), HangUp()]
    call = sipp.start(caller_scenario(steps, rtp_port=ear.port))

    joined = ami.wait_event("QueueCallerJoin")
    assert got == ["1"]
    assert joined["Queue"] == "lab-7000"
    assert ear.loud_within(1.0, timeout=5)
    call.wait()


def test_agi_that_hangs_loses_the_call_to_the_fallback_queue(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap, ear: Ear
) -> None:
    release = threading.Event()
    agi.handler = lambda _session: release.wait(30) and None
    ami.action("Setvar", Variable="HW_AGI_LIMIT_S", Value="2")
    call = sipp.start(caller_scenario([Pause(4000), HangUp()], rtp_port=ear.port))
    try:
        assert ami.wait_user_event("HuawuFallback")["AgiStatus"] == "TIMEOUT"
        assert ami.wait_event("QueueCallerJoin")["Queue"] == "lab-7000"
        assert ear.loud_within(1.0, timeout=5)
        call.wait()
    finally:
        release.set()
        ami.action("Setvar", Variable="HW_AGI_LIMIT_S", Value="600")


def test_no_fallback_means_a_spoken_apology_then_the_end(sipp: Sipp, ear: Ear, ami: AmiTap) -> None:
    call = sipp.start(caller_scenario([WaitBye(20000)], rtp_port=ear.port), service="4008002000")

    assert ear.loud_within(1.5, timeout=6)
    call.wait()
    assert ami.wait_event("Hangup")["Cause"] == "41"


def test_fallback_box_is_used_when_there_is_no_fallback_queue(sipp: Sipp, ami: AmiTap) -> None:
    pcap = write_pcap(sipp.folder / "voice.pcap", tone_ulaw(700, 9))
    sipp.start(caller_scenario([Play(pcap, 9), HangUp()]), service="4008003000").wait()

    assert ami.wait_user_event("HuawuVoicemail", 20)["Box"] == "lab-7003"


def test_unknown_number_is_still_asked_and_apologised_for(
    sipp: Sipp, ear: Ear, ami: AmiTap
) -> None:
    call = sipp.start(caller_scenario([WaitBye(20000)], rtp_port=ear.port), service="+8699999")

    assert ami.wait_user_event("HuawuFallback")["Queue"] == ""
    assert ear.loud_within(1.5, timeout=6)
    call.wait()


def test_refused_caller_is_not_answered(sipp: Sipp, agi: ToyAgi, asterisk: Asterisk) -> None:
    agi.handler = lambda session: session.set(HW_HANGUP_CAUSE="21", HW_NEXT="refuse")
    before = len(cdr_rows(asterisk))
    sipp.start(caller_scenario([], expect_refusal=403)).wait()

    rows = until(lambda: cdr_rows(asterisk)[before:], 5, "a CDR")
    assert rows[0][9] == "0.000000"  # never answered
    assert rows[0][13] != "ANSWERED"


def test_letters_as_number_dialled_reach_no_dialplan(sipp: Sipp) -> None:
    sipp.start(caller_scenario([], expect_refusal=404), service="h").wait()


def test_test_number_sounds_until_the_caller_hangs_up(sipp: Sipp, agi: ToyAgi, ear: Ear) -> None:
    agi.handler = lambda session: session.set(HW_NEXT="tone")
    call = sipp.start(caller_scenario([Pause(3000), HangUp()], rtp_port=ear.port))

    until(lambda: ear.heard_s > 2, 6, "two seconds of tone")
    assert goertzel(ear.heard[-RATE:], 440) > 0.9
    call.wait()


def test_queue_that_asterisk_lacks_is_replaced_by_the_fallback(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap
) -> None:
    agi.handler = lambda session: session.set(HW_QUEUE="lab-9999", HW_NEXT="queue")
    call = sipp.start(caller_scenario([Pause(1500), HangUp()]))

    assert ami.wait_event("QueueCallerJoin")["Queue"] == "lab-7000"
    call.wait()
