"""Imports and exports: what was asked, how far it is, what became of it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel
from apps.imports.choices import (
    OPEN,
    Duplicates,
    ExportKind,
    FileKind,
    Job,
    LeastRole,
    Mode,
    State,
)
from apps.imports.engine.accounts import Account

# A run whose worker was not heard for so long has none: one chunk takes seconds.
SILENT = timedelta(seconds=60)


class ImportPolicy(TenantModel):
    """Who of the company may import and export; without a row team leads and admins."""

    importing = models.CharField(
        _("who may import"),
        max_length=10,
        choices=LeastRole.choices,
        default=LeastRole.TEAM_LEAD,
    )
    exporting = models.CharField(
        _("who may export"),
        max_length=10,
        choices=LeastRole.choices,
        default=LeastRole.TEAM_LEAD,
    )

    class Meta:
        verbose_name = _("import and export policy")
        verbose_name_plural = _("import and export policies")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="import_policy_once")]

    def __str__(self) -> str:
        return f"{self.importing} / {self.exporting}"


class ImportTemplate(TenantModel):
    """A mapping of columns kept for the next file; `columns` is {header: field key}."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    target = models.CharField(max_length=30)
    name = models.CharField(_("name"), max_length=60)
    columns = models.JSONField(default=dict)
    duplicates = models.CharField(max_length=8, choices=Duplicates.choices, default=Duplicates.SKIP)
    mode = models.CharField(max_length=14, choices=Mode.choices, default=Mode.BEST_EFFORT)

    class Meta:
        verbose_name = _("import template")
        verbose_name_plural = _("import templates")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "target", "name"], name="import_template_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Work(TenantModel):
    """Something that a worker does for a person, in pieces, one worker at a time.

    `job` is new whenever it is handed over anew: what an older worker still holds is void.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    token = models.CharField(
        max_length=32, blank=True, help_text="The worker's; new at each claim."
    )
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True, help_text="Since when it waits.")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    rows_all = models.PositiveIntegerField(default=0, help_text="Rows that the job will read.")
    rows_read = models.PositiveIntegerField(default=0, help_text="Rows accounted for so far.")
    progress = models.PositiveIntegerField(
        default=0, help_text="Rows looked at so far; for the bar alone."
    )
    problem = models.CharField(max_length=40, blank=True, help_text="Code of what went wrong.")
    stored = models.CharField(max_length=40, blank=True, help_text="Random name in <data>/imports.")
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Say whether a worker has or will have it."""
        return self.state in OPEN

    @property
    def percent(self) -> int:
        """Return how much of it is done."""
        done = max(self.rows_read, self.progress)
        return min(100, round(100 * done / self.rows_all)) if self.rows_all else 0

    def is_silent(self, now: datetime) -> bool:
        """Say whether it runs, and nobody was heard of it for `SILENT`."""
        return (
            self.state == State.RUNNING
            and self.heartbeat_at is not None
            and now - self.heartbeat_at > SILENT
        )


class ImportRun(Work):
    """One file on its way into a target.

    `position` is the byte in the normalised rows (`files.py`) behind the last row that is
    accounted for, `errors_at` the byte behind its last error: both are written in the transaction
    that writes the rows, so a run goes on exactly there.
    """

    target = models.CharField(_("what"), max_length=30)
    file_name = models.CharField(_("file"), max_length=200)
    kind = models.CharField(max_length=4, choices=FileKind.choices)
    encoding = models.CharField(_("encoding"), max_length=10, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    has_header = models.BooleanField(_("first row is the header"), default=True)
    header = models.JSONField(default=list)
    sample = models.JSONField(default=list, help_text="The first rows: [[number, cells, fault]].")
    mapping = models.JSONField(default=dict, help_text="{column as text: field key}")
    duplicates = models.CharField(
        _("duplicates"), max_length=8, choices=Duplicates.choices, default=Duplicates.SKIP
    )
    mode = models.CharField(
        _("mode"), max_length=14, choices=Mode.choices, default=Mode.BEST_EFFORT
    )
    job = models.CharField(max_length=5, choices=Job.choices, default=Job.READ)
    position = models.PositiveBigIntegerField(default=0)
    errors_at = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="How often the database broke it off since the last step that went well.",
    )
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    checked = models.JSONField(null=True, blank=True, help_text="Counts of the last dry run.")
    undone = models.PositiveIntegerField(default=0, help_text="Rows that undoing removed.")
    undo_kept = models.PositiveIntegerField(default=0, help_text="Rows that were touched since.")

    class Meta:
        verbose_name = _("data import")
        verbose_name_plural = _("data imports")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    rows_read=models.F("created")
                    + models.F("updated")
                    + models.F("skipped")
                    + models.F("failed")
                )
                | ~models.Q(job__in=("check", "write")),
                name="import_every_row_accounted",
            )
        ]
        indexes = [
            # A company's imports, newest first.
            models.Index(fields=["tenant", "-created_at", "-id"], name="import_newest"),
            # What workers tend: what waits or runs, in any company.
            models.Index(
                fields=["state", "queued_at"],
                name="import_open",
                condition=models.Q(state__in=("waiting", "running")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"

    @property
    def account(self) -> Account:
        """Return the counts of the job so far."""
        return Account(self.rows_read, self.created, self.updated, self.skipped, self.failed)

    @property
    def columns(self) -> dict[int, str]:
        """Return the mapping, column -> field key."""
        return {int(column): key for column, key in self.mapping.items()}

    @property
    def can_be_undone(self) -> bool:
        """Say whether there is something that undoing could remove."""
        return (
            self.job == Job.WRITE
            and self.created > 0
            and self.state in (State.DONE, State.CANCELLED, State.FAILED)
        )


class ImportedRow(TenantModel):
    """That a row of a file became an object; `stamp` is how it then was, to see later changes."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    object_id = models.BigIntegerField()
    outcome = models.CharField(max_length=8)
    stamp = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        constraints = [
            # A row that is written twice by two workers cannot be: the second one's chunk fails.
            models.UniqueConstraint(fields=["run", "number"], name="imported_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.number}"


class ExportRun(Work):
    """One list on its way into a file, for the person who asked and nobody else."""

    source = models.CharField(_("what"), max_length=30)
    query = models.CharField(max_length=2000, blank=True, help_text="The list's filter, as a URL.")
    kind = models.CharField(_("format"), max_length=4, choices=ExportKind.choices)
    language = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = _("data export")
        verbose_name_plural = _("data exports")
        indexes = [
            # A person's exports, newest first.
            models.Index(fields=["tenant", "user", "-created_at"], name="export_newest")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.state}"

    @property
    def is_fetchable(self) -> bool:
        """Say whether the file is there to be taken."""
        return self.state == State.DONE and bool(self.stored)
