"""What an agent writes after a call, by keyboard alone, outlives a reload and is kept."""

from playwright.sync_api import expect

from tests.browser.calls import call_sales, last_call
from tests.browser.conftest import People
from tests.browser.office import Office
from tests.telephony.waiting import until

CALLER = "13737300001"
NOTE = "客户要求改地址"
KEPT = """SELECT c.note, d.name FROM calls_call c
    LEFT JOIN dispositions_calldisposition k ON k.call_id = c.id
    LEFT JOIN dispositions_disposition d ON d.id = k.disposition_id WHERE c.id = ?"""


def test_agent_wraps_up_by_keyboard_and_a_reload_takes_no_word(
    office: Office, person: People
) -> None:
    desk = person("1001")
    desk.take_calls()
    call_sales(office, 60, caller=CALLER)
    desk.answer()
    expect(desk.at("wrap-up")).to_be_visible(timeout=15_000)
    # In the talk already.
    desk.page.keyboard.press("Alt+2")
    expect(desk.at("wrap-up-search")).to_be_focused()
    desk.at("wrap-up-note").fill(NOTE)
    desk.at("hangup").click()
    desk.wait_call("ended")
    expect(desk.at("wrap-up")).to_have_attribute("open", "")

    desk.page.reload()
    expect(desk.at("wrap-up-note")).to_have_value(NOTE, timeout=15_000)
    desk.page.keyboard.press("Alt+2")
    expect(desk.at("wrap-up-search")).to_be_focused()
    expect(desk.at("wrap-up-search")).to_be_enabled()
    desk.page.keyboard.type("物流")
    expect(desk.at("wrap-up-list").locator("li")).to_have_count(1)
    desk.page.keyboard.press("Enter")
    expect(desk.at("wrap-up-search")).to_have_value("投诉 / 物流延误")
    desk.at("wrap-up-follow-up").focus()
    desk.page.keyboard.press("Space")
    desk.at("wrap-up-tomorrow").press("Enter")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.at("wrap-up")).to_be_hidden(timeout=15_000)
    desk.wait_state("ready")

    pk, _linkedid = last_call(office, CALLER)
    until(lambda: office.sql(KEPT, pk) == [(NOTE, "物流延误")], 10, "note and disposition are kept")
    assert office.sql("SELECT COUNT(*) FROM tasks_task WHERE call_id = ?", pk) == [(1,)]
