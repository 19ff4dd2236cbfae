"""The call ledger: facts, and the calls and legs folded from them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.calls.choices import CallStatus, Direction, FactSource, LegKind, Outcome, VisitEnd
from apps.core.models import TenantModel
from apps.core.tenancy import TenantManager
from apps.customers.models import Customer


class Call(TenantModel):
    """One call: all channels of one linkedid. A projection of its facts, never written by hand.

    `tenant` is empty for a call to a number that nobody owns; only the host operator sees it.
    Times are UTC with microseconds, durations milliseconds.
    """

    tenant = models.ForeignKey(  # type: ignore[assignment]  # nullable here only
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    node = models.CharField(max_length=40)
    linkedid = models.CharField(max_length=150)
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.IN)
    status = models.CharField(max_length=10, choices=CallStatus.choices, default=CallStatus.IVR)
    outcome = models.CharField(max_length=14, choices=Outcome.choices, blank=True, default="")
    caller = models.CharField(_("caller"), max_length=200, blank=True)
    caller_lookup = models.CharField(max_length=32, blank=True)
    caller_name = models.CharField(max_length=200, blank=True)
    caller_region = models.CharField(_("region"), max_length=80, blank=True)
    caller_carrier = models.CharField(max_length=80, blank=True)
    dialled = models.CharField(_("number dialled"), max_length=200, blank=True)
    dialled_lookup = models.CharField(max_length=32, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    queue_name = models.CharField(
        max_length=40, blank=True, help_text="Asterisk name of the last queue, `<tenant>-<number>`."
    )
    queue_number = models.CharField(max_length=10, blank=True)
    queue_department = models.ForeignKey(
        "accounts.Department", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    path = models.JSONField(default=list, help_text='[{"node", "keys"}]; PIN keys are `*`.')
    started_at = models.DateTimeField()
    picked_up_at = models.DateTimeField(
        null=True, blank=True, help_text="When the PBX answered the caller's channel."
    )
    queued_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When an agent answered.")
    ended_at = models.DateTimeField(null=True, blank=True)
    wait_ms = models.PositiveBigIntegerField(null=True, blank=True)
    talk_ms = models.PositiveBigIntegerField(null=True, blank=True)
    hold_ms = models.PositiveBigIntegerField(null=True, blank=True)
    hangup_by = models.CharField(max_length=10, blank=True, help_text="caller, agent or system.")
    hangup_cause = models.PositiveIntegerField(null=True, blank=True, help_text="ISUP cause.")
    is_incomplete = models.BooleanField(
        default=False, help_text="The AMI link was down during the call; some facts may be missing."
    )
    is_call_back = models.BooleanField(
        default=False, db_default=False, help_text="A try of a call-back: its agent was rung first."
    )
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(fields=["node", "linkedid"], name="call_once_per_node")
        ]
        indexes = [
            # History lists: newest first within a company. With whose they are, so that a lead's
            # are told apart without reading the rows of others.
            models.Index(
                fields=["tenant", "-started_at", "-id", "agent", "queue_department"],
                name="call_newest_seen",
            ),
            # Past calls of a number, and the API's ?caller=.
            models.Index(fields=["tenant", "caller_lookup", "-started_at"], name="call_by_caller"),
            models.Index(fields=["agent", "-started_at"], name="call_by_agent"),
            # A customer's timeline, with whose his calls are: who is limited sees few of them, and
            # the others are not read. And what his number did before he was known.
            models.Index(
                fields=["customer", "-started_at", "-id"],
                include=["tenant", "agent", "queue_department"],
                name="call_of_customer",
            ),
            models.Index(
                fields=["tenant", "caller_lookup", "-started_at", "-id"],
                condition=models.Q(customer=None),
                name="call_of_nobody",
            ),
            # The history of a number that was called.
            models.Index(
                fields=["tenant", "dialled_lookup", "-started_at"], name="call_by_dialled"
            ),
            # Live calls of a node, at each resynchronisation.
            models.Index(
                fields=["node"], condition=models.Q(ended_at=None), name="call_live_by_node"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.linkedid} {self.caller} -> {self.dialled}"


class Leg(TenantModel):
    """One channel of a call."""

    tenant = models.ForeignKey(  # type: ignore[assignment]  # as its call's
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="legs")
    uniqueid = models.CharField(max_length=150)
    channel = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=LegKind.choices)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cause = models.PositiveIntegerField(null=True, blank=True)
    result = models.CharField(max_length=20, blank=True, help_text="connected, not_answered, …")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "uniqueid"], name="leg_once")]
        indexes = [
            # Whether an agent took part in a call, for the view tier; by the index alone.
            models.Index(fields=["agent", "call"], include=["tenant"], name="leg_of_agent"),
            # What an agent was offered last.
            models.Index(fields=["agent", "-offered_at"], name="leg_offers"),
            # An agent's calls of the last weeks, for his own history.
            models.Index(fields=["agent", "-started_at"], name="leg_of_late"),
        ]

    def __str__(self) -> str:
        return self.channel or self.uniqueid


class QueueVisit(TenantModel):
    """One stay of a call in one queue: what the queue's figures are computed from.

    A projection like its call. `number` counts a call's visits from 0.
    """

    tenant = models.ForeignKey(  # type: ignore[assignment]  # as its call's
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="visits")
    number = models.PositiveSmallIntegerField()
    queue_name = models.CharField(max_length=80)
    queue_number = models.CharField(max_length=10, blank=True)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    how = models.CharField(max_length=10, choices=VisitEnd.choices)
    reason = models.CharField(max_length=20, blank=True, help_text="Of a flow-out: timeout, …")
    wait_ms = models.PositiveBigIntegerField(null=True, blank=True)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="visit_once")]
        indexes = [
            # A queue's interval.
            models.Index(fields=["tenant", "queue_number", "joined_at"], name="visit_by_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_name} {self.how}"


class CallFact(models.Model):
    """One thing that happened to one call, from AGI, AMI, CEL or a resynchronisation.

    Belongs to a call by (node, linkedid), not by key: facts may come before the call is known.
    Read only through `calls.selectors`, which first check the call itself.
    """

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    node = models.CharField(max_length=40)
    linkedid = models.CharField(max_length=150)
    key = models.CharField(max_length=300)
    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=FactSource.choices)
    uniqueid = models.CharField(max_length=150, blank=True)
    data = models.JSONField(default=dict)

    objects = TenantManager()

    class Meta:
        constraints = [
            # A fact may be seen twice (reconnect, spool, CEL): the second is ignored. Its call's
            # facts are read by the same index.
            models.UniqueConstraint(fields=["node", "linkedid", "key"], name="fact_once"),
        ]
        indexes = [
            # Figures of flows read a company's steps of a period.
            models.Index(
                fields=["tenant", "at"], condition=models.Q(kind="node"), name="fact_steps"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class LinkGap(models.Model):
    """A time in which we did not hear a node; figures over it are marked incomplete."""

    node = models.CharField(max_length=40)
    epoch = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "epoch"], name="gap_once")]

    def __str__(self) -> str:
        return f"{self.node} {self.started_at:%F %T} {self.reason}"
