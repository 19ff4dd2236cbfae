"""The words of surveys."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ResultState(models.TextChoices):
    """How far a caller came in a survey."""

    RUNNING = "running", _("Being asked")
    COMPLETED = "completed", _("Completed")
    HUNG_UP = "hung_up", _("Caller hung up")
    CUT_OFF = "cut_off", _("Cut off")
