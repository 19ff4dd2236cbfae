"""The knowledge base in a real browser: write, paste, review, find, use beside a call."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.desk_page import LANGUAGES, LOGINS, Desk, signed_in
from tests.browser.made_calls import MadeDesk, card
from tests.browser.web_only import WebOnly

SAVED_MS = 10_000
PASTE = """(html) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  document.querySelector('[data-testid="editor"]').dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
FROM_WORD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><!--StartFragment-->'
    '<p class="MsoNormal" style="margin:0"><b><span style="font-family:宋体">客户须知</span></b>'
    "<o:p></o:p></p>"
    '<img src="https://evil.example/pixel.png" onerror="window.hacked=1">'
    "<script>window.hacked = 1</script>"
    '<p onclick="window.hacked=1">保留原包装</p><!--EndFragment--></body></html>'
)


@pytest.fixture
def browser_of(chromium: Browser) -> Iterator[object]:
    """Give browsers by language; each complains when a page's script or policy did."""
    made: list[BrowserContext] = []
    faults: list[str] = []

    def open_(language: str = "zh-CN") -> Page:
        context = chromium.new_context(
            viewport={"width": 1366, "height": 768}, locale=language, permissions=["microphone"]
        )
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: (
                faults.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        return page

    yield open_
    for context in made:
        context.close()
    assert faults == []


def at(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="{name}"]')


def compose(page: Page, letters: str, text: str) -> None:
    """Type as a Chinese input method does: letters that are composed, then the characters."""
    session = page.context.new_cdp_session(page)
    for end in range(1, len(letters) + 1):
        part = letters[:end]
        session.send(
            "Input.imeSetComposition", {"text": part, "selectionStart": end, "selectionEnd": end}
        )
    session.send("Input.insertText", {"text": text})


def test_agent_writes_in_chinese_lead_publishes_and_everybody_finds_it(
    web: WebOnly, browser_of: object
) -> None:
    """Agent and lead in Chinese, a reader in English; `test_each_role_…` has the others."""
    page = browser_of()  # type: ignore[operator]  # a fixture's function
    Desk(page, web.url).sign_in("1001")
    at(page, "nav-knowledge").click()
    expect(at(page, "article-row").first).to_be_visible()
    at(page, "knowledge-new").click()
    page.fill("#new-title", "发票怎么补开")
    at(page, "article-create").click()
    editor = at(page, "editor")
    editor.click()
    compose(page, "fapiao", "发票可以在三十天内补开。")
    page.keyboard.press("Enter")
    page.evaluate(PASTE, FROM_WORD)
    expect(editor).to_contain_text("保留原包装")
    expect(editor.locator("img")).to_have_count(0)
    expect(at(page, "save-state")).to_have_attribute("data-state", "saved", timeout=SAVED_MS)
    page.reload()
    expect(editor).to_contain_text("发票可以在三十天内补开。")
    expect(editor.locator("strong")).to_have_text("客户须知")
    # What is typed and handed in at once is handed in whole.
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("电子发票同样有效。")
    at(page, "draft-submit").click()
    expect(at(page, "in-review")).to_be_visible()
    expect(at(page, "draft-preview")).to_contain_text("电子发票同样有效。")
    assert page.evaluate("window.hacked") is None

    lead = browser_of()  # type: ignore[operator]  # as above
    Desk(lead, web.url).sign_in("1101")
    at(lead, "nav-knowledge").click()
    expect(at(lead, "review-waiting")).to_have_text("1")
    at(lead, "knowledge-work").click()
    lead.get_by_role("link", name="发票怎么补开").click()
    at(lead, "draft-approve").click()
    expect(at(lead, "article-state")).to_contain_text("已发布")

    reader = browser_of("en")  # type: ignore[operator]  # as above
    Desk(reader, web.url).sign_in("1004")
    at(reader, "nav-knowledge").click()
    at(reader, "knowledge-q").fill("补开发票")
    at(reader, "knowledge-search").click()
    expect(reader.locator("#work h1").first).to_have_text("Knowledge")
    hit = at(reader, "hit").first
    expect(hit.locator("mark").first).to_be_visible()
    hit.get_by_role("link").click()
    expect(at(reader, "article-body")).to_contain_text("三十天内")
    at(reader, "vote-helpful").click()
    expect(at(reader, "vote-thanks")).to_be_visible()
    at(reader, "favourite").click()
    expect(at(reader, "favourite")).to_have_attribute("aria-pressed", "true")
    assert reader.evaluate("window.hacked") is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", LOGINS)
def test_each_role_writes_what_a_lead_or_admin_publishes_and_finds_it(
    chromium: Browser, web: WebOnly, role: str, language: str
) -> None:
    title, body = f"退货地址{role}{language[:2]}", f"请寄到三号仓库{role}{language[:2]}"
    with signed_in(chromium, web.url, LOGINS[role], language) as writer:
        writer.at("nav-knowledge").click()
        writer.at("knowledge-new").click()
        writer.page.fill("#new-title", title)
        writer.at("article-create").click()
        writer.at("editor").click()
        writer.page.keyboard.insert_text(body)
        expect(writer.at("save-state")).to_have_attribute("data-state", "saved", timeout=SAVED_MS)
        writer.at("draft-submit").click()
        expect(writer.at("in-review")).to_be_visible()
        address = writer.page.url
        # Nobody but the admin publishes what he has handed in himself.
        expect(writer.at("draft-approve")).to_have_count(1 if role == "admin" else 0)
    publisher = "lead" if role == "agent" else "admin"
    with signed_in(chromium, web.url, LOGINS[publisher], language) as desk:
        desk.page.goto(address)
        desk.at("draft-approve").click()
        expect(desk.at("draft-approve")).to_have_count(0)
    with signed_in(chromium, web.url, LOGINS[role], language) as reader:
        reader.at("nav-knowledge").click()
        reader.at("knowledge-q").fill(f"仓库 {title}")
        reader.at("knowledge-search").click()
        reader.at("hit").filter(has_text=title).get_by_role("link").first.click()
        expect(reader.at("article-body")).to_contain_text(body)
        reader.at("vote-helpful").click()
        expect(reader.at("vote-thanks")).to_be_visible()


def test_second_editor_is_told_and_both_texts_are_there(web: WebOnly, browser_of: object) -> None:
    first, second = browser_of(), browser_of("en")  # type: ignore[operator]  # as above
    Desk(first, web.url).sign_in("1101")
    Desk(second, web.url).sign_in("admin")
    first.goto(f"{web.url}/knowledge/new/")
    first.fill("#new-title", "会议室预订")
    at(first, "article-create").click()
    expect(at(first, "editor")).to_be_visible()
    second.goto(first.url)
    expect(at(second, "editor")).to_be_visible()
    at(first, "editor").click()
    first.keyboard.insert_text("提前一天预订")
    expect(at(first, "save-state")).to_have_attribute("data-state", "saved", timeout=SAVED_MS)
    at(second, "editor").click()
    second.keyboard.insert_text("当天也可以预订")
    expect(at(second, "save-state")).to_have_attribute("data-state", "conflict", timeout=SAVED_MS)
    at(second, "look-at-both").click()
    expect(at(second, "kept-copy")).to_contain_text("当天也可以预订")
    expect(at(second, "editor")).to_have_text("提前一天预订")
    at(second, "copy-take").click()
    expect(at(second, "editor")).to_have_text("当天也可以预订")
    expect(at(second, "kept-copy").locator("ins").first).to_contain_text("提前一")


def test_articles_are_offered_beside_the_call_and_used_in_it(
    web: WebOnly, browser_of: object
) -> None:
    page = browser_of()  # type: ignore[operator]  # as above
    call = int(re.findall(r"\d+", web.pages["console:call"])[0])
    desk = MadeDesk(page)
    desk.open(web.url, card("plain", id=call))
    panel = at(page, "knowledge-panel")
    expect(panel).to_be_visible()
    page.keyboard.press("Alt+3")
    box = at(page, "knowledge-panel-q")
    expect(box).to_be_focused()
    compose(page, "baoxiu", "保修")
    offer = at(page, "knowledge-offer").first
    expect(offer).to_contain_text("产品保修期限")
    expect(offer.locator("mark").first).to_have_text("保修")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(at(page, "article")).to_be_visible()
    # The call beside it is untouched.
    expect(at(page, "call-card")).to_have_attribute("data-state", "talking")
    at(page, "article-used").click()
    expect(at(page, "article-used")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{web.url}/calls/{call}/")
    expect(at(page, "call-articles")).to_contain_text("产品保修期限")
