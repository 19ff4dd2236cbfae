"""An admin draws routing rules in a real browser: by mouse and by keyboard, in both languages."""

import itertools
import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PICTURES, People
from tests.browser.desk_page import Desk

CALLER, DID = "13800138000", "4008002000"
BUSY_MS = 15_000
NAMES = itertools.count()


def rule(desk: Desk, number: int) -> Locator:
    """Find a rule by its place."""
    return desk.at("rule").nth(number - 1)


def settled(desk: Desk) -> None:
    """Wait until the form is drawn as the last choice wants it."""
    expect(desk.page.locator("#rules-form.htmx-request, #rules-form .htmx-request")).to_have_count(
        0
    )


def part(box: Locator, name: str) -> Locator:
    """Find an element of a rule."""
    return box.locator(f'[data-testid="{name}"]')


@pytest.fixture
def rules(person: People) -> Desk:
    """Open new rules."""
    desk = person("admin")
    desk.at("nav-rules").click()
    desk.at("rules-name").fill(f"入口 {next(NAMES)}")
    desk.at("rules-new").click()
    expect(desk.at("no-rules")).to_be_visible(timeout=BUSY_MS)
    return desk


def test_rules_are_drawn_tried_published_and_rolled_back(rules: Desk) -> None:
    desk, page = rules, rules.page
    desk.at("rule-add").click()
    settled(desk)
    first = rule(desk, 1)
    # What is missing is said at once.
    expect(desk.at("rules-problems")).to_contain_text("请填写")
    part(first, "rule-name").fill("队列一太忙")
    expect(desk.at("rules-unsaved")).to_be_visible()
    part(first, "condition-field").select_option("queues.{queue}.waiting")
    settled(desk)
    part(first, "condition-parameter").select_option("7001")
    part(first, "condition-value").fill("25")
    part(first, "condition-add").click()
    settled(desk)
    part(first, "condition-field").nth(1).select_option("queues.{queue}.idle")
    settled(desk)
    part(first, "condition-parameter").nth(1).select_option("7002")
    part(first, "condition-op").nth(1).select_option("at_least")
    settled(desk)
    part(first, "condition-value").nth(1).fill("4")
    part(first, "rule-queue").select_option("7002")
    # Nothing that was typed is lost by the page's own changes.
    expect(part(first, "rule-name")).to_have_value("队列一太忙")
    expect(part(first, "condition-value").first).to_have_value("25")
    expect(desk.at("rules-problems")).to_contain_text("没有问题")
    desk.at("rule-add").click()
    settled(desk)
    second = rule(desk, 2)
    part(second, "rule-name").fill("VIP")
    part(second, "condition-field").select_option("customer.level")
    settled(desk)
    part(second, "condition-op").select_option("equals")
    settled(desk)
    part(second, "condition-value").select_option("vip")
    part(second, "rule-kind").select_option("agent")
    settled(desk)
    part(second, "rule-agent").select_option("owner")
    part(second, "rule-up").click()
    settled(desk)
    expect(part(rule(desk, 1), "rule-name")).to_have_value("VIP")
    desk.at("rules-save").click()
    expect(desk.at("rules-kept")).to_be_visible(timeout=BUSY_MS)
    # 王芳 is VIP, but her owner is signed out; then nobody else is asked but the queue's rule.
    desk.at("try-caller").fill(CALLER)
    page.fill('[name="try.f.queues.7001.waiting"]', "26")
    page.fill('[name="try.f.queues.7002.idle"]', "4")
    page.locator('button[value="try"]').click()
    expect(desk.at("rules-trial")).to_contain_text("队列一太忙", timeout=BUSY_MS)
    expect(page.locator('[data-code="agent_signed_out"]')).to_be_visible()
    page.screenshot(path=PICTURES / "rules.png", full_page=True)
    desk.at("rules-publish").click()
    expect(desk.at("difference")).to_have_count(2)
    desk.at("publish-note").fill("首次发布")
    desk.at("publish-now").click()
    expect(page.locator("#work")).to_contain_text("第 1 版已生效", timeout=BUSY_MS)
    page.on("dialog", lambda dialog: dialog.accept())
    part(rule(desk, 2), "rule-remove").click()
    expect(desk.at("rule")).to_have_count(1)
    desk.at("rules-save").click()
    desk.at("rules-publish").click()
    expect(page.locator('[data-kind="removed"]')).to_have_count(1)
    desk.at("publish-now").click()
    expect(page.locator("#work")).to_contain_text("第 2 版已生效", timeout=BUSY_MS)
    desk.at("rules-versions").click()
    expect(desk.at("version")).to_have_count(2)
    desk.at("roll-back").click()
    expect(page.locator("#work")).to_contain_text("第 3 版已生效", timeout=BUSY_MS)


def test_two_admins_do_not_overwrite_each_other(person: People, rules: Desk) -> None:
    address = rules.page.url
    other = person("admin")
    other.page.goto(address)
    rules.at("rule-add").click()
    expect(rules.at("rule")).to_have_count(1)
    rules.at("rules-save").click()
    expect(rules.at("rules-kept")).to_be_visible(timeout=BUSY_MS)
    other.at("rule-add").click()
    expect(other.at("rule")).to_have_count(1)
    other.at("rules-save").click()
    expect(other.at("rules-conflict")).to_be_visible(timeout=BUSY_MS)


def test_by_keyboard_and_on_a_phone_in_english(person: People, rules: Desk) -> None:
    address = rules.page.url
    phone = person("admin", locale="en-US", width=390)
    phone.page.goto(address)
    expect(phone.at("no-rules")).to_be_visible(timeout=BUSY_MS)
    expect(phone.page.locator("#work")).to_contain_text(re.compile("Asked from top|自上而下"))
    phone.at("rule-add").focus()
    phone.page.keyboard.press("Enter")
    expect(phone.at("rule")).to_have_count(1)
    phone.at("rule-name").focus()
    phone.page.keyboard.type("Night")
    # The field's own change draws the form anew; the focus stays where it was.
    phone.at("condition-field").focus()
    phone.at("condition-field").select_option("time.clock")
    expect(phone.at("condition-value2")).to_be_visible(timeout=BUSY_MS)
    expect(phone.at("condition-field")).to_be_focused()
    expect(phone.at("rule-name")).to_have_value("Night")
    form, work = (
        int(phone.page.evaluate(f"document.querySelector('{name}').{size}"))
        for name, size in (("#rules-form", "scrollWidth"), ("#work", "clientWidth"))
    )
    assert form <= work + 1, "the form fits a phone"
    phone.page.screenshot(path=PICTURES / "rules-phone.png", full_page=True)


def test_agent_sees_no_rules(person: People) -> None:
    desk = person("1002")
    expect(desk.at("nav-rules")).to_have_count(0)
    assert desk.page.request.get(f"{desk.url}/rules/").status == 403
