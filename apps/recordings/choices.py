"""States of recordings: the sound itself, its conversion, and what a company chose."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RecordingState(models.TextChoices):
    """Whether a recording can be played."""

    RUNNING = "running", _("Being recorded")
    READY = "ready", _("Playable")
    CUT = "cut", _("Cut short")
    MISSING = "missing", _("Missing")
    REMOVING = "removing", _("Being removed")
    REMOVED = "removed", _("Removed after its time")


PLAYABLE = (RecordingState.READY, RecordingState.CUT)
"""States in which there is something to hear."""
FAULTY = (RecordingState.MISSING, RecordingState.CUT)
"""States that are counted as a fault of the recording."""


class Fault(models.TextChoices):
    """Why a recording is missing or cut."""

    NO_FILE = "no_file", _("There is no file")
    EMPTY = "empty", _("The file is empty")
    UNREADABLE = "unreadable", _("The file cannot be read")
    FILE_CUT = "file_cut", _("The file ends before it says")
    SHORTER = "shorter", _("Shorter than the talk")
    ERASED = "erased", _("Erased with the customer")


class Conversion(models.TextChoices):
    """How far the copy is that is kept; '' until the sound has been measured."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being converted")
    DONE = "done", _("Converted")
    NOTHING = "nothing", _("Original only")
    FAILED = "failed", _("Given up")


class Trouble(models.TextChoices):
    """Why a conversion did not succeed."""

    NO_TOOL = "no_tool", _("ffmpeg is not installed where the worker runs")
    DISK_FULL = "disk_full", _("The disk is full")
    STORAGE = "storage", _("The store does not take it")
    NO_KEY = "no_key", _("There is no key to encrypt with")
    TIMEOUT = "timeout", _("It took too long")
    BROKEN = "broken", _("The sound cannot be read")
    MISMATCH = "mismatch", _("The copy is not the original")


HEALING = (Trouble.NO_TOOL, Trouble.DISK_FULL, Trouble.STORAGE, Trouble.NO_KEY)
"""Troubles of the installation, not of the sound: tried again until they are gone."""


class KeptFormat(models.TextChoices):
    """What recordings are kept as."""

    MP3 = "mp3", "MP3"
    OPUS = "opus", "Opus"
    WAV = "wav", "WAV"
