"""Recordings of calls, one for each agent's leg."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.recordings.choices import PLAYABLE, Conversion, Fault, RecordingState, Trouble
from apps.recordings.kept_models import (
    QueueKeepDays,
    RecordingHold,
    RecordingMark,
    RecordingPolicy,
    RecordingWave,
    RetentionRun,
)

__all__ = [
    "QueueKeepDays",
    "Recording",
    "RecordingHold",
    "RecordingMark",
    "RecordingPolicy",
    "RecordingRight",
    "RecordingSound",
    "RecordingState",
    "RecordingWave",
    "RetentionRun",
    "SoundReason",
]


class Recording(TenantModel):
    """One stereo recording: left what the agent said, right what the agent heard.

    `path`, `size_bytes` and `sha256` are of the original, a WAV in Asterisk's folder, for as long
    as it `has_original`; the `kept_…` are of the copy in `STORAGES["recordings"]`.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="recordings")
    leg_uniqueid = models.CharField(max_length=150)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    path = models.CharField(
        max_length=400, unique=True, help_text="Relative to the recordings folder."
    )
    state = models.CharField(
        max_length=10, choices=RecordingState.choices, default=RecordingState.RUNNING
    )
    started_at = models.DateTimeField()
    duration_ms = models.PositiveBigIntegerField(null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    fault = models.CharField(
        max_length=12, choices=Fault.choices, blank=True, default="", db_default=""
    )
    is_measured = models.BooleanField(
        default=False, db_default=False, help_text="Its sound and outline were looked for."
    )
    has_original = models.BooleanField(default=True, db_default=True)
    kept_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    kept_format = models.CharField(max_length=4, blank=True, default="", db_default="")
    kept_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    kept_sha256 = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Of what is stored, sealed if it is.",
    )
    is_sealed = models.BooleanField(default=False, db_default=False)
    conversion = models.CharField(
        max_length=8, choices=Conversion.choices, blank=True, default="", db_default=""
    )
    trouble = models.CharField(
        max_length=10, choices=Trouble.choices, blank=True, default="", db_default=""
    )
    trouble_detail = models.CharField(max_length=200, blank=True, default="", db_default="")
    conversion_tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    conversion_due_at = models.DateTimeField(
        null=True, blank=True, help_text="Waiting: not before. Running: taken for dead after this."
    )
    conversion_job = models.CharField(max_length=12, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["-started_at", "-pk"]
        indexes = [
            # The list of recordings, and those past their time.
            models.Index(fields=["tenant", "-started_at", "-id"], name="recording_newest"),
            models.Index(fields=["agent", "-started_at", "-id"], name="recording_of_agent"),
            # What the worker looks for each minute: few, however many there are in all.
            models.Index(
                fields=["id"],
                condition=models.Q(state=RecordingState.RUNNING),
                name="recording_running",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(is_measured=False, state__in=PLAYABLE),
                name="recording_unmeasured",
            ),
            models.Index(
                fields=["conversion_due_at"],
                condition=models.Q(conversion__in=(Conversion.WAITING, Conversion.RUNNING)),
                name="recording_to_convert",
            ),
            # Counts of what is missing or cut, of what was given up, of what could not be removed.
            models.Index(
                fields=["tenant", "state", "-started_at"],
                condition=~models.Q(state=RecordingState.READY),
                name="recording_not_whole",
            ),
            models.Index(
                fields=["tenant", "-id"],
                condition=models.Q(conversion=Conversion.FAILED),
                name="recording_given_up",
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def is_playable(self) -> bool:
        """Say whether there is something to hear."""
        return self.state in PLAYABLE


class SoundReason(models.TextChoices):
    """Why a recording stands out by its sound (`engine/outliers.py`)."""

    MUCH_SILENCE = "much_silence", _("Much silence")
    LONG_SILENCE = "long_silence", _("A long silence")
    CROSSTALK = "crosstalk", _("Both talk at once")
    AGENT_TALKS_MUCH = "agent_talks_much", _("The agent hardly lets the customer speak")
    AGENT_HARDLY_TALKS = "agent_hardly_talks", _("The agent hardly speaks")
    MONOLOGUE = "monologue", _("A long monologue of the agent")
    CLIPPED = "clipped", _("Too loud, cut off")
    AGENT_QUIET = "agent_quiet", _("The agent is hard to hear")
    ONE_SIDED = "one_sided", _("Only one side is heard")


class RecordingSound(TenantModel):
    """What a recording sounds like, measured by `engine/sound.py`; `other` is who is not the agent.

    `reasons` holds why it stands out, each between commas, so that one can be asked for.
    """

    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="sound")
    version = models.PositiveSmallIntegerField()
    # Why the file could not be measured; then every figure is 0 or null.
    fault = models.CharField(max_length=200, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    silence_ms = models.PositiveIntegerField(default=0)
    longest_silence_ms = models.PositiveIntegerField(default=0)
    crosstalk_ms = models.PositiveIntegerField(default=0)
    turns = models.PositiveIntegerField(default=0)
    agent_talk_ms = models.PositiveIntegerField(default=0)
    agent_longest_talk_ms = models.PositiveIntegerField(default=0)
    agent_level_db = models.FloatField(null=True, blank=True)
    agent_clipped_share = models.FloatField(default=0)
    agent_syllables_per_s = models.FloatField(null=True, blank=True)
    other_talk_ms = models.PositiveIntegerField(default=0)
    other_longest_talk_ms = models.PositiveIntegerField(default=0)
    other_level_db = models.FloatField(null=True, blank=True)
    other_clipped_share = models.FloatField(default=0)
    other_syllables_per_s = models.FloatField(null=True, blank=True)
    reasons = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("sound of a recording")
        verbose_name_plural = _("sounds of recordings")
        indexes = [
            # What an older version measured.
            models.Index(fields=["version"], name="sound_version"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id}: {self.reasons or '-'}"

    @property
    def agent_share(self) -> float | None:
        """Return the agent's part of all talk, 0 to 1; None when nobody talked."""
        both = self.agent_talk_ms + self.other_talk_ms
        return self.agent_talk_ms / both if both else None

    @property
    def reason_names(self) -> list[str]:
        """Return why it stands out, in words."""
        return [str(SoundReason(one).label) for one in self.reasons.split(",") if one]


class RecordingRight(TenantModel):
    """What a company allows with its recordings; without a row: what is said here."""

    agents_hear_own = models.BooleanField(
        _("agents may hear their own recordings"), default=True, db_default=True
    )

    class Meta:
        verbose_name = _("right to recordings")
        verbose_name_plural = _("rights to recordings")
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="recording_right_once"),
        ]

    def __str__(self) -> str:
        return str(self.tenant_id)
