"""The first real call: from a carrier's INVITE to the customer's card, and heard again after."""

from __future__ import annotations

import array
import io
import wave

from playwright.sync_api import expect

from tests.browser.calls import CALLER_HZ, WANG_FANG, call_sales, last_call
from tests.browser.conftest import PICTURES, People
from tests.browser.desk_page import Desk
from tests.browser.office import Office
from tests.telephony.audio import RATE, goertzel, rms
from tests.telephony.waiting import until

TOLERANCE_MS = 200


def open_newest_call(desk: Desk) -> None:
    """Go to the history and open the first row."""
    desk.at("nav-history").click()
    expect(desk.page.locator("#work form.filters")).to_be_visible()
    desk.at("call-row").first.locator("a").first.click()
    expect(desk.at("talk-ms")).to_be_visible()


def test_caller_is_known_before_the_answer_and_heard_again_after_the_call(
    office: Office, person: People
) -> None:
    desk = person("1001")
    desk.take_calls()
    caller = call_sales(office, 16)

    # Before the answer the agent knows who calls, from where, and what was dialled.
    desk.wait_call("ringing")
    assert desk.text("caller-name") == "王芳"
    assert desk.text("caller-level") == "VIP"
    assert desk.text("caller-number") == WANG_FANG
    assert desk.text("caller-region").startswith("北京")
    assert desk.text("dialled") == "4008001000"
    assert "1" in desk.text("call-path")
    expect(desk.at("answer")).to_be_enabled()
    desk.page.screenshot(path=PICTURES / "desk.png")

    desk.answer()
    desk.wait_rtp_both_ways()
    desk.wait_call("ended")
    caller.wait(30)
    expect(desk.at("answer")).to_be_disabled()

    # The history says what Asterisk says.
    call_id, linkedid = last_call(office, WANG_FANG)
    until(lambda: office.cdr(linkedid), 10, "Asterisk's CDR")
    ready = "SELECT 1 FROM recordings_recording WHERE state = 'ready' AND call_id = ?"
    until(lambda: office.sql(ready, call_id), 20, "the recording can be played")
    open_newest_call(desk)
    assert desk.page.url.endswith(f"/calls/{call_id}/")
    assert "1" in desk.text("detail-path")
    wait_ms = int(desk.at("wait-ms").get_attribute("data-ms") or -1)
    talk_ms = int(desk.at("talk-ms").get_attribute("data-ms") or -1)
    truth = office.times(linkedid)
    assert abs(wait_ms - (truth.agent_answered - truth.queued) * 1000) <= TOLERANCE_MS
    assert abs(talk_ms - (truth.ended - truth.agent_answered) * 1000) <= TOLERANCE_MS
    menu_ms = (truth.queued - truth.picked_up) * 1000
    assert abs(menu_ms + wait_ms + talk_ms - truth.billed * 1000) <= TOLERANCE_MS

    # The recording plays, and nobody else hears it.
    player = desk.at("player")
    expect(desk.at("recording-player")).to_be_visible()
    player.evaluate("audio => audio.play()")
    until(lambda: player.evaluate("audio => audio.currentTime") > 0.5, 10, "the recording plays")
    seconds = player.evaluate("audio => audio.duration")
    assert abs(seconds * 1000 - talk_ms) < 1000
    audio = player.get_attribute("src") or ""
    left, right = both_sides(desk.fetch(f"{audio}?original=1"))
    assert loudest(left) > 500, "what the agent said"
    assert goertzel(right[RATE : 3 * RATE], CALLER_HZ) > 0.9, "what the caller said"
    for stranger in ("1004", "b-2001", "b-admin"):
        other = person(stranger)
        assert other.status_of(audio) == 404
        assert other.status_of(f"/calls/{call_id}/") == 404


def both_sides(wav: bytes) -> tuple[array.array[int], array.array[int]]:
    """Read a recording: what the agent said, what the agent heard."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        both = array.array("h", file.readframes(file.getnframes()))
    return both[0::2], both[1::2]


def loudest(samples: array.array[int]) -> float:
    """Give the level of the loudest twentieth of a second."""
    block = RATE // 20
    return max(rms(samples[at : at + block]) for at in range(0, len(samples) - block, block))
