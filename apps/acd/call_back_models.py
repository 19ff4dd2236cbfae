"""Call-backs: callers who wait for their turn without holding the line."""

from datetime import time, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, User
from apps.acd.engine.call_back_rules import OPEN, OUT, Result, Retry, Rule
from apps.core.models import TenantModel
from apps.customers.models import Customer


class CallBackState(models.TextChoices):
    """Where a call-back is; which may follow which: `engine.call_back_rules.TRANSITIONS`."""

    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Agent's phone rings")
    CALLING = "calling", _("Customer is called")
    DONE = "done", _("Called back")
    FAILED = "failed", _("Not reached")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


class CallBackResult(models.TextChoices):
    """What the last try gave, or why nobody tries any more."""

    ANSWERED = "answered", _("Answered")
    BUSY = "busy", _("Busy")
    NO_ANSWER = "no_answer", _("No answer")
    FAILED = "failed", _("Could not be reached")
    AGENT_MISSED = "agent_missed", _("The agent did not answer")
    AGENT_LEFT = "agent_left", _("The agent hung up first")
    LOST = "lost", _("Interrupted")
    SERVED = "served", _("Served in the same call")
    BLACKLISTED = "blacklisted", _("Blacklisted")


class CallBackSource(models.TextChoices):
    """How it was ordered."""

    KEY = "key", _("By key while waiting")
    FLOW = "flow", _("In the menu")
    OVERFLOW = "overflow", _("Overflow rule")


OPEN_STATES = tuple(sorted(str(state) for state in OPEN))
OUT_STATES = tuple(sorted(str(state) for state in OUT))
TRIES = [MinValueValidator(1), MaxValueValidator(20)]
PAUSE = [MinValueValidator(5), MaxValueValidator(86_400)]


class CallBackRule(TenantModel):
    """How a queue calls back; the row without a queue is the company's own for all others."""

    queue = models.OneToOneField(
        "acd.Queue",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="call_back_rule",
        verbose_name=_("queue"),
        help_text=_("Empty: every queue of the company that has no rule of its own."),
    )
    by_flow = models.BooleanField(
        _("ordered in menus"),
        default=True,
        help_text=_("Otherwise a flow's call-back becomes a task for a person."),
    )
    by_key = models.BooleanField(
        _("ordered by key while waiting"),
        default=False,
        help_text=_('Callers hear "press 1 to be called back, you keep your place".'),
    )
    abroad = models.BooleanField(
        _("numbers abroad too"),
        default=False,
        help_text=_("Callers may type any number, and the company pays for the call."),
    )
    key_after_s = models.PositiveIntegerField(
        _("offered after a wait of (s)"), default=20, validators=[MaxValueValidator(7200)]
    )
    window_from = models.TimeField(_("customers are called from"), default=time(9))
    window_to = models.TimeField(
        _("until"), default=time(21), help_text=_("The same time twice: day and night.")
    )
    expires_min = models.PositiveIntegerField(
        _("expires after (min)"),
        default=24 * 60,
        validators=[MinValueValidator(1), MaxValueValidator(30 * 24 * 60)],
    )
    busy_tries = models.PositiveSmallIntegerField(_("tries when busy"), default=3, validators=TRIES)
    busy_pause_s = models.PositiveIntegerField(
        _("pause when busy (s)"), default=300, validators=PAUSE
    )
    no_answer_tries = models.PositiveSmallIntegerField(
        _("tries without answer"), default=3, validators=TRIES
    )
    no_answer_pause_s = models.PositiveIntegerField(
        _("pause without answer (s)"), default=1800, validators=PAUSE
    )
    failed_tries = models.PositiveSmallIntegerField(
        _("tries when it cannot be reached"), default=2, validators=TRIES
    )
    failed_pause_s = models.PositiveIntegerField(
        _("pause when it cannot be reached (s)"), default=600, validators=PAUSE
    )

    class Meta:
        verbose_name = _("call-back rule")
        verbose_name_plural = _("call-back rules")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(queue=None),
                name="call_back_rule_one_for_company",
            )
        ]

    def __str__(self) -> str:
        return str(self.queue or _("all queues"))

    @property
    def plan(self) -> Rule:
        """Return the rule without its row."""
        return Rule(
            by_flow=self.by_flow,
            by_key=self.by_key,
            abroad=self.abroad,
            key_after_s=self.key_after_s,
            window_from=self.window_from,
            window_to=self.window_to,
            expires=timedelta(minutes=self.expires_min),
            retries={
                Result.BUSY: Retry(self.busy_tries, timedelta(seconds=self.busy_pause_s)),
                Result.NO_ANSWER: Retry(
                    self.no_answer_tries, timedelta(seconds=self.no_answer_pause_s)
                ),
                Result.FAILED: Retry(self.failed_tries, timedelta(seconds=self.failed_pause_s)),
            },
        )


class CallBack(TenantModel):
    """One caller's place in a queue, kept for when he is called back.

    Written by `acd.call_backs` only. `joined_at` is the place: when he joined the queue, or, by a
    flow, when he ordered it; no try changes it.
    """

    queue = models.ForeignKey("acd.Queue", on_delete=models.CASCADE, related_name="call_backs")
    number = models.CharField(_("number"), max_length=32, help_text="E.164.")
    as_dialled = models.CharField(max_length=32, help_text="As the carrier is asked for it.")
    name = models.CharField(_("name"), max_length=100, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    source = models.CharField(max_length=10, choices=CallBackSource.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=CallBackState.choices, default=CallBackState.WAITING
    )
    ordered_at = models.DateTimeField()
    joined_at = models.DateTimeField()
    priority = models.SmallIntegerField(default=0)
    needs = models.JSONField(
        default=list,
        blank=True,
        help_text="[[skill, [[after s, level], …]], …] beside the queue's.",
    )
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Tries that say something of the customer."
    )
    last_result = models.CharField(max_length=12, choices=CallBackResult.choices, blank=True)
    order_node = models.CharField(max_length=40, blank=True)
    order_linkedid = models.CharField(max_length=150, blank=True)
    shown = models.CharField(
        max_length=20, blank=True, help_text="The number that he had dialled; he is shown it."
    )
    closed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("call-back")
        verbose_name_plural = _("call-backs")
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "number"],
                condition=models.Q(state__in=OPEN_STATES),
                name="call_back_open_once",
            )
        ]
        indexes = [
            # What every node asks every two seconds.
            models.Index(
                fields=["not_before"],
                condition=models.Q(state="waiting"),
                name="call_back_due",
            ),
            # Whether an answered call had ordered one.
            models.Index(
                fields=["order_linkedid"],
                condition=models.Q(state="waiting"),
                name="call_back_by_order",
            ),
            # The list, newest order first.
            models.Index(fields=["tenant", "-ordered_at", "-id"], name="call_back_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.as_dialled}"

    @property
    def is_open(self) -> bool:
        """Say whether he still waits to be called back."""
        return self.state in OPEN_STATES


class CallBackAttempt(TenantModel):
    """One try: an agent was rung, and when he answered, the customer. Its call is `linkedid`."""

    call_back = models.ForeignKey(CallBack, on_delete=models.CASCADE, related_name="tries")
    node = models.CharField(max_length=40)
    linkedid = models.CharField(max_length=150)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=12, choices=CallBackResult.choices, blank=True)

    class Meta:
        ordering = ["claimed_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["node", "linkedid"], name="call_back_attempt_once"),
            models.UniqueConstraint(
                fields=["call_back"],
                condition=models.Q(ended_at=None),
                name="call_back_out_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.linkedid} {self.result}"
