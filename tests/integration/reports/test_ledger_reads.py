"""What a rollup asks of the ledger costs the same however many years it holds."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.tenancy import tenant_scope
from apps.reports.ledger import ledger_between
from tests.factories import AgentFactory

pytestmark = pytest.mark.django_db


def test_calls_of_a_time_are_asked_for_with_their_company() -> None:
    # Row-level security names it too, as one of two ways, which no index can be asked with.
    agent = AgentFactory()
    since = datetime(2026, 11, 23, 10, tzinfo=UTC)
    with tenant_scope(agent.tenant_id), CaptureQueriesContext(connection) as asked:
        ledger_between(since, since + timedelta(minutes=15))
    timed = [one["sql"] for one in asked if '"calls_call"."started_at" >=' in one["sql"]]
    assert len(timed) >= 5
    assert [sql for sql in timed if '"calls_call"."tenant_id" =' not in sql] == []
