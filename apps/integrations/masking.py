"""Customers' numbers in answers of the API, as the token's person may see them."""

from typing import Any, ClassVar

from apps.accounts.models import User
from apps.accounts.selectors import number_for


class MaskedNumbersMixin:
    """A serializer whose `masked` fields lose their middle for who may not see numbers."""

    masked: ClassVar[tuple[str, ...]] = ()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the row; without a person in the context it is masked."""
        found: dict[str, Any] = super().to_representation(instance)  # type: ignore[misc]  # the serializer's
        request = self.context.get("request")  # type: ignore[attr-defined]  # the serializer's
        user = request.user if request is not None and isinstance(request.user, User) else None
        for name in self.masked:
            if found.get(name):
                found[name] = number_for(user, found[name])
        return found
