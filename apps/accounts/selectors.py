"""Read people."""

from collections.abc import Collection

from django.db.models import QuerySet

from apps.accounts.models import Agent, User
from apps.core.errors import ForbiddenError
from apps.core.phone_numbers import masked
from apps.core.phones import OUTSIDE_SUFFIX
from apps.core.tenancy import all_tenants


def user_list_for(*, user: User) -> "QuerySet[User]":
    """Return the people of the user's company; everybody for the host operator. 1 query."""
    rows = User.objects.select_related("department").order_by("username")
    if user.tenant_id is None:
        return rows if user.is_superuser else rows.none()
    return rows.filter(tenant_id=user.tenant_id)


def agent_of(user: User) -> Agent | None:
    """Return the agent that this person is, None when he takes no calls. 1 query."""
    found: Agent | None = Agent.objects.select_related("user").filter(user=user).first()
    return found


def agent_own(user: User) -> Agent:
    """Return the agent that this person is; ForbiddenError when he takes no calls. 1 query."""
    found = agent_of(user)
    if found is None:
        raise ForbiddenError(user.username)
    return found


def agent_by_endpoint(endpoint: str) -> Agent | None:
    """Return the agent behind `1001`, `1001-web` or `1001-pstn`, whatever the scope. 1 query."""
    return agents_by_endpoints([endpoint])[endpoint]


def agents_by_endpoints(endpoints: Collection[str]) -> dict[str, Agent | None]:
    """Return the agent behind each endpoint, None behind a trunk's, whatever the scope. 1 query."""
    users = {one: one.removesuffix("-web").removesuffix(OUTSIDE_SUFFIX) for one in endpoints}
    with all_tenants("the endpoint says which company"):
        rows = Agent.objects.select_related("user__tenant", "tenant").filter(
            sip_username__in=set(users.values())
        )
        found = {agent.sip_username: agent for agent in rows}
    return {endpoint: found.get(user) for endpoint, user in users.items()}


def agent_active_list() -> "QuerySet[Agent]":
    """Return the active agents in scope with user and company. 1 query."""
    rows: QuerySet[Agent] = (
        Agent.objects.filter(is_active=True, user__is_active=True)
        .select_related("user", "tenant")
        .order_by("sip_username")
    )
    return rows


def number_for(user: User | None, number: str) -> str:
    """Return a customer's number as the person may see it; masked for nobody in particular."""
    return masked(number) if user is None or user.sees_numbers_masked else number
