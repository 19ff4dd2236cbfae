"""Score sheets and their versions, plans, inspections and their history."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, Department, User
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.quality.choices import ActKind, Outcome, PlanKind, PlanPeriod, QualityRole, State
from apps.quality.engine import appeals
from apps.recordings.models import Recording
from apps.tasks.models import Task

MAX_NAME = 100
MAX_TEXT = 2000


class QualityPolicy(TenantModel):
    """What one role may do in quality inspection; without a row the product's default."""

    role = models.CharField(_("role"), max_length=20, choices=QualityRole.choices)
    may_inspect = models.BooleanField(_("may inspect"), default=True)
    may_manage = models.BooleanField(_("may manage sheets, plans and calibrations"), default=False)
    may_decide = models.BooleanField(_("may decide appeals"), default=False)

    class Meta:
        verbose_name = _("quality policy")
        verbose_name_plural = _("quality policies")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "role"], name="quality_policy_once")
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class QualityRules(TenantModel):
    """A company's rules of appeals; without a row the defaults of these fields."""

    most_appeals = models.PositiveSmallIntegerField(
        _("appeals an inspection"), default=2, help_text=_("0: agents cannot appeal. At most 5.")
    )
    appeal_days = models.PositiveSmallIntegerField(
        _("days to appeal"), default=7, help_text=_("From the day on which the agent was told.")
    )
    undo_minutes = models.PositiveSmallIntegerField(
        _("minutes to take a publication back"),
        default=15,
        help_text=_("Later a score is corrected, with a reason that the agent reads."),
    )

    class Meta:
        verbose_name = _("rules of appeals")
        verbose_name_plural = _("rules of appeals")
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="quality_rules_once"),
            models.CheckConstraint(
                condition=models.Q(most_appeals__lte=5), name="quality_appeals_few"
            ),
        ]

    def __str__(self) -> str:
        return str(self.tenant_id)

    @property
    def rules(self) -> appeals.Rules:
        """Return the row as decisions see it."""
        return appeals.Rules(
            self.most_appeals, self.appeal_days * 24 * 3600, self.undo_minutes * 60
        )


class Sheet(TenantModel):
    """A score sheet: its name and what is being written; what was published are its versions."""

    name = models.CharField(_("name"), max_length=MAX_NAME)
    is_active = models.BooleanField(_("in use"), default=True)
    draft = models.JSONField(default=dict, help_text="A document of `engine/sheet.py`.")
    # Grows with each save, so that nobody saves over another.
    number = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("score sheet")
        verbose_name_plural = _("score sheets")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="quality_sheet_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class SheetVersion(TenantModel):
    """A published sheet. Never changed: inspections keep the version they began with."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("version of a score sheet")
        verbose_name_plural = _("versions of score sheets")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "number"], name="quality_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.number}"


class Plan(TenantModel):
    """What is drawn by itself, how often, how much of it, and who inspects it."""

    name = models.CharField(_("name"), max_length=MAX_NAME)
    is_active = models.BooleanField(_("in use"), default=True)
    sheet = models.ForeignKey(
        Sheet, on_delete=models.PROTECT, related_name="+", verbose_name=_("score sheet")
    )
    kind = models.CharField(_("which calls"), max_length=10, choices=PlanKind.choices)
    period = models.CharField(
        _("how often"), max_length=6, choices=PlanPeriod.choices, default=PlanPeriod.WEEK
    )
    count = models.PositiveSmallIntegerField(_("how many"), default=2)
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        help_text=_("Its agents and those of the departments below it; empty: all."),
    )
    queue_number = models.CharField(_("queue"), max_length=10, blank=True)
    reason = models.CharField(_("stands out by"), max_length=30, blank=True)
    score_up_to = models.PositiveSmallIntegerField(
        _("survey score up to"),
        null=True,
        blank=True,
        help_text=_("Empty: what the survey itself calls bad."),
    )
    least_talk_s = models.PositiveIntegerField(
        _("shortest talk in seconds"), default=30, help_text=_("Shorter calls are not drawn.")
    )
    due_days = models.PositiveSmallIntegerField(_("days to inspect"), default=7)
    seed = models.PositiveIntegerField(
        _("seed"), default=1, help_text=_("The same seed draws the same calls of the same period.")
    )
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("sampling plan")
        verbose_name_plural = _("sampling plans")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="quality_plan_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class PlanInspector(TenantModel):
    """That a person inspects what a plan draws."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="inspectors")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["user__username", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "user"], name="quality_inspector_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.user_id}"


class PlanRun(TenantModel):
    """One draw of one plan for one period; there is one for each, however often it is tried."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="runs")
    first_on = models.DateField()
    last_on = models.DateField()
    seed = models.PositiveBigIntegerField()
    candidates = models.PositiveIntegerField(default=0)
    drawn = models.PositiveIntegerField(default=0)
    nobody = models.PositiveIntegerField(
        default=0, help_text="Calls that none of the inspectors may hear."
    )
    is_whole = models.BooleanField(
        default=True, help_text="The period was over; one drawn before that leaves its rest to it."
    )
    ran_at = models.DateTimeField()
    ran_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("draw of a plan")
        verbose_name_plural = _("draws of plans")
        ordering = ["-first_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "first_on", "last_on", "is_whole"], name="quality_run_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.first_on}"


class Inspection(TenantModel):
    """One recording scored by one inspector. Written by `services` only; each act is an `Act`."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    recording = models.ForeignKey(
        Recording, on_delete=models.SET_NULL, null=True, related_name="inspections"
    )
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(SheetVersion, on_delete=models.PROTECT, related_name="+")
    inspector = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(
        PlanRun, on_delete=models.SET_NULL, null=True, related_name="inspections"
    )
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.ASSIGNED
    )
    answers = models.JSONField(default=dict, help_text="{item id: answer} of `engine/sheet.py`.")
    number = models.PositiveIntegerField(default=1, help_text="Grows with each save.")
    summary = models.TextField(_("summary"), blank=True)
    score = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, help_text="0-100; empty: nothing applicable."
    )
    is_passed = models.BooleanField(null=True)
    is_fatal = models.BooleanField(default=False)
    due_on = models.DateField(_("due"), null=True)
    published_at = models.DateTimeField(null=True, help_text="First published; results count it.")
    told_at = models.DateTimeField(null=True, help_text="From then on the agent may appeal.")
    seen_at = models.DateTimeField(null=True, help_text="When the agent first opened it.")
    appeals_made = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        ordering = ["-pk"]
        constraints = [
            # However many plans run at once, a recording is inspected once; cancelled, it is free.
            models.UniqueConstraint(
                fields=["recording"],
                condition=~models.Q(state="cancelled"),
                name="quality_recording_once",
            ),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__gte=0, score__lte=100),
                name="quality_score_range",
            ),
        ]
        indexes = [
            # An inspector's list.
            models.Index(fields=["inspector", "state"], name="quality_by_inspector"),
            # An agent's results.
            models.Index(fields=["agent", "-published_at"], name="quality_by_agent"),
            # Results of a period.
            models.Index(fields=["tenant", "published_at"], name="quality_by_time"),
            # Whether a call was drawn already.
            models.Index(fields=["call"], name="quality_by_call"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.state}"

    @property
    def is_shown(self) -> bool:
        """Say whether the agent sees the score and it counts."""
        return self.state in appeals.SHOWN

    @property
    def is_waiting(self) -> bool:
        """Say whether it is still to be scored."""
        return self.state in appeals.WAITING


class InspectionAct(TenantModel):
    """One act of an inspection's history, numbered from 1; never changed. None: the system.

    `answers` and `score` are what stood after an act that set them. The fold of the acts is the
    case (`engine/appeals.py: replay`).
    """

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="acts")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=ActKind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    answers = models.JSONField(null=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)

    class Meta:
        verbose_name = _("act of an inspection")
        verbose_name_plural = _("acts of inspections")
        ordering = ["number"]
        constraints = [
            # Two who act at once: the second's number is taken.
            models.UniqueConstraint(fields=["inspection", "number"], name="quality_act_once")
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.number} {self.kind}"


class ItemScore(TenantModel):
    """What one item of a shown inspection earned, for results by item; written with the score."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="items")
    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="+")
    item = models.CharField(max_length=20, help_text="Its id in the sheet.")
    title = models.CharField(max_length=120)
    share = models.DecimalField(
        max_digits=7, decimal_places=6, null=True, help_text="0-1; empty: not applicable."
    )
    is_fatal = models.BooleanField(default=False, help_text="A fatal item that was failed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inspection", "item"], name="quality_item_once")
        ]
        indexes = [models.Index(fields=["sheet", "item"], name="quality_by_item")]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.item}"


class Comment(TenantModel):
    """What somebody wrote of a moment of the recording; `at_ms` empty: of the whole."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at_ms = models.PositiveIntegerField(null=True)
    item = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=MAX_TEXT)

    class Meta:
        ordering = [models.F("at_ms").asc(nulls_first=True), "pk"]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.at_ms}"


class Coaching(TenantModel):
    """A task for the agent that came of an inspection."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="coachings")
    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.task_id}"


class Calibration(TenantModel):
    """One recording that several inspectors score without seeing each other."""

    title = models.CharField(_("title"), max_length=MAX_NAME)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    recording = models.ForeignKey(Recording, on_delete=models.SET_NULL, null=True, related_name="+")
    version = models.ForeignKey(SheetVersion, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title


class CalibrationScore(TenantModel):
    """One inspector's part of a calibration; handed in, it is not changed any more."""

    calibration = models.ForeignKey(Calibration, on_delete=models.CASCADE, related_name="scores")
    inspector = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    number = models.PositiveIntegerField(default=1)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    is_fatal = models.BooleanField(default=False)
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["inspector__username", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["calibration", "inspector"], name="quality_calibration_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.calibration_id} {self.inspector_id}"
