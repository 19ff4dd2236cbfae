"""API tokens in Django admin: shown once, when made."""

import secrets
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import user_list_for
from apps.core.tenant_admin import TenantAdmin
from apps.integrations.models import ApiToken, token_digest


@admin.register(ApiToken)
class ApiTokenAdmin(TenantAdmin):
    """The company's tokens."""

    list_display = ("name", "user", "is_active")
    fields = ("name", "user", "is_active")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the company's people."""
        if db_field.name == "user":
            assert isinstance(request.user, User)  # noqa: S101 - admin asks for a signed-in person
            kwargs["queryset"] = user_list_for(user=request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Make a random token for a new row and show it once."""
        if not change:
            token = secrets.token_urlsafe(32)
            obj.digest = token_digest(token)
            messages.info(request, _("Token, shown only now: %(token)s") % {"token": token})
        super().save_model(request, obj, form, change)
