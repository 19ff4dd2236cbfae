"""Pages for the company's prompts: list, make, hear, replace, remove."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.prompt_tables import PromptTable
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.core.ranged_files import ranged_file_response
from apps.integrations.access import signed_in_or_token
from apps.prompts import services
from apps.prompts.errors import SOUND_ERRORS, SoundEmptyError, SoundError
from apps.prompts.files import UnsafeNameError, store_path, system_path
from apps.prompts.models import AudioState, Language, Prompt, PromptAudio, PromptKind
from apps.prompts.ports import PromptUse, prompt_uses
from apps.prompts.selectors import (
    audio_by_name,
    can_prompts_change,
    can_prompts_hear,
    prompt_get,
    prompt_list,
    record_code,
    system_prompt_texts,
)
from apps.prompts.tasks import audio_make_later

PAGE_ROWS = 25
USE_PAGES = {"flow": "admin:ivr_flow_change", "queue": "admin:acd_queue_change"}


def _may_change(user: User) -> None:
    if not can_prompts_change(user):
        raise PermissionDenied


@console_page
def prompts(request: HttpRequest, *, user: User) -> HttpResponse:
    """The company's prompts and the system's, found by name, title or text."""
    _may_change(user)
    wanted = request.GET.get("q", "").strip()[:80]
    rows = prompt_list()
    if wanted:
        matches = Q(name__icontains=wanted) | Q(title__icontains=wanted)
        spoken = PromptAudio.objects.filter(text__icontains=wanted).values("prompt_id")
        rows = rows.filter(matches | Q(pk__in=spoken))
    table = PromptTable(rows)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    shown = [row.record for row in table.page.object_list]
    assert user.tenant_id is not None  # noqa: S101 - console_page saw to it
    table.uses = prompt_uses(user.tenant_id, [prompt.name for prompt in shown])
    own = set(Prompt.objects.values_list("name", flat=True))
    system = [
        {"name": name, "zh": says.get("zh", ""), "en": says.get("en", "")}
        for name, says in system_prompt_texts().items()
        if name not in own and wanted.lower() in " ".join((name, *says.values())).lower()
    ]
    context = {"table": table, "q": wanted, "system": system, "title": _("Prompts")}
    return render_work(request, "console/prompts.html", context)


@console_page
def prompt_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make a prompt; its sound comes next."""
    _may_change(user)
    given = request.POST if request.method == "POST" else request.GET
    values = {name: given.get(name, "").strip() for name in ("name", "title", "kind")}
    problem: object = ""
    if request.method == "POST":
        assert user.tenant_id is not None  # noqa: S101 - console_page saw to it
        try:
            made = services.prompt_create(tenant_id=user.tenant_id, actor=user, **values)
        except HuawuError as error:
            problem = error.text
        else:
            return redirect("console:prompt", pk=made.pk)
    context = {
        "values": values,
        "problem": problem,
        "kinds": PromptKind.choices,
        "title": _("New prompt"),
    }
    return render_work(request, "console/prompt_new.html", context)


@console_page
def prompt(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One prompt: what it says in each language, who plays it."""
    _may_change(user)
    found = prompt_get(pk)
    if request.method == "POST":
        services.prompt_update(
            prompt=found,
            title=request.POST.get("title", ""),
            kind=request.POST.get("kind", ""),
            actor=user,
        )
        messages.success(request, _("Saved."))
        return redirect("console:prompt", pk=pk)
    context = {
        "prompt": found,
        "kinds": PromptKind.choices,
        "cards": [_card(found, language) for language in Language],
        "uses": _linked(prompt_uses(found.tenant_id, [found.name])[found.name]),
        "replaces": system_prompt_texts().get(found.name),
        "title": found.name,
    }
    return render_work(request, "console/prompt.html", context)


@console_page
def prompt_card(request: HttpRequest, pk: int, language: str, *, user: User) -> HttpResponse:
    """One language of a prompt; asked again and again while the worker is at it."""
    _may_change(user)
    found = prompt_get(pk)
    if language not in Language.values:
        raise NotFoundError(language)
    card = _card(found, Language(language))
    return render(request, "console/prompt_card.html", {"prompt": found, "card": card})


@require_POST
@console_page
def prompt_upload(request: HttpRequest, pk: int, language: str, *, user: User) -> HttpResponse:
    """Take a file for one language."""
    _may_change(user)
    found = prompt_get(pk)
    try:
        sent = request.FILES.get("file")
        if sent is None or isinstance(sent, list):
            raise SoundEmptyError("no file")
        audio = services.audio_upload(
            prompt=found,
            language=language,
            pieces=sent.chunks(),
            actor=user,
            text=request.POST.get("text", ""),
        )
    except SoundError as error:
        messages.error(request, str(error.text))
    else:
        audio_make_later(audio)
    return redirect("console:prompt", pk=pk)


@require_POST
@console_page
def prompt_speak(request: HttpRequest, pk: int, language: str, *, user: User) -> HttpResponse:
    """Have a text spoken for one language."""
    _may_change(user)
    found = prompt_get(pk)
    try:
        audio = services.audio_speak(
            prompt=found, language=language, text=request.POST.get("text", ""), actor=user
        )
    except SoundError as error:
        messages.error(request, str(error.text))
    else:
        audio_make_later(audio)
    return redirect("console:prompt", pk=pk)


@require_POST
@console_page
def prompt_delete(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove a prompt that nobody plays."""
    _may_change(user)
    found = prompt_get(pk)
    try:
        services.prompt_delete(prompt=found, actor=user)
    except HuawuError as error:
        messages.error(request, f"{error.text} {error.detail}")
        return redirect("console:prompt", pk=pk)
    messages.success(request, _("%(name)s is removed.") % {"name": found.name})
    return redirect("console:prompts")


@require_safe
@signed_in_or_token
def prompt_audio(request: HttpRequest, language: str, name: str, *, user: User) -> HttpResponseBase:
    """Answer what callers of a language hear under a name: the company's sound, or the system's."""
    if not can_prompts_hear(user):
        raise ForbiddenError(user.username)
    try:
        audio = audio_by_name(language, name)
        path = store_path(audio.content_key) if audio else system_path(language, name)
    except UnsafeNameError as error:
        raise NotFoundError(f"prompt {name[:80]!r}") from error
    if language not in Language.values or not path.is_file():
        raise NotFoundError(f"prompt {language}/{name} has no file")
    etag = audio.content_key if audio else ""
    return ranged_file_response(request, path, content_type="audio/wav", etag=etag)


def _card(found: Prompt, language: Language) -> dict[str, Any]:
    audio: PromptAudio | None = found.audios.filter(language=language).first()
    problem = SOUND_ERRORS.get(audio.problem, SoundError) if audio and audio.problem else None
    return {
        "language": language,
        "audio": audio,
        "is_pending": audio is not None and audio.state == AudioState.PENDING,
        "problem": problem.text if problem else "",
        "wave": _wave(audio.peaks) if audio else "",
        "seconds": round(audio.duration_ms / 1000, 1) if audio else 0,
        "code": record_code(found, language.value),
    }


def _wave(peaks: Sequence[float]) -> str:
    """Return an SVG path, 200 wide and 40 high, of the peaks of a sound."""
    return "".join(
        f"M{at} {20 - 19 * peak:.1f}V{20 + 19 * peak:.1f}" for at, peak in enumerate(peaks)
    )


def _linked(uses: Sequence[PromptUse]) -> list[dict[str, str]]:
    return [
        {
            "what": use.what,
            "url": reverse(USE_PAGES[use.kind], args=[use.pk]) if use.kind in USE_PAGES else "",
        }
        for use in uses
    ]
