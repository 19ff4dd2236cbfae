"""What several apps' tests need of a signed-in person."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from tests.factories import UserFactory


@pytest.fixture
def admin() -> Any:
    """Give the browser of a company's admin, in English; `user` is the person."""
    user = UserFactory(role=Role.ADMIN, is_staff=True)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    client.user = user  # type: ignore[attr-defined]
    return client
