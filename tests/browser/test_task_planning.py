"""Tasks are planned, remind and repeat: an agent and his lead in Chromium, in both languages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk_page import Desk
from tests.browser.web_only import WebOnly

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The worker's round, by hand: this process alone has no worker.
ALERT = "from apps.tasks.alerts import tasks_alert; print(tasks_alert())"


@pytest.fixture
def agent(chromium: Browser, web: WebOnly) -> Iterator[Desk]:
    with_desk = Desk(chromium.new_page(locale="zh-CN"), web.url)
    with_desk.sign_in("1001")
    yield with_desk
    with_desk.context.close()


@pytest.fixture
def lead(chromium: Browser, web: WebOnly) -> Iterator[Desk]:
    with_desk = Desk(chromium.new_page(locale="en"), web.url)
    with_desk.page.context.add_cookies(
        [{"name": "django_language", "value": "en", "domain": "127.0.0.1", "path": "/"}]
    )
    with_desk.sign_in("1101")
    yield with_desk
    with_desk.context.close()


def local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def plan(desk: Desk, title: str, due: datetime, **choices: str) -> None:
    """Fill the form in and save it; stay on the task's page."""
    desk.at("nav-tasks").click()
    desk.at("task-new").click()
    form = desk.at("task-form")
    form.locator('[name="title"]').fill(title)
    form.locator('[name="due_at"]').fill(local(due))
    for name, value in choices.items():
        form.locator(f'[name="{name}"]').select_option(value)
    desk.at("task-save").click()
    expect(desk.page.locator("#work h1")).to_contain_text(title)


def test_agent_plans_a_weekly_reminder_is_reminded_snoozes_and_closes_it(
    agent: Desk, web: WebOnly
) -> None:
    now = datetime.now(SHANGHAI)
    plan(agent, "每周例会纪要", now - timedelta(minutes=1), repeat="weekly", priority="high")
    expect(agent.at("task-repeat")).to_contain_text("每周")
    web.manage("shell", "--no-imports", "-c", ALERT)
    agent.page.reload()
    alert = agent.at("task-alert").filter(has_text="每周例会纪要")
    expect(alert).to_be_visible()
    alert.get_by_test_id("snooze-10").click()
    expect(alert).to_have_count(0)
    # The alert was beside the page, which is as it was: nothing was navigated.
    expect(agent.page.locator("#work h1")).to_contain_text("每周例会纪要")
    agent.page.locator("#result-done").check()
    agent.at("task-close").click()
    expect(agent.at("task-result")).to_have_attribute("data-result", "done")

    agent.at("nav-tasks").click()
    agent.at("task-calendar-link").click()
    expect(agent.at("task-calendar")).to_be_visible()
    next_week = (now - timedelta(minutes=1) + timedelta(days=7)).date()
    if next_week.month != now.month:
        agent.at("month-after").click()
    day = agent.page.locator(f'[data-day="{next_week.isoformat()}"]')
    expect(day.get_by_test_id("calendar-task")).to_contain_text("每周例会纪要")
    assert agent.faults == []


def test_form_says_what_is_missing_and_keeps_what_was_typed(agent: Desk) -> None:
    agent.at("nav-tasks").click()
    agent.at("task-new").click()
    form = agent.at("task-form")
    form.locator('[name="detail"]').fill("别丢了这句话")
    agent.at("task-save").click()
    expect(form.get_by_role("alert").first).to_be_visible()
    expect(form.locator('[name="detail"]')).to_have_value("别丢了这句话")


def test_lead_plans_in_english_for_an_agent_who_sees_it(lead: Desk, agent: Desk) -> None:
    lead.at("nav-tasks").click()
    lead.at("task-new").click()
    mine = lead.at("task-form").locator('[name="assignee"] option')
    expect(mine.first).to_have_text("Mine")
    value = mine.filter(has_text="1001").get_attribute("value") or ""
    plan(lead, "Call the supplier", datetime.now(SHANGHAI) + timedelta(hours=3), assignee=value)
    agent.at("nav-tasks").click()
    expect(agent.at("task-row").filter(has_text="Call the supplier")).to_be_visible()
