"""What-if in a browser: asked on the desk, played by the worker, read without loading a page."""

from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import PICTURES, People
from tests.browser.office import Office
from tools.sipp import Keys, Pause, caller_scenario

NUMBER, QUEUE = "4008001000", "7001"


def test_a_lead_asks_what_a_day_had_been_with_another_agent(office: Office, person: People) -> None:
    desk = person("1101")
    page = desk.page
    # A caller who waits and leaves: the day has something to play.
    desk.at("nav-queues").click()
    row = page.locator(f'[data-queue="{QUEUE}"]')
    before = int(row.get_attribute("data-offered") or "0")
    steps = [Pause(1800), Keys("1"), Pause(120_000)]
    caller = office.sipp.start(caller_scenario(steps, caller="13606400009"), service=NUMBER)
    expect(row.get_by_test_id("waiting")).to_have_text("1", timeout=30_000)
    caller.hang_up()
    expect(row).to_have_attribute("data-offered", str(before + 1), timeout=30_000)
    page.evaluate("window.stillHere = true")
    desk.at("nav-what-if").click()
    desk.at("what-if-new").click()
    page.fill("[name=on]", timezone.localdate().isoformat())
    page.fill("[name=plays]", "2")
    page.select_option("[name=staff-0-queue]", QUEUE)
    desk.at("what-if-start").click()
    # What is missing is told, what was filled in is kept.
    expect(page.locator("[data-testid=what-if-staff] [role=alert]")).to_have_count(1)
    page.fill("[name=staff-0-agents]", "1")
    desk.at("what-if-start").click()
    # The page asks by itself until the worker is done.
    expect(desk.at("what-if")).to_have_attribute("data-state", "done", timeout=60_000)
    expect(desk.at("deviation")).to_be_visible()
    expect(page.locator('[data-testid=what-if-day] [data-column="changed"]').first).to_be_visible()
    page.screenshot(path=PICTURES / "what-if.png")
    page.on("dialog", lambda dialog: dialog.accept())
    desk.at("what-if-delete").click()
    expect(desk.at("what-if-row")).to_have_count(0)
    assert page.evaluate("window.stillHere")
