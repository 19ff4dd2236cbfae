"""A company's prompts: what callers hear in its own words and voices, by language."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,79}\Z"


class PromptKind(models.TextChoices):
    """What a prompt is for; only to find it again."""

    GREETING = "greeting", _("Greeting")
    MENU = "menu", _("Menu")
    ANSWER = "answer", _("Standard answer")
    VOICEMAIL = "voicemail", _("Voicemail greeting")
    MUSIC = "music", _("Music")
    OTHER = "other", _("Other")


class Language(models.TextChoices):
    """The languages that callers hear."""

    ZH = "zh", _("Chinese")
    EN = "en", _("English")


class AudioSource(models.TextChoices):
    """Where a sound came from."""

    UPLOAD = "upload", _("Uploaded")
    TTS = "tts", _("Spoken from text")
    PHONE = "phone", _("Recorded by phone")


class AudioState(models.TextChoices):
    """How the latest work on a sound went; an earlier sound stays in force until it is done."""

    PENDING = "pending", _("In work")
    READY = "ready", _("Playable")
    FAILED = "failed", _("Failed")


class Prompt(TenantModel):
    """One prompt; a system prompt of the same name is replaced by it in this company."""

    name = models.CharField(
        _("name"),
        max_length=80,
        validators=[
            RegexValidator(
                NAME_PATTERN,
                _("Lower-case letters, digits, - and _, at most 80; a letter or digit first."),
            )
        ],
        help_text=_("What flows call it. Cannot be changed later."),
    )
    title = models.CharField(_("title"), max_length=120)
    kind = models.CharField(
        _("kind"), max_length=10, choices=PromptKind.choices, default=PromptKind.GREETING
    )
    number = models.PositiveIntegerField(
        _("number"), help_text=_("Dialled after *77 and the language to record it by phone.")
    )
    revision = models.PositiveIntegerField(
        _("revision"), default=0, help_text=_("Grows with each replacement; 0: nothing to hear.")
    )

    class Meta:
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="prompt_name_unique"),
            models.UniqueConstraint(fields=["tenant", "number"], name="prompt_number_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class PromptAudio(TenantModel):
    """What one prompt says in one language."""

    prompt = models.ForeignKey(
        Prompt, on_delete=models.CASCADE, related_name="audios", verbose_name=_("prompt")
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    source = models.CharField(_("source"), max_length=6, choices=AudioSource.choices)
    text = models.TextField(
        _("text"), blank=True, default="", help_text=_("What is said; spoken when made from text.")
    )
    state = models.CharField(
        _("state"), max_length=7, choices=AudioState.choices, default=AudioState.PENDING
    )
    problem = models.CharField(
        max_length=40, blank=True, default="", help_text="Code of prompts.errors; '' without one."
    )
    job = models.CharField(
        max_length=32, blank=True, default="", help_text="The latest work; older work is dropped."
    )
    job_source = models.CharField(
        max_length=6, choices=AudioSource.choices, blank=True, default="", help_text="Of the job."
    )
    job_text = models.TextField(blank=True, default="", help_text="Of the job.")
    content_key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="SHA-256 of what went in and the recipe; names the file. '': nothing yet.",
    )
    duration_ms = models.PositiveIntegerField(_("length"), default=0)
    loudness_lufs = models.FloatField(_("loudness"), null=True, blank=True)
    peaks = models.JSONField(default=list, help_text="Loudest sample of each of 200 parts, 0 to 1.")

    class Meta:
        verbose_name = _("prompt's sound")
        verbose_name_plural = _("prompts' sounds")
        ordering = ["-language", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "language"], name="prompt_audio_unique")
        ]

    def __str__(self) -> str:
        return f"{self.prompt}/{self.language}"

    @property
    def is_playable(self) -> bool:
        """Return whether there is something to hear, whatever the latest work says."""
        return bool(self.content_key)
