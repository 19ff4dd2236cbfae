"""The company (tenant) scope: no scope, no query.

`tenant_scope` limits every scoped manager, and on PostgreSQL the row-level security policies, to
one company. `all_tenants` lifts the limit for code that serves all companies (the AMI listener, the
host operator) and names why. Source: django-scopes 2.1 (contextvars, so safe in threads and tasks).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django_scopes import ScopedManager, get_scope, scope, scopes_disabled

NO_SCOPE = ""
ALL_TENANTS = "*"


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Limit all queries inside to the company with this primary key."""
    with scope(tenant=tenant_id):
        yield


@contextmanager
def all_tenants(reason: str) -> Iterator[None]:
    """Lift the company limit inside; `reason` is for the reader, it must not be empty."""
    if not reason:
        raise ValueError("say why all companies are needed")
    with scopes_disabled():
        yield


def database_scope() -> str:
    """Return what row-level security is told: '' nothing, '*' everything, else the company's id."""
    current = get_scope()
    if not current.get("_enabled", True):
        return ALL_TENANTS
    tenant_id = current.get("tenant")
    return NO_SCOPE if tenant_id is None else str(tenant_id)


def current_tenant_id() -> int | None:
    """Return the company in scope, None without a scope or under `all_tenants`."""
    current = get_scope()
    if not current.get("_enabled", True):
        return None
    tenant_id = current.get("tenant")
    return None if tenant_id is None else int(tenant_id)


def scoped_manager() -> Any:
    """Return a manager that raises ScopeError without a scope and filters by `tenant` in one."""
    return ScopedManager(tenant="tenant")
