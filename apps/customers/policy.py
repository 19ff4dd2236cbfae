"""Write who in the company sees which customers, and whose numbers he sees masked."""

from collections.abc import Sequence

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.tenants.services import customers_policy_set


def customers_policy_save(
    *, actor: User, masked_roles: Sequence[str], agents_see_all: bool
) -> None:
    """Save the company's choice and audit it. Raises ForbiddenError for who has no company."""
    if actor.tenant is None:
        raise ForbiddenError(actor.username)
    with transaction.atomic():
        customers_policy_set(
            tenant=actor.tenant, masked_roles=masked_roles, agents_see_all=agents_see_all
        )
        audit_record(
            actor=actor,
            tenant_id=actor.tenant.pk,
            action="customer.policy",
            object_type="tenant",
            object_id=actor.tenant.pk,
            detail={"masked_roles": list(masked_roles), "agents_see_all": agents_see_all},
        )
