"""The page of queues in a browser: a real caller waits, hangs up, and is counted."""

from playwright.sync_api import expect

from tests.browser.conftest import PICTURES, People
from tests.browser.office import Office
from tools.sipp import Keys, Pause, caller_scenario

NUMBER, QUEUE = "4008001000", "7001"


def test_a_waiting_caller_is_seen_and_counted_when_he_leaves(
    office: Office, person: People
) -> None:
    desk = person("1101")
    page = desk.page
    desk.at("nav-queues").click()
    row = page.locator(f'[data-queue="{QUEUE}"]')
    expect(row.get_by_test_id("waiting")).to_have_text("0")
    before = int(row.get_attribute("data-offered") or "0")
    steps = [Pause(1800), Keys("1"), Pause(120_000)]
    caller = office.sipp.start(caller_scenario(steps, caller="13606400001"), service=NUMBER)
    # The list asks again by itself.
    expect(row.get_by_test_id("waiting")).to_have_text("1", timeout=30_000)
    page.screenshot(path=PICTURES / "queues.png")
    caller.hang_up()
    expect(row).to_have_attribute("data-offered", str(before + 1), timeout=30_000)
    expect(row.get_by_test_id("waiting")).to_have_text("0")
    row.locator('a[href*="how=abandoned"]').click()
    expect(desk.at("visit-row").first).to_contain_text("13606400001")
