"""What the tests of work orders share."""

from collections.abc import Iterator

import pytest

from tests.integration.workorders.office import Office, office_scope


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """Give a company with its people, in its scope."""
    with office_scope() as made:
        yield made
