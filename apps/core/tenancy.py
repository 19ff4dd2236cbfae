"""The company (tenant) scope: no scope, no query.

`tenant_scope` limits every scoped manager, and on PostgreSQL the row-level security policies, to
one company. `all_tenants` lifts the limit for code that serves all companies (the AMI listener, the
host operator) and names why. Source: django-scopes 2.1 (contextvars, so safe in threads and tasks).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import models
from django_scopes import get_scope, scope, scopes_disabled
from django_scopes.manager import DisabledQuerySet

M = TypeVar("M", bound=models.Model)

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


class TenantManager(models.Manager[M]):
    """A manager that raises ScopeError without a scope and filters by `tenant` in one."""

    def get_queryset(self) -> models.QuerySet[M]:
        """Return the rows of the company in scope; without one, a set that raises when used."""
        current = get_scope()
        if not current.get("_enabled", True):
            return super().get_queryset()
        tenant_id = current.get("tenant")
        if tenant_id is None:
            refused: models.QuerySet[M] = DisabledQuerySet(
                self.model, using=self._db, missing_scopes={"tenant"}
            )
            return refused
        return super().get_queryset().filter(tenant=tenant_id)

    def all(self) -> models.QuerySet[M]:
        """Return the rows in scope; raise ScopeError at once without one."""
        rows = super().all()
        return rows.all() if isinstance(rows, DisabledQuerySet) else rows
