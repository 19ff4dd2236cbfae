"""Nobody signed in: music, then voicemail after the queue's limit, and the message on the desks."""

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
    until(lambda: "1. PJSIP/trunk" in office.asterisk.cli("queue show demo-7002"), 20)
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
    expect(desk.page.locator("#work h1")).to_be_visible()
