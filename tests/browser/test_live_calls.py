"""A team lead listens to his agent in the browser, with keys only; the agent sees it."""

from playwright.sync_api import expect

from tests.browser.calls import call_sales
from tests.browser.conftest import PICTURES, People
from tests.browser.desk_page import RING_MS
from tests.browser.office import Office


def test_the_lead_listens_and_stops_by_keys_and_the_agent_sees_it(
    office: Office, person: People
) -> None:
    agent, lead = person("1001"), person("1101")
    expect(lead.at("phone-state")).to_have_attribute("data-mood", "good", timeout=15_000)
    agent.take_calls()
    caller = call_sales(office, 30)
    lead.at("nav-live").click()
    agent.answer()
    row = lead.at("live-call").first
    expect(row).to_have_attribute("data-state", "talking", timeout=15_000)
    row.focus()
    lead.page.keyboard.press("l")
    expect(lead.at("answer")).to_be_enabled(timeout=RING_MS)
    lead.page.keyboard.press("Alt+a")
    banner = lead.at("listening")
    expect(banner).to_have_attribute("data-state", "running", timeout=15_000)
    expect(agent.at("supervised")).to_have_attribute("data-mode", "listen", timeout=10_000)
    # The list has been drawn anew meanwhile: the row has kept the focus.
    lead.page.keyboard.press("w")
    expect(banner).to_have_attribute("data-mode", "whisper", timeout=15_000)
    expect(agent.at("supervised")).to_have_attribute("data-mode", "whisper", timeout=10_000)
    lead.page.screenshot(path=PICTURES / "live_calls.png")
    agent.page.screenshot(path=PICTURES / "supervised.png")
    lead.page.keyboard.press("s")
    expect(banner).to_have_count(0, timeout=15_000)
    expect(agent.at("supervised")).to_have_count(0, timeout=10_000)
    caller.wait(60)
