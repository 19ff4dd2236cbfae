"""Read sites and launches."""

from datetime import datetime

from apps.accounts.models import Agent, User
from apps.core.errors import NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.integrations.models import token_digest
from apps.toolbar.models import ToolbarLaunch, ToolbarOrigin


def origin_is_allowed(origin: str) -> bool:
    """Say whether the company in scope lets this site show the toolbar. 1 query."""
    return ToolbarOrigin.objects.filter(origin=origin, is_active=True).exists()


def agent_numbered(number: str) -> Agent:
    """Return the active agent of this number in scope. Raises NotFoundError. 1 query."""
    found: Agent | None = (
        Agent.objects.select_related("user")
        .filter(number=number, is_active=True, user__is_active=True)
        .first()
    )
    if found is None:
        raise NotFoundError(f"agent {number[:20]}")
    return found


def launch_open(token: str, now: datetime) -> ToolbarLaunch | None:
    """Return the launch of a token that can still be used, whatever the scope. 2 queries.

    None also when its site was taken off the list, or its person barred.
    """
    with all_tenants("the token says which company it is"):
        found: ToolbarLaunch | None = (
            ToolbarLaunch.objects.select_related("user__tenant")
            .filter(digest=token_digest(token), used_at=None, expires_at__gt=now)
            .first()
        )
    if found is None or not found.user.is_active:
        return None
    with tenant_scope(found.tenant_id):
        return found if origin_is_allowed(found.origin) else None


def is_launcher(user: User, agent: Agent) -> bool:
    """Say whether the person may open the toolbar as this agent: the company's admin, himself."""
    return user.tenant_id == agent.tenant_id and (user.role == "admin" or agent.user_id == user.pk)
