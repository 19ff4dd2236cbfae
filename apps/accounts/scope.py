"""The view tier: one function for pages, API, sockets and files.

Senior people see all of the company, a manager his department and those below it, an agent his own.
The company itself is limited by the scope of `apps.core.tenancy`, before any of this.
"""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from apps.accounts.choices import ViewTier
from apps.accounts.models import Agent, Department, User

M = TypeVar("M", bound=Model)


def department_ids(user: User) -> set[int]:
    """Return the person's department and all below it. 1 query; empty without a department."""
    return set() if user.department_id is None else departments_below(user.department_id)


def departments_below(department_id: int) -> set[int]:
    """Return a department and all below it. 1 query."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in Department.objects.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found: set[int] = set()
    waiting = [department_id]
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting.extend(children.get(pk, []))
    return found


def agent_ids(user: User) -> set[int]:
    """Return the agents whose rows the person sees: himself, a manager his departments' too.

    1 or 2 queries. Numbers rather than a sub-query: PostgreSQL knows then how many rows are theirs,
    and chooses between the newest calls of all and the calls of these.
    """
    mine = Q(user=user)
    if user.tier == ViewTier.DEPARTMENT:
        mine |= Q(user__department__in=department_ids(user))
    return set(Agent.objects.filter(mine).values_list("pk", flat=True))


def restrict(
    queryset: "QuerySet[M]", *, user: User, own: Q, department_paths: tuple[str, ...]
) -> "QuerySet[M]":
    """Limit a queryset to what the person's tier allows.

    `own` selects the person's own rows; `department_paths` are look-ups that lead to a department
    id (a row is seen when any of them is among the person's departments). A manager also sees his
    own rows.
    """
    if user.tier == ViewTier.ALL:
        return queryset
    allowed = own
    if user.tier == ViewTier.DEPARTMENT:
        ids = department_ids(user)
        for path in department_paths:
            allowed |= Q(**{f"{path}__in": ids})
    return queryset.filter(allowed)
