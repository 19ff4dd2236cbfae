"""Reports in a browser: charts are drawn under our policy, links open what is behind."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk_page import Desk
from tests.browser.web_only import WebOnly

ROWS = """
from datetime import timedelta
from django.utils import timezone
from apps.accounts.models import Agent
from apps.calls.models import QueueVisit
from apps.core.tenancy import tenant_scope
from apps.reports.rollups import rollup_rebuild
from tests.factories import CallFactory, LegFactory
agent = Agent.objects.select_related("tenant").get(number="1001", tenant__slug="demo")
with tenant_scope(agent.tenant_id):
    noon = timezone.localtime().replace(hour=0, minute=1, second=0) - timedelta(days=1)
    for number in range(12):
        how = ["answered", "answered", "abandoned", "flowed_out"][number % 4]
        at = noon + timedelta(hours=number)
        call = CallFactory(tenant=agent.tenant, linkedid=f"report-{number}", started_at=at,
            caller_lookup="+8613800755500", caller_region="广东省江门市", direction="in",
            agent=agent, outcome="answered" if how == "answered" else "abandoned")
        LegFactory(tenant=agent.tenant, call=call, uniqueid=f"report-{number}.1", agent=agent,
            offered_at=at, started_at=at,
            result="connected" if how == "answered" else "not_answered")
        QueueVisit.objects.create(tenant=agent.tenant, call=call, number=0, queue_name="demo-7001",
            queue_number="7001", joined_at=at, how=how, wait_ms=number * 3000, agent=agent)
    rollup_rebuild(agent.tenant_id)
    from apps.accounts.models import User
    User.objects.filter(tenant=agent.tenant, username="admin").update(email="boss@example.com")
"""

# What axe would say of the map: a picture with a name, and each of its values in the table.
AXE_TABLE = """() => [...document.querySelectorAll('.chart-place')]
  .filter((one) => !one.getAttribute('aria-label') || one.getAttribute('role') !== 'img')
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def shop(web: WebOnly) -> WebOnly:
    """Give the demo's first company twelve callers of yesterday."""
    web.manage(
        "shell",
        "--no-imports",
        "-c",
        "from apps.core.tenancy import all_tenants\nwith all_tenants('test'):\n"
        + "\n".join(f"    {line}" for line in ROWS.strip().splitlines()),
    )
    return web


@pytest.fixture
def page(chromium: Browser, shop: WebOnly) -> Iterator[Page]:
    """Give the browser of the company's admin; no error may be in its console."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    found = context.new_page()
    told: list[str] = []
    found.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    found.on("pageerror", lambda error: told.append(str(error)))
    Desk(found, shop.url).sign_in("admin")
    yield found
    context.close()
    assert [one for one in told if "WebSocket" not in one] == []


def drawn(page: Page) -> int:
    """Wait until every chart is drawn; return how many."""
    places = page.locator("[data-chart]")
    # One of shades may have several canvases.
    expect(page.locator("[data-chart][data-drawn]:has(canvas)")).to_have_count(
        places.count(), timeout=30_000
    )
    return places.count()


def is_within(page: Page) -> bool:
    """Say whether the page is not wider than the window."""
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


def test_a_lead_reads_a_report_and_opens_what_is_behind(page: Page, shop: WebOnly) -> None:
    page.get_by_test_id("nav-reports").click()
    kinds = page.get_by_test_id("report-kinds")
    expect(kinds).to_be_visible(timeout=30_000)
    page.get_by_test_id("report-periods").get_by_role("link", name="昨天").click()
    total = page.get_by_test_id("report-total")
    expect(total.locator("[data-column=offered]")).to_have_text("12", timeout=30_000)
    assert drawn(page) == 3  # with the hours of the week
    page.screenshot(path=PICTURES / "report.png", full_page=True)
    page.get_by_test_id("report-row").get_by_role("link", name="7001").click()
    # The same queue by days: the chart of lines takes the place of the bars.
    expect(page.locator("#report-by")).to_have_value("time", timeout=30_000)
    assert drawn(page) == 3
    page.get_by_test_id("report-total").locator("[data-column=abandoned] a").click()
    expect(page.get_by_test_id("visit-row")).to_have_count(3, timeout=30_000)
    page.go_back()
    expect(page.get_by_test_id("report-total")).to_be_visible(timeout=30_000)
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    assert drawn(page) == 3
    page.screenshot(path=PICTURES / "report-dark.png")


def test_a_map_a_pdf_and_a_report_that_is_kept_and_sent(page: Page, shop: WebOnly) -> None:
    page.goto(f"{shop.url}/reports/regions/?period=yesterday")
    row = page.get_by_test_id("report-row").filter(has_text="广东")
    expect(row.locator("[data-column=calls]")).to_have_text("12", timeout=30_000)
    assert drawn(page) == 3
    page.screenshot(path=PICTURES / "report-map.png", full_page=True)
    assert page.evaluate(AXE_TABLE) == []
    row.get_by_role("link", name="广东").click()
    expect(page.get_by_test_id("report-cities")).to_contain_text("江门市", timeout=30_000)
    answer = page.request.get(f"{shop.url}/reports/regions/file/?period=yesterday&format=pdf")
    assert answer.body().startswith(b"%PDF-")
    (PICTURES / "report.pdf").write_bytes(answer.body())
    page.get_by_test_id("report-save").locator("summary").click()
    page.locator("#report-name").fill("每日地区")
    page.get_by_test_id("report-save").get_by_role("button", name="保存").click()
    kept = page.get_by_test_id("saved-row").filter(has_text="每日地区")
    expect(kept).to_be_visible(timeout=30_000)
    kept.get_by_role("link", name="发送").click()
    page.locator("#schedule-people").select_option(index=0)
    page.get_by_test_id("schedule-form").get_by_role("button").click()
    planned = page.get_by_test_id("schedule-row")
    expect(planned).to_contain_text("每天", timeout=30_000)
    page.screenshot(path=PICTURES / "report-saved.png", full_page=True)
    planned.get_by_role("button", name="停止").click()
    expect(page.get_by_test_id("schedule-stopped")).to_be_visible(timeout=30_000)


def test_the_new_reports_in_english(chromium: Browser, shop: WebOnly) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="en-US")
    english = context.new_page()
    Desk(english, shop.url).sign_in("admin")
    for kind, title in (("regions", "Regions"), ("surveys", "Surveys"), ("contacts", "First")):
        english.goto(f"{shop.url}/reports/{kind}/?period=yesterday")
        expect(english.locator("h1", has_text=title)).to_be_visible(timeout=30_000)
        drawn(english)
        assert is_within(english), kind
    english.goto(f"{shop.url}/reports/choice/")
    english.locator("#choice-level").select_option("offered")
    english.get_by_test_id("report-choice-form").get_by_role("button", name="Save").click()
    expect(english.locator("#choice-level")).to_have_value("offered", timeout=30_000)
    english.goto(f"{shop.url}/reports/queues/?period=yesterday")
    expect(english.get_by_test_id("report-definitions")).to_contain_text("(offered)")
    context.close()


@pytest.mark.parametrize("kind", ["queues", "agents", "attendance", "numbers", "trunks", "regions"])
def test_reports_fit_wide_and_narrow_screens(page: Page, shop: WebOnly, kind: str) -> None:
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 768})
        page.goto(f"{shop.url}/reports/{kind}/?period=yesterday&by=time&step=hour")
        expect(page.get_by_test_id("report-total")).to_be_attached(timeout=30_000)
        drawn(page)
        assert is_within(page), width
        page.screenshot(path=PICTURES / f"report-{kind}-{width}.png", full_page=True)
    assert urlsplit(page.url).path == f"/reports/{kind}/"


def test_an_hour_of_the_week_opens_and_a_big_pdf_is_made_in_the_background(
    page: Page, shop: WebOnly
) -> None:
    page.goto(f"{shop.url}/reports/queues/?period=yesterday")
    week = page.get_by_test_id("report-week")
    week.locator("summary").click()
    week.get_by_role("link").first.click()
    expect(page.get_by_test_id("visit-row")).to_have_count(1, timeout=30_000)
    page.goto(f"{shop.url}/reports/queues/?since=2026-01-01&until=2026-11-30&by=time&step=hour")
    expect(page.get_by_test_id("report-whole")).to_contain_text(
        "2026-01-01 至 2026-11-30，后台生成：", timeout=30_000
    )
    big = page.get_by_test_id("report-file-pdf")
    expect(big).to_have_text("后台生成 PDF")
    page.screenshot(path=PICTURES / "report-big.png")
    assert is_within(page)
    big.click()
    expect(page.get_by_test_id("export-page")).to_contain_text("PDF", timeout=30_000)
    page.goto(f"{shop.url}/reports/quality_agents/?period=yesterday")
    expect(page.get_by_test_id("report-total")).to_be_visible(timeout=30_000)
    assert is_within(page)
