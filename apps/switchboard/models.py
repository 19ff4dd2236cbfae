"""The company's dialling plan: classes, which number is shown, and orders to dial."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, Department, User
from apps.acd.models import Queue
from apps.core.models import TenantModel
from apps.core.number_kind import NumberKind
from apps.numbers.models import Did
from apps.switchboard.choices import CampOnState, DialClass, OrderSource
from apps.switchboard.engine.dialling import Grant
from apps.switchboard.engine.forwarding import RING_S

MAX_LIMIT_S = 86_400
# How long an agent may let his phones ring before his forward on no answer.
SHORTEST_RING_S, LONGEST_RING_S = 5, 60


class DiallingPlan(TenantModel):
    """What a company's agents may dial; without one: national calls at any time."""

    dial_class = models.PositiveSmallIntegerField(
        _("may dial"), choices=DialClass.choices, default=DialClass.NATIONAL
    )
    area_code = models.CharField(
        _("own area code"),
        max_length=4,
        blank=True,
        validators=[RegexValidator(r"^0[0-9]{2,3}\Z")],
        help_text=_("As dialled, for example 010: it tells local calls from national ones."),
    )
    opens = models.TimeField(
        _("calls outside from"), null=True, blank=True, help_text=_("Empty: at any time.")
    )
    closes = models.TimeField(_("calls outside until"), null=True, blank=True)
    limit_s = models.PositiveIntegerField(
        _("longest call outside, seconds"),
        default=0,
        validators=[MaxValueValidator(MAX_LIMIT_S)],
        help_text=_("0: no limit."),
    )
    shown = models.ForeignKey(
        Did,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("number shown"),
        help_text=_("Where no rule says another. Empty: the company's first number."),
    )

    class Meta:
        verbose_name = _("dialling plan")
        verbose_name_plural = _("dialling plan")
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="dialling_plan_one_a_company"),
            models.CheckConstraint(
                condition=models.Q(opens=None, closes=None)
                | models.Q(opens__isnull=False, closes__isnull=False),
                name="dialling_plan_both_hours",
            ),
        ]

    def __str__(self) -> str:
        return self.get_dial_class_display()

    @property
    def grant(self) -> Grant:
        """Return what the plan gives to everybody."""
        return Grant(NumberKind(self.dial_class), self.limit_s)


class DialPermission(TenantModel):
    """Another class for one agent, or for a department and those below it."""

    agent = models.OneToOneField(
        Agent,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agent"),
    )
    department = models.OneToOneField(
        Department,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
    )
    dial_class = models.PositiveSmallIntegerField(
        _("may dial"), choices=DialClass.choices, default=DialClass.NATIONAL
    )
    limit_s = models.PositiveIntegerField(
        _("longest call outside, seconds"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MAX_LIMIT_S)],
        help_text=_("Empty: as the department or the company has it. 0: no limit."),
    )

    class Meta:
        verbose_name = _("right to dial")
        verbose_name_plural = _("rights to dial")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agent=None, department__isnull=False)
                | models.Q(agent__isnull=False, department=None),
                name="dial_permission_of_one",
                violation_error_message=_("Choose an agent or a department, not both."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent or self.department}: {self.get_dial_class_display()}"

    @property
    def grant(self) -> Grant:
        """Return what this row gives."""
        return Grant(NumberKind(self.dial_class), self.limit_s)


class ShownNumber(TenantModel):
    """Which of the company's numbers is shown to whom; the first that fits counts."""

    position = models.PositiveSmallIntegerField(_("order"), default=0)
    agent = models.ForeignKey(
        Agent,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agent"),
    )
    queue = models.ForeignKey(
        Queue,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue"),
        help_text=_("Calls about this queue's callers, and of agents who serve no other."),
    )
    area = models.CharField(
        _("area called"),
        max_length=20,
        blank=True,
        help_text=_("Beginning of the number (020, 138) or of its region's name. Empty: any."),
    )
    did = models.ForeignKey(
        Did, on_delete=models.CASCADE, related_name="+", verbose_name=_("number shown")
    )

    class Meta:
        verbose_name = _("rule of the number shown")
        verbose_name_plural = _("rules of the number shown")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.position}: {self.did}"


class DialOrder(TenantModel):
    """One wish to dial: the phone dials the token, so a hidden number never reaches the page.

    A token is used once, by this agent's phone, within a minute.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=32)
    queue_number = models.CharField(max_length=10, blank=True, default="")
    token = models.CharField(max_length=16, unique=True)
    key = models.CharField(max_length=80, blank=True, default="")
    source = models.CharField(max_length=4, choices=OrderSource.choices)
    ordered_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("order to dial")
        verbose_name_plural = _("orders to dial")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "ordered_by", "key"],
                condition=~models.Q(key=""),
                name="dial_order_key_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.created_at}"


FORWARD = RegexValidator(r"^\+?[0-9]{2,20}\Z")


class PhoneRules(TenantModel):
    """What an agent wants of his phone when colleagues call him."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="+")
    forward_always = models.CharField(max_length=20, blank=True, validators=[FORWARD])
    forward_offline = models.CharField(
        max_length=20, blank=True, validators=[FORWARD], help_text="While he is signed out."
    )
    forward_busy = models.CharField(
        max_length=20,
        blank=True,
        validators=[FORWARD],
        help_text="While he talks, and when he declines.",
    )
    forward_no_answer = models.CharField(max_length=20, blank=True, validators=[FORWARD])
    no_answer_s = models.PositiveSmallIntegerField(
        default=RING_S,
        validators=[MinValueValidator(SHORTEST_RING_S), MaxValueValidator(LONGEST_RING_S)],
        help_text="How long his phones ring before that forward, seconds.",
    )
    is_undisturbed = models.BooleanField(default=False)
    has_call_waiting = models.BooleanField(
        default=False, help_text="A second call of a colleague rings while he talks."
    )

    def __str__(self) -> str:
        return f"{self.agent_id}"


class SpeedDial(TenantModel):
    """A number behind two digits, for one agent."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=2, validators=[RegexValidator(r"^[0-9]{2}\Z")])
    number = models.CharField(max_length=20, validators=[FORWARD])
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["agent", "code"], name="speed_dial_code_once")
        ]

    def __str__(self) -> str:
        return self.code


class CampOn(TenantModel):
    """An agent waits for a busy colleague: when he is free both are rung, the agent first.

    The node's process claims a row by `WAITING` to `RINGING`; `TAKEN` when the agent has answered.
    """

    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("ordered by")
    )
    colleague = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("colleague")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=CampOnState.choices, default=CampOnState.WAITING
    )
    expires_at = models.DateTimeField(_("until"))
    # Not before this time: he did not answer, or the colleague was busy again.
    due_at = models.DateTimeField()
    rung_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("call back on busy")
        verbose_name_plural = _("calls back on busy")
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "colleague"],
                condition=models.Q(ended_at=None),
                name="camp_on_once",
            )
        ]
        indexes = [
            # What the node's process looks at every two seconds.
            models.Index(fields=["due_at"], condition=models.Q(ended_at=None), name="camp_on_open")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.colleague_id} {self.state}"
