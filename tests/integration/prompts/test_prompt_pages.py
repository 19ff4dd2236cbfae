"""The pages of prompts: what they show, what they refuse, and to whom."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.core.tenancy import tenant_scope
from apps.prompts import files
from apps.prompts.models import AudioState, Prompt, PromptAudio
from apps.prompts.services import audio_make, audio_upload, prompt_create
from tests.factories import FlowFactory, TenantFactory, UserFactory
from tests.unit.prompts.sounds import tone_wav

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Path:
    """Give this test's own store and sounds; the worker works at once."""
    from celery import current_app

    settings.HUAWU_DATA_DIR = tmp_path / "data"
    settings.HUAWU_SOUNDS_DIR = tmp_path / "sounds"
    current_app.conf.task_always_eager = True
    yield tmp_path
    current_app.conf.task_always_eager = False


@pytest.fixture
def prompt(admin: Any) -> Iterator[Prompt]:
    """Give a prompt without a sound, of the admin's company."""
    with tenant_scope(admin.user.tenant_id):
        yield prompt_create(
            tenant_id=admin.user.tenant_id, name="hello", title="问候", kind="menu", actor=None
        )


def upload(client: Client, prompt: Prompt, data: bytes, name: str = "a.wav") -> Any:
    """Send a file for Chinese and follow to the page."""
    return client.post(
        reverse("console:prompt-upload", args=[prompt.pk, "zh"]),
        {"file": SimpleUploadedFile(name, data)},
        follow=True,
    )


def put(prompt: Prompt) -> None:
    """Put a tone in force in Chinese."""
    audio = audio_upload(prompt=prompt, language="zh", pieces=[tone_wav(700, 1)], actor=None)
    assert audio_make(audio.pk, audio.job)


def test_admin_makes_uploads_and_hears_a_prompt(admin: Any) -> None:
    made = admin.post(reverse("console:prompt-new"), {"name": "hi", "title": "T", "kind": "menu"})
    with tenant_scope(admin.user.tenant_id):
        prompt = Prompt.objects.get(name="hi")
    assert made["Location"] == reverse("console:prompt", args=[prompt.pk])
    page = upload(admin, prompt, tone_wav(700, 1)).content.decode()
    assert 'data-testid="failed"' not in page
    assert "<svg" in page
    sound = admin.get(
        reverse("console:prompt-audio", args=["zh", "hi"]), headers={"Range": "bytes=0-3"}
    )
    assert (sound.status_code, b"".join(sound)) == (206, b"RIFF")
    listed = admin.get(reverse("console:prompts"), {"q": "hi"}).content.decode()
    assert 'data-testid="prompt-row"' in listed


def test_text_is_spoken_and_found_by_its_words(admin: Any, prompt: Prompt) -> None:
    speak = reverse("console:prompt-speak", args=[prompt.pk, "zh"])
    admin.post(speak, {"text": "春节期间照常服务"})
    assert PromptAudio.objects.get(prompt=prompt).state == AudioState.READY
    assert "hello" in admin.get(reverse("console:prompts"), {"q": "春节"}).content.decode()
    page = admin.post(speak, {"text": " "}, follow=True).content.decode()
    assert "1 to 2,000 characters" in page


def mp3(seconds: int) -> bytes:
    """Return a tone of some seconds as a small MP3."""
    return subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"sine=f=700:d={seconds}:r=8000"),
            *("-b:a", "8k", "-f", "mp3", "-"),
        ],
        capture_output=True,
        check=True,
    ).stdout


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
HOSTILE = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not a WAV"),
    "html": (b"<!doctype html><script>alert(1)</script>", "not a WAV"),
    "hls": (PLAYLIST, "not a WAV"),
    "hls in mp3": (b"ID3" + PLAYLIST, "damaged"),
    "concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a WAV"),
    "zip": (b"PK\x03\x04" + b"\0" * 1000, "not a WAV"),
    "empty": (b"", "is empty"),
    "big": (b"RIFF\0\0\0\0WAVE" + b"\0" * (21 * 2**20), "larger than 20 MB"),
    "cut": (tone_wav(700, 1)[:30], "damaged"),
    "noise": (b"OggS" + bytes(range(256)) * 100, "damaged"),
    "ftyp": (b"\0\0\0\x18ftypM4A " + b"\xff" * 4000, "damaged"),
}


@pytest.mark.parametrize(("data", "why"), HOSTILE.values(), ids=HOSTILE)
def test_file_that_is_no_sound_is_refused_with_the_reason(
    admin: Any, prompt: Prompt, folders: Path, data: bytes, why: str
) -> None:
    page = upload(admin, prompt, data, "../../x.wav").content.decode()
    assert why in page
    assert not PromptAudio.objects.exists()
    assert [path for path in folders.rglob("*") if path.is_file()] == []


def test_eleven_minutes_are_too_long(admin: Any, prompt: Prompt) -> None:
    assert "longer than 10 minutes" in upload(admin, prompt, mp3(660)).content.decode()


def test_length_that_the_file_lies_about_is_measured(admin: Any, prompt: Prompt) -> None:
    data = bytearray(tone_wav(700, 620))
    data[40:44] = (16000).to_bytes(4, "little")  # "one second" of data
    upload(admin, prompt, bytes(data))
    audio = PromptAudio.objects.get(prompt=prompt)
    assert audio.state == AudioState.FAILED or audio.duration_ms <= 600_000


def test_prompt_of_another_company_is_not_there(admin: Any) -> None:
    other = TenantFactory()
    with tenant_scope(other.pk):
        theirs = prompt_create(tenant_id=other.pk, name="x", title="", kind="", actor=None)
        put(theirs)
    for name in ("prompt", "prompt-delete"):
        url = reverse(f"console:{name}", args=[theirs.pk])
        assert admin.post(url, {"title": "taken"}).status_code == 404
    for name in ("prompt-upload", "prompt-speak", "prompt-card"):
        url = reverse(f"console:{name}", args=[theirs.pk, "zh"])
        answer = admin.get(url) if name == "prompt-card" else admin.post(url, {"text": "x"})
        assert answer.status_code == 404, name
    assert admin.get(reverse("console:prompt-audio", args=["zh", "x"])).status_code == 404
    with tenant_scope(other.pk):
        assert Prompt.objects.get().title == "x"


@pytest.mark.parametrize("role", [Role.AGENT, Role.TEAM_LEAD, Role.INSPECTOR])
def test_who_is_no_admin_is_forbidden(admin: Any, prompt: Prompt, role: str) -> None:
    put(prompt)
    client = Client()
    client.force_login(UserFactory(tenant=admin.user.tenant, role=role))
    pages = ["prompts", "prompt-new"]
    one = ["prompt", "prompt-delete"]
    each = ["prompt-upload", "prompt-speak", "prompt-card"]
    urls = [
        *(reverse(f"console:{name}") for name in pages),
        *(reverse(f"console:{name}", args=[prompt.pk]) for name in one),
        *(reverse(f"console:{name}", args=[prompt.pk, "zh"]) for name in each),
    ]
    assert [client.post(url).status_code for url in urls] == [403] * len(urls)
    assert client.get(reverse("console:prompt-audio", args=["zh", "hello"])).status_code == 403
    assert "/prompts/" not in client.get(reverse("console:settings")).content.decode()


def test_stranger_hears_and_sees_nothing(prompt: Prompt) -> None:
    put(prompt)
    sound = reverse("console:prompt-audio", args=["zh", "hello"])
    assert Client().get(sound).status_code == 401
    assert "/login/" in Client().get(reverse("console:prompts"))["Location"]


@pytest.mark.parametrize(
    ("language", "name"),
    [("zh", "..%2f..%2fsecret"), ("zh", "none"), ("..", "hello"), ("fr", "hello"), ("zh", "A.b")],
)
def test_audio_outside_the_folders_is_not_there(
    admin: Any, prompt: Prompt, language: str, name: str
) -> None:
    put(prompt)
    assert admin.get(f"/prompts/audio/{language}/{name}/").status_code == 404


def test_system_prompt_is_heard_until_the_company_has_its_own(admin: Any, prompt: Prompt) -> None:
    system = files.system_path("en", "goodbye")
    system.parent.mkdir(parents=True)
    system.write_bytes(b"RIFFsystem")
    url = reverse("console:prompt-audio", args=["en", "goodbye"])
    assert b"".join(admin.get(url)) == b"RIFFsystem"
    own = prompt_create(
        tenant_id=prompt.tenant_id, name="goodbye", title="", kind="other", actor=None
    )
    put(own)
    assert b"".join(admin.get(url)) != b"RIFFsystem"


def test_prompt_in_use_says_where_and_stays(admin: Any, prompt: Prompt) -> None:
    flow = FlowFactory(tenant=admin.user.tenant, name="总机", draft={"prompts": ["hello"]})
    page = admin.get(reverse("console:prompt", args=[prompt.pk])).content.decode()
    assert reverse("admin:ivr_flow_change", args=[flow.pk]) in page
    assert 'data-testid="prompt-delete"' not in page
    refused = admin.post(reverse("console:prompt-delete", args=[prompt.pk]), follow=True)
    assert "总机" in refused.content.decode()
    assert Prompt.objects.filter(pk=prompt.pk).exists()
    flow.delete()
    admin.post(reverse("console:prompt-delete", args=[prompt.pk]))
    assert not Prompt.objects.filter(pk=prompt.pk).exists()


def test_page_asks_again_only_while_the_work_goes_on(admin: Any, prompt: Prompt) -> None:
    audio = audio_upload(prompt=prompt, language="zh", pieces=[tone_wav(700, 1)], actor=None)
    card = reverse("console:prompt-card", args=[prompt.pk, "zh"])
    assert 'hx-trigger="every 1s"' in admin.get(card).content.decode()
    audio_make(audio.pk, audio.job)
    assert "hx-trigger" not in admin.get(card).content.decode()


def test_name_that_is_wrong_or_taken_is_said_with_what_was_typed(
    admin: Any, prompt: Prompt
) -> None:
    for name, why in (("hello", "already"), ("../x", "Lower-case")):
        page = admin.post(reverse("console:prompt-new"), {"name": name, "title": "T1"})
        assert why in page.content.decode()
        assert 'value="T1"' in page.content.decode()
