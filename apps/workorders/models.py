"""Work orders: types with published versions, orders, their steps and seats, and their history.

Steps and seats are projections of the history (`engine.acts.replay`), written with it by
`orders.py`; nothing else writes them.
"""

from datetime import datetime

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Department, User
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.customers.models import Customer
from apps.voicemail.models import VoicemailMessage
from apps.workorders.choices import (
    ENDED_STATES,
    OPEN_STATES,
    ActKind,
    OrderState,
    Priority,
    SeatState,
    StepState,
)


class OrderType(TenantModel):
    """A kind of order: its form and flow as drafts, and how its clocks run."""

    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(
        _("number prefix"),
        max_length=6,
        validators=[RegexValidator(r"^[A-Z]{1,6}\Z")],
        help_text=_("Capital letters before the number, as in SH-000012."),
    )
    description = models.CharField(_("description"), max_length=200, blank=True, default="")
    shipped = models.CharField(
        max_length=30, blank=True, default="", editable=False, help_text="Which ready type it was."
    )
    form_draft = models.JSONField(default=dict)
    flow_draft = models.JSONField(default=dict)
    draft_revision = models.PositiveIntegerField(default=0)
    calendar = models.CharField(
        _("working hours"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Name of a calendar. Empty: deadlines run day and night."),
    )
    sla_minutes = models.JSONField(
        _("time to complete"),
        default=dict,
        blank=True,
        help_text='Working minutes by priority: {"normal": 1440}.',
    )
    pauses_while_waiting = models.BooleanField(
        _("clock stands still while waiting for the customer"), default=True
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("work order type")
        verbose_name_plural = _("work order types")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="order_type_name_unique"),
            models.UniqueConstraint(fields=["tenant", "prefix"], name="order_type_prefix_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class OrderTypeVersion(TenantModel):
    """A published form and flow; never changed. Orders keep the version they began with."""

    type = models.ForeignKey(OrderType, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    form = models.JSONField()
    flow = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("what changed"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("published version")
        verbose_name_plural = _("published versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["type", "number"], name="order_type_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number}"


class Clock(models.Model):
    """A deadline in working time: used up before, running since (None: standing still), due."""

    clock_used_ms = models.PositiveBigIntegerField(default=0)
    clock_from = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)

    class Meta:
        abstract = True


class Order(TenantModel, Clock):
    """One work order. `revision` counts its acts."""

    type = models.ForeignKey(OrderType, on_delete=models.PROTECT, related_name="orders")
    version = models.ForeignKey(OrderTypeVersion, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=20)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    call = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="work_orders"
    )
    voicemail = models.ForeignKey(
        VoicemailMessage, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority.choices, default=Priority.NORMAL
    )
    state = models.CharField(
        _("state"), max_length=10, choices=OrderState.choices, default=OrderState.DRAFT
    )
    values = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    is_waiting = models.BooleanField(_("waiting for customer"), default=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    result = models.TextField(_("result"), blank=True, default="")
    overdue_told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="order_number_unique")
        ]
        indexes = [
            # The list: newest first, by state.
            models.Index(fields=["tenant", "state", "-id"], name="order_by_state"),
            models.Index(fields=["tenant", "-id"], name="order_newest"),
            # A customer's orders, for the call pop and the timeline.
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            models.Index(fields=["creator", "-id"], name="order_by_creator"),
            # What is overdue, for the list and the beat job.
            models.Index(fields=["due_at"], condition=models.Q(closed_at=None), name="order_due"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_ended(self) -> bool:
        """Say whether nothing happens any more."""
        return self.state in ENDED_STATES

    @property
    def is_overdue(self) -> bool:
        """Say whether it should have been completed by now."""
        return self.is_overdue_at(timezone.now())

    def is_overdue_at(self, now: datetime) -> bool:
        """Say whether it should have been completed by then."""
        return self.state in OPEN_STATES and self.due_at is not None and self.due_at < now


class OrderStep(TenantModel, Clock):
    """One time that an order goes through a step (`engine.state.Run`)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    round = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.ACTIVE)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    levels_done = models.PositiveIntegerField(default=0)
    escalate_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "key", "round"], name="order_step_once")
        ]
        indexes = [
            # The beat job: whose next level is due.
            models.Index(
                fields=["escalate_at"],
                condition=models.Q(state="active"),
                name="order_step_escalate",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.round})"


class OrderSeat(TenantModel):
    """One person's part in a step. `is_open`: he may act now (his turn, claimed by nobody else)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="seats")
    step = models.ForeignKey(OrderStep, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=SeatState.choices)
    is_open = models.BooleanField(default=False)
    is_added = models.BooleanField(default=False)
    acted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["step", "position"]
        constraints = [
            models.UniqueConstraint(fields=["step", "position"], name="order_seat_position")
        ]
        indexes = [
            # "To do": what waits for a person.
            models.Index(
                fields=["person", "order"],
                condition=models.Q(is_open=True),
                name="order_seat_todo",
            ),
            # The view tier: what he was ever asked.
            models.Index(fields=["person", "order"], name="order_seat_person"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.person_id} {self.state}"


class OrderEvent(TenantModel):
    """One act of an order's history, numbered from 1; never changed. None as actor: the system."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=ActKind.choices)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    to_person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    step_key = models.CharField(max_length=40, blank=True, default="")
    step_name = models.CharField(max_length=100, blank=True, default="")
    to_step_name = models.CharField(max_length=100, blank=True, default="")
    opinion = models.TextField(blank=True, default="")
    from_state = models.CharField(max_length=10, blank=True, default="")
    to_state = models.CharField(max_length=10, choices=OrderState.choices)
    document = models.JSONField(help_text="The act as the engine reads it.")
    action_id = models.CharField(
        max_length=64, blank=True, default="", help_text="The sender's own id: twice is once."
    )

    class Meta:
        ordering = ["order", "number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="order_event_once"),
            models.UniqueConstraint(
                fields=["tenant", "action_id"],
                condition=~models.Q(action_id=""),
                name="order_action_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.number} {self.kind}"


class OrderAttachment(TenantModel):
    """A file that belongs to an order; its content was looked at."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attachments")
    step_key = models.CharField(max_length=40, blank=True, default="")
    name = models.CharField(_("file name"), max_length=200)
    path = models.CharField(max_length=300, unique=True, editable=False)
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Absence(TenantModel):
    """A person is away from one time to another, and who stands in for him."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    stand_in = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="absence_has_length"
            ),
            models.CheckConstraint(
                condition=~models.Q(person=models.F("stand_in")), name="absence_of_another"
            ),
        ]
        # Who stands in for whom just now.
        indexes = [models.Index(fields=["stand_in", "ends_at"], name="absence_by_stand_in")]

    def __str__(self) -> str:
        return f"{self.person_id} -> {self.stand_in_id}"
