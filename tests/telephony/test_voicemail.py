"""Nobody is signed in: music, then voicemail after the queue's limit; the message is announced."""

import http.cookiejar
import re
import urllib.parse
import urllib.request

from tests.telephony.audio import Ear, tone_ulaw, write_pcap
from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, Play, caller_scenario


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
    until(lambda: "has 1 calls" in stack.asterisk.cli("queue show demo-7002"), 15)
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
