"""The desk lives for a shift: through navigation, reload, keyboard only, and a restart of ours."""

from playwright.sync_api import Dialog, expect

from tests.browser.calls import WANG_FANG, call_sales
from tests.browser.conftest import People
from tests.browser.office import Office
from tests.telephony.waiting import until

# As on a busy computer, where the sockets for media are there some hundred milliseconds late: what
# is found first is over TCP, and what the phone could say of itself until then has no address.
TCP_FIRST = """() => {
  const listen = RTCPeerConnection.prototype.addEventListener;
  RTCPeerConnection.prototype.addEventListener = function (type, listener, ...more) {
    if (type === "icecandidate") {
      const candidate = "candidate:1 1 tcp 1518214911 127.0.0.1 9 typ host tcptype active";
      listener(Object.assign(new Event(type), {
        candidate: new RTCIceCandidate({ candidate, sdpMid: "0" }),
      }));
    }
    return listen.call(this, type, listener, ...more);
  };
}"""


def test_call_goes_on_through_every_navigation_inside_the_console(
    office: Office, person: People
) -> None:
    desk, colleague = person("1001"), person("1004")
    desk.take_calls()
    colleague.take_calls()
    call_sales(office, 25)
    desk.answer()

    for name, address in (("nav-history", "/history/"), ("nav-voicemail", "/voicemail/")):
        desk.at(name).click()
        desk.page.wait_for_url(f"**{address}")
    desk.page.go_back()
    desk.page.wait_for_url("**/history/")
    desk.at("customer-link").click()
    desk.page.wait_for_url("**/customers/*/")
    expect(desk.page.locator("#work h1").first).to_contain_text("王芳")
    desk.wait_rtp_both_ways()
    assert desk.at("call-card").get_attribute("data-state") == "talking"
    # Nobody else was told of this call.
    expect(colleague.at("call-card")).to_be_hidden()

    desk.at("hangup").click()
    desk.wait_call("ended")


def test_card_is_there_again_after_a_reload(office: Office, person: People) -> None:
    desk = person("1001")
    desk.take_calls()
    call_sales(office, 15)
    desk.wait_call("ringing")
    # The browser asks before a page with a call in it is left.
    desk.page.on("dialog", lambda dialog: _accept(dialog))
    desk.page.reload()
    desk.wait_call("ringing")
    assert desk.text("caller-name") == "王芳"
    assert desk.text("dialled") == "4008001000"


def _accept(dialog: Dialog) -> None:
    dialog.accept()


def test_shift_is_worked_by_keyboard_alone(office: Office, person: People) -> None:
    desk = person("1001")
    expect(desk.at("phone-state")).to_have_attribute("data-mood", "good", timeout=15_000)
    expect(desk.at("sign-in")).to_be_visible()
    desk.page.keyboard.press("Alt+i")
    desk.wait_state("ready")
    desk.page.keyboard.press("Alt+p")
    desk.wait_state("paused")
    desk.page.keyboard.press("Alt+r")
    desk.wait_state("ready")

    call_sales(office, 25)
    expect(desk.at("answer")).to_be_enabled(timeout=20_000)
    desk.page.keyboard.press("Alt+a")
    desk.wait_call("talking")
    desk.page.keyboard.press("Alt+m")
    expect(desk.at("mute")).to_have_attribute("aria-pressed", "true")
    desk.page.keyboard.press("Alt+o")
    expect(desk.at("hold")).to_have_attribute("aria-pressed", "true")
    desk.wait_call("held")
    desk.page.keyboard.press("Alt+o")
    desk.wait_call("talking")
    desk.page.keyboard.press("Alt+h")
    desk.wait_call("ended")


def test_page_says_so_when_we_are_away_and_recovers_by_itself(
    office: Office, person: People
) -> None:
    desk = person("1001")
    desk.take_calls()
    office.end()
    expect(desk.at("connection")).to_have_attribute("data-mood", "bad", timeout=15_000)
    expect(desk.page.locator("body.is-stale")).to_be_attached()
    office.run()
    expect(desk.at("connection")).to_have_attribute("data-mood", "good", timeout=30_000)
    desk.wait_state("ready")
    until(lambda: "1001-web" in office.asterisk.cli("queue show demo-7001"), 15)
    call_sales(office, 10)
    desk.answer()
    assert desk.text("caller-number") == WANG_FANG


def test_an_address_over_tcp_that_is_found_first_is_not_waited_at(
    office: Office, person: People
) -> None:
    desk = person("1001")
    desk.take_calls()
    desk.page.evaluate(TCP_FIRST)
    call_sales(office, 15)
    desk.answer()
    desk.wait_rtp_both_ways()
    assert desk.at("call-card").get_attribute("data-state") == "talking"
    desk.at("hangup").click()
    desk.wait_call("ended")
