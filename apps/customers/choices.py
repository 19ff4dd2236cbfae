"""States, kinds of fields and other fixed lists of customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Level(models.TextChoices):
    """The levels that every company has; it may add its own."""

    NORMAL = "normal", _("Normal")
    VIP = "vip", _("VIP")


class CustomerState(models.TextChoices):
    """Whether a customer is to be seen. Only `active` ones are found by number or in lists."""

    ACTIVE = "active", _("active")
    DELETED = "deleted", _("deleted")
    MERGED = "merged", _("merged into another")
    ERASED = "erased", _("erased")


class Gender(models.TextChoices):
    """How a person is addressed; empty when unknown."""

    MALE = "male", _("male")
    FEMALE = "female", _("female")
    OTHER = "other", pgettext_lazy("gender", "other")


class NumberLabel(models.TextChoices):
    """What kind of telephone it is."""

    MOBILE = "mobile", _("mobile")
    WORK = "work", _("work")
    HOME = "home", _("home")
    FAX = "fax", _("fax")
    OTHER = "other", pgettext_lazy("number", "other")


class FieldKind(models.TextChoices):
    """What a custom field holds. Source of the shapes: `engine/field_values.py`."""

    TEXT = "text", _("text")
    LONG_TEXT = "long_text", _("long text")
    INTEGER = "integer", _("whole number")
    DECIMAL = "decimal", _("number or amount")
    DATE = "date", _("date")
    CHOICE = "choice", _("choice")
    CHOICES = "choices", _("several choices")
    YES_NO = "yes_no", _("yes or no")
    URL = "url", _("web address")


class Colour(models.TextChoices):
    """The colours of tags and levels; the names are Bootstrap's, so both themes have them."""

    SECONDARY = "secondary", _("grey")
    PRIMARY = "primary", _("blue")
    SUCCESS = "success", _("green")
    INFO = "info", _("cyan")
    WARNING = "warning", _("yellow")
    DANGER = "danger", _("red")
    DARK = "dark", _("black")


class BlacklistAction(models.TextChoices):
    """What becomes of an unwelcome caller."""

    REFUSE = "refuse", _("refuse")
    BUSY = "busy", _("busy tone")
    MESSAGE = "message", _("play a message, then hang up")
    QUEUE = "queue", _("last in a queue")


class SecondPerson(models.TextChoices):
    """Whether a second person must confirm that somebody is forgotten."""

    AUTO = "auto", _("yes, as soon as two people may do it")
    ALWAYS = "always", _("yes, always")
    NEVER = "never", _("no, one person is enough")


class ProposalState(models.TextChoices):
    """What became of a proposal to forget a person."""

    OPEN = "open", _("waits for a second person")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")
