"""An admin makes a prompt in a real browser: upload, progress, waveform, text, refusal, removal."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.unit.prompts.sounds import tone_wav

WORK_MS = 15_000


def test_admin_uploads_hears_and_removes_a_prompt(person: People, tmp_path: Path) -> None:
    sound = tmp_path / "问候.wav"
    sound.write_bytes(tone_wav(700, 2))
    drawing = tmp_path / "drawing.wav"
    drawing.write_bytes(b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    desk = person("admin")
    desk.at("nav-prompts").click()
    desk.at("prompt-new").click()
    desk.page.fill("#name", "spring-greeting")
    desk.page.fill("#title", "春节问候")
    desk.page.press("#title", "Enter")
    card = desk.at("prompt-zh")
    card.locator("input[type=file]").set_input_files(drawing)
    desk.at("upload-zh").click()
    expect(desk.page.locator("#work .alert-danger")).to_contain_text("WAV")
    card.locator("input[type=file]").set_input_files(sound)
    desk.at("upload-zh").click()
    expect(card.locator("svg.waveform")).to_be_visible(timeout=WORK_MS)
    length = card.locator("audio").evaluate(
        "a => new Promise(done => { a.onloadedmetadata = () => done(a.duration); a.load(); })"
    )
    assert 1.9 < length < 2.2
    english = desk.at("prompt-en")
    english.locator("textarea").fill("Happy new year.")
    desk.at("speak-en").click()
    expect(english.locator("svg.waveform")).to_be_visible(timeout=WORK_MS)
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.at("prompt-delete").click()
    expect(desk.page).to_have_url(re.compile(r"/prompts/$"))
    expect(desk.page.locator("#work")).not_to_contain_text("春节问候")


def test_agent_sees_no_prompts(person: People) -> None:
    desk = person("1002")
    expect(desk.at("nav-prompts")).to_have_count(0)
    answer = desk.page.request.get(f"{desk.url}/prompts/")
    assert answer.status == 403
