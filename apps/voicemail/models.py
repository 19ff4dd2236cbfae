"""Boxes, the messages that callers leave in them, and the notices sent about each message."""

from django.contrib.auth.hashers import make_password
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, Department
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.customers.models import Customer

PIN_PATTERN = r"^[0-9]{4,12}\Z"
SEPARATORS = ",;\n"


def words(text: str) -> list[str]:
    """Return the entries of a list that a person typed: commas, semicolons or lines between."""
    for sign in SEPARATORS[1:]:
        text = text.replace(sign, SEPARATORS[0])
    return list(dict.fromkeys(word.strip() for word in text.split(SEPARATORS[0]) if word.strip()))


class VoicemailBox(TenantModel):
    """The settings of a queue's or an agent's box. A queue without a row has the defaults."""

    number = models.CharField(
        _("box number"),
        max_length=10,
        validators=[RegexValidator(r"^[0-9]{2,10}\Z")],
        help_text=_("The queue's or the agent's number."),
    )
    agent = models.OneToOneField(
        Agent,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="voicemail_box",
        verbose_name=_("agent"),
        help_text=_("Empty: the box of a queue."),
    )
    greeting = models.CharField(
        _("greeting"),
        max_length=80,
        blank=True,
        default="",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]{0,79}\Z")],
        help_text=_("Name of a prompt. Empty: the system's greeting."),
    )
    max_s = models.PositiveIntegerField(
        _("longest message (s)"),
        default=180,
        validators=[MinValueValidator(5), MaxValueValidator(1800)],
    )
    emails = models.TextField(
        _("e-mail addresses"),
        blank=True,
        default="",
        help_text=_("Each gets every new message as an MP3. Separate with commas."),
    )
    sms_numbers = models.TextField(
        _("numbers for text messages"),
        blank=True,
        default="",
        help_text=_("Each gets a text about every new message. Separate with commas."),
    )
    takes_unanswered = models.BooleanField(
        _("takes unanswered calls"),
        default=True,
        help_text=_("An agent's box: who dials his number and gets no answer may leave a message."),
    )
    pin_hash = models.CharField(max_length=256, blank=True, default="", editable=False)
    pin_failures = models.PositiveIntegerField(default=0, editable=False)
    pin_locked_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("voicemail box")
        verbose_name_plural = _("voicemail boxes")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="voicemail_box_unique")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def name(self) -> str:
        """Return the box's name in Asterisk: `<tenant slug>-<number>`."""
        return f"{self.tenant.slug}-{self.number}"

    @property
    def has_pin(self) -> bool:
        """Return whether the box can be opened by phone."""
        return bool(self.pin_hash)

    def set_pin(self, pin: str) -> None:
        """Set the PIN (4 to 12 digits, '' for none) and forget earlier wrong tries."""
        self.pin_hash = make_password(pin) if pin else ""
        self.pin_failures, self.pin_locked_until = 0, None


class MessageState(models.TextChoices):
    """Who is looking after a message."""

    NEW = "new", _("New")
    CLAIMED = "claimed", _("Claimed")
    CLOSED = "closed", _("Closed")


class VoicemailMessage(TenantModel):
    """One message in a box."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, related_name="+")
    linkedid = models.CharField(max_length=150)
    box = models.CharField(max_length=40, help_text="`<tenant slug>-<queue or agent number>`")
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    caller = models.CharField(_("caller"), max_length=200)
    path = models.CharField(max_length=400, unique=True)
    left_at = models.DateTimeField(_("left"))
    duration_ms = models.PositiveBigIntegerField()
    state = models.CharField(
        _("state"), max_length=8, choices=MessageState.choices, default=MessageState.NEW
    )
    claimed_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(_("note"), blank=True, default="")
    heard_at = models.DateTimeField(
        _("first heard"), null=True, blank=True, help_text="Empty: nobody has listened yet."
    )
    deleted_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The row stays, so that a late report of the same file makes no second message.",
    )

    class Meta:
        verbose_name = _("voicemail message")
        verbose_name_plural = _("voicemail messages")
        ordering = ["-left_at", "-pk"]
        # For the console's list and its count of new messages.
        indexes = [models.Index(fields=["tenant", "state", "-left_at"], name="voicemail_new")]

    def __str__(self) -> str:
        return f"{self.box} {self.caller}"

    @property
    def box_number(self) -> str:
        """Return the queue's or agent's number of the box."""
        return self.box.partition("-")[2]


class Channel(models.TextChoices):
    """How a notice travels."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")


class NoticeState(models.TextChoices):
    """How far a notice is."""

    PENDING = "pending", _("To be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class VoicemailNotice(TenantModel):
    """That one address is told of one message; one row for each, so nobody is told twice."""

    message = models.ForeignKey(VoicemailMessage, on_delete=models.CASCADE, related_name="notices")
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    to = models.CharField(_("to"), max_length=254)
    state = models.CharField(
        _("state"), max_length=7, choices=NoticeState.choices, default=NoticeState.PENDING
    )
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(
        help_text="Also the lease of who sends now: a sender that died is replaced after it."
    )
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("voicemail notice")
        verbose_name_plural = _("voicemail notices")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel", "to"], name="voicemail_notice_once"
            )
        ]
        # For the minute's look at what is due.
        indexes = [models.Index(fields=["state", "next_try_at"], name="voicemail_notice_due")]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
