"""What the tests of the knowledge base share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.knowledge.shelf import Shelf


@pytest.fixture
def shelf(db: None, settings: Any, tmp_path: Path) -> Iterator[Shelf]:
    """Give the company, in its scope, with a store of its own."""
    settings.HUAWU_DATA_DIR = tmp_path
    made = Shelf()
    with made.scope():
        yield made
