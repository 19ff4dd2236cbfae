"""A call-back at the desk: the phone rings with the customer's card, then he is called."""

from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.office import Office
from tests.telephony.audio import tone_ulaw, write_pcap
from tests.telephony.test_call_backs import CARRIER, CARRIER_PORT, ORDER, RULE
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import Play, WaitBye, answerer_scenario

CUSTOMER = "13900139000"


def test_the_card_says_call_back_before_the_agent_answers(office: Office, person: People) -> None:
    voice = write_pcap(office.sipp.folder / "customer.pcap", tone_ulaw(700, 30))
    far_end = office.sipp.start(
        answerer_scenario([Play(voice, 1), WaitBye()], ring_ms=800), ip=CARRIER, port=CARRIER_PORT
    )
    until(
        lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "the carrier listens"
    )
    office.manage("shell", "--no-imports", "-c", RULE)
    desk = person("1004")
    desk.take_calls()
    office.manage("shell", "--no-imports", "-c", ORDER.format(number=CUSTOMER, ago_s=30))
    desk.wait_call("ringing")
    expect(desk.at("is-call-back")).to_be_visible()
    assert desk.text("caller-name") == "李强"
    assert desk.text("caller-number") == CUSTOMER
    assert desk.text("call-queue").startswith("7002")
    desk.answer()
    desk.wait_rtp_both_ways()
    desk.at("nav-call-backs").click()
    expect(desk.at("call-back-row").first).to_contain_text(CUSTOMER)
    desk.at("hangup").click()
    desk.wait_call("ended")
    far_end.wait(20)
    until(
        lambda: (
            office.sql("SELECT state FROM acd_callback ORDER BY id DESC LIMIT 1") == [("done",)]
        ),
        20,
        "it is done",
    )
    desk.page.goto(f"{office.url}/call-backs/?which=done")
    expect(desk.at("call-back-row").first).to_contain_text(CUSTOMER)
