"""Customers in Django admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.core.tenant_admin import TenantAdmin, TenantForm
from apps.customers.models import (
    BlacklistEntry,
    Customer,
    CustomerChange,
    CustomerEmail,
    CustomerField,
    CustomerLevel,
    CustomerMerge,
    CustomerNote,
    CustomerNumber,
    CustomerSource,
    CustomerTag,
    CustomerType,
    DuplicateDismissal,
    ErasurePolicy,
    ErasureProposal,
)
from apps.customers.services import customer_pin_set, customer_save


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
    fields = ("as_typed", "label", "is_primary")


class EmailInline(admin.TabularInline[Any, Any]):
    """The customer's e-mail addresses."""

    model = CustomerEmail
    extra = 0
    fields = ("address", "is_primary")


@admin.register(Customer)
class CustomerAdmin(TenantAdmin):
    """The company's customers."""

    form = CustomerForm
    fields = (
        "name",
        "contact_name",
        "level",
        "kind",
        "source",
        "owner",
        "tags",
        "gender",
        "born_on",
        "province",
        "city",
        "address",
        "note",
        "account_number",
        "balance",
        "new_pin",
    )
    list_display = ("name", "level", "owner", "account_number")
    list_filter = ("level",)
    search_fields = ("name", "numbers__lookup", "account_number")
    inlines = (NumberInline, EmailInline)

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """Save, then hash a new PIN."""
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("new_pin"):
            customer_pin_set(customer=obj, pin=form.cleaned_data["new_pin"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save numbers and addresses, then the text that the search looks at."""
        super().save_related(request, form, formsets, change)
        customer_save(form.instance)


@admin.register(CustomerLevel, CustomerType, CustomerSource)
class WordAdmin(TenantAdmin):
    """The company's levels, types and sources."""

    list_display = ("name", "code", "position", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A code is kept in customers, rules and flows: it stays."""
        return ("code",) if obj else ()


@admin.register(CustomerTag)
class TagAdmin(ReadOnlyTenantAdmin):
    """The company's tags; changed on the console, where customers follow."""

    list_display = ("name", "colour")


@admin.register(CustomerField)
class FieldAdmin(TenantAdmin):
    """The company's own fields of customers."""

    list_display = ("label", "key", "kind", "position", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Values of another kind would no longer fit."""
        return ("key", "kind") if obj else ()


@admin.register(
    CustomerNote,
    CustomerChange,
    CustomerMerge,
    DuplicateDismissal,
    ErasurePolicy,
    ErasureProposal,
)
class TrailAdmin(ReadOnlyTenantAdmin):
    """What was written and done, to look at only."""

    list_display = ("__str__", "created_at")


@admin.register(BlacklistEntry)
class BlacklistEntryAdmin(TenantAdmin):
    """Numbers whose calls are not welcome."""

    list_display = ("number", "action", "reason", "expires_at")
    fields = ("number", "action", "queue_number", "reason", "expires_at")
    search_fields = ("lookup",)
