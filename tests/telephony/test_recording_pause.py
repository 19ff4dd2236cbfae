"""A paused recording on the whole product: what is said meanwhile is not in the file."""

import array
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.telephony.audio import RATE, goertzel, tone_ulaw, write_pcap
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import DID, Sign, ports, sign, visit
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, SpeakUntilBye, caller_scenario

__all__ = ["ports", "sign"]

HZ = 900
WINDOW = RATE // 4


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.heal()


def call_of(stack: Stack, caller: str) -> int:
    [(pk,)] = stack.sql("SELECT id FROM calls_call WHERE caller = %s", caller)
    return int(pk)


def told(stack: Stack, caller: str) -> list[tuple[Any, ...]]:
    """Give (kind, time) of the recording's facts in their order."""
    return stack.sql(
        "SELECT f.kind, f.at FROM calls_callfact f JOIN calls_call c"
        " ON c.node = f.node AND c.linkedid = f.linkedid WHERE c.caller = %s"
        " AND f.kind IN ('recording_started', 'recording_paused', 'recording_resumed')"
        " ORDER BY f.at",
        caller,
    )


def wait_told(stack: Stack, caller: str, *wanted: str) -> None:
    until(
        lambda: tuple(kind for kind, _at in told(stack, caller)) == wanted,
        15,
        lambda: f"{wanted}: {told(stack, caller)}",
    )


def parts_with_the_tone(path: Path) -> list[bool]:
    """Say of each quarter second whether the caller's tone is in what the agent heard."""
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))[1::2]
    return [
        goertzel(samples[start : start + WINDOW], HZ) > 0.3
        for start in range(0, len(samples) - WINDOW, WINDOW)
    ]


def test_what_is_said_in_a_pause_is_not_recorded(stack: Stack, sign: Sign) -> None:
    caller = "13612000001"
    voice = write_pcap(stack.sipp.folder / "paused.pcap", tone_ulaw(HZ, 60))
    desk = sign("1004")
    agent = desk.answers(Pause(14_000), HangUp())
    speaks = caller_scenario([SpeakUntilBye(voice, 60)], caller=caller)
    run = stack.sipp.start(speaks, service=DID)
    until(lambda: visit(stack, caller)[:1] == ("answered",), 20, "the agent talks with him")
    wait_told(stack, caller, "recording_started")
    path = f"/calls/{call_of(stack, caller)}/recording-pause/"
    began = told(stack, caller)[0][1]
    until(
        lambda: stack.sql("SELECT now() - %s > interval '3 s'", began) == [(True,)], 10, "some talk"
    )
    desk.console.post(path, on="1", reason="field")
    wait_told(stack, caller, "recording_started", "recording_paused")
    paused = told(stack, caller)[1][1]
    until(
        lambda: stack.sql("SELECT now() - %s > interval '3 s'", paused) == [(True,)], 10, "a pause"
    )
    desk.console.post(path, on="")
    wait_told(stack, caller, "recording_started", "recording_paused", "recording_resumed")
    agent.wait()
    run.wait()
    query = (
        "SELECT r.path FROM recordings_recording r JOIN calls_call c ON c.id = r.call_id"
        " WHERE c.caller = %s AND r.state = 'ready'"
    )
    until(lambda: len(stack.sql(query, caller)) == 1, 30, "the recording is ready")
    [(name,)] = stack.sql(query, caller)
    has_tone = parts_with_the_tone(stack.asterisk.instance / "recordings" / name)
    # Tone, then none for about as long as the pause was, then tone again: the times stay true.
    first, last = has_tone.index(True), len(has_tone) - 1 - has_tone[::-1].index(True)
    hole = [at for at in range(first, last) if not has_tone[at]]
    assert 2.0 < len(hole) * WINDOW / RATE < 6.0, has_tone
    assert hole == list(range(hole[0], hole[-1] + 1)), has_tone
    asked = stack.sql(
        "SELECT action, detail->>'reason' FROM audit_auditentry"
        " WHERE action LIKE 'recording.%%' ORDER BY id DESC LIMIT 2"
    )
    assert asked == [("recording.resume", "button"), ("recording.pause", "field")]
