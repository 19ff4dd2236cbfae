"""The transfer dialog on a real call: ask a colleague, hand over, hold, give away, take back."""

from playwright.sync_api import Locator, expect

from tests.browser.calls import call_sales
from tests.browser.conftest import People
from tests.browser.desk_page import Desk
from tests.browser.office import Office

CALLER = "13912340618"
MS = 30_000


def choose(desk: Desk, number: str, key: str) -> None:
    """Choose a colleague by keyboard alone."""
    desk.page.keyboard.press("Alt+t")
    expect(desk.at("transfer-input")).to_be_focused()
    desk.page.keyboard.type(number)
    expect(desk.at("target").first).to_contain_text(number)
    desk.page.keyboard.press(key)
    expect(desk.at("transfer-dialog")).to_be_hidden()


def colleague(desk: Desk) -> Locator:
    return desk.page.locator('[data-testid="party"][data-kind="agent"]')


def test_colleague_is_asked_and_gets_the_customer(office: Office, person: People) -> None:
    first, second = person("1001"), person("1002")
    expect(second.at("phone-state")).to_have_attribute("data-mood", "good", timeout=MS)
    first.take_calls()
    call_sales(office, 70, caller=CALLER)
    first.answer()

    choose(first, "1002", "Control+Enter")
    expect(colleague(first)).to_have_attribute("data-state", "ringing", timeout=MS)
    # Before the answer the colleague sees who asks him and about whom.
    second.wait_call("ringing", MS)
    expect(second.at("transfer-packet")).to_contain_text("1001", timeout=MS)
    assert second.text("caller-number") == CALLER
    second.answer()
    expect(colleague(first)).to_have_attribute("data-state", "talking", timeout=MS)
    expect(first.at("complete")).to_be_enabled(timeout=MS)
    first.page.keyboard.press("Alt+c")
    first.wait_call("ended", MS)
    expect(second.at("transfer")).to_be_visible(timeout=MS)
    second.wait_rtp_both_ways()

    # He holds him and has him back; both through the server, as the card says.
    second.page.keyboard.press("Alt+o")
    second.wait_call("held", MS)
    expect(second.at("hold")).to_have_attribute("aria-pressed", "true")
    second.page.keyboard.press("Alt+o")
    second.wait_call("talking", MS)
    second.at("hangup").click()
    second.wait_call("ended", MS)


def test_customer_given_away_is_taken_back_while_it_rings(office: Office, person: People) -> None:
    first, second = person("1001"), person("1002")
    expect(second.at("phone-state")).to_have_attribute("data-mood", "good", timeout=MS)
    first.take_calls()
    call_sales(office, 60, caller=CALLER)
    first.answer()

    choose(first, "1002", "Enter")
    second.wait_call("ringing", MS)
    expect(first.at("sent-call")).to_be_visible(timeout=MS)
    first.page.keyboard.press("Alt+b")
    first.answer()
    expect(first.at("transfer")).to_be_visible(timeout=MS)
    expect(first.at("sent-call")).to_have_count(0)
    # Ended, or gone where a snapshot stood for the event.
    rings = second.page.locator('[data-testid="call-card"][data-state="ringing"]')
    expect(rings.locator("visible=true")).to_have_count(0, timeout=MS)
    first.wait_rtp_both_ways()
    first.at("hangup").click()
    first.wait_call("ended", MS)
