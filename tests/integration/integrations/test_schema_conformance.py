"""The whole API against its own schema, with inputs that nobody would think of.

Every operation of the OpenAPI document is called in this process with generated requests, valid
and invalid, as an admin and as an agent: no server error, no status and no body that the document
does not name. The seed is fixed, so that a failure comes again.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.accounts.choices import Role
from apps.core.tenancy import all_tenants
from tests.addresses import PARTS, sample_rows
from tests.factories import AgentFactory, ApiTokenFactory, DepartmentFactory, TenantFactory

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Of all operations and both kinds together, for one person: about half a minute.
EXAMPLES, LEAST = 400, 4


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's connection over requests, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def rows(one_connection: None) -> dict[str, str]:
    """Make a company with one row of each kind, and tokens of two of its people; name the rows."""
    with all_tenants("test"):
        tenant = TenantFactory()
        department = DepartmentFactory(tenant=tenant)
        agent = AgentFactory(tenant=tenant, user__department=department)
        admin = AgentFactory(tenant=tenant, user__department=department, user__role=Role.ADMIN)
        ApiTokenFactory(tenant=tenant, user=agent.user, token="agent-token")
        ApiTokenFactory(tenant=tenant, user=admin.user, token="admin-token")
        return sample_rows(agent)


def problems(check: Callable[[], None], name: str) -> list[str]:
    """Run one operation's examples; return what was found, empty when all is well."""
    try:
        check()
    except BaseExceptionGroup as group:
        return [f"{name}: {error}" for error in group.exceptions]
    except Unsatisfiable:
        return []  # an operation without anything that could be wrong
    except Exception as error:  # noqa: BLE001 - all operations are looked at, then all is told
        return [f"{name}: {error}"]
    return []


@pytest.mark.parametrize("who", ["admin", "agent"])
def test_every_answer_is_the_schemas(who: str, rows: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
    headers = {"Authorization": f"Token {who}-token"}
    found = []
    operations = [result.ok() for result in schema.get_all_operations()]
    most = max(LEAST, EXAMPLES // (2 * len(operations)))
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            found += problems(
                examples(
                    operation.as_strategy(generation_mode=mode),
                    headers,
                    most,
                    # What is asked rightly is asked of a row that is there.
                    row_of(operation, rows) if mode == GenerationMode.POSITIVE else {},
                ),
                operation.label,
            )
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)


def row_of(operation: Any, rows: dict[str, str]) -> dict[str, str]:
    """Return the parts of the path that name the sample row; empty for paths without a row."""
    within = operation.path.removeprefix("/api/v1/")
    known = max((start for start in PARTS if within.startswith(start)), key=len, default="")
    keys = {"id": "pk", **{name: name for name in PARTS.get(known, {})}}
    return {
        part.name: rows[PARTS[known][keys[part.name]]]
        for part in operation.path_parameters
        if known and keys.get(part.name) in PARTS[known]
    }


def examples(
    cases: Any, headers: dict[str, str], most: int, row: dict[str, str]
) -> Callable[[], None]:
    """Return a test that tries some cases, each from the same rows."""

    @seed(20261129)
    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def tried(case: Any) -> None:
        case.path_parameters = {**(case.path_parameters or {}), **row} or None
        with transaction.atomic():
            try:
                response = case.call(headers=headers)
            finally:
                transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)

    return tried
