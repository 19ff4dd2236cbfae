"""What all tests share."""

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.settings import SCRATCH

# A busy machine is no fault: how long a thing takes is `make bench`'s to say.
settings.register_profile("huawu", deadline=None)
settings.load_profile("huawu")

MISSING = (
    "{name} is not set: this test needs a real {what}. Run `make test`, which starts one, or "
    "`apt-get install postgresql redis-server` and name yours in {name}."
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give integration tests the fixture that demands real services."""
    for item in items:
        if "tests/integration/" in item.path.as_posix() and isinstance(item, pytest.Function):
            item.fixturenames.insert(0, "real_services")


@pytest.fixture(scope="session")
def real_services() -> None:
    """Fail, never skip, when PostgreSQL or Redis is not there."""
    for name, what in (
        ("HUAWU_TEST_DATABASE_URL", "PostgreSQL"),
        ("HUAWU_TEST_REDIS_URL", "Redis"),
    ):
        if not os.environ.get(name):
            pytest.fail(MISSING.format(name=name, what=what), pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def scratch_removed() -> Iterator[None]:
    """Remove the scratch folder after the run."""
    yield
    shutil.rmtree(SCRATCH, ignore_errors=True)
