"""Tasks are planned, remind and repeat: an agent and his lead in Chromium, in both languages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk_page import LANGUAGES, LOGINS, Desk, signed_in
from tests.browser.web_only import WebOnly

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The worker's round, by hand: this process alone has no worker.
ALERT = "from apps.tasks.alerts import tasks_alert; print(tasks_alert())"


WEEKLY = {"zh-hans": "每周", "en": "week"}
MINE = {"zh-hans": "我自己", "en": "Mine"}
walk = pytest.mark.parametrize("language", LANGUAGES)
everybody = pytest.mark.parametrize("role", LOGINS)


@pytest.fixture
def desk(chromium: Browser, web: WebOnly, role: str, language: str) -> Iterator[Desk]:
    with signed_in(chromium, web.url, LOGINS[role], language) as found:
        yield found


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
    expect(desk.page.locator("#work h1").first).to_contain_text(title)


@walk
@everybody
def test_weekly_reminder_reminds_is_snoozed_closed_and_comes_again(
    desk: Desk, web: WebOnly, role: str, language: str
) -> None:
    now = datetime.now(SHANGHAI)
    title = f"每周例会纪要{role}{language[:2]}"
    plan(desk, title, now - timedelta(minutes=1), repeat="weekly", priority="high")
    expect(desk.at("task-repeat")).to_contain_text(WEEKLY[language])
    web.manage("shell", "--no-imports", "-c", ALERT)
    desk.page.reload()
    alert = desk.at("task-alert").filter(has_text=title)
    expect(alert).to_be_visible()
    alert.get_by_test_id("snooze-10").click()
    expect(alert).to_have_count(0)
    # The alert was beside the page, which is as it was: nothing was navigated.
    expect(desk.page.locator("#work h1").first).to_contain_text(title)
    desk.page.locator("#result-done").check()
    desk.at("task-close").click()
    expect(desk.at("task-result")).to_have_attribute("data-result", "done")

    desk.at("nav-tasks").click()
    desk.at("task-calendar-link").click()
    expect(desk.at("task-calendar")).to_be_visible()
    next_week = (now - timedelta(minutes=1) + timedelta(days=7)).date()
    if next_week.month != now.month:
        desk.at("month-after").click()
    day = desk.page.locator(f'[data-day="{next_week.isoformat()}"]')
    mine = day.get_by_test_id("calendar-task").filter(has_text=title)
    expect(mine).to_have_count(1)


@walk
@everybody
def test_form_says_what_is_missing_and_keeps_what_was_typed(
    desk: Desk, role: str, language: str
) -> None:
    desk.at("nav-tasks").click()
    desk.at("task-new").click()
    form = desk.at("task-form")
    form.locator('[name="detail"]').fill("别丢了这句话")
    desk.at("task-save").click()
    expect(form.get_by_role("alert").first).to_be_visible()
    expect(form.locator('[name="detail"]')).to_have_value("别丢了这句话")


@walk
@pytest.mark.parametrize("role", ["lead", "admin"])
def test_lead_and_admin_plan_for_an_agent_who_sees_it(
    desk: Desk, chromium: Browser, web: WebOnly, role: str, language: str
) -> None:
    desk.at("nav-tasks").click()
    desk.at("task-new").click()
    mine = desk.at("task-form").locator('[name="assignee"] option')
    expect(mine.first).to_have_text(MINE[language])
    value = mine.filter(has_text="1001").get_attribute("value") or ""
    title = f"Call the supplier {role} {language}"
    plan(desk, title, datetime.now(SHANGHAI) + timedelta(hours=3), assignee=value)
    with signed_in(chromium, web.url, LOGINS["agent"], language) as agent:
        agent.at("nav-tasks").click()
        expect(agent.at("task-row").filter(has_text=title)).to_be_visible()
