"""Nobody signed in: music, then voicemail after the queue's limit, and the message on the desks."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.office import Office
from tests.telephony.audio import Ear, tone_ulaw, write_pcap
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, Play, caller_scenario

CALLER = "13900139000"
QUEUE_LIMIT_S = 30


def test_caller_without_agents_hears_music_then_leaves_a_message_that_the_desk_plays(
    office: Office, person: People
) -> None:
    desk = person("1004")
    expect(desk.at("connection")).to_have_attribute("data-mood", "good", timeout=15_000)
    before = int(desk.text("voicemail-new") or 0)
    ear = Ear()
    voice = write_pcap(office.sipp.folder / "message.pcap", tone_ulaw(440, 6))
    steps = [Pause((QUEUE_LIMIT_S + 15) * 1000), Play(voice, 6), HangUp()]
    scenario = caller_scenario(steps, caller=CALLER, rtp_port=ear.port)
    caller = office.sipp.start(scenario, service="4008002000")
    until(lambda: "!huawu-wait!" in office.asterisk.cli("core show channels concise"), 20)
    assert ear.loud_within(2, 10), "music while nobody answers"
    ear.close()
    caller.wait(90)

    # The count on the page rises by itself.
    expect(desk.at("voicemail-new")).to_have_text(str(before + 1), timeout=20_000)
    desk.at("nav-voicemail").click()
    row = desk.at("voicemail-row").first
    expect(row).to_contain_text(CALLER)
    expect(row).to_contain_text("李强")
    player = row.locator("audio")
    player.evaluate("audio => audio.play()")
    until(lambda: player.evaluate("audio => audio.currentTime") > 0.5, 10, "the message plays")
    assert 3 < player.evaluate("audio => audio.duration") < 12
    audio = player.get_attribute("src") or ""
    for stranger in ("1001", "b-admin"):
        assert person(stranger).status_of(audio) == 404

    row.locator('form[action$="/claim/"] button').click()
    expect(desk.at("voicemail-new")).to_have_text(str(before) if before else "", timeout=10_000)
    expect(desk.page.locator("#work h1").first).to_be_visible()


def test_message_is_noted_closed_and_called_back_from_its_page(
    office: Office, person: People
) -> None:
    office.manage(
        "shell",
        "-v",
        "0",
        "-c",
        "from apps.voicemail.files import voicemail_folder\n"
        "from apps.voicemail.services import voicemail_left\n"
        "from django.utils import timezone\n"
        "voicemail_left(linkedid='test-page', box='demo-7002',\n"
        "    path=str(voicemail_folder() / 'demo-7002/test-page.wav'), duration_ms=4000,\n"
        "    at=timezone.now(), caller='13900000077', call=None)\n",
    )
    desk = person("1004")
    desk.at("nav-voicemail").click()
    row = desk.at("voicemail-row").filter(has_text="13900000077")
    expect(row).to_have_class(re.compile("fw-bold"))
    row.locator("a").first.click()
    expect(desk.at("call-back")).to_have_attribute("data-dial", "13900000077")
    desk.at("message-note").fill("wants an offer")
    desk.at("close-with-note").click()
    expect(desk.at("voicemail-filters")).to_be_visible()
    row.locator("a").first.click()
    expect(desk.at("message-note")).to_have_value("wants an offer")
    expect(desk.at("reopen")).to_be_visible()
    expect(desk.at("delete")).to_have_count(0)
    desk.at("reopen").click()
    expect(desk.at("close-with-note")).to_be_visible()
    desk.at("call-back").click()
    expect(desk.at("dial-input")).to_have_value("13900000077")
