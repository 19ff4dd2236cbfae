"""Every prompt that is played exists in both languages and can be heard; names agree everywhere."""

from __future__ import annotations

import array
import re
import wave
from pathlib import Path

import pytest

from tests.telephony.audio import RATE, rms
from tools import prompts
from tools.paths import ROOT, STATIC_ETC

DIALPLAN = (STATIC_ETC / "extensions_huawu.conf").read_text("utf-8")
CONTRACT = (ROOT / "docs/dialplan.md").read_text("utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install all sounds into a fresh data folder."""
    folder = tmp_path_factory.mktemp("data")
    prompts.install(folder)
    return folder


def samples(path: Path) -> array.array[int]:
    """Read a WAV; fail unless it is what Asterisk plays without conversion."""
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        return array.array("h", sound.readframes(sound.getnframes()))


def test_every_prompt_is_there_in_both_languages_and_can_be_heard(data: Path) -> None:
    names = {prompt.name for prompt in prompts.prompt_list()}
    assert len(names) > 60
    for language in ("zh", "en"):
        for name in names:
            sound = samples(data / "sounds" / language / "huawu" / f"{name}.wav")
            assert len(sound) > RATE / 10, f"{language}/{name} is too short"
            assert rms(sound) > 500, f"{language}/{name} is too quiet"
            assert max(map(abs, sound)) < 32000, f"{language}/{name} clips"


def test_chinese_and_english_differ(data: Path) -> None:
    zh, en = (
        (data / "sounds" / lang / "huawu/main-menu.wav").read_bytes() for lang in ("zh", "en")
    )
    assert zh != en


def test_hold_music_is_music_all_the_time(data: Path) -> None:
    music = samples(data / "moh/huawu-hold.wav")
    assert len(music) > 10 * RATE
    quiet = [i for i in range(0, len(music) - RATE, RATE) if rms(music[i : i + RATE]) < 200]
    assert quiet == []


def test_prompt_without_a_language_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "prompts.toml"
    table.write_text('[prompts]\nhalf = { zh = "一半" }\n', "utf-8")
    with pytest.raises(prompts.PromptError, match="half has no text in en"):
        prompts.prompt_list(table)


def test_installing_again_removes_what_is_no_longer_a_prompt(data: Path) -> None:
    old = data / "sounds/zh/huawu/no-such-prompt.wav"
    old.write_bytes(b"")
    prompts.install(data)
    assert not old.exists()


def test_dialplan_plays_only_prompts_that_exist() -> None:
    played = set(re.findall(r"huawu/([a-z0-9-]+)", DIALPLAN)) - {"dial", "enter"}
    assert played
    assert played <= {prompt.name for prompt in prompts.prompt_list()}


def test_contract_names_every_variable_event_context_and_step_of_the_dialplan() -> None:
    variables = set(re.findall(r"\bHW_[A-Z_]+", DIALPLAN))
    events = set(re.findall(r"UserEvent\((\w+)", DIALPLAN))
    contexts = set(re.findall(r"^\[([\w-]+)\]", DIALPLAN, re.MULTILINE))
    steps = DIALPLAN.split("[huawu-next]")[1].split("\n[")[0]
    extensions = set(re.findall(r"^exten => ([\w-]+),1", steps, re.MULTILINE))
    for name in variables | events | contexts | extensions:
        assert f"`{name}`" in CONTRACT, f"docs/dialplan.md does not name {name}"
