"""Who may import and export: the company's policy, by role. One place for pages, API and files."""

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.imports.choices import LeastRole
from apps.imports.models import ImportPolicy

_ROLES = {
    LeastRole.TEAM_LEAD: frozenset({Role.TEAM_LEAD, Role.ADMIN}),
    LeastRole.ADMIN: frozenset({Role.ADMIN}),
}


def policy_of_company() -> ImportPolicy:
    """Return the policy of the company in scope; an unsaved one with the defaults. 1 query."""
    return ImportPolicy.objects.first() or ImportPolicy()


def can_import(user: User) -> bool:
    """Say whether the person may import. At most 1 query."""
    return _may(user, "importing")


def can_export(user: User) -> bool:
    """Say whether the person may export. At most 1 query."""
    return _may(user, "exporting")


def _may(user: User, what: str) -> bool:
    if user.tenant_id is None or user.role not in _ROLES[LeastRole.TEAM_LEAD]:
        return False
    return user.role in _ROLES[LeastRole(getattr(policy_of_company(), what))]


def import_need(user: User) -> None:
    """Raise ForbiddenError unless the person may import."""
    if not can_import(user):
        raise ForbiddenError(user.username)


def export_need(user: User) -> None:
    """Raise ForbiddenError unless the person may export."""
    if not can_export(user):
        raise ForbiddenError(user.username)


def policy_set(*, user: User, importing: str, exporting: str) -> None:
    """Say who of the company may. Raises ForbiddenError for who is no admin."""
    if user.role != Role.ADMIN or user.tenant_id is None:
        raise ForbiddenError(user.username)
    ImportPolicy.objects.update_or_create(
        tenant_id=user.tenant_id,
        defaults={
            "importing": LeastRole(importing),
            "exporting": LeastRole(exporting),
        },
    )
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action="import.policy",
        object_type="tenant",
        object_id=user.tenant_id,
        detail={"importing": importing, "exporting": exporting},
    )
