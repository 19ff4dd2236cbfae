"""People in Django admin, limited to the admin's company."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import Agent, Department, User
from apps.accounts.selectors import user_list_for
from apps.core.tenancy import current_tenant_id
from apps.core.tenant_admin import TenantAdmin, TenantForm

admin.site.unregister(Group)
admin.site.site_header = _("Huawu administration")
admin.site.site_title = _("Huawu")


@admin.register(Department)
class DepartmentAdmin(TenantAdmin):
    """The company's departments."""

    list_display = ("name", "parent")


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """The company's people; a company's admin cannot make a superuser or leave his company."""

    list_display = ("username", "first_name", "role", "department", "is_active")
    list_filter = ("role", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "email", "is_active")}),
        (
            _("Work"),
            {"fields": ("role", "view_tier", "department", "language", "has_numbers_masked")},
        ),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "first_name", "password1", "password2", "role", "department")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        """Return the people of the admin's company."""
        assert isinstance(request.user, User)  # noqa: S101 - admin asks for a signed-in person
        return user_list_for(user=request.user)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Nobody below the host operator can name a host operator."""
        if db_field.name == "role" and not getattr(request.user, "is_superuser", False):
            kwargs["choices"] = [pair for pair in Role.choices if pair[0] != Role.HOST_OPERATOR]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new person belongs to the admin's company; admins may enter Django admin."""
        if not change:
            obj.tenant_id = current_tenant_id()
        if not obj.is_superuser:
            obj.is_staff = obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)


class AgentForm(TenantForm):
    """An agent with an optional new SIP password."""

    new_sip_password = forms.CharField(
        label=_("New SIP password"),
        required=False,
        min_length=8,
        help_text=_(
            "For a desk phone. Empty: unchanged; a new agent gets a random one, shown once."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Agent
        fields = (
            "user",
            "number",
            "sip_username",
            "phone_kind",
            "outside_number",
            "confirms_outside",
            "is_active",
        )


@admin.register(Agent)
class AgentAdmin(TenantAdmin):
    """The company's agents; a change reaches Asterisk within seconds."""

    form = AgentForm
    list_display = ("number", "user", "sip_username", "phone_kind", "is_active")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the company's people."""
        if db_field.name == "user":
            assert isinstance(request.user, User)  # noqa: S101 - admin asks for a signed-in person
            kwargs["queryset"] = user_list_for(user=request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        """Hash the SIP password; the hash holds the user name, so a new name needs a new one."""
        password = form.cleaned_data.get("new_sip_password") or ""
        if password or not change or "sip_username" in form.changed_data:
            secret = obj.set_sip_password(password)
            if not password:
                messages.info(
                    request, _("SIP password, shown only now: %(secret)s") % {"secret": secret}
                )
        super().save_model(request, obj, form, change)
