"""Write what a company decides for itself."""

from collections.abc import Sequence

from apps.tenants.models import Tenant


def customers_policy_set(
    *, tenant: Tenant, masked_roles: Sequence[str], agents_see_all: bool
) -> None:
    """Save which roles see numbers masked, and whether agents see all customers. 1 query."""
    tenant.masked_roles = list(masked_roles)
    tenant.agents_see_all_customers = agents_see_all
    tenant.save(update_fields=["masked_roles", "agents_see_all_customers", "updated_at"])
