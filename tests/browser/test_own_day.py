"""An agent's own day, walked through in Chromium in both languages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk_page import Desk
from tests.browser.test_pages import CHINESE, ENGLISH, own_texts
from tests.browser.web_only import WebOnly

MS = 20_000
# Of the rows that every web process of the tests begins with (tests/addresses.py).
CALLER = "13512345678"
LANGUAGES = pytest.mark.parametrize(
    ("language", "foreign"), [("zh-hans", ENGLISH), ("en", CHINESE)], ids=["zh", "en"]
)


@contextmanager
def at_desk(chromium: Browser, web: WebOnly, login: str, language: str) -> Iterator[Desk]:
    """Give somebody's page, which must not complain of anything."""
    desk = Desk(chromium.new_page(viewport={"width": 1366, "height": 768}), web.url)
    desk.page.on("pageerror", lambda error: desk.faults.append(f"page error: {error}"))
    desk.page.on(
        "response",
        lambda got: desk.faults.append(f"{got.status} {got.url}") if got.status >= 500 else None,
    )
    desk.context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    desk.sign_in(login)
    expect(desk.page.locator("html")).to_have_attribute("lang", language)
    yield desk
    assert desk.faults == []
    desk.context.close()


def is_in_one_language(desk: Desk, foreign: re.Pattern[str]) -> None:
    assert [text for text in own_texts(desk) if foreign.search(text)] == [], desk.page.url


@LANGUAGES
def test_agent_looks_at_his_day_and_at_what_is_behind_a_figure(
    chromium: Browser, web: WebOnly, language: str, foreign: re.Pattern[str]
) -> None:
    # The day of the call that is there, also when midnight has passed since.
    local = (datetime.now(UTC) - timedelta(minutes=10)).astimezone(ZoneInfo("Asia/Shanghai"))
    day, before = f"{local:%Y-%m-%d}", f"{local - timedelta(days=1):%Y-%m-%d}"
    with at_desk(chromium, web, "1001", language) as agent:
        agent.at("nav-my-day").click()
        heading = agent.page.locator("#work h1")
        expect(agent.at("day-figures")).to_be_visible(timeout=MS)
        is_in_one_language(agent, foreign)
        agent.page.fill("#day", day)
        agent.at("day-show").click()
        expect(heading).to_contain_text(day, timeout=MS)
        behind = agent.at("day-line").locator("a").first
        expect(behind).to_be_visible()
        behind.click()
        expect(agent.page.locator("#work")).to_contain_text(CALLER, timeout=MS)
        is_in_one_language(agent, foreign)
        agent.page.locator('#work a[href*="my-day"]').first.click()
        expect(agent.at("day-figures")).to_be_visible(timeout=MS)

        agent.at("day-before").click()
        expect(heading).to_contain_text(before, timeout=MS)
        expect(agent.at("day-line").locator("a")).to_have_count(0)
        agent.at("day-after").click()
        expect(heading).to_contain_text(day, timeout=MS)
        agent.page.select_option("#span", "week")
        agent.at("day-show").click()
        expect(heading).to_contain_text("–", timeout=MS)
        is_in_one_language(agent, foreign)
