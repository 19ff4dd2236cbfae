"""A company's prompts: made, replaced, found by calls, removed."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from apps.core.tenancy import tenant_scope
from apps.ivr.selectors import entry_plan
from apps.prompts import files
from apps.prompts.errors import (
    PromptInUseError,
    PromptNameError,
    PromptNameTakenError,
    SoundError,
    SoundTooBigError,
    SoundTypeError,
    TextError,
    VoiceError,
)
from apps.prompts.models import AudioState, Prompt, PromptAudio
from apps.prompts.selectors import audio_by_name, prompt_mapping, prompt_names
from apps.prompts.services import (
    audio_make,
    audio_speak,
    audio_upload,
    audios_make_waiting,
    prompt_create,
    prompt_delete,
    prompts_clean,
)
from tests.factories import EntryPointFactory, FlowFactory, FlowVersionFactory, TenantFactory
from tests.unit.prompts.sounds import tone_wav

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Path:
    """Give this test's own store and sounds."""
    settings.HUAWU_DATA_DIR = tmp_path / "data"
    settings.HUAWU_SOUNDS_DIR = tmp_path / "sounds"
    return tmp_path


@pytest.fixture
def prompt() -> Any:
    tenant = TenantFactory()
    with tenant_scope(tenant.pk):
        yield prompt_create(
            tenant_id=tenant.pk, name="main-menu", title="主菜单", kind="menu", actor=None
        )


def put(prompt: Prompt, hz: int = 700, language: str = "zh", seconds: float = 1) -> PromptAudio:
    """Upload a tone and do the work."""
    audio = audio_upload(
        prompt=prompt, language=language, pieces=[tone_wav(hz, seconds)], actor=None
    )
    assert audio_make(audio.pk, audio.job)
    prompt.refresh_from_db()
    audio.refresh_from_db()
    return audio


def test_upload_becomes_a_revision_that_asterisk_finds(prompt: Prompt) -> None:
    audio = put(prompt)
    assert (audio.state, audio.duration_ms, prompt.revision) == (AudioState.READY, 1000, 1)
    slug = prompt.tenant.slug
    assert prompt_mapping(prompt.tenant_id, slug) == {
        "main-menu": f"huawu-company/{slug}/main-menu-1"
    }
    path = files.asterisk_path("zh", slug, "main-menu", 1)
    assert path.read_bytes() == files.store_path(audio.content_key).read_bytes()
    assert path.stat().st_mode & 0o444 == 0o444


def test_language_without_a_sound_plays_the_other_and_is_told_missing(prompt: Prompt) -> None:
    put(prompt)
    slug = prompt.tenant.slug
    zh, en = (files.asterisk_path(lang, slug, "main-menu", 1) for lang in ("zh", "en"))
    assert zh.read_bytes() == en.read_bytes()
    names = prompt_names(prompt.tenant_id)
    assert ("main-menu" in names["zh"], "main-menu" in names["en"]) == (True, False)
    assert "goodbye" in names["en"]
    found = audio_by_name("en", "main-menu")
    assert found is not None
    assert found.language == "zh"


def test_replacement_is_a_new_file_and_the_old_one_stays_for_running_calls(prompt: Prompt) -> None:
    put(prompt)
    slug = prompt.tenant.slug
    old = files.asterisk_path("zh", slug, "main-menu", 1)
    before = old.read_bytes()
    put(prompt, hz=900)
    assert prompt.revision == 2
    assert old.read_bytes() == before
    assert files.asterisk_path("zh", slug, "main-menu", 2).read_bytes() != before
    prompts_clean()
    assert old.exists()
    yesterday = time.time() - 25 * 3600
    for path in files.sounds_folder().rglob("*.wav"):
        os.utime(path, (yesterday, yesterday))
    prompts_clean()
    assert not old.exists()
    assert files.asterisk_path("zh", slug, "main-menu", 2).exists()


def test_same_bytes_are_made_once_and_make_no_new_revision(prompt: Prompt) -> None:
    first = put(prompt)
    made_at = files.store_path(first.content_key).stat().st_ino
    again = put(prompt)
    assert again.content_key == first.content_key
    assert files.store_path(first.content_key).stat().st_ino == made_at
    assert prompt.revision == 1


def test_work_done_twice_or_overtaken_changes_nothing(prompt: Prompt) -> None:
    audio = put(prompt)
    assert not audio_make(audio.pk, audio.job)
    old = audio_upload(prompt=prompt, language="zh", pieces=[tone_wav(500, 1)], actor=None).job
    new = audio_upload(prompt=prompt, language="zh", pieces=[tone_wav(600, 1)], actor=None)
    assert not audio_make(new.pk, old)
    assert audio_make(new.pk, new.job)
    prompt.refresh_from_db()
    assert prompt.revision == 2


def test_lost_task_is_done_later(prompt: Prompt) -> None:
    audio = audio_upload(prompt=prompt, language="zh", pieces=[tone_wav(700, 1)], actor=None)
    assert audios_make_waiting() == 0, "the worker may be at it"
    PromptAudio.objects.filter(pk=audio.pk).update(updated_at="2026-01-01T00:00Z")
    assert audios_make_waiting() == 1


def test_refused_file_changes_nothing(prompt: Prompt, folders: Path) -> None:
    put(prompt)
    with pytest.raises(SoundTypeError):
        audio_upload(prompt=prompt, language="zh", pieces=[b"<svg onload=x>"], actor=None)
    with pytest.raises(SoundTooBigError):
        audio_upload(prompt=prompt, language="zh", pieces=[b"RIFF" * 2**20] * 6, actor=None)
    with pytest.raises(SoundError, match="language"):
        audio_upload(prompt=prompt, language="..", pieces=[tone_wav(700, 1)], actor=None)
    assert PromptAudio.objects.get(prompt=prompt).state == AudioState.READY
    assert list((folders / "data/prompts/incoming").iterdir()) == []


def test_silence_fails_and_the_earlier_sound_stays_in_force(prompt: Prompt) -> None:
    put(prompt)
    audio = audio_upload(
        prompt=prompt, language="zh", pieces=[tone_wav(700, 1, level=0)], actor=None
    )
    assert not audio_make(audio.pk, audio.job)
    audio.refresh_from_db()
    assert (audio.state, audio.problem) == (AudioState.FAILED, "prompts.silent")
    assert audio.is_playable
    assert prompt_mapping(prompt.tenant_id, "x")["main-menu"].endswith("-1")


@pytest.mark.parametrize(("language", "text"), [("zh", "您好，欢迎致电。"), ("en", "-v Welcome.")])
def test_text_is_spoken_by_espeak(prompt: Prompt, language: str, text: str) -> None:
    audio = audio_speak(prompt=prompt, language=language, text=text, actor=None)
    assert audio_make(audio.pk, audio.job)
    audio.refresh_from_db()
    assert audio.duration_ms > 500
    assert abs((audio.loudness_lufs or 0) + 20) < 3
    assert (audio.source, audio.text) == ("tts", text)


class Broken:
    """A voice that is away."""

    identity = "broken"

    def speak(self, text: str, language: str) -> bytes:
        """Fail."""
        raise VoiceError("away")


def test_voice_that_is_away_fails_with_its_reason(prompt: Prompt) -> None:
    for text in ("", "  ", "x" * 2001, "a\0b"):
        with pytest.raises(TextError):
            audio_speak(prompt=prompt, language="zh", text=text, actor=None)
    audio = audio_speak(prompt=prompt, language="zh", text="你好", actor=None)
    assert not audio_make(audio.pk, audio.job, voice=Broken())
    audio.refresh_from_db()
    assert (audio.state, audio.problem) == (AudioState.FAILED, "prompts.voice")


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a/b", "A", "a b", "-a", "a\n", "x" * 81, "名"]
)
def test_name_that_could_leave_the_folder_is_refused(prompt: Prompt, name: str) -> None:
    with pytest.raises(PromptNameError):
        prompt_create(tenant_id=prompt.tenant_id, name=name, title="", kind="", actor=None)
    with pytest.raises(files.UnsafeNameError):
        files.asterisk_path("zh", "demo", name, 1)


def test_name_is_taken_in_one_company_only(prompt: Prompt) -> None:
    with pytest.raises(PromptNameTakenError):
        prompt_create(tenant_id=prompt.tenant_id, name="main-menu", title="", kind="", actor=None)
    other = TenantFactory()
    with tenant_scope(other.pk):
        prompt_create(tenant_id=other.pk, name="main-menu", title="", kind="", actor=None)
        assert "main-menu" not in prompt_mapping(other.pk, other.slug)


def test_prompt_in_a_draft_or_in_force_is_not_removed(prompt: Prompt) -> None:
    put(prompt)
    document = {"nodes": {"m": {"kind": "menu", "prompts": ["main-menu"]}}}
    flow = FlowFactory(tenant=prompt.tenant, name="总机", draft=document)
    with pytest.raises(PromptInUseError, match="总机"):
        prompt_delete(prompt=prompt, actor=None)
    flow.draft = {}
    flow.save()
    FlowVersionFactory(tenant=prompt.tenant, flow=flow, number=1, document=document)
    with pytest.raises(PromptInUseError, match="1"):
        prompt_delete(prompt=prompt, actor=None)
    FlowVersionFactory(tenant=prompt.tenant, flow=flow, number=2)
    slug = prompt.tenant.slug
    prompt_delete(prompt=prompt, actor=None)
    assert not Prompt.objects.exists()
    assert files.asterisk_path("zh", slug, "main-menu", 1).exists(), "running calls play it"


def test_plan_of_a_call_has_the_mapping_that_it_began_with(prompt: Prompt) -> None:
    put(prompt)
    document = {
        "schema": 1,
        "name": "f",
        "language": "zh",
        "start": "end",
        "nodes": {"end": {"kind": "hangup"}},
    }
    flow = FlowFactory(tenant=prompt.tenant)
    FlowVersionFactory(tenant=prompt.tenant, flow=flow, document=document)
    entry = EntryPointFactory(tenant=prompt.tenant, flow=flow)
    plan = entry_plan(entry.did.number)
    put(prompt, hz=900)
    later = entry_plan(entry.did.number)
    assert plan is not None
    assert later is not None
    assert plan.prompts["main-menu"].endswith("/main-menu-1")
    assert later.prompts["main-menu"].endswith("/main-menu-2")
