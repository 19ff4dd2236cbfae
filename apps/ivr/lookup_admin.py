"""PINs and HTTP look-ups in Django admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.tenant_admin import TenantAdmin, TenantForm
from apps.ivr.engine.steps import CALLER, DIALLED, LANGUAGE
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.lookup_fields import headers_read
from apps.ivr.lookup_services import http_lookup_changed, pin_set
from apps.ivr.lookups import http_ask, http_plan
from apps.ivr.models import HttpLookup, Pin


class PinForm(TenantForm):
    """A PIN; its digits are written and never shown."""

    new_pin = forms.RegexField(
        r"^[0-9]{4,12}$",
        label=_("New PIN"),
        required=False,
        help_text=_("4 to 12 digits. Empty: unchanged. Never shown."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Pin
        fields = ("name", "max_wrong", "lock_minutes")

    def clean_new_pin(self) -> str:
        """A new one needs digits."""
        digits: str = self.cleaned_data["new_pin"]
        if not digits and not self.instance.pin_hash:
            raise forms.ValidationError(_("Choose 4 to 12 digits."))
        return digits


@admin.register(Pin)
class PinAdmin(TenantAdmin):
    """The company's PINs."""

    form = PinForm
    fields = ("name", "max_wrong", "lock_minutes", "new_pin")
    list_display = ("name", "max_wrong", "lock_minutes")

    def save_model(self, request: HttpRequest, obj: Pin, form: Any, change: bool) -> None:
        """Save, then hash new digits."""
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("new_pin"):
            pin_set(pin=obj, digits=form.cleaned_data["new_pin"], actor=request.user)  # type: ignore[arg-type]  # the admin asks for a sign-in


class HttpLookupForm(TenantForm):
    """A look-up; its headers are written and never shown."""

    new_headers = forms.CharField(
        label=_("New headers"),
        required=False,
        max_length=4000,
        help_text=_(
            "One a line: Authorization: Bearer … Kept encrypted, never shown. Empty: unchanged."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    drops_headers = forms.BooleanField(label=_("Remove all headers"), required=False)

    class Meta:
        model = HttpLookup
        fields = ("name", "method", "url", "body", "timeout_s", "retries", "results")

    def clean_new_headers(self) -> dict[str, str]:
        """Read the lines."""
        return headers_read(self.cleaned_data["new_headers"])


@admin.register(HttpLookup)
class HttpLookupAdmin(TenantAdmin):
    """The company's HTTP look-ups, and a try of each."""

    form = HttpLookupForm
    fields = (
        "name",
        "method",
        "url",
        "body",
        "timeout_s",
        "retries",
        "results",
        "new_headers",
        "drops_headers",
    )
    list_display = ("name", "method", "url", "timeout_s")
    actions = ("try_now",)

    def save_model(self, request: HttpRequest, obj: HttpLookup, form: Any, change: bool) -> None:
        """Save, then seal new headers."""
        super().save_model(request, obj, form, change)
        headers = form.cleaned_data.get("new_headers") or None
        if form.cleaned_data.get("drops_headers"):
            headers = headers or {}
        http_lookup_changed(lookup=obj, headers=headers, actor=request.user)  # type: ignore[arg-type]  # as above

    @admin.action(description=_("Ask now and show the answers"), permissions=["change"])
    def try_now(self, request: HttpRequest, queryset: QuerySet[HttpLookup]) -> None:
        """Ask as for a caller 13800138000."""
        variables = {CALLER: "13800138000", DIALLED: "", LANGUAGE: "zh"}
        for lookup in queryset:
            try:
                plan = http_plan(lookup.name)
                found = http_ask(plan, variables) if plan else {}
            except LookupFailedError as error:
                text = _("%(name)s: no answer: %(why)s") % {"name": lookup, "why": error}
                self.message_user(request, text, messages.ERROR)
                continue
            told = ", ".join(f"{name} = {value!r}" for name, value in found.items())
            self.message_user(request, f"{lookup}: {told}", messages.SUCCESS)
