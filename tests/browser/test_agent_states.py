"""The desk shows what the agent does; the wrap-up's buttons; the lead's page of agents."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.calls import call_sales
from tests.browser.conftest import PICTURES, People
from tests.browser.office import Office

SET_WRAP_UP = (
    "from apps.acd.models import Queue; from apps.core.tenancy import all_tenants\n"
    "with all_tenants('test'): Queue.objects.filter(number='7001').update(wrap_up_s={})"
)


@pytest.fixture
def wrap_up(office: Office) -> Iterator[None]:
    """Let queue 7001 give twenty seconds for the wrap-up."""
    office.manage("shell", "-c", SET_WRAP_UP.format(20))
    yield
    office.manage("shell", "-c", SET_WRAP_UP.format(0))


def test_the_desk_follows_a_call_into_its_wrap_up_and_the_lead_sees_it(
    office: Office, person: People, wrap_up: None
) -> None:
    desk, lead = person("1001"), person("1101")
    desk.take_calls()
    caller = call_sales(office, 16)
    desk.wait_call("ringing")
    desk.wait_state("ringing")
    lead.at("nav-agents").click()
    row = lead.page.locator('[data-testid="agent-row"][data-agent="1001"]')
    desk.answer()
    desk.wait_state("talking")
    # The list asks again by itself.
    expect(row).to_have_attribute("data-state", "talking", timeout=15_000)
    expect(lead.page.locator('[data-agent="1004"]')).to_have_count(0)
    caller.wait(30)
    desk.wait_state("wrap_up")
    desk.page.screenshot(path=PICTURES / "wrap_up.png")
    expect(row).to_have_attribute("data-state", "wrap_up", timeout=15_000)
    lead.page.screenshot(path=PICTURES / "agents.png")
    left = desk.text("desk-timer")
    assert left <= "00:20"
    desk.at("wrap-up-more").click()
    expect(desk.at("desk-timer")).to_contain_text("01:", timeout=5_000)
    desk.at("ready").click()
    desk.wait_state("ready")
    expect(desk.at("wrap-up-more")).to_be_hidden()
    row.locator("a").click()
    expect(lead.at("span-row").first).to_be_visible()
    states = [one.get_attribute("data-state") for one in lead.at("span-row").all()]
    assert states[-4:] == ["ringing", "talking", "wrap_up", "ready"]
