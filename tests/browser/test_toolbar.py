"""The toolbar in a CRM's page on another origin: a call rings, is answered and ended there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.calls import call_sales, last_call
from tests.browser.conftest import _leave
from tests.browser.crm import Crm, allow
from tests.browser.desk_page import EVENT_MS, LOGIN_MS, RING_MS
from tests.browser.office import Office
from tests.telephony.waiting import until

CALLER = "13606600001"
AGENT = "1003"


@pytest.fixture
def crm(office: Office) -> Iterator[Crm]:
    """Run a CRM whose site the company lets show the toolbar."""
    made = Crm(office.url, agent=AGENT)
    office.manage("shell", "--no-imports", "-c", allow(made.origin))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    """Give a browser without any cookie of ours, which blocks nothing and needs nothing."""
    context = chromium.new_context(permissions=["microphone"], locale="zh-CN")
    yield context.new_page()
    # What the bar was given is in no cookie.
    assert [one for one in context.cookies() if one["name"] == "sessionid"] == []
    context.close()
    _leave(office, [])


def told(page: Page, event: str) -> list[dict[str, Any]]:
    """Give what the CRM's page has heard of one event, in order."""
    lines = (page.locator("#events").text_content() or "").splitlines()
    return [json.loads(line.partition(" ")[2]) for line in lines if line.startswith(f"{event} ")]


def wait_told(page: Page, event: str, timeout_s: float, count: int = 1) -> dict[str, Any]:
    """Wait until the CRM's page has heard an event so often; give the last."""
    expect(page.locator("#events")).to_contain_text(event, timeout=timeout_s * 1000)
    until(lambda: len(told(page, event)) >= count, timeout_s, lambda: f"{event}: {log(page)}")
    return told(page, event)[-1]


def log(page: Page) -> str:
    """Give everything that the CRM's page has heard."""
    return page.locator("#events").text_content() or ""


def test_call_rings_is_answered_and_ended_from_another_site_s_page(
    office: Office, page: Page, crm: Crm
) -> None:
    page.goto(f"{crm.origin}/")
    assert wait_told(page, "ready", LOGIN_MS / 1000)["agent"] == AGENT
    page.evaluate("bar.send('state', { state: 'signed_in' })")
    until(lambda: told(page, "state")[-1]["state"] == "ready", EVENT_MS / 1000, lambda: log(page))

    call_sales(office, 30, caller=CALLER)
    rung = wait_told(page, "ring", RING_MS / 1000)
    assert (rung["caller"], rung["dialled"], rung["queue"]) == (CALLER, "4008001000", "7001")
    assert rung["direction"] == "in"
    assert page.title() == f"Call from {CALLER}"

    bar = page.frame_locator("iframe")
    expect(bar.locator('[data-testid="answer"]')).to_be_enabled(timeout=RING_MS)
    page.click("#answer")
    answered = wait_told(page, "answer", EVENT_MS / 1000)
    assert (answered["call"], answered["linkedid"]) == (rung["call"], rung["linkedid"])
    frame = page.frames[1]
    until(lambda: frame.evaluate("huawuTraffic()")["received"] > 50, 15, "he hears the caller")

    page.click("#hangup")
    ended = wait_told(page, "end", EVENT_MS / 1000)
    assert ended["linkedid"] == rung["linkedid"]
    assert last_call(office, CALLER) == (rung["call"], rung["linkedid"])
    assert log(page).count("ok ") == 2
    assert [len(told(page, event)) for event in ("ring", "answer", "end")] == [1, 1, 1]

    # What cannot be done is answered with the reason.
    page.click("#answer")
    expect(page.locator("#events")).to_contain_text("error answer not_ringing")
    failed = page.evaluate("bar.send('explode').catch((error) => error.code)")
    assert failed == "unknown_command"
    page.evaluate("bar.send('state', { state: 'signed_out' })")
    until(lambda: told(page, "state")[-1]["state"] == "signed_out", EVENT_MS / 1000, "signed out")
