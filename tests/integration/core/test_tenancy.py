"""No scope, no query; a scope shows one company only."""

import pytest
from django_scopes.exceptions import ScopeError

from apps.acd.models import Queue
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import QueueFactory

pytestmark = pytest.mark.django_db


def test_query_without_scope_raises() -> None:
    with pytest.raises(ScopeError):
        Queue.objects.count()


def test_scope_shows_only_its_company() -> None:
    ours = QueueFactory()
    theirs = QueueFactory()
    with tenant_scope(ours.tenant_id):
        assert list(Queue.objects.values_list("pk", flat=True)) == [ours.pk]
    with all_tenants("test"):
        assert {queue.pk for queue in Queue.objects.all()} == {ours.pk, theirs.pk}


def test_scope_of_an_outer_company_returns_after_an_inner_one() -> None:
    ours, theirs = QueueFactory(), QueueFactory()
    with tenant_scope(ours.tenant_id):
        with tenant_scope(theirs.tenant_id):
            assert Queue.objects.get().pk == theirs.pk
        assert Queue.objects.get().pk == ours.pk
