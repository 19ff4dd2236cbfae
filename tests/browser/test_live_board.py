"""The live board, an alarm from raising to its end, and a screen on the wall, in real pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk_page import Desk
from tests.browser.test_axe import AXE, RUN
from tests.browser.web_only import WebOnly

INDENT = "\n    "
# Four callers of 7001: three wait, one talks with 1001.
CALLS = """
from datetime import timedelta
from django.conf import settings
from django.utils import timezone
from apps.accounts.models import Agent
from apps.acd.models import Queue
from apps.acd.services import agent_sign_in
from apps.calls.models import QueueVisit
from apps.core.tenancy import tenant_scope
from tests.factories import CallFactory, LegFactory
agent = Agent.objects.select_related("tenant", "user").get(number="1001", tenant__slug="demo")
queue = Queue.objects.get(number="7001", tenant=agent.tenant)
now = timezone.now()
with tenant_scope(agent.tenant_id):
    agent_sign_in(agent=agent)
    for n in range(4):
        talks = n == 3
        at = now - timedelta(seconds=60 + n)
        call = CallFactory(tenant=agent.tenant, linkedid=f"board-{n}", caller=f"1380013800{n}",
            queue_number="7001", queue_department=queue.department, started_at=at, queued_at=at,
            status="talking" if talks else "queued", outcome="", ended_at=None,
            answered_at=now if talks else None, agent=agent if talks else None)
        if talks:
            LegFactory(tenant=agent.tenant, call=call, agent=agent, answered_at=now,
                uniqueid="board-leg")
        QueueVisit.objects.create(tenant=agent.tenant, call=call, number=0,
            queue_name="demo-7001", queue_number="7001", joined_at=at,
            how="answered" if talks else "waiting", wait_ms=60_000 if talks else None)
"""
RULE = """
from apps.acd.models import Queue
from apps.alarms.models import AlarmRule, AlarmWatch
AlarmRule.objects.update(is_active=False)
"""
WATCH = """
from apps.alarms.watching import alarms_watch
print(alarms_watch())
"""
END = """
from django.utils import timezone
from apps.calls.models import Call, QueueVisit
QueueVisit.objects.filter(how="waiting").update(how="abandoned", wait_ms=61_000)
Call.objects.filter(ended_at=None).update(ended_at=timezone.now(), status="ended")
"""
MASK = """
from apps.accounts.models import User
User.objects.filter(username="1101").update(has_numbers_masked=True)
"""


def run(web: WebOnly, code: str) -> str:
    """Run code beside the server, for every company."""
    lines = INDENT.join(code.strip().splitlines())
    whole = f"from apps.core.tenancy import all_tenants\nwith all_tenants('test'):{INDENT}{lines}"
    return web.manage("shell", "--no-imports", "-c", whole)


@pytest.fixture(scope="module")
def shop(web: WebOnly) -> WebOnly:
    """Give the demo's company its callers; its own rules are off."""
    run(web, CALLS + RULE + MASK)
    return web


def entered(chromium: Browser, shop: WebOnly, login: str, locale: str) -> Iterator[Page]:
    """Give a person's browser; no error may be in its console."""
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, locale=locale, bypass_csp=True
    )
    context.add_init_script(path=str(AXE))
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    Desk(page, shop.url).sign_in(login)
    yield page
    context.close()
    assert [one for one in told if "WebSocket" not in one] == []


@pytest.fixture
def page(chromium: Browser, shop: WebOnly, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give the admin's browser in a language."""
    yield from entered(chromium, shop, "admin", request.param)


@pytest.fixture
def lead(chromium: Browser, shop: WebOnly) -> Iterator[Page]:
    """Give the browser of a lead who sees numbers masked."""
    yield from entered(chromium, shop, "1101", "zh-CN")


def opened(page: Page) -> None:
    """Open the board by the menu and wait until it is live."""
    page.get_by_test_id("nav-board").click()
    expect(page.get_by_test_id("board")).to_have_attribute("data-state", "live", timeout=30_000)


def sound(page: Page) -> str:
    return page.get_by_test_id("board").get_attribute("data-sounding") or ""


def no_violation(page: Page) -> None:
    found = [one for one in page.evaluate(RUN, False) if one[0] in ("serious", "critical")]
    assert found == []


def wall_of(chromium: Browser, address: str) -> tuple[BrowserContext, Page]:
    """Open the link on a screen that nobody is signed in on."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
    context.add_init_script(path=str(AXE))
    wall = context.new_page()
    wall.goto(address)
    return context, wall


def is_whole(wall: Page) -> bool:
    """Say whether everything is on the screen, without scrolling."""
    return bool(
        wall.evaluate(
            "document.documentElement.scrollHeight <= innerHeight &&"
            " document.documentElement.scrollWidth <= innerWidth &&"
            " [...document.querySelectorAll('.wall-queue')].every(card =>"
            " card.scrollHeight <= card.clientHeight + 1)"
        )
    )


WORDS = {"zh-CN": ("实时看板", "等待"), "en-US": ("Live board", "Waiting")}


@pytest.mark.parametrize("page", ["zh-CN", "en-US"], indirect=True)
def test_board_alarm_and_wall(
    page: Page, chromium: Browser, shop: WebOnly, request: pytest.FixtureRequest
) -> None:
    language = request.node.callspec.params["page"]
    title, waiting = WORDS[language]
    run(shop, END)
    opened(page)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    queue = page.locator('[data-testid="board-queue"][data-queue="7001"]')
    expect(queue.locator("td").first).to_have_text("0")

    # Somebody calls: the page is told, nobody asks.
    run(shop, CALLS.replace("board-", f"board-{language}-"))
    expect(queue.locator("td").first).to_have_text("3", timeout=10_000)
    agent = page.locator('[data-testid="board-agent"][data-agent="1001"]')
    expect(agent.locator("td").nth(2)).to_contain_text("13800138003")
    expect(page.get_by_test_id("board-call")).to_have_count(4)
    # Timers run here.
    shown = queue.locator("td").nth(1).inner_text()
    expect(queue.locator("td").nth(1)).not_to_have_text(shown)

    # Filters, sorting, keys.
    page.locator("#board-search").fill("13800138001")
    expect(page.get_by_test_id("board-call")).to_have_count(1)
    page.locator("#board-search").fill("")
    page.locator('[data-testid="board-queues"] th[data-sort="waiting"] button').click()
    page.locator('[data-testid="board-queues"] th[data-sort="waiting"] button').click()
    expect(page.get_by_test_id("board-queue").first).to_have_attribute("data-queue", "7001")
    page.get_by_test_id("board-call").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("board-call").nth(1)).to_be_focused()

    # A rule, made in the page; then the alarm comes, sounds, somebody looks after it, it is over.
    page.goto(shop.url + "/alarms/rules/new/")
    page.fill("#id_name", f"Waiting {language}")
    page.select_option("#id_metric", "waiting")
    sales = page.locator("#id_queue option", has_text="7001").get_attribute("value")
    page.select_option("#id_queue", sales)
    for name, value in (
        ("raise_at", 2),
        ("raise_after_s", 0),
        ("clear_at", 1),
        ("clear_after_s", 0),
    ):
        page.fill(f"#id_{name}", str(value))
    no_violation(page)
    page.get_by_test_id("rule-save").click()
    expect(page.get_by_test_id("alarm-rule-list")).to_contain_text(f"Waiting {language}")
    opened(page)
    # No page sounds before somebody pressed the button in it.
    assert sound(page) == "false"
    page.get_by_test_id("board-sound").click()
    run(shop, WATCH)
    alarm = page.get_by_test_id("board-alarm").filter(has_text=f"Waiting {language}")
    expect(alarm).to_have_count(1, timeout=10_000)
    expect(page.get_by_test_id("board")).to_have_attribute("data-sounding", "true")
    no_violation(page)
    if language == "zh-CN":
        page.screenshot(path=PICTURES / "live-board.png")

    # The screen on the wall, which nobody is signed in on.
    page.goto(shop.url + "/board/walls/")
    page.get_by_test_id("wall-name").fill(f"Hall {language}")
    for box in page.locator('input[name="queues"]').all():
        box.check()
    page.get_by_test_id("wall-make").click()
    address = page.get_by_test_id("wall-address").inner_text()
    context, wall = wall_of(chromium, address)
    card = wall.locator('[data-testid="wall-queue"][data-queue="7001"]')
    expect(card.locator("b")).to_have_text("3", timeout=30_000)
    expect(card).to_contain_text(waiting)
    mine = wall.get_by_test_id("wall-alarm").filter(has_text=f"Waiting {language}")
    expect(mine).to_have_count(1)
    assert is_whole(wall)
    assert "1380013800" not in wall.content()
    no_violation(wall)
    if language == "zh-CN":
        wall.screenshot(path=PICTURES / "wall.png")

    # Acknowledged: the sound ends, the name is shown, on the wall too.
    opened(page)
    page.get_by_test_id("board-sound").click()
    expect(page.get_by_test_id("board")).to_have_attribute("data-sounding", "true")
    for button in page.get_by_test_id("board-acknowledge").all():
        if button.is_visible():
            button.click()
        expect(button).to_be_hidden(timeout=10_000)
    expect(page.get_by_test_id("board")).to_have_attribute("data-sounding", "false")
    run(shop, END + WATCH)
    expect(alarm).to_have_count(0, timeout=10_000)
    expect(mine).to_have_count(0, timeout=10_000)
    expect(page.get_by_test_id("board-call")).to_have_count(0)
    page.goto(shop.url + "/alarms/")
    expect(page.get_by_test_id("alarms-past")).to_contain_text(f"Waiting {language}")

    # Revoked: it goes dark, and its link opens nothing any more.
    page.goto(shop.url + "/board/walls/")
    page.get_by_test_id("wall-revoke").first.click()
    page.get_by_test_id("wall-revoke-do").click()
    expect(wall.get_by_test_id("wall")).to_have_attribute("data-state", "refused", timeout=30_000)
    expect(wall.get_by_test_id("wall-queue")).to_have_count(0)
    context.close()


def test_lead_sees_his_team_and_numbers_masked(lead: Page, shop: WebOnly) -> None:
    run(shop, END)
    run(shop, CALLS.replace("board-", "board-lead-"))
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept("called back")

    lead.on("dialog", answer)
    opened(lead)
    expect(lead.get_by_test_id("board-call")).to_have_count(4)
    call = lead.locator('[data-testid="board-call"][data-state="queued"]').first
    expect(call).to_contain_text("****")
    assert "13800138000" not in lead.content()
    call.get_by_test_id("board-number").click()
    expect(call).to_contain_text("1380013800")
    assert len(asked) == 1
    # The page of live calls keeps the same rule.
    lead.goto(shop.url + "/live/")
    expect(lead.get_by_test_id("live-call").first).to_contain_text("****")
    lead.get_by_test_id("live-number").first.click()
    expect(lead.get_by_test_id("live-revealed")).to_contain_text("1380013800")


def test_a_board_that_hears_nothing_says_so(lead: Page, shop: WebOnly) -> None:
    opened(lead)
    lead.context.set_offline(True)
    # An open socket is not cut by this; a new one cannot be made.
    lead.evaluate("window.dispatchEvent(new Event('online'))")
    expect(lead.get_by_test_id("board-stale")).to_be_visible(timeout=20_000)
    expect(lead.get_by_test_id("board")).to_have_attribute("data-state", "old")
    lead.context.set_offline(False)
    expect(lead.get_by_test_id("board")).to_have_attribute("data-state", "live", timeout=20_000)
