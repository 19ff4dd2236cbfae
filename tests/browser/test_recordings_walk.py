"""Recordings in a browser: found, heard, faster, marked, jumped in, taken along; zh and en."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk_page import LANGUAGES, signed_in
from tests.browser.web_only import WebOnly
from tests.telephony.waiting import until

ROWS = """
from datetime import timedelta
from django.utils import timezone
from apps.accounts.models import Agent
from apps.calls.models import CallFact
from apps.core.tenancy import all_tenants
from apps.recordings.conversion import conversions_run
from apps.recordings.models import Recording
from apps.recordings.services import recordings_folder
from apps.recordings.sounds import sounds_measure
from tests.factories import CallFactory
from tests.integration.recordings.sounds_made import recording_made
with all_tenants("test"):
    agent = Agent.objects.select_related("tenant").get(number="1001", tenant__slug="demo")
    own = {"tenant": agent.tenant, "agent": agent}
    began = timezone.now() - timedelta(hours=1)
    for number in range(2):
        call = CallFactory(**own, linkedid=f"walk-{number}", started_at=began, queue_number="7001",
            note="wants a refund")
        def told(key, kind, at_s, **data):
            CallFact.objects.create(tenant=agent.tenant, node=call.node, linkedid=call.linkedid,
                key=key, kind=kind, at=began + timedelta(seconds=at_s), source="ami",
                uniqueid=call.linkedid, data=data)
        told("k", "node", 2, node="main", keys="1")
        told("h", "held", 8, channel="x")
        told("u", "unheld", 12, channel="x")
        told("t", "control", 15, step="transferring")
        recording_made(recordings_folder(), seconds=20, call=call, started_at=began,
            path=f"demo/walk-{number}.wav", **own)
    sounds_measure()
    conversions_run()
    made = Recording.objects.filter(path__startswith="demo/walk-")
    print(sorted(set(made.values_list("conversion", flat=True))))
"""


@pytest.fixture(scope="module")
def shop(web: WebOnly) -> WebOnly:
    """Give the demo's agent two recordings of 20 s, converted."""
    said = web.manage("shell", "--no-imports", "-c", ROWS)
    assert "['done']" in said
    return web


def now_s(page: Page) -> float:
    return float(page.get_by_test_id("player").evaluate("audio => audio.currentTime"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_found_heard_marked_and_taken_along(
    chromium: Browser, shop: WebOnly, language: str, tmp_path: Path
) -> None:
    with signed_in(chromium, shop.url, "admin", language) as desk:
        page = desk.page
        desk.at("nav-recordings").click()
        expect(desk.at("recording-row").first).to_be_visible()
        page.locator("#id_note").fill("refund")
        page.locator("#id_queue").fill("7001")
        desk.at("recording-search").click()
        expect(desk.at("recording-limited")).to_be_visible()
        expect(desk.at("recording-row")).to_have_count(2)
        page.screenshot(path=PICTURES / f"recordings-{language}.png", full_page=True)
        desk.at("recording-row").first.get_by_role("link").first.click()

        player = desk.at("recording-player")
        expect(player).to_have_attribute("data-drawn", "1")
        expect(desk.at("player-time")).to_have_text("0:00 / 0:20")
        player.focus()
        page.keyboard.press("Space")
        expect(desk.at("player-play")).to_have_attribute("data-shows", "pause")
        until(lambda: now_s(page) > 0.3, 15, "it is heard")
        page.keyboard.press("Space")
        at = now_s(page)
        page.keyboard.press("ArrowRight")
        assert now_s(page) == pytest.approx(at + 5, abs=0.2)
        page.keyboard.press("]")
        expect(desk.at("player-speed")).to_have_value("1.25")
        desk.at("player-speed").select_option("2")
        assert desk.at("player").evaluate("audio => audio.playbackRate") == 2

        for kind, second in (("key", 2), ("hold", 8), ("transfer", 15)):
            desk.at(f"jump-{kind}").click()
            assert now_s(page) == pytest.approx(second, abs=0.1)
        desk.at("mark-text").fill("退款 <b>")
        desk.at("mark-save").click()
        expect(desk.at("mark")).to_contain_text("0:15 退款 <b>")
        expect(desk.at("jump-mark")).to_have_count(1)
        # What others may use.
        player.evaluate(
            "el => { el.addEventListener('seek', e => { el.dataset.heard = e.detail.at_ms; });"
            " el.dispatchEvent(new CustomEvent('player-seek', { detail: { at_ms: 4000 } }));"
            " el.dispatchEvent(new CustomEvent('player-points',"
            " { detail: [{ at_ms: 1000, kind: 'comment', text: 'c' }] })); }"
        )
        expect(player).to_have_attribute("data-heard", "4000")
        expect(desk.at("jump-comment")).to_have_count(1)
        page.screenshot(path=PICTURES / f"recording-{language}.png", full_page=True)
        desk.at("mark-remove").click()
        expect(desk.at("mark")).to_have_count(0)
        assert desk.asked, "a mark is not removed unasked"

        page.go_back()
        expect(desk.at("recording-row")).to_have_count(2)
        for box in desk.at("recording-choose").all():
            box.check()
        with page.expect_download() as taken:
            desk.at("recording-zip").click()
        path = tmp_path / "taken.zip"
        taken.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert [name.endswith(".mp3") for name in names] == [True, True, False]
        table = csv.reader(io.StringIO(archive.read("recordings.csv").decode("utf-8-sig")))
        assert [row[-1] for row in table][1:] == ["ok", "ok"]


def test_without_outline_it_is_heard_all_the_same(chromium: Browser, shop: WebOnly) -> None:
    with signed_in(chromium, shop.url, "1001", "zh-hans", width=390) as desk:
        page = desk.page
        page.route("**/wave/", lambda route: route.fulfill(status=404, body=""))
        page.goto(f"{shop.url}/recordings/?queue=7001")
        desk.at("recording-row").first.get_by_role("link").first.click()
        expect(desk.at("player-time")).to_have_text("0:00 / 0:20")
        desk.at("player-play").click()
        until(lambda: now_s(page) > 0.3, 15, "it is heard")
        expect(page.locator("[data-part=wave]")).to_be_hidden()
        # Whoever goes on to another page does not hear it any more.
        page.evaluate("window.left = document.querySelector('[data-testid=player]')")
        page.go_back()
        expect(desk.at("recording-row").first).to_be_visible()
        until(lambda: bool(page.evaluate("!window.left || window.left.paused")), 15, "silence")


def test_admin_sees_what_a_policy_would_remove(chromium: Browser, shop: WebOnly) -> None:
    with signed_in(chromium, shop.url, "admin", "zh-hans") as desk:
        desk.page.goto(f"{shop.url}/recordings/policy/")
        desk.at("policy-days").fill("30")
        desk.at("policy-show").click()
        expect(desk.at("policy-preview")).to_have_attribute("data-count", "0")
        expect(desk.at("policy-days")).to_have_value("30")
        desk.page.screenshot(path=PICTURES / "recordings-policy.png", full_page=True)
        desk.at("policy-save").click()
        expect(desk.at("notice")).to_be_visible()
        assert desk.asked, "what removes sound is asked first"
