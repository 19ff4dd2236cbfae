"""Who may supervise live calls, and each time that somebody did."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.supervision.choices import Announce, Kind, ListenState, Mode, SupervisorRole
from apps.supervision.engine.policy import (
    BARGE,
    FORCE,
    HANG_UP,
    LISTEN,
    TAKE_OVER,
    WHISPER,
    Policy,
)


class SupervisionPolicy(TenantModel):
    """What one role may do with live calls of its scope; without a row the product's default."""

    role = models.CharField(_("role"), max_length=20, choices=SupervisorRole.choices)
    may_listen = models.BooleanField(_("may listen"), default=True)
    may_whisper = models.BooleanField(_("may whisper to the agent"), default=False)
    may_barge = models.BooleanField(_("may barge in"), default=False)
    may_take_over = models.BooleanField(_("may take over calls"), default=False)
    may_hang_up = models.BooleanField(_("may hang up calls"), default=False)
    may_force = models.BooleanField(_("may change agents' states"), default=False)
    announce = models.CharField(
        _("who hears a tone"),
        max_length=8,
        choices=Announce.choices,
        default=Announce.AGENT,
        help_text=_("Nobody: neither a tone nor a word on the agent's page."),
    )

    class Meta:
        verbose_name = _("supervision policy")
        verbose_name_plural = _("supervision policies")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "role"], name="supervision_policy_once")
        ]

    def __str__(self) -> str:
        return self.get_role_display()

    @property
    def policy(self) -> Policy:
        """Return the row as decisions see it."""
        granted = {
            LISTEN: self.may_listen,
            WHISPER: self.may_whisper,
            BARGE: self.may_barge,
            TAKE_OVER: self.may_take_over,
            HANG_UP: self.may_hang_up,
            FORCE: self.may_force,
        }
        allowed = frozenset(action for action, is_granted in granted.items() if is_granted)
        return Policy(allowed, self.announce)


class Supervision(TenantModel):
    """One time that somebody came into a live call: he listened, took it over, ended it.

    Only listening has a channel of its own and lasts; the others are over when they are asked for.
    """

    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="supervisions")
    agent = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Whose call it was.",
    )
    node = models.CharField(max_length=40)
    channel = models.CharField(
        max_length=150, blank=True, help_text="Uniqueid of the supervisor's own channel."
    )
    state = models.CharField(max_length=8, choices=ListenState.choices)
    mode = models.CharField(max_length=8, choices=Mode.choices, blank=True)
    modes = models.JSONField(default=list, help_text='[{"mode", "at"}] in their order.')
    announce = models.CharField(max_length=8, choices=Announce.choices, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # What AMI tells of the channel finds its row.
            models.UniqueConstraint(
                fields=["channel"],
                condition=~models.Q(channel=""),
                name="supervision_channel_once",
            )
        ]
        indexes = [
            # Who listens now: his own, and those of an agent.
            models.Index(
                fields=["user"], condition=models.Q(ended_at=None), name="supervision_open_by_user"
            ),
            models.Index(
                fields=["agent"],
                condition=models.Q(ended_at=None),
                name="supervision_open_by_agent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.call_id}"

    @property
    def mode_steps(self) -> list[str]:
        """Return the names of the modes that he went through, in their order."""
        labels = dict(Mode.choices)
        return [str(labels.get(step["mode"], step["mode"])) for step in self.modes]


class PickUpGroup(TenantModel):
    """Agents who may take each other's ringing calls."""

    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("pick-up group")
        verbose_name_plural = _("pick-up groups")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="pick_up_group_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class PickUpMember(TenantModel):
    """One agent of one pick-up group; he may be in several."""

    group = models.ForeignKey(PickUpGroup, on_delete=models.CASCADE, related_name="members")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("member of a pick-up group")
        verbose_name_plural = _("members of pick-up groups")
        ordering = ["agent__number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["group", "agent"], name="pick_up_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.agent_id}"
