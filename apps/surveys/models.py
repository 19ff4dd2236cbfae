"""Surveys after calls, the queues that have one, and what callers answered."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, Department
from apps.acd.models import Queue
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.surveys.choices import ResultState
from apps.surveys.engine.survey import MAX_QUESTIONS, MAX_TRIES

PROMPT_NAME = RegexValidator(r"^[a-z0-9][a-z0-9/_-]*$", _("A prompt's name, for example goodbye."))
LABEL = re.compile(r"([0-9])\s*=\s*(\S.*)")


class Survey(TenantModel):
    """What callers are asked after the agent has hung up."""

    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    intro_prompt = models.CharField(
        _("introduction"),
        max_length=100,
        blank=True,
        default="survey-intro",
        validators=[PROMPT_NAME],
        help_text=_("Name of the prompt played first."),
    )
    thanks_prompt = models.CharField(
        _("thanks"),
        max_length=100,
        blank=True,
        default="survey-thanks",
        validators=[PROMPT_NAME],
        help_text=_("Name of the prompt played at the end."),
    )
    sample_percent = models.PositiveSmallIntegerField(
        _("share of calls asked (%)"), default=100, validators=[MaxValueValidator(100)]
    )
    timeout_s = models.PositiveSmallIntegerField(
        _("wait for a key (s)"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )
    tries = models.PositiveSmallIntegerField(
        _("tries at each question"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_TRIES)],
    )
    follow_up_hours = models.PositiveSmallIntegerField(
        _("hours to follow up a bad answer"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
    )

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="survey_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class SurveyQuestion(TenantModel):
    """One question of a survey; keys from `low` to `high` are its scores."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(
        _("position"), validators=[MinValueValidator(1), MaxValueValidator(MAX_QUESTIONS)]
    )
    text = models.CharField(_("question"), max_length=200)
    prompt = models.CharField(
        _("prompt"), max_length=100, default="survey-question", validators=[PROMPT_NAME]
    )
    low = models.PositiveSmallIntegerField(
        _("lowest key"), default=1, validators=[MaxValueValidator(9)]
    )
    high = models.PositiveSmallIntegerField(
        _("highest key"), default=5, validators=[MaxValueValidator(9)]
    )
    bad_up_to = models.PositiveSmallIntegerField(
        _("bad up to"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(9)],
        help_text=_("A score up to this makes a task for the team lead; empty: none does."),
    )
    labels = models.TextField(
        _("meaning of the keys"),
        blank=True,
        help_text=_("One a line, for example 1 = very dissatisfied."),
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "position"], name="survey_question_position_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(low__lte=models.F("high")), name="survey_question_keys_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.text}"

    def clean(self) -> None:
        """Refuse keys in the wrong order and labels that cannot be read."""
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValidationError({"high": _("The highest key is below the lowest.")})
        for line in self.labels.splitlines():
            if line.strip() and LABEL.fullmatch(line.strip()) is None:
                raise ValidationError({"labels": _("Write each line as key = meaning.")})

    def label_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return (key, meaning) of each line that says one."""
        found = (LABEL.fullmatch(line.strip()) for line in self.labels.splitlines())
        return tuple((match[1], match[2]) for match in found if match)


class SurveyQueue(TenantModel):
    """That callers served in a queue are asked a survey; a queue has at most one."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="queues")
    queue = models.OneToOneField(
        Queue, on_delete=models.CASCADE, related_name="+", verbose_name=_("queue")
    )

    class Meta:
        verbose_name = _("queue with this survey")
        verbose_name_plural = _("queues with this survey")

    def __str__(self) -> str:
        return f"{self.queue} {self.survey}"


class SurveyResult(TenantModel):
    """One call's survey: a projection of the call's facts, never written by hand."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="survey_result")
    survey = models.ForeignKey(
        Survey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("survey"), max_length=100)
    queue_number = models.CharField(_("queue"), max_length=10, blank=True)
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ResultState.choices, default=ResultState.RUNNING
    )
    is_bad = models.BooleanField(_("bad"), default=False)
    started_at = models.DateTimeField(_("asked"))
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("survey result")
        verbose_name_plural = _("survey results")
        # The list of results, newest first.
        indexes = [models.Index(fields=["tenant", "-started_at"], name="survey_result_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.call_id}"


class SurveyAnswer(TenantModel):
    """The answer to one question; no score: not answered."""

    result = models.ForeignKey(SurveyResult, on_delete=models.CASCADE, related_name="answers")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    label = models.CharField(max_length=100, blank=True)
    is_bad = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["result", "position"], name="survey_answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.score}"
