"""Messages: after the queue's limit on the whole product; the caller's keys on the dialplan."""

import array
import http.cookiejar
import re
import urllib.parse
import urllib.request
import wave
from pathlib import Path
from typing import Any

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.audio import Ear, goertzel, tone_ulaw, write_pcap
from tests.telephony.sipp import Sipp
from tests.telephony.stack import Stack
from tests.telephony.test_survival import in_queue
from tests.telephony.toy_agi import Session, ToyAgi
from tests.telephony.waiting import until
from tools.lab import Asterisk
from tools.sipp import HangUp, Keys, Pause, Play, Run, WaitBye, caller_scenario


def console_page(stack: Stack, login: str, path: str) -> str:
    """Give a page of the console as the person sees it."""
    base = f"http://127.0.0.1:{stack.http_port}"
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    form = browser.open(f"{base}/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    fields = {
        "username": login,
        "password": f"demo-{login}",
        "csrfmiddlewaretoken": token.group(1),
    }
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{base}/login/", urllib.parse.urlencode(fields).encode(), {"Referer": base}
    )
    browser.open(request)
    page: str = browser.open(f"{base}{path}").read().decode()
    return page


def test_caller_whom_nobody_serves_hears_music_then_leaves_a_message(
    stack: Stack, ear: Ear
) -> None:
    voice = write_pcap(stack.sipp.folder / "message.pcap", tone_ulaw(440, 4))
    steps = [Pause(45000), Play(voice, 4), Pause(500), HangUp()]
    scenario = caller_scenario(steps, caller="13606000001", rtp_port=ear.port)
    call = stack.sipp.start(scenario, service="4008002000")
    until(lambda: in_queue(stack, "7002") == 1, 15)
    assert ear.loud_within(1.0, 10), "hold music"
    call.wait(90)
    until(
        lambda: stack.sql("SELECT 1 FROM voicemail_voicemailmessage WHERE caller = '13606000001'"),
        20,
        "the message is in the ledger",
    )
    [(box, state, duration_ms)] = stack.sql(
        "SELECT box, state, duration_ms FROM voicemail_voicemailmessage"
        " WHERE caller = '13606000001'"
    )
    assert (box, state) == ("demo-7002", "new")
    assert duration_ms > 1000
    status, found = stack.get("/api/v1/calls/?caller=13606000001")
    assert status == 200
    assert [row["outcome"] for row in found["results"]] == ["voicemail"]
    assert "13606000001" in console_page(stack, "1004", "/voicemail/")
    assert "13606000001" not in console_page(stack, "1001", "/voicemail/")
    assert "13606000001" not in console_page(stack, "b-2001", "/voicemail/")


FIRST_HZ, SECOND_HZ = 440, 900


class Caller:
    """Leaves messages in the lab's box with the system's beep for a greeting."""

    def __init__(self, sipp: Sipp, agi: ToyAgi, ami: AmiTap, asterisk: Asterisk) -> None:
        self.sipp, self.ami, self.asterisk = sipp, ami, asterisk
        agi.handler = self._to_box
        self.since = ami.mark()

    @staticmethod
    def _to_box(session: Session) -> None:
        session.set(
            HW_VM_BOX="lab-7001", HW_VM_GREETING="huawu/beep", HW_VM_MAX_S="20", HW_NEXT="voicemail"
        )

    def says(self, hz: int, seconds: float = 3.0) -> Play:
        """Speak a tone: the take's pitch says later which one it was."""
        path = self.sipp.folder / f"{hz}-{seconds}.pcap"
        return Play(write_pcap(path, tone_ulaw(hz, seconds)), seconds)

    def calls(self, *steps: Any) -> Run:
        """Call and do this."""
        return self.sipp.start(caller_scenario(list(steps)))

    def told(self) -> list[dict[str, str]]:
        """Give the announcements since the beginning, once no channel is left."""
        channels = "0 active channels"
        until(lambda: channels in self.asterisk.cli("core show channels count"), 30)
        events: list[dict[str, str]] = list(self.ami.events)[self.since :]
        return [event for event in events if event.get("UserEvent") == "HuawuVoicemail"]

    def pitches(self) -> list[int]:
        """Give what was announced, by pitch, and fail for a sound that was not."""
        events = self.told()
        paths = [Path(event["Path"]) for event in events]
        folder = self.asterisk.instance / "voicemail/lab-7001"
        linkedid = events[0]["Linkedid"] if events else ""
        takes = [path for path in folder.glob(f"{linkedid}*.wav") if path.stat().st_size > 8044]
        assert not events or takes == paths
        return [pitch(path) for path in paths]


def pitch(path: Path) -> int:
    """Give which of the two tones a message holds."""
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    middle = samples[len(samples) // 2 : len(samples) // 2 + 4000]
    return max((FIRST_HZ, SECOND_HZ), key=lambda hz: goertzel(middle, hz))


@pytest.fixture
def caller(sipp: Sipp, agi: ToyAgi, ami: AmiTap, asterisk: Asterisk) -> Caller:
    return Caller(sipp, agi, ami, asterisk)


def again(caller: Caller, *then: Any) -> list[Any]:
    """Leave a message, end it by #, ask to record again, then do what follows."""
    return [caller.says(FIRST_HZ), Keys("#"), Pause(700), Keys("3"), Pause(700), *then]


def test_key_1_keeps_the_message(caller: Caller) -> None:
    caller.calls(caller.says(FIRST_HZ), Keys("#"), Pause(700), Keys("1"), WaitBye(20000)).wait(60)
    assert caller.pitches() == [FIRST_HZ]


def test_caller_who_presses_nothing_or_hangs_up_in_the_review_has_left_it(caller: Caller) -> None:
    caller.calls(caller.says(FIRST_HZ), Keys("#"), Pause(1500), HangUp()).wait(60)
    assert caller.pitches() == [FIRST_HZ]
    caller.since = caller.ami.mark()
    caller.calls(caller.says(SECOND_HZ), Keys("#"), WaitBye(40000)).wait(60)
    assert caller.pitches() == [SECOND_HZ]


def test_key_2_plays_the_message_to_who_left_it(caller: Caller, ear: Ear) -> None:
    steps = [caller.says(SECOND_HZ), Keys("#"), Pause(700), Keys("2"), Pause(4000), HangUp()]
    call = caller.sipp.start(caller_scenario(steps, rtp_port=ear.port))
    call.wait(60)
    parts = [ear.heard[at : at + 1600] for at in range(0, len(ear.heard), 1600)]
    assert sum(goertzel(part, SECOND_HZ) > 0.8 for part in parts) >= 5, "a second of his own tone"
    assert caller.pitches() == [SECOND_HZ]


def test_key_3_replaces_the_message(caller: Caller) -> None:
    steps = again(caller, caller.says(SECOND_HZ), Keys("#"), Pause(700), Keys("1"), WaitBye(20000))
    caller.calls(*steps).wait(60)
    assert caller.pitches() == [SECOND_HZ]


def test_caller_who_hangs_up_while_he_records_again_has_left_what_he_said(caller: Caller) -> None:
    caller.calls(*again(caller, caller.says(SECOND_HZ), HangUp())).wait(60)
    assert caller.pitches() == [SECOND_HZ]


def test_caller_who_hangs_up_at_the_second_beep_keeps_his_first_message(caller: Caller) -> None:
    caller.calls(*again(caller, HangUp())).wait(60)
    assert caller.pitches() == [FIRST_HZ]


def test_star_deletes_the_message(caller: Caller) -> None:
    caller.calls(caller.says(FIRST_HZ), Keys("#"), Pause(700), Keys("*"), WaitBye(20000)).wait(60)
    assert caller.told() == []
    folder = caller.asterisk.instance / "voicemail/lab-7001"
    newest = max(folder.glob("*.wav"), key=lambda path: path.stat().st_mtime)
    assert newest.stat().st_size < 44, "nothing is left to listen to"
