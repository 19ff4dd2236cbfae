"""Queues, who serves them, and who is signed in."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import PhoneKind
from apps.accounts.models import Agent, Department
from apps.acd.call_back_models import CallBack as CallBack
from apps.acd.call_back_models import CallBackAttempt as CallBackAttempt
from apps.acd.call_back_models import CallBackRule as CallBackRule
from apps.acd.engine import agent_state
from apps.acd.overflow_models import OverflowRule as OverflowRule
from apps.acd.what_if_models import WhatIfRun as WhatIfRun
from apps.core.models import TenantModel


class Strategy(models.TextChoices):
    """How app_queue chooses whom to ring. Source: Asterisk 22 queues.conf `strategy`."""

    LONGEST_IDLE = "leastrecent", _("Longest idle")
    ROUND_ROBIN = "rrmemory", _("Round robin")
    RING_ALL = "ringall", _("Ring all")
    FEWEST_CALLS = "fewestcalls", _("Fewest calls")
    FIXED = "linear", _("Fixed order")
    RANDOM = "random", _("Random")
    WEIGHTED = "wrandom", _("Weighted random")


class AnnounceTo(models.TextChoices):
    """Who hears the agent's number before the talk."""

    NOBODY = "", _("nobody")
    CALLER = "caller", _("the caller")
    AGENT = "agent", _("the agent")
    BOTH = "both", _("both")


class Queue(TenantModel):
    """Where calls wait."""

    number = models.CharField(
        _("queue number"), max_length=10, validators=[RegexValidator(r"^[0-9]{2,10}$")]
    )
    name = models.CharField(_("name"), max_length=60)
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        help_text=_("Whose team lead sees the queue's calls, also those that nobody answered."),
    )
    strategy = models.CharField(
        _("strategy"), max_length=12, choices=Strategy.choices, default=Strategy.LONGEST_IDLE
    )
    max_wait_s = models.PositiveIntegerField(
        _("longest wait (s)"),
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(7200)],
        help_text=_("Then the caller is sent to voicemail."),
    )
    ring_timeout_s = models.PositiveIntegerField(
        _("ring time-out (s)"),
        default=20,
        validators=[MinValueValidator(3), MaxValueValidator(120)],
    )
    retry_s = models.PositiveIntegerField(_("pause before the next try (s)"), default=2)
    wrap_up_s = models.PositiveIntegerField(_("wrap-up (s)"), default=0)
    wrap_up_limit_s = models.PositiveIntegerField(
        _("longest wrap-up (s)"),
        default=300,
        validators=[MaxValueValidator(3600)],
        help_text=_("So far an agent may lengthen his wrap-up; 0: not at all."),
    )
    service_level_s = models.PositiveIntegerField(_("service level (s)"), default=20)
    short_abandon_s = models.PositiveIntegerField(_("short abandon (s)"), default=5)
    periodic_prompt = models.CharField(
        _("said while waiting"),
        max_length=80,
        blank=True,
        default="queue-still-waiting",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]{0,79}\Z")],
        help_text=_("Name of a prompt. Empty: nothing is said, only music."),
    )
    periodic_s = models.PositiveIntegerField(
        _("said every (s)"),
        default=30,
        validators=[MinValueValidator(10), MaxValueValidator(3600)],
    )
    says_place = models.BooleanField(
        _("say the caller's place"),
        default=False,
        help_text=_("To who waits, while the music goes on between. Needs the distributor."),
    )
    says_place_most = models.PositiveSmallIntegerField(
        _("place up to"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(999)],
        help_text=_("Who is further behind hears that at least so many are before him."),
    )
    says_wait = models.BooleanField(
        _("say the expected wait"),
        default=False,
        help_text=_("In whole minutes; unknown says nothing."),
    )
    says_wait_most_min = models.PositiveSmallIntegerField(
        _("expected wait up to (min)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text=_('Above it "more than" so many minutes is said.'),
    )
    says_first_s = models.PositiveIntegerField(
        _("place and wait are said first after (s)"),
        default=20,
        validators=[MinValueValidator(2), MaxValueValidator(3600)],
    )
    says_every_s = models.PositiveIntegerField(
        _("place and wait are said every (s)"),
        default=60,
        validators=[MinValueValidator(10), MaxValueValidator(3600)],
    )
    music_prompt = models.CharField(
        _("music while waiting"),
        max_length=80,
        blank=True,
        default="",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]{0,79}\Z")],
        help_text=_("Name of a prompt of the company's own, played over and over. Empty: ours."),
    )
    auto_pause_misses = models.PositiveSmallIntegerField(
        _("busy after missed calls"),
        default=0,
        validators=[MaxValueValidator(20)],
        help_text=_(
            "An agent who misses this many calls in a row is made busy until he is ready again; "
            "0: never."
        ),
    )
    announce_agent = models.CharField(
        _("agent's number is announced to"),
        max_length=6,
        choices=AnnounceTo.choices,
        default=AnnounceTo.NOBODY,
        blank=True,
        help_text=_('"Agent 1001 is at your service", after he has answered, before the talk.'),
    )
    has_voicemail = models.BooleanField(_("voicemail after the longest wait"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="queue_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def asterisk_name(self) -> str:
        """Return the queue's name in Asterisk, also its voicemail box: `<tenant slug>-<number>`."""
        return f"{self.tenant.slug}-{self.number}"


class QueueMember(TenantModel):
    """That an agent serves a queue; the lower the penalty, the earlier he rings."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="members")
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("agent")
    )
    penalty = models.PositiveIntegerField(
        _("penalty"),
        default=0,
        help_text=_(
            "0 is rung first, 1 when nobody of 0 is free, and so on; of his own queues an agent "
            "takes calls of the lower one first."
        ),
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=1,
        validators=[MaxValueValidator(1000)],
        help_text=_("His share of the calls, only for weighted random."),
    )

    class Meta:
        verbose_name = _("queue member")
        verbose_name_plural = _("queue members")
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="queue_member_once")]

    def __str__(self) -> str:
        return f"{self.queue} {self.agent}"


class Skill(TenantModel):
    """What some agents know, at a level each."""

    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="skill_name_unique")]

    def __str__(self) -> str:
        return self.name


class AgentSkill(TenantModel):
    """How well an agent knows something."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="agents")
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="skills", verbose_name=_("agent")
    )
    level = models.PositiveSmallIntegerField(
        _("level"), default=50, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = _("agent's skill")
        verbose_name_plural = _("agents' skills")
        constraints = [models.UniqueConstraint(fields=["skill", "agent"], name="agent_skill_once")]

    def __str__(self) -> str:
        return f"{self.agent} {self.skill} {self.level}"


class QueueSkill(TenantModel):
    """A level that a queue asks its agents for, from some wait on; later rows may ask for less."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(
        Skill, on_delete=models.CASCADE, related_name="queues", verbose_name=_("skill")
    )
    after_s = models.PositiveIntegerField(
        _("from a wait of (s)"), default=0, validators=[MaxValueValidator(7200)]
    )
    level = models.PositiveSmallIntegerField(
        _("level"),
        default=50,
        validators=[MaxValueValidator(100)],
        help_text=_("0: nobody needs it any more."),
    )

    class Meta:
        verbose_name = _("required skill")
        verbose_name_plural = _("required skills")
        ordering = ["skill__name", "after_s"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "skill", "after_s"], name="queue_skill_once")
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.skill} {self.level}"


class SessionState(models.TextChoices):
    """What a signed-in agent wishes to be; whether he talks is the ledger's to say."""

    READY = "ready", _("Ready")
    PAUSED = "paused", _("Paused")


class AgentSession(TenantModel):
    """One stay of an agent between sign-in and sign-out."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="sessions")
    phone_kind = models.CharField(max_length=8, choices=PhoneKind.choices)
    state = models.CharField(max_length=8, choices=SessionState.choices, default=SessionState.READY)
    pause_reason = models.CharField(max_length=60, blank=True)
    state_since = models.DateTimeField()
    signed_in_at = models.DateTimeField()
    signed_out_at = models.DateTimeField(null=True, blank=True)
    wrap_up_over_at = models.DateTimeField(
        null=True, blank=True, help_text=_("What began before is wrapped up, says the agent.")
    )
    wrap_up_until = models.DateTimeField(
        null=True, blank=True, help_text=_("How long the agent asked to wrap up.")
    )

    class Meta:
        # For sessions that ended a moment ago.
        indexes = [models.Index(fields=["signed_out_at"], name="agent_session_end")]
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=models.Q(signed_out_at=None),
                name="agent_signed_in_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent} {self.state}"


class AgentStateChange(TenantModel):
    """One change of an agent's wish, as his buttons told it; what he did is `AgentStateSpan`."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    from_state = models.CharField(max_length=12)
    to_state = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        # For an agent's day.
        indexes = [models.Index(fields=["agent", "at"], name="agent_state_day")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.from_state} -> {self.to_state}"


class LiveState(models.TextChoices):
    """What an agent is doing. Source: `engine.agent_state`, whose words these are."""

    READY = agent_state.READY, _("Ready")
    PAUSED = agent_state.PAUSED, _("Busy")
    RINGING = agent_state.RINGING, _("Ringing")
    TALKING = agent_state.TALKING, _("Talking")
    HELD = agent_state.HELD, _("On hold")
    WRAP_UP = agent_state.WRAP_UP, _("Wrap-up")
    RESTING = agent_state.RESTING, _("Rests after a missed call")
    UNREACHABLE = agent_state.UNREACHABLE, _("Phone not reachable")


class AgentStateSpan(TenantModel):
    """What an agent was, from when to when, as Asterisk and his wish say; signed out is no span.

    Written by the distributor's process (`span_writer`). Times are whole milliseconds.
    """

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=LiveState.choices)
    reason = models.CharField(max_length=60, blank=True, help_text=_("Of being busy."))
    queue_number = models.CharField(max_length=10, blank=True)
    linkedid = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: still so."))
    until_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it ends by itself, or would have.")
    )
    is_uncertain = models.BooleanField(
        default=False, help_text=_("Nobody looked in this time; the state was believed.")
    )
    source = models.CharField(max_length=8)

    class Meta:
        verbose_name = _("agent's state")
        verbose_name_plural = _("agents' states")
        # For the days of a company's agents.
        indexes = [models.Index(fields=["tenant", "started_at"], name="agent_span_day")]
        constraints = [
            models.UniqueConstraint(fields=["agent", "started_at"], name="agent_span_key"),
            models.UniqueConstraint(
                fields=["agent"], condition=models.Q(ended_at=None), name="agent_span_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_at__gt=models.F("started_at")),
                name="agent_span_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state} {self.started_at}"


class DistributorBeat(models.Model):
    """Up to when a node's distributor has seen and written every change of its agents."""

    node = models.CharField(max_length=60, primary_key=True)
    seen_at = models.DateTimeField()
    is_seeing = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.node} {self.seen_at}"
