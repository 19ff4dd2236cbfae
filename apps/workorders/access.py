"""Who sees which orders, and what a person may do with one."""

from django.db.models import Q, QuerySet

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import User
from apps.accounts.scope import department_ids, restrict
from apps.core.errors import ForbiddenError
from apps.workorders.models import Order, OrderSeat

CREATORS = (Role.AGENT, Role.TEAM_LEAD, Role.ADMIN)


def seen_by(rows: "QuerySet[Order]", *, user: User, stands_for: list[int]) -> "QuerySet[Order]":
    """Limit orders to what the person's tier allows.

    Own: created by him, or he (or whom he stands in for) has or had a part in it. Department: the
    order's, and those in which one of its people has or had a part. A draft that was never
    submitted is its creator's alone. 0 or 1 query.
    """
    seats = Q(person__in=[user.pk, *stands_for])
    if user.tier == ViewTier.DEPARTMENT:
        seats |= Q(person__department__in=department_ids(user))
    own = Q(creator=user)
    if user.tier != ViewTier.ALL:
        own |= Q(pk__in=OrderSeat.objects.filter(seats).values("order"))
    allowed = restrict(rows, user=user, own=own, department_paths=("department",))
    return allowed.exclude(Q(submitted_at=None) & ~Q(creator=user))


def is_manager(user: User, order: Order) -> bool:
    """Say whether the person may reassign, cancel and close: admins, and leads of what they see."""
    if user.tenant_id != order.tenant_id:
        return False
    if user.role == Role.ADMIN:
        return True
    if user.role != Role.TEAM_LEAD:
        return False
    return seen_by(Order.objects.filter(pk=order.pk), user=user, stands_for=[]).exists()


def may_create(user: User) -> bool:
    """Say whether the person may make orders; an inspector only looks."""
    return user.tenant_id is not None and user.role in CREATORS


def need_admin(user: User) -> int:
    """Return the company that the person sets up. Raises ForbiddenError unless he is its admin."""
    if user.tenant_id is None or user.role != Role.ADMIN:
        raise ForbiddenError(user.username)
    return user.tenant_id
