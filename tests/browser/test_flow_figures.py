"""Figures of a flow in a browser: who hangs up in a menu is counted on the graph at once."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PICTURES, People
from tests.browser.office import Office
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, caller_scenario

NUMBER, FLOW, MENU = "4008001000", "主菜单", "main"
CALLER = "13606500001"


def counted(page: Page, address: str) -> tuple[int, int]:
    """Ask how often the menu was entered today, and by how many it was hung up."""
    nodes = page.request.get(address).json()["nodes"]
    menu = nodes.get(MENU, {"entered": 0, "hung_up": 0})
    return menu["entered"], menu["hung_up"]


def test_a_caller_who_hangs_up_in_the_menu_is_counted_there(office: Office, person: People) -> None:
    desk = person("admin")
    page = desk.page
    page.goto(f"{desk.url}/flows/")
    link = desk.at("flow-row").get_by_role("link", name=FLOW, exact=True)
    page.goto(desk.url + str(link.get_attribute("href")))
    address = f"{page.url.rstrip('/')}/figures.json?days=1"
    entered, gone = counted(page, address)
    office.sipp.start(caller_scenario([Pause(2500), HangUp()], caller=CALLER), service=NUMBER)
    entered, gone = entered + 1, gone + 1
    until(lambda: counted(page, address) == (entered, gone), 20, "the caller is counted")
    desk.at("figures").select_option("1")
    menu = page.locator(f'[data-node="{MENU}"]')
    expect(menu.locator(".flow-figure")).to_have_text(f"{entered} ✕{gone}")
    expect(menu).to_have_attribute("aria-label", re.compile(rf"在此挂机：{gone}。平均用时"))

    desk.at("figures-table").click()
    row = page.locator(f'[data-testid="node-figure"][data-node="{MENU}"]')
    expect(row).to_be_visible()
    today = page.evaluate("new Date().toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})")
    for name in ("since", "until"):
        page.locator(f'[name="{name}"]').fill(today)
    desk.at("figures-range").get_by_role("button").click()
    expect(page).to_have_url(re.compile(f"since={today}&until={today}"))
    expect(row).to_be_visible()
    page.screenshot(path=PICTURES / "flow-figures-table.png")
    row.locator('a[href*="hung_up=1"]').click()
    expect(desk.at("call-row")).to_have_count(gone)
    expect(desk.at("call-row").filter(has_text=CALLER)).to_have_count(1)
