"""Customers in Django admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.tenant_admin import TenantAdmin, TenantForm
from apps.customers.models import BlacklistEntry, Customer, CustomerNumber
from apps.customers.services import customer_pin_set


class CustomerForm(TenantForm):
    """A customer with an optional new PIN."""

    new_pin = forms.RegexField(
        r"^[0-9]{4,12}$",
        label=_("New PIN"),
        required=False,
        help_text=_("4 to 12 digits, for account service. Empty: unchanged. Never shown."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Customer
        # The rest is the admin page's: a choice of agents can only be made inside a scope.
        fields = ("name",)


class NumberInline(admin.TabularInline[Any, Any]):
    """The customer's numbers."""

    model = CustomerNumber
    extra = 1
    fields = ("as_typed", "is_primary")


@admin.register(Customer)
class CustomerAdmin(TenantAdmin):
    """The company's customers."""

    form = CustomerForm
    fields = (
        "name",
        "level",
        "kind",
        "owner",
        "tags",
        "note",
        "account_number",
        "balance",
        "new_pin",
    )
    list_display = ("name", "level", "owner", "account_number")
    list_filter = ("level",)
    search_fields = ("name", "numbers__lookup", "account_number")
    inlines = (NumberInline,)

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """Save, then hash a new PIN."""
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("new_pin"):
            customer_pin_set(customer=obj, pin=form.cleaned_data["new_pin"])


@admin.register(BlacklistEntry)
class BlacklistEntryAdmin(TenantAdmin):
    """Numbers whose calls are not welcome."""

    list_display = ("number", "action", "reason", "expires_at")
    fields = ("number", "action", "queue_number", "reason", "expires_at")
    search_fields = ("lookup",)
