"""What the live board and a screen on the wall show in Chromium: the text that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

from playwright.sync_api import Page, expect

from tests.telephony.browser_phones import chromium_started
from tests.telephony.console_session import ConsoleSession
from tests.telephony.stack import Stack

SHOWN_MS = 20_000
# Where the board's row has today's service level, and the counts that name themselves.
LEVEL_CELL = 5
COUNTS = ("offered", "answered", "abandoned", "flowed_out")


@contextmanager
def page_of(stack: Stack, session: ConsoleSession | None) -> Iterator[Page]:
    """Open Chromium as a person who is signed in, or as nobody; insist that no page fails."""
    base = f"http://127.0.0.1:{stack.http_port}"
    faults: list[str] = []
    with chromium_started() as browser:
        context = browser.new_context(base_url=base, viewport={"width": 1366, "height": 768})
        pairs = (one.partition("=") for one in session.cookie.split("; ")) if session else ()
        context.add_cookies([{"name": name, "value": value, "url": base}
                             for name, _is, value in pairs])  # fmt: skip
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
        context.close()
    assert faults == []


def board(stack: Stack, session: ConsoleSession) -> dict[str, dict[str, str]]:
    """Return what the board's table of queues says: texts by queue and figure."""
    with page_of(stack, session) as page:
        page.goto("/board/")
        expect(page.get_by_test_id("board")).to_have_attribute(
            "data-state", "live", timeout=SHOWN_MS
        )
        rows = page.get_by_test_id("board-queue")
        expect(rows.first).to_be_visible(timeout=SHOWN_MS)
        found = {}
        for row in rows.all():
            cells = row.locator("th, td")
            said = {one: row.locator(f'[data-figure="{one}"]').inner_text() for one in COUNTS}
            said["waiting"] = cells.nth(1).inner_text()
            said["level"] = cells.nth(LEVEL_CELL).inner_text()
            found[row.get_attribute("data-queue") or ""] = said
        return found


def wall(stack: Stack, session: ConsoleSession, queue: str) -> dict[str, dict[str, str]]:
    """Make a screen of one queue and look at it in a browser of nobody: texts by queue."""
    html = session.post("/board/walls/", name="走廊屏", queues=queue, tiles="queues")
    link = re.search(r"/board/wall/\?language=\w+#[\w-]+", unescape(html))
    assert link is not None, "the link is shown once"
    with page_of(stack, None) as page:
        page.goto(link[0])
        cards = page.get_by_test_id("wall-queue")
        expect(cards.first).to_be_visible(timeout=SHOWN_MS)
        found = {}
        for card in cards.all():
            names = ("abandoned", "level_today")
            said = {one: card.locator(f'[data-figure="{one}"]').inner_text() for one in names}
            said["waiting"] = card.locator("b").inner_text()
            found[card.get_attribute("data-queue") or ""] = said
        return found
