"""States and choices of imports and exports."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Job(models.TextChoices):
    """What is or was to be done with an import."""

    READ = "read", _("Read the file")
    CHECK = "check", _("Dry run")
    WRITE = "write", _("Import")
    UNDO = "undo", _("Undo")


class State(models.TextChoices):
    """How far the job of an import or export is; `ready`: it is the person's turn."""

    WAITING = "waiting", _("Waits for a worker")
    RUNNING = "running", _("Runs")
    READY = "ready", _("Ready")
    DONE = "done", pgettext_lazy("job", "Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Undone")


OPEN = (State.WAITING, State.RUNNING)


class Duplicates(models.TextChoices):
    """What becomes of a row that is there already."""

    SKIP = "skip", _("Leave it as it is")
    UPDATE = "update", _("Overwrite it with the file's values")
    MERGE = "merge", _("Fill only its empty fields")


class Mode(models.TextChoices):
    """What becomes of the good rows when others are bad."""

    BEST_EFFORT = "best_effort", _("Keep every good row, list the bad ones")
    ALL_OR_NOTHING = "all_or_nothing", _("All rows or none")


class FileKind(models.TextChoices):
    """What a file is by its content, whatever its name says."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class ExportKind(models.TextChoices):
    """What an export is: a table, the files of one person, or a document."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    ZIP = "zip", "ZIP"
    PDF = "pdf", "PDF"


class LeastRole(models.TextChoices):
    """From which role on a person may."""

    TEAM_LEAD = "team_lead", _("Team leads and admins")
    ADMIN = "admin", _("Admins only")
