"""Make, replace and remove a company's prompts.

A replacement is a new revision: its files are laid beside the old ones before the row says so, and
the old ones go a day later. A call that runs keeps the revisions that it began with.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.tenancy import all_tenants
from apps.prompts import files
from apps.prompts.audio import MAX_BYTES, RECIPE, Sound, sound_check, sound_convert
from apps.prompts.errors import (
    PromptInUseError,
    PromptNameError,
    PromptNameTakenError,
    SoundEmptyError,
    SoundError,
    SoundTooBigError,
    SoundToolError,
    TextError,
)
from apps.prompts.models import AudioSource, AudioState, Language, Prompt, PromptAudio, PromptKind
from apps.prompts.ports import Voice, make_voice, prompt_uses

logger = logging.getLogger(__name__)

MAX_TEXT = 2000
KEEP_S = 24 * 3600
WAITING_S = 60


def prompt_create(
    *, tenant_id: int, name: str, title: str, kind: str, actor: User | None
) -> Prompt:
    """Make a prompt without a sound. Raises PromptNameError and PromptNameTakenError."""
    if not files.NAME.match(name):
        raise PromptNameError(name[:100])
    if Prompt.objects.filter(tenant_id=tenant_id, name=name).exists():
        raise PromptNameTakenError(name)
    last = Prompt.objects.filter(tenant_id=tenant_id).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            prompt = Prompt.objects.create(
                tenant_id=tenant_id,
                name=name,
                title=title.strip()[:120] or name,
                kind=kind if kind in PromptKind.values else PromptKind.OTHER,
                number=last + 1,
            )
            _audit(prompt, actor, "create")
    except IntegrityError as error:  # two people at once
        raise PromptNameTakenError(name) from error
    return prompt


def prompt_update(*, prompt: Prompt, title: str, kind: str, actor: User | None) -> None:
    """Change what people see of a prompt."""
    prompt.title = title.strip()[:120] or prompt.name
    prompt.kind = kind if kind in PromptKind.values else prompt.kind
    with transaction.atomic():
        prompt.save(update_fields=["title", "kind", "updated_at"])
        _audit(prompt, actor, "update")


def prompt_delete(*, prompt: Prompt, actor: User | None) -> None:
    """Remove a prompt that nobody plays. Raises PromptInUseError with the places as detail."""
    if uses := prompt_uses(prompt.tenant_id, [prompt.name])[prompt.name]:
        raise PromptInUseError("; ".join(use.what for use in uses))
    slug, name, revision = prompt.tenant.slug, prompt.name, prompt.revision
    with transaction.atomic():
        _audit(prompt, actor, "delete", revision=revision)
        prompt.delete()
    files.revision_retire(slug, name, revision)


def audio_upload(
    *,
    prompt: Prompt,
    language: str,
    pieces: Iterable[bytes],
    actor: User | None,
    source: AudioSource = AudioSource.UPLOAD,
    text: str = "",
) -> PromptAudio:
    """Take a sound file and leave it for the worker. Raises SoundError before anything changes.

    The file's own name is never looked at. Follow with `tasks.audio_make_later`.
    """
    job = secrets.token_hex(16)
    path = files.incoming_path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        size = 0
        with path.open("wb") as target:
            for piece in pieces:
                size += len(piece)
                if size > MAX_BYTES:
                    raise SoundTooBigError(str(size))
                target.write(piece)
        sound_check(path)
        return _begin(prompt, language, job, source, text.strip()[:MAX_TEXT], actor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def audio_speak(*, prompt: Prompt, language: str, text: str, actor: User | None) -> PromptAudio:
    """Have a text spoken by the worker. Raises TextError. Follow with `tasks.audio_make_later`."""
    text = text.strip()
    if not 0 < len(text) <= MAX_TEXT or "\0" in text:
        raise TextError(f"{len(text)} characters")
    return _begin(prompt, language, secrets.token_hex(16), AudioSource.TTS, text, actor)


def _begin(
    prompt: Prompt, language: str, job: str, source: AudioSource, text: str, actor: User | None
) -> PromptAudio:
    if language not in Language.values:
        raise SoundError(f"language {language[:20]!r}")
    with transaction.atomic():
        audio, _ = PromptAudio.objects.update_or_create(
            prompt=prompt,
            language=language,
            defaults={
                "job": job,
                "job_source": source,
                "job_text": text,
                "state": AudioState.PENDING,
                "problem": "",
            },
            create_defaults={
                "tenant_id": prompt.tenant_id,
                "source": source,
                "job": job,
                "job_source": source,
                "job_text": text,
            },
        )
        _audit(prompt, actor, "replace", language=language, source=str(source))
    return audio


def audio_make(audio_id: int, job: str, voice: Voice | None = None) -> bool:
    """Do the work of a job: convert or speak, then put it in force; return whether it is now.

    In the company's scope or in all. Safe to run twice: a job that is done, or that a later one
    overtook, is left. What is wrong with the sound is written to the row.
    """
    audio = (
        PromptAudio.objects.select_related("prompt__tenant").filter(pk=audio_id, job=job).first()
    )
    if audio is None or audio.state != AudioState.PENDING:
        return False
    upload = files.incoming_path(job)
    try:
        key, sound = _spoken(audio, voice) if audio.job_source == AudioSource.TTS else _sent(upload)
    except SoundError as error:
        logger.info("prompt %s: %s %s", audio.pk, error.code, error.detail)
        PromptAudio.objects.filter(pk=audio.pk, job=job).update(
            state=AudioState.FAILED, problem=error.code, updated_at=timezone.now()
        )
        upload.unlink(missing_ok=True)
        return False
    is_in_force = _put_in_force(audio, job, key, sound)
    upload.unlink(missing_ok=True)
    return is_in_force


def _spoken(audio: PromptAudio, voice: Voice | None) -> tuple[str, Sound]:
    voice = voice or make_voice()
    said = "\0".join((voice.identity, audio.language, audio.job_text))
    key = _key(hashlib.sha256(said.encode()))
    if known := files.stored_sound(key):
        return key, known
    path = files.incoming_path(secrets.token_hex(16))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(voice.speak(audio.job_text, audio.language))
        return key, _made(path, key)
    finally:
        path.unlink(missing_ok=True)


def _sent(upload: Path) -> tuple[str, Sound]:
    if not upload.is_file():
        raise SoundEmptyError("the upload is gone")
    with upload.open("rb") as file:
        key = _key(hashlib.file_digest(file, "sha256"))
    return key, files.stored_sound(key) or _made(upload, key)


def _key(digest: "hashlib._Hash") -> str:
    return hashlib.sha256(f"{RECIPE} {digest.hexdigest()}".encode()).hexdigest()


def _made(source: Path, key: str) -> Sound:
    try:
        sound = sound_convert(source, files.store_path(key))
        files.stored_sound_write(key, sound)
    except OSError as error:
        logger.exception("prompt not written")
        raise SoundToolError(str(error)) from error
    return sound


def _put_in_force(audio: PromptAudio, job: str, key: str, sound: Sound) -> bool:
    with transaction.atomic():
        prompt = (
            Prompt.objects.select_for_update(no_key=True)
            .select_related(None)
            .get(pk=audio.prompt_id)
        )
        slug = audio.prompt.tenant.slug
        rows = {row.language: row for row in PromptAudio.objects.filter(prompt=prompt)}
        row = rows.get(audio.language)
        if row is None or row.job != job or row.state != AudioState.PENDING:
            return False
        old = prompt.revision
        is_new = row.content_key != key or old == 0
        row.content_key, row.source, row.text = key, row.job_source, row.job_text
        row.state, row.problem = AudioState.READY, ""
        row.duration_ms, row.loudness_lufs = sound.duration_ms, sound.loudness_lufs
        row.peaks = list(sound.peaks)
        row.save()
        if is_new:
            keys = {lang: other.content_key for lang, other in rows.items() if other.content_key}
            # Before the row says so: a call may read the new revision the moment it is committed.
            files.revision_place(slug, prompt.name, old + 1, keys)
            prompt.revision = old + 1
            prompt.save(update_fields=["revision", "updated_at"])
    if is_new and old:
        files.revision_retire(slug, prompt.name, old)
    return True


def audios_make_waiting() -> int:
    """Do jobs whose task was lost; return how many are in force now."""
    with all_tenants("the worker serves every company"):
        since = timezone.now() - timedelta(seconds=WAITING_S)
        waiting = PromptAudio.objects.filter(state=AudioState.PENDING, updated_at__lt=since)
        jobs = list(waiting.order_by("pk").values_list("pk", "job")[:100])
        return sum(audio_make(pk, job) for pk, job in jobs)


def prompts_clean() -> int:
    """Remove files a day after they went out of use; return how many."""
    with all_tenants("the worker serves every company"):
        revisions = set(Prompt.objects.values_list("tenant__slug", "name", "revision"))
        keys = set(PromptAudio.objects.values_list("content_key", flat=True))
        jobs = PromptAudio.objects.filter(state=AudioState.PENDING)
        keys |= set(jobs.values_list("job", flat=True))
    return files.revisions_remove(revisions, KEEP_S) + files.stored_remove(keys, KEEP_S)


def _audit(prompt: Prompt, actor: User | None, action: str, **detail: object) -> None:
    audit_record(
        actor=actor,
        tenant_id=prompt.tenant_id,
        action=f"prompt.{action}",
        object_type="prompt",
        object_id=prompt.pk,
        detail={"name": prompt.name, **detail},
    )
