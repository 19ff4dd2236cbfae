"""A person in front of a browser: what can be seen by `data-testid`, and what can be pressed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Response,
    expect,
)

from tests.telephony.waiting import until

LOGIN_MS = 15_000
EVENT_MS = 10_000
RING_MS = 20_000  # menu, announcement and queue come before


@dataclass
class Desk:
    """One signed-in person's page. `faults` collects what the page itself complained about."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        """Give the browser's profile: cookies, permissions."""
        return self.page.context

    def agree(self, dialog: Dialog) -> None:
        """Note what the page asked before a loss, and say yes."""
        self.asked.append(dialog.message)
        dialog.accept()

    def at(self, name: str) -> Locator:
        """Find an element by its stable name."""
        return self.page.locator(f'[data-testid="{name}"]')

    def text(self, name: str) -> str:
        """Give an element's text."""
        return (self.at(name).text_content() or "").strip()

    def sign_in(self, login: str) -> None:
        """Sign in to the console as one of the demo's people."""
        self.page.goto(f"{self.url}/login/")
        self.page.fill("#id_username", login)
        self.page.fill("#id_password", f"demo-{login}")
        self.page.press("#id_password", "Enter")
        expect(self.at("desk-state")).to_be_visible(timeout=LOGIN_MS)

    def take_calls(self) -> None:
        """Wait for the phone, sign in to the queues, wait until the server says ready."""
        expect(self.at("phone-state")).to_have_attribute("data-mood", "good", timeout=LOGIN_MS)
        expect(self.at("connection")).to_have_attribute("data-mood", "good", timeout=LOGIN_MS)
        if self.at("sign-in").is_visible():
            self.at("sign-in").click()
        elif self.at("ready").is_visible():
            self.at("ready").click()
        self.wait_state("ready")

    def wait_state(self, state: str) -> None:
        """Wait until the server says this of the agent."""
        expect(self.at("desk-state")).to_have_attribute("data-state", state, timeout=EVENT_MS)

    def wait_call(self, state: str, timeout_ms: int = RING_MS) -> None:
        """Wait until the card shows a call in this state."""
        expect(self.at("call-card")).to_have_attribute("data-state", state, timeout=timeout_ms)

    def answer(self) -> None:
        """Answer when the button allows it, wait until the card says talking."""
        expect(self.at("answer")).to_be_enabled(timeout=RING_MS)
        self.at("answer").click()
        self.wait_call("talking")

    def rtp(self) -> tuple[int, int]:
        """Give RTP packets (sent, received) of the call so far."""
        found: dict[str, Any] = self.page.evaluate("huawuTraffic()")
        return int(found["sent"]), int(found["received"])

    def wait_rtp_both_ways(self, packets: int = 50) -> None:
        """Wait until so many packets more went out and came in: a second of speech is 50."""
        sent, received = self.rtp()

        def flowed() -> bool:
            now = self.rtp()
            return now[0] >= sent + packets and now[1] >= received + packets

        until(flowed, 15, lambda: f"RTP both ways: {self.rtp()} after {(sent, received)}")

    def status_of(self, path: str) -> int:
        """Give the status of a GET with this person's session."""
        return self.page.request.get(self.url + path, max_redirects=0).status

    def fetch(self, path: str) -> bytes:
        """Give the body of a GET with this person's session; fail unless 200."""
        answer = self.page.request.get(self.url + path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return answer.body()


# Who walks in tests that every role and both languages must pass.
LOGINS = {"agent": "1001", "lead": "1101", "admin": "admin"}
LANGUAGES = ("zh-hans", "en")


@contextmanager
def signed_in(
    chromium: Browser, url: str, login: str, language: str, *, width: int = 1366
) -> Iterator[Desk]:
    """Give a person's page in a browser of his own; fail when the page itself complained."""
    context = chromium.new_context(
        viewport={"width": width, "height": 768},
        locale="zh-CN" if language == "zh-hans" else "en-GB",
    )
    context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    desk = Desk(context.new_page(), url)

    def refused(response: Response) -> None:
        if response.status >= 500:
            desk.faults.append(f"{response.status} {response.url}")

    def said(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            desk.faults.append(message.text)

    desk.page.on("pageerror", lambda error: desk.faults.append(str(error)))
    desk.page.on("response", refused)
    desk.page.on("console", said)
    # Each question before a loss is asked and answered with yes; `desk.asked` says which.
    desk.page.on("dialog", desk.agree)
    try:
        desk.sign_in(login)
        yield desk
    finally:
        context.close()
    assert desk.faults == []
