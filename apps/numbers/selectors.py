"""Read trunks and numbers."""

from django.db.models import QuerySet

from apps.core.tenancy import all_tenants
from apps.numbers.models import Did, Trunk


def trunk_active_list() -> "QuerySet[Trunk]":
    """Return the active trunks by name. 1 query."""
    return Trunk.objects.filter(is_active=True).order_by("name")


def trunk_for_calls_out() -> Trunk | None:
    """Return the trunk that calls out take: the first active one by name. 1 query."""
    return trunk_active_list().first()


def did_by_number(number: str) -> Did | None:
    """Return the active DID with this number as dialled, whatever the scope. 1 query."""
    with all_tenants("the number says which company"):
        found: Did | None = (
            Did.objects.select_related("tenant").filter(number=number, is_active=True).first()
        )
    return found
