"""The toolbar's frame without phones: who gets it, and what an agent with a desk phone has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.crm import Crm, allow
from tests.browser.desk_page import EVENT_MS, LOGIN_MS
from tests.browser.web_only import WebOnly

AGENT = "1005"
DESK_PHONE = (
    "from apps.accounts.models import Agent\n"
    "from apps.core.tenancy import all_tenants\n"
    "with all_tenants('test'):\n"
    f"    Agent.objects.filter(number='{AGENT}').update(phone_kind='desk')\n"
)


@pytest.fixture(scope="module")
def crm(web: WebOnly) -> Iterator[Crm]:
    """Run a CRM whose site the company lets show the toolbar."""
    web.manage("shell", "--no-imports", "-c", DESK_PHONE)
    made = Crm(web.url, agent=AGENT)
    web.manage("shell", "--no-imports", "-c", allow(made.origin))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give a browser that knows nothing of us."""
    context = chromium.new_context(locale="zh-CN")
    yield context.new_page()
    assert [one for one in context.cookies() if one["name"] == "sessionid"] == []
    context.close()


def test_agent_with_a_desk_phone_sees_his_state_and_is_told_what_needs_a_phone(
    page: Page, crm: Crm
) -> None:
    page.goto(f"{crm.origin}/")
    events = page.locator("#events")
    expect(events).to_contain_text("ready ", timeout=LOGIN_MS)
    expect(events).to_contain_text(f'"agent":"{AGENT}","state":"signed_out"')
    page.evaluate("bar.send('state', { state: 'signed_in' })")
    expect(events).to_contain_text('"state":"ready"', timeout=EVENT_MS)
    page.evaluate("bar.send('state', { state: 'paused', reason: 'meal' })")
    expect(events).to_contain_text('"state":"paused","reason":"meal"', timeout=EVENT_MS)
    for command, code in [
        ("answer", "no_phone"),
        ("hangup", "no_phone"),
        ("hold", "no_call"),
        ("transfer", "no_call"),
        ("explode", "unknown_command"),
    ]:
        assert page.evaluate(f"bar.send('{command}').catch((error) => error.code)") == code
    wrong = "bar.send('state', { state: 'asleep' }).catch((error) => error.code)"
    assert page.evaluate(wrong) == "unknown_state"
    page.evaluate("bar.send('state', { state: 'signed_out' })")
    bar = page.frame_locator("iframe")
    expect(bar.locator('[data-testid="sign-in"]')).to_be_visible(timeout=EVENT_MS)


def test_address_opens_once(page: Page, crm: Crm) -> None:
    page.goto(f"{crm.origin}/")
    expect(page.locator("#events")).to_contain_text("ready ", timeout=LOGIN_MS)
    # The frame loaded anew has no token: its address holds none, and the old one is used up.
    assert page.frames[1].url.endswith("/toolbar/")
    used = page.evaluate("fetch('/huawu-launch', { method: 'POST' }).then((a) => a.json())")["url"]
    first = page.request.post(
        f"{crm.huawu}/toolbar/session/", form={"launch": used.partition("launch=")[2]}
    )
    assert first.status == 200
    assert page.request.get(used).status == 410


def test_site_that_is_not_allowed_gets_nothing(page: Page, crm: Crm) -> None:
    stranger = Crm(crm.huawu, agent=AGENT)
    stranger.start()
    try:
        # It gets no launch of its own.
        assert stranger.launch()[0] == 403
        # With one that was made for the allowed site, the browser does not show the frame.
        stranger.launch_origin = crm.origin
        page.goto(f"{stranger.origin}/")
        page.wait_for_function("window.bar !== undefined")
        page.evaluate("bar.send('hangup').catch((error) => { window.why = error.code; })")
        page.wait_for_function("window.why !== undefined", timeout=30_000)
        assert page.evaluate("window.why") == "no_answer"
        assert page.locator("#events").text_content() == ""
    finally:
        stranger.stop()
