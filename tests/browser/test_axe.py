"""No page keeps anybody out: axe-core finds no serious violation on any page of the console."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.addresses import TOOLBAR_SITE
from tests.browser.desk_page import Desk
from tests.browser.web_only import WebOnly
from tools.paths import CONSOLE

AXE = CONSOLE / "node_modules" / "axe-core" / "axe.min.js"
# All rules for the light page; in the dark one only colours differ.
RUN = """async (isDark) => {
  document.documentElement.dataset.bsTheme = isDark ? "dark" : "light";
  const only = isDark ? { runOnly: ["color-contrast"] } : {};
  const found = await axe.run(document, { ...only, resultTypes: ["violations"] });
  const bad = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
  return bad.flatMap((v) => v.nodes.map((n) => [v.impact, v.id, v.help, n.target.join(" "),
    n.html.slice(0, 160), (n.any[0] ?? n.all[0] ?? n.none[0] ?? {message: ""}).message]));
}"""
LANGUAGES = ("zh-hans", "en")
# Everything that waits for a call, shown at once: what may be pressed does not matter here.
SHOW_CALL = """() => {
  for (const el of document.querySelectorAll("[data-testid]")) {
    if (!el.closest("dialog")) el.hidden = false;
    if ("disabled" in el) el.disabled = false;
  }
  document.querySelector('[data-testid="no-call"]').hidden = true;
  const say = (name, text) => {
    const el = document.querySelector(`[data-testid="${name}"]`);
    if (el && !el.textContent.trim()) el.textContent = text;
  };
  for (const name of ["call-state", "call-timer", "caller-name", "caller-level", "caller-number",
    "caller-region", "dialled", "call-queue", "call-path", "call-past", "call-note", "toast"])
    say(name, "13512345678");
  document.querySelector('[data-testid="call-card"]').dataset.state = "%s";
  document.querySelector('[data-testid="desk-state"]').dataset.state = "%s";
  document.body.classList.toggle("is-ringing", "%s" === "ringing");
}"""
SHOW_BAR = """() => {
  for (const el of document.querySelectorAll("[data-testid]")) {
    el.hidden = false;
    if ("disabled" in el) el.disabled = false;
    if (!el.textContent.trim() && !("value" in el)) el.textContent = "13512345678";
  }
}"""
STATES = ("ringing", "talking", "paused", "wrap_up", "ended")


@pytest.fixture
def page(chromium: Browser, web: WebOnly) -> Iterator[Page]:
    """Give a browser of its own that has axe in every page (CSP holds for the page's scripts)."""
    if not AXE.exists():
        pytest.fail(f"{AXE} is missing: npm ci in {CONSOLE}", pytrace=False)
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, bypass_csp=True, reduced_motion="reduce"
    )
    context.add_init_script(path=str(AXE))
    yield context.new_page()
    context.close()


def speak(page: Page, language: str) -> None:
    """Choose the language of the next page."""
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )


def violations(
    page: Page, where: str, themes: tuple[str, ...] = ("light", "dark")
) -> dict[str, str]:
    """Return each serious or critical violation of the page as it is, and where it was seen."""
    found: dict[str, str] = {}
    for theme in themes:
        for impact, rule, help_, target, html, message in page.evaluate(RUN, theme == "dark"):
            text = f"{impact} {rule}: {help_} -> {target}\n    {html}\n    {message}"
            found.setdefault(text, f"{where} {theme}")
    return found


def is_page(page: Page, url: str) -> bool:
    """Say whether an address is a whole page for this person, not a part, a file or an answer."""
    answer = page.request.get(url, max_redirects=0)
    assert answer.status < 500, f"{answer.status} {url}"
    return answer.status == 200 and "<html" in answer.text()[:200]


def told(found: dict[str, str]) -> None:
    """Fail with a readable list: each violation once, with the first place that has it."""
    if found:
        lines = [f"{where}: {text}" for text, where in found.items()]
        pytest.fail(f"{len(lines)} violations\n" + "\n".join(lines), pytrace=False)


@pytest.mark.timeout(1500)  # every page of the console, three times
@pytest.mark.parametrize("who", ["admin", "1101", "1001"], ids=["admin", "lead", "agent"])
def test_no_page_has_a_serious_violation(page: Page, web: WebOnly, who: str) -> None:
    Desk(page, web.url).sign_in(who)
    found: dict[str, str] = {}
    seen = set()
    for name, path in web.pages.items():
        if not is_page(page, web.url + path):
            continue
        seen.add(name)
        for language in LANGUAGES:
            speak(page, language)
            page.goto(web.url + path)
            # A colour is the same in every language: once in the dark is enough.
            themes = ("light", "dark") if language == LANGUAGES[0] else ("light",)
            found = violations(page, f"{path} {language}", themes) | found
    assert {"console:desk", "console:history", "console:call", "console:customer"} <= seen
    told(found)


def test_sign_in_page_has_no_serious_violation(page: Page, web: WebOnly) -> None:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        speak(page, language)
        page.goto(f"{web.url}/login/")
        found = violations(page, f"/login/ {language}") | found
        page.fill("#id_username", "nobody")
        page.fill("#id_password", "wrong")
        page.press("#id_password", "Enter")
        page.get_by_role("alert").wait_for()
        found = violations(page, f"/login/ refused {language}") | found
    told(found)


def test_desk_with_a_call_and_its_dialogs_have_no_serious_violation(
    page: Page, web: WebOnly
) -> None:
    Desk(page, web.url).sign_in("1001")
    # The page's own script would put everything back once a second.
    page.route("**/console/dist/desk.js", lambda route: route.fulfill(body=""))
    found: dict[str, str] = {}
    for language in LANGUAGES:
        speak(page, language)
        page.goto(web.url)
        for state in STATES:
            page.evaluate(SHOW_CALL % (state, state, state))
            found = violations(page, f"desk {state} {language}") | found
        for number in range(page.locator("dialog").count()):
            dialog = page.locator("dialog").nth(number)
            dialog.evaluate("dialog => dialog.showModal()")
            found = violations(page, f"dialog {dialog.get_attribute('id')} {language}") | found
            dialog.evaluate("dialog => dialog.close()")
    told(found)


def test_toolbar_has_no_serious_violation(page: Page, web: WebOnly) -> None:
    page.route("**/console/dist/toolbar.js", lambda route: route.fulfill(body=""))
    found: dict[str, str] = {}
    for language in LANGUAGES:
        speak(page, language)
        answer = page.request.post(
            f"{web.url}/api/v1/toolbar/launches/",
            headers={"Authorization": "Token demo-admin-token"},
            data={"agent": "1001", "origin": TOOLBAR_SITE},
        )
        page.goto(answer.json()["url"])
        page.evaluate(SHOW_BAR)
        found = violations(page, f"toolbar {language}") | found
    told(found)
