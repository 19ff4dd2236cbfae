"""Voicemail in Django admin: boxes to set up, messages and notices to look at only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.calls.ports import queue_directory
from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.core.tenant_admin import TenantAdmin, TenantForm
from apps.tenants.models import Tenant
from apps.voicemail.models import (
    PIN_PATTERN,
    VoicemailBox,
    VoicemailMessage,
    VoicemailNotice,
    words,
)

SMS_NUMBER = RegexValidator(r"^\+?[0-9]{3,20}\Z", _("A phone number: digits, with or without +."))


class VoicemailBoxForm(TenantForm):
    """A box; its number must be a queue's or the agent's."""

    pin = forms.CharField(
        label=_("PIN for listening by phone"),
        required=False,
        validators=[RegexValidator(PIN_PATTERN, _("The PIN must be 4 to 12 digits."))],
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty: unchanged. A new PIN also unlocks a locked box."),
    )

    def clean_emails(self) -> str:
        """Refuse what is no address."""
        return self._list("emails", validate_email)

    def clean_sms_numbers(self) -> str:
        """Refuse what is no number."""
        return self._list("sms_numbers", SMS_NUMBER)

    def _list(self, name: str, validate: Any) -> str:
        entries = words(self.cleaned_data[name])
        for entry in entries:
            validate(entry)
        return ", ".join(entries)

    def clean(self) -> dict[str, Any]:
        """Refuse a number that leads to nobody, or to another than the agent."""
        found = super().clean() or self.cleaned_data
        number, agent = found.get("number", ""), found.get("agent")
        if isinstance(agent, Agent) and agent.number != number:
            raise ValidationError({"number": _("An agent's box has the agent's number.")})
        tenant = Tenant.objects.filter(pk=self.instance.tenant_id).first()
        if not number or agent is not None or tenant is None:
            return found
        if queue_directory().find(f"{tenant.slug}-{number}") is None:
            raise ValidationError({"number": _("No queue has this number.")})
        return found


@admin.register(VoicemailBox)
class VoicemailBoxAdmin(TenantAdmin):
    """The company's boxes."""

    form = VoicemailBoxForm
    list_display = ("number", "agent", "max_s", "is_active")
    search_fields = ("number",)
    fields = (
        "number",
        "agent",
        "greeting",
        "max_s",
        "emails",
        "sms_numbers",
        "takes_unanswered",
        "pin",
        "is_active",
    )

    def save_model(self, request: Any, obj: VoicemailBox, form: Any, change: bool) -> None:
        """Save; a PIN that was keyed replaces the old one."""
        if form.cleaned_data.get("pin"):
            obj.set_pin(form.cleaned_data["pin"])
        super().save_model(request, obj, form, change)


@admin.register(VoicemailMessage)
class VoicemailMessageAdmin(ReadOnlyTenantAdmin):
    """The company's messages."""

    list_display = ("left_at", "box", "caller", "state", "claimed_by")
    list_filter = ("state",)


@admin.register(VoicemailNotice)
class VoicemailNoticeAdmin(ReadOnlyTenantAdmin):
    """What was sent about messages, and what could not be."""

    list_display = ("created_at", "message", "channel", "to", "state", "tries", "error", "sent_at")
    list_filter = ("channel", "state")
