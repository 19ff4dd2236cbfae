"""The view tier: one function for pages, API, sockets and files.

Senior people see all of the company, a manager his department and those below it, an agent his own.
The company itself is limited by the scope of `apps.core.tenancy`, before any of this.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from apps.accounts.choices import ViewTier
from apps.accounts.models import Agent, Department, User

M = TypeVar("M", bound=Model)
R = TypeVar("R")
_known: ContextVar[dict[tuple[str, int], Any] | None] = ContextVar("_known", default=None)


@contextmanager
def scope_read_once() -> Iterator[None]:
    """Have departments and whose agents one sees read once for all that is asked inside.

    For one answer that asks many apps in turn; never around what writes or waits.
    """
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def _once(what: str, of: int, read: Callable[[], R]) -> R:
    known = _known.get()
    if known is None:
        return read()
    if (what, of) not in known:
        known[what, of] = read()
    found: R = known[what, of]
    return found


def department_ids(user: User) -> set[int]:
    """Return the person's department and all below it. 1 query; empty without a department."""
    return set() if user.department_id is None else departments_below(user.department_id)


def departments_below(department_id: int) -> set[int]:
    """Return a department and all below it. 1 query."""
    return _once("below", department_id, lambda: tree_below(department_id, department_parents()))


def department_parents() -> dict[int, int | None]:
    """Return each department's parent. 1 query."""
    return dict(Department.objects.values_list("pk", "parent_id"))


def tree_below(department_id: int, parents: Mapping[int, int | None]) -> set[int]:
    """Return a department and all below it, of parents that were read."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in parents.items():
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
    return agents_and_self(user)[0]


def agents_and_self(user: User) -> tuple[set[int], set[int]]:
    """Return `agent_ids`, and of them the person himself. 1 or 2 queries."""
    return _once("agents", user.pk, lambda: _agents_and_self(user))


def _agents_and_self(user: User) -> tuple[set[int], set[int]]:
    mine = Q(user=user)
    if user.tier == ViewTier.DEPARTMENT:
        mine |= Q(user__department__in=department_ids(user))
    rows = list(Agent.objects.filter(mine).values_list("pk", "user_id"))
    return {pk for pk, _ in rows}, {pk for pk, who in rows if who == user.pk}


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
