"""Every list of the API comes in pages, and asks the database as often for one row as for many."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from apps.accounts.choices import Role
from apps.accounts.models import Agent
from apps.core.tenancy import all_tenants
from tests.addresses import sample_rows
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    CallBackFactory,
    CallFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    VoicemailMessageFactory,
)

pytestmark = pytest.mark.django_db
PAGED = {"count", "next", "previous", "results"}
# Parts of one row, as many as it has: what they are of is the page.
OF_ONE_ROW = "{"


def lists() -> list[str]:
    """Return the addresses whose GET answers many rows, as the schema names them."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = []
    for path, operations in schema["paths"].items():
        operation = operations.get("get")
        if operation is None or OF_ONE_ROW in path:
            continue
        content = operation["responses"]["200"].get("content", {})
        shape = content.get("application/json", {}).get("schema", {})
        name = shape.get("$ref", "").rpartition("/")[2]
        if shape.get("type") == "array" or name.startswith("Paginated"):
            found.append(path)
    return found


def more_rows(agent: Agent) -> None:
    """Give each list rows beside the sample's."""
    tenant, department = agent.tenant, agent.user.department
    for _one in range(5):
        other = AgentFactory(tenant=tenant, user__department=department)
        queue = QueueFactory(tenant=tenant, department=department)
        QueueMemberFactory(tenant=tenant, queue=queue, agent=other)
        CallFactory(tenant=tenant, agent=other, queue_number=queue.number)
        CallFactory(tenant=tenant, status="talking", outcome="", ended_at=None, agent=other)
        CallBackFactory(tenant=tenant, queue=queue)
        VoicemailMessageFactory(tenant=tenant, box=f"{tenant.slug}-{queue.number}")


def test_every_list_is_in_pages_with_as_many_queries_for_many_rows() -> None:
    with all_tenants("test"):
        tenant = TenantFactory()
        agent = AgentFactory(tenant=tenant, user__role=Role.ADMIN)
        ApiTokenFactory(tenant=tenant, user=agent.user, token="lists")
        sample_rows(agent)
        more_rows(agent)
    client = Client(headers={"authorization": "Token lists"})
    found = lists()
    assert len(found) >= 8, found
    told = []
    for path in found:
        client.get(path)  # what is remembered for a while is asked for once
        answer = client.get(path)
        shape = answer.json()
        if answer.status_code != 200 or not isinstance(shape, dict) or not shape.keys() >= PAGED:
            told.append(f"{path}: {answer.status_code}, not in pages")
            continue
        amounts = {}
        for size in (1, 3, 200):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                rows = client.get(path, {"page_size": size}).json()["results"]
            amounts[len(rows)] = len(asked)
        many = [count for rows_, count in amounts.items() if rows_]
        if many and max(many) != min(many):
            told.append(f"{path}: queries by rows {amounts}")
    if told:
        pytest.fail("\n".join(told), pytrace=False)
