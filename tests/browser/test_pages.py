"""Every page at two widths, in both languages, light and dark; and what a click may not do."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.desk_page import Desk

PAGES = ("/", "/history/", "/voicemail/", "/settings/", "/tasks/", "/queues/", "/call-backs/")
ADMIN_PAGES = ("/queues/", "/call-backs/", "/agents/", "/hours/", "/rules/", "/what-if/")
# What the page itself says, not what people typed in: names, numbers, notes, queues, calendars.
OWN_TEXT = (
    "h1, h2, th, label, dt, nav a, main button, header button, .status, .state,"
    " select:not([name=disposition]) option"
)
NO_TRANSLATION = re.compile(
    r"Huawu|English|简体中文|VIP|\([^)]*\)|Alt\+\S|\d{4} [\u4e00-\u9fff]+|工作时间"
)
ENGLISH, CHINESE = re.compile(r"[A-Za-z]{3,}"), re.compile(r"[\u4e00-\u9fff]")


def own_texts(desk: Desk) -> list[str]:
    """Give the page's own visible words, without names of languages and people."""
    found = desk.page.locator(OWN_TEXT).all_inner_texts()
    return [NO_TRANSLATION.sub("", text) for text in found]


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize(
    ("language", "foreign"), [("zh-hans", ENGLISH), ("en", CHINESE)], ids=["zh", "en"]
)
@pytest.mark.parametrize(
    ("who", "pages"), [("1002", PAGES), ("admin", ADMIN_PAGES)], ids=["agent", "admin"]
)
def test_page_is_in_one_language_and_fits_its_width(
    person: People,
    language: str,
    foreign: re.Pattern[str],
    width: int,
    who: str,
    pages: tuple[str, ...],
) -> None:
    desk = person(width=width)
    desk.page.goto(f"{desk.url}/login/")
    choice = desk.page.locator(f'button[value="{language}"]')
    if choice.is_enabled():
        choice.click()
        expect(choice).to_be_disabled()
    desk.sign_in(who)
    for path in pages:
        desk.page.goto(desk.url + path)
        expect(desk.at("connection")).to_have_attribute("data-mood", "good", timeout=15_000)
        assert [text for text in own_texts(desk) if foreign.search(text)] == [], path
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width, path
        lang = desk.page.locator("html").get_attribute("lang")
        assert lang == language


def test_only_who_may_get_calls_has_a_place_for_them(person: People) -> None:
    expect(person("1002").at("no-call")).to_be_visible()
    expect(person("b-admin").at("no-call")).to_be_hidden()


def test_theme_that_was_chosen_is_there_on_the_next_page(person: People) -> None:
    desk = person("1002")
    html = desk.page.locator("html")
    desk.page.goto(f"{desk.url}/settings/")
    for theme in ("dark", "light"):
        choice = desk.page.locator(f'[data-theme-choice="{theme}"]')
        choice.click()
        expect(html).to_have_attribute("data-bs-theme", theme)
        expect(choice).to_have_attribute("aria-pressed", "true")
        desk.page.reload()
        expect(html).to_have_attribute("data-bs-theme", theme)
    # As the system is, also when it changes while the page is open.
    desk.page.locator('[data-theme-choice="auto"]').click()
    for theme in ("dark", "light"):
        desk.page.emulate_media(color_scheme=theme)
        expect(html).to_have_attribute("data-bs-theme", theme)


def test_wrong_password_says_so_and_right_one_is_taken_after_it(person: People) -> None:
    desk = person()
    desk.page.goto(f"{desk.url}/history/")
    desk.page.fill("#id_username", "1002")
    desk.page.fill("#id_password", "wrong")
    desk.page.press("#id_password", "Enter")
    expect(desk.page.get_by_role("alert")).to_be_visible()
    desk.page.fill("#id_password", "demo-1002")
    desk.page.press("#id_password", "Enter")
    desk.page.wait_for_url("**/history/")


def test_second_company_sees_its_own_people_only(person: People) -> None:
    desk = person("b-2001")
    desk.page.goto(f"{desk.url}/history/")
    expect(desk.at("call-row")).to_have_count(0)
    expect(desk.at("desk-state")).to_have_attribute("data-state", "signed_out")


def test_help_dialog_lists_the_keys_and_gives_the_focus_back(person: People) -> None:
    desk = person("1002")
    opener = desk.page.locator('[data-dialog="shortcuts"]')
    opener.click()
    dialog = desk.page.locator("dialog#shortcuts")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Alt+A")
    desk.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
