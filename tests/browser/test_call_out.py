"""An agent dials: the outside phone rings, both are connected, the history says so."""

from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.office import Office
from tests.telephony.audio import tone_ulaw, write_pcap
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import Play, WaitBye, answerer_scenario

CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
OUTSIDE = "13900139000"


def test_number_dialled_at_the_desk_rings_outside(office: Office, person: People) -> None:
    voice = write_pcap(office.sipp.folder / "outside.pcap", tone_ulaw(700, 30))
    far_end = office.sipp.start(
        answerer_scenario([Play(voice, 1), WaitBye()], ring_ms=800), ip=CARRIER, port=CARRIER_PORT
    )
    until(
        lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "the carrier listens"
    )
    desk = person("1001")
    desk.take_calls()
    desk.at("dial-input").fill("139 0013-9000")
    desk.at("dial").click()
    # The card says whom he called, as it says who calls.
    desk.wait_call("talking")
    assert desk.text("caller-name") == "李强"
    assert desk.text("caller-number") == OUTSIDE
    desk.wait_rtp_both_ways()
    desk.at("hangup").click()
    desk.wait_call("ended")
    far_end.wait(20)
    row = office.sql(
        "SELECT direction, outcome, talk_ms > 500 FROM calls_call WHERE dialled = ?"
        " ORDER BY id DESC LIMIT 1",
        OUTSIDE,
    )
    assert row == [("out", "answered", 1)]
    desk.at("nav-history").click()
    expect(desk.at("call-row").first).to_contain_text(OUTSIDE)
