"""Staffing and the promises in a browser: an admin reads and prints in both languages."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk_page import Desk
from tests.browser.web_only import WebOnly

ROWS = """
from datetime import timedelta
from zoneinfo import ZoneInfo
from django.utils import timezone
from apps.accounts.models import Agent
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants, tenant_scope
from apps.promises.engine.service import NEEDED, SLOT, slot_of
from apps.promises.heartbeat import beat
from apps.promises.service_quarters import service_tend
from apps.promises.measuring import promises_tend
from tests.integration.promises.told import Teller
from tests.integration.staffing.past import past, sat
with all_tenants("test"):
    agent = Agent.objects.select_related("tenant").get(number="1001", tenant__slug="demo")
now = timezone.now()
today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
with tenant_scope(agent.tenant_id):
    days = [today - timedelta(days=back) for back in range(1, 70)]
    past(agent.tenant, "7001", days, lambda day, quarter: 20 + quarter % 3)
    sat(agent, today - timedelta(days=7), range(9, 12))
for number in range(3):
    call = Teller(number, now - timedelta(minutes=9 - number), tenant="demo").comes()
    call.tell("queued", 2, queue="demo-7001")
    call.talks(10)
    if number:
        call.hangs_up(40)
    facts_apply(call.ends(40))
for component in NEEDED:
    beat(component, "one", [slot_of(now) - count * SLOT for count in range(4, 30)])
service_tend(now)
promises_tend()
"""


@pytest.fixture(scope="module")
def shop(web: WebOnly) -> WebOnly:
    """Give the demo's first company ten weeks of calls, and three callers of this month."""
    web.manage("shell", "--no-imports", "-c", ROWS)
    return web


def signed_in(chromium: Browser, shop: WebOnly, who: str, language: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, locale=language)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    Desk(page, shop.url).sign_in(who)
    yield page
    context.close()
    assert [one for one in told if "WebSocket" not in one] == []


@pytest.fixture
def admin(chromium: Browser, shop: WebOnly) -> Iterator[Page]:
    """Give the browser of the company's admin, in English."""
    yield from signed_in(chromium, shop, "admin", "en-GB")


def opened(page: Page, name: str) -> None:
    """Open a page of the menu, whose section may be closed."""
    link = page.get_by_test_id(name)
    if not link.is_visible():
        page.locator("details", has=link).locator("summary").first.click()
    link.click()


def is_within(page: Page) -> bool:
    """Say whether the page is not wider than the window."""
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


def test_an_admin_reads_prints_and_opens_what_counts(admin: Page, shop: WebOnly) -> None:
    opened(admin, "nav-promises")
    rows = admin.get_by_test_id("promise-row")
    expect(rows).to_have_count(4, timeout=30_000)
    if datetime.now(UTC).hour == 16:  # the day may have changed on the company's clock
        admin.reload()
    expect(rows.nth(0)).to_have_attribute("data-kept", "yes")
    expect(rows.nth(2)).to_have_attribute("data-kept", "no")
    expect(rows.nth(2)).to_contain_text("nobody was heard to end it: 1")
    admin.screenshot(path=PICTURES / "promises-en.png", full_page=True)
    with admin.expect_download(timeout=60_000) as told:
        admin.get_by_test_id("promise-pdf").click()
    assert told.value.suggested_filename.endswith(".pdf")
    told.value.save_as(PICTURES / "promises.pdf")
    admin.emulate_media(media="print")
    expect(admin.get_by_test_id("nav")).to_be_hidden()
    expect(admin.get_by_test_id("promises")).to_be_visible()
    admin.screenshot(path=PICTURES / "promises-print.png", full_page=True)
    admin.emulate_media(media="screen")
    admin.get_by_test_id("promise-against").first.click()
    expect(admin.get_by_test_id("call-row")).to_have_count(1, timeout=30_000)
    for width in (1366, 390):
        admin.set_viewport_size({"width": width, "height": 900})
        admin.goto(f"{shop.url}/promises/")
        expect(admin.get_by_test_id("promise-row")).to_have_count(4, timeout=30_000)
        assert is_within(admin), width


def test_staffing_speaks_english_and_promises_chinese(admin: Page, shop: WebOnly) -> None:
    admin.goto(f"{shop.url}/staffing/?q=7001")
    expect(admin.get_by_role("heading", name="Staffing")).to_be_visible(timeout=30_000)
    admin.context.add_cookies(
        [{"name": "django_language", "value": "zh-hans", "domain": "127.0.0.1", "path": "/"}]
    )
    admin.goto(f"{shop.url}/promises/")
    expect(admin.get_by_role("heading", name="服务承诺")).to_be_visible(timeout=30_000)
    admin.screenshot(path=PICTURES / "promises-zh.png", full_page=True)
