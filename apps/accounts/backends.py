"""Who a session's person is, and permissions in Django admin by role."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from apps.accounts.choices import Role
from apps.accounts.models import User

ADMIN_APPS = frozenset(
    {
        "accounts",
        "numbers",
        "prompts",
        "customers",
        "voicemail",
        "acd",
        "ivr",
        "integrations",
        "switchboard",
        "toolbar",
    }
)
READ_ONLY_APPS = frozenset({"calls", "recordings", "audit", "imports"})


class RoleBackend(ModelBackend):
    """A company's admin may work on his company's apps; everybody else needs a permission."""

    def get_user(self, user_id: int) -> User | None:
        """Return the active person with his company, which each request asks for. 1 query."""
        return User.objects.select_related("tenant").filter(pk=user_id, is_active=True).first()

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Return whether the role gives the permission, or a row of Django's does."""
        if not user_obj.is_active:
            return False
        if getattr(user_obj, "role", "") == Role.ADMIN:
            app, _, codename = perm.partition(".")
            if app in READ_ONLY_APPS:
                return codename.startswith("view_")
            return app in ADMIN_APPS
        return super().has_perm(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Return whether the app shows up in the admin's index."""
        if user_obj.is_active and getattr(user_obj, "role", "") == Role.ADMIN:
            return app_label in ADMIN_APPS | READ_ONLY_APPS
        return super().has_module_perms(user_obj, app_label)
