"""Quality inspection in Chromium: from a sheet to a result, by everybody who takes part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.desk_page import LANGUAGES, Desk, signed_in
from tests.browser.web_only import WebOnly
from tests.telephony.waiting import until

# A talk of agent 1001 of forty seconds, as it lies in the folder of recordings.
TALK = """
import wave
from datetime import timedelta
from django.utils import timezone
from apps.accounts.models import Agent
from apps.core.tenancy import tenant_scope, all_tenants
from apps.recordings.services import recordings_folder
from tests.factories import CallFactory, LegFactory, RecordingFactory
with all_tenants("test"):
    agent = Agent.objects.select_related("user__department", "tenant").get(sip_username="1001")
with tenant_scope(agent.tenant_id):
    own = {{"tenant": agent.tenant, "agent": agent}}
    at = timezone.now() - timedelta(minutes=1)
    call = CallFactory(**own, linkedid="quality-{name}", started_at=at)
    LegFactory(**own, call=call, uniqueid="quality-{name}.1")
    row = RecordingFactory(
        **own, call=call, leg_uniqueid="quality-{name}.1", path="demo/quality-{name}.wav",
        state="ready", started_at=at, duration_ms=40_000,
    )
    path = recordings_folder() / row.path
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2); sound.setsampwidth(2); sound.setframerate(8000)
        sound.writeframes(b"\\0" * (8000 * 4 * 40))
    print(row.pk)
"""
WORDS = {
    "zh-hans": {"state": "已发布", "decided": "申诉已裁定", "agent": "坐席"},
    "en": {"state": "Published", "decided": "Appeal decided", "agent": "Agent"},
}
LOADED_MS = 15_000
EVENT_MS = 10_000


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def people(chromium: Browser, web: WebOnly, language: str) -> Iterator[dict[str, Desk]]:
    """Sign everybody in, each with a browser of his own."""
    with ExitStack() as stack:
        yield {
            login: stack.enter_context(signed_in(chromium, web.url, login, language))
            for login in ("1101", "1201", "1001")
        }


def opened(desk: Desk, path: str) -> None:
    desk.page.goto(f"{desk.url}{path}")
    expect(desk.at("desk-state")).to_be_attached(timeout=LOADED_MS)


def make_sheet(lead: Desk, name: str) -> None:
    opened(lead, "/quality/sheets/")
    lead.page.fill("#sheet-name", name)
    lead.at("sheet-new").locator("button").click()
    lead.at("section-add").click()
    expect(lead.at("sheet-item")).to_have_count(1)
    lead.page.fill("#s0-title", "A")
    lead.page.fill("#s0i0-title", "Name")
    # What was typed is kept by every button.
    lead.at("item-add").click()
    expect(lead.at("sheet-item")).to_have_count(2)
    expect(lead.page.locator("#s0i0-title")).to_have_value("Name")
    lead.page.fill("#s0i1-title", "Tone")
    lead.page.select_option("#s0i1-kind", "scale")
    lead.at("sheet-publish").click()
    expect(lead.at("notice")).to_be_visible()
    expect(lead.at("sheet-problems")).to_have_count(0)


def draw(lead: Desk, name: str) -> None:
    opened(lead, "/quality/plans/new/")
    lead.page.fill("#id_name", name)
    lead.page.select_option("#id_sheet", label=name)
    lead.page.select_option("#id_kind", "random")
    lead.page.fill("#id_count", "1")
    lead.page.locator("#id_inspectors label", has_text="1201").locator("input").check()
    lead.at("plan-save").click()
    lead.at("this-period").click()
    expect(lead.at("pick-row")).to_have_count(1)
    lead.at("draw").click()
    expect(lead.at("notice")).to_be_visible()
    assert len(lead.asked) == 1


def score(inspector: Desk) -> str:
    """Score by keys while playing; give the inspection's address."""
    opened(inspector, "/quality/")
    link = inspector.at("inspection-row").first.locator("a").first
    address = link.get_attribute("href") or ""
    link.click()
    expect(inspector.at("score-form")).to_be_visible()
    inspector.at("player-play").click()
    audio = inspector.page.locator("[data-quality-player] audio")
    until(lambda: audio.evaluate("one => one.currentTime") > 1.2, EVENT_MS / 1000, "it plays")
    items = inspector.at("score-form").locator("[data-item]")
    items.first.locator("input").first.focus()
    inspector.page.keyboard.press("1")
    # The focus went on to the scale.
    inspector.page.keyboard.press("3")
    expect(inspector.at("score")).to_have_text("75", timeout=EVENT_MS)
    expect(inspector.at("save-state")).to_have_attribute("data-state", "saved")
    inspector.page.fill("#comment-text", "Here")
    inspector.at("comment-add").click()
    mark = inspector.at("comment-mark")
    expect(mark).to_have_text(re.compile(r"0:0[1-9]|0:[1-3]\d"))
    mark.click()
    at_ms = int(mark.get_attribute("data-jump") or "0")
    found = audio.evaluate("one => one.currentTime * 1000")
    assert at_ms <= found < at_ms + 3000
    inspector.at("publish").click()
    return address


def told(desk: Desk, address: str) -> Locator:
    """Give what the desk tells of one inspection, whatever page is open."""
    return desk.at("inspection-alert").filter(has=desk.page.locator(f"a[href='{address}']"))


def alert(desk: Desk, address: str, kind: str) -> Locator:
    """Wait until the open desk is told of an inspection, without asking."""
    expect(told(desk, address)).to_have_attribute("data-kind", kind, timeout=EVENT_MS)
    return told(desk, address)


def test_from_a_sheet_to_a_result(web: WebOnly, people: dict[str, Desk], language: str) -> None:
    lead, inspector, agent = people["1101"], people["1201"], people["1001"]
    name, words = f"Sheet {language}", WORDS[language]
    web.manage("shell", "--no-imports", "-c", TALK.format(name=language))
    make_sheet(lead, name)
    draw(lead, name)
    opened(agent, "/history/")
    # The demo's sample is already told to him; the count comes with the page's first snapshot.
    expect(agent.at("inspections-todo")).not_to_be_empty(timeout=EVENT_MS)
    before = int(agent.text("inspections-todo"))
    address = score(inspector)
    expect(inspector.at("inspection-state")).to_have_text(words["state"])
    expect(inspector.at("undo")).to_be_visible()
    # The agent is told on the page that he has open.
    expect(agent.at("inspections-todo")).to_have_text(str(before + 1), timeout=EVENT_MS)
    alert(agent, address, "published").get_by_role("link").click()
    expect(agent.at("score")).to_have_text("75")
    expect(told(agent, address)).to_have_count(0)
    agent.at("acknowledge").click()
    expect(agent.at("acknowledge")).to_have_count(0)
    agent.page.fill("#appeal-reason", "The tone was better")
    opened(lead, "/history/")
    agent.at("appeal").click()
    expect(agent.at("appeal")).to_have_count(0)
    alert(lead, address, "appeal").get_by_test_id("inspection-put-away").click()
    expect(told(lead, address)).to_have_count(0)
    # The first inspector cannot decide, the second does.
    opened(inspector, address)
    expect(inspector.at("rescore")).to_have_count(0)
    opened(lead, "/quality/?list=appeals")
    lead.at("inspection-row").first.locator("a").first.click()
    lead.at("rescore").locator("[data-item]").nth(1).locator("input[value='5']").check()
    lead.page.fill("#rescore-reason", "He is right")
    lead.at("rescore-send").click()
    expect(lead.at("inspection-state")).to_have_text(words["decided"])
    alert(agent, address, "decided").get_by_role("link").click()
    expect(agent.at("score")).to_have_text("100")
    expect(agent.at("history")).to_contain_text("He is right")
    opened(lead, "/quality/results/?period=today&by=agent")
    row = lead.at("results-row").filter(has_text="1001")
    expect(lead.page.locator("[data-chart]").first).to_have_attribute("data-drawn", "1")
    count = row.locator("[data-column=inspections] a")
    shown = int(count.inner_text())
    count.click()
    expect(lead.at("inspection-row")).to_have_count(shown)
    expect(lead.page.locator("#work th").first).to_be_visible()
    expect(lead.at("inspection-row").first).to_have_attribute("data-state", "decided")
