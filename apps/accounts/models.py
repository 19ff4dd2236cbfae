"""People: departments, users with a role and a view tier, and agents with a phone."""

import hashlib
import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import DEFAULT_TIER, PhoneKind, Role, ViewTier
from apps.core.models import TenantModel
from apps.core.phones import OUTSIDE_SUFFIX


class Department(TenantModel):
    """A node of the company's tree of departments."""

    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="department_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class PeopleManager(UserManager["User"]):
    """Django's manager; who is made by `createsuperuser` is the host operator."""

    use_in_migrations = False

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> "User":
        """Make a host operator: no company, every permission."""
        extra_fields.setdefault("role", Role.HOST_OPERATOR)
        return super().create_superuser(username, email, password, **extra_fields)


class User(AbstractUser):
    """A person who signs in. Not a scoped model: sign-in happens before any company is known.

    Lists of users for a person go through `accounts.selectors.user_list_for`.
    """

    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("company"),
        help_text=_("Empty for the host operator."),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.AGENT)
    view_tier = models.CharField(
        _("view tier"),
        max_length=12,
        choices=ViewTier.choices,
        blank=True,
        default="",
        help_text=_("Empty: what the role gives (agent: own, team lead: department, others: all)."),
    )
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("department"),
    )
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    has_numbers_masked = models.BooleanField(
        _("sees customers' numbers masked"),
        default=False,
        help_text=_("138****8000: he may dial such a number but never sees it."),
    )

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    @property
    def tier(self) -> ViewTier:
        """Return the view tier in force."""
        return ViewTier(self.view_tier) if self.view_tier else DEFAULT_TIER[Role(self.role)]

    @property
    def sees_numbers_masked(self) -> bool:
        """Say whether customers' numbers are masked for this person: by himself or by his role.

        No query: requests load the company with the person.
        """
        if self.has_numbers_masked:
            return True
        return self.tenant is not None and self.role in self.tenant.masked_roles

    @property
    def display_name(self) -> str:
        """Return the name shown to colleagues."""
        return self.first_name or self.username


class Agent(TenantModel):
    """A person who takes calls, with his two phones in Asterisk."""

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, related_name="agent", verbose_name=_("user")
    )
    number = models.CharField(
        _("agent number"), max_length=10, validators=[RegexValidator(r"^[0-9]{2,10}$")]
    )
    sip_username = models.CharField(
        _("SIP user"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9.-]*$")],
        help_text=_("Unique on the whole installation: the name of the phone in Asterisk."),
    )
    sip_ha1 = models.CharField(
        max_length=32,
        editable=False,
        help_text="MD5 of user:realm:password (RFC 2617 HA1); the password itself is not kept.",
    )
    phone_kind = models.CharField(
        _("phone"), max_length=8, choices=PhoneKind.choices, default=PhoneKind.WEB
    )
    outside_number = models.CharField(
        _("mobile or other outside phone"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^\+?[0-9]{3,20}\Z")],
        help_text=_("Rung over the trunk when he works with it."),
    )
    confirms_outside = models.BooleanField(
        _("asks for key 1 there"),
        default=True,
        help_text=_("Without it a mobile's own voicemail could take the call."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="agent_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.user.display_name}"

    @property
    def endpoint_desk(self) -> str:
        """Return the PJSIP endpoint of the desk phone."""
        return self.sip_username

    @property
    def endpoint_web(self) -> str:
        """Return the PJSIP endpoint of the browser phone."""
        return f"{self.sip_username}-web"

    @property
    def endpoint_outside(self) -> str:
        """Return the name of the outside phone: a Local channel's, no PJSIP endpoint's."""
        return f"{self.sip_username}{OUTSIDE_SUFFIX}"

    @property
    def endpoints(self) -> tuple[str, str, str]:
        """Return every name that a channel of his may have."""
        return (self.endpoint_desk, self.endpoint_web, self.endpoint_outside)

    def endpoint_for(self, phone_kind: str) -> str:
        """Return the endpoint of one kind of phone."""
        if phone_kind == PhoneKind.PSTN:
            return self.endpoint_outside
        return self.endpoint_web if phone_kind == PhoneKind.WEB else self.endpoint_desk

    def set_sip_password(self, password: str = "") -> str:
        """Set the SIP secret (random when empty) and return it; it is shown once, never stored."""
        password = password or secrets.token_urlsafe(18)
        text = f"{self.sip_username}:{settings.HUAWU_SIP_REALM}:{password}"
        self.sip_ha1 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        return password
