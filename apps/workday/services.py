"""Set and take away targets: by admins, and by team leads for their own people."""

from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.workday.engine.lines import SHARE, UNITS
from apps.workday.errors import BadTargetError
from apps.workday.models import Target, TargetFigure
from apps.workday.selectors import MAY_SET, target_list_for, target_places

MOST = 86_400
MOST_PERCENT = 100


def target_need(user: User) -> None:
    """Raise ForbiddenError for who sets no targets."""
    if user.role not in MAY_SET or user.tenant_id is None:
        raise ForbiddenError(user.username)


def target_set(
    *,
    user: User,
    figure: str,
    value: int,
    department_id: int | None = None,
    agent_id: int | None = None,
) -> Target:
    """Set a figure's target of an agent, a department or (neither) the company; again replaces it.

    Raises ForbiddenError for a role or place that is not his, NotFoundError for a place that he
    does not see, BadTargetError.
    """
    target_need(user)
    _look_at(figure, value)
    is_all, departments, agents = target_places(user)
    if agent_id is not None:
        department_id = None
        if not any(one.pk == agent_id for one in agents):
            raise NotFoundError(f"agent {agent_id}")
    elif department_id is not None:
        if not any(one.pk == department_id for one in departments):
            raise NotFoundError(f"department {department_id}")
    elif not is_all:
        raise ForbiddenError(user.username)
    place: dict[str, Any] = {
        "tenant_id": user.tenant_id,
        "department_id": department_id,
        "agent_id": agent_id,
    }
    with transaction.atomic():
        row: Target
        row, _is_new = Target.objects.update_or_create(
            figure=figure, **place, defaults={"value": value}
        )
        _audit(row, user, "target.set")
    return row


def target_remove(*, user: User, pk: int) -> None:
    """Take a target away; what is above it holds again. Raises ForbiddenError, NotFoundError."""
    target_need(user)
    with transaction.atomic():
        row = target_list_for(user=user).filter(pk=pk).first()
        if row is None:
            raise NotFoundError(f"target {pk}")
        _audit(row, user, "target.remove")
        row.delete()


def _look_at(figure: str, value: int) -> None:
    if figure not in TargetFigure.values or not 0 <= value <= MOST:
        raise BadTargetError(f"{figure[:20]} {value}")
    if UNITS[figure] == SHARE and value > MOST_PERCENT:
        raise BadTargetError(f"{figure} {value}")


def _audit(row: Target, user: User, action: str) -> None:
    audit_record(
        actor=user,
        tenant_id=row.tenant_id,
        action=action,
        object_type="target",
        object_id=row.pk,
        detail={
            "figure": row.figure,
            "value": row.value,
            "department": row.department_id,
            "agent": row.agent_id,
        },
    )
