"""What a manager changes of an order beside its flow: whose department sees it, how urgent."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Department, User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.workorders.access import is_manager
from apps.workorders.choices import Priority
from apps.workorders.errors import ActRefusedError
from apps.workorders.models import Order
from apps.workorders.news import tell
from apps.workorders.ports import working_hours
from apps.workorders.projection import project
from apps.workorders.selectors import MOVED
from apps.workorders.services import lock, state_of
from apps.workorders.versions import plan_of


def department_set(*, user: User, order: Order, department: Department) -> bool:
    """Hand an order to another department, whose people see it then; say whether it was another.

    Who hands it away may no longer see it himself. Those who have a part in it are told. Raises
    ForbiddenError for who does not manage it, ActRefusedError when it has ended.
    """
    with transaction.atomic():
        locked = lock(order.pk)
        # Looked at when it is ours: a moment ago another may have handed it away.
        if not is_manager(user, locked) or department.tenant_id != locked.tenant_id:
            raise ForbiddenError(user.username)
        if locked.is_ended:
            raise ActRefusedError("ended")
        before = locked.department_id
        if before == department.pk:
            return False
        Order.objects.filter(pk=order.pk).update(department=department, updated_at=timezone.now())
        audit_record(
            actor=user,
            tenant_id=order.tenant_id,
            action=MOVED,
            object_type="work_order",
            object_id=order.pk,
            detail={"from": before, "to": department.pk},
        )
        state = state_of(locked, plan_of(locked.version))
        tell(locked, before=state, after=state)
    return True


def priority_set(*, user: User, order: Order, priority: str, now: datetime | None = None) -> None:
    """Make an order more or less urgent; its time to complete follows. Raises ForbiddenError."""
    if priority not in Priority.values:
        raise NotFoundError(f"priority {priority}")
    if not is_manager(user, order) and order.creator_id != user.pk:
        raise ForbiddenError(user.username)
    with transaction.atomic():
        locked = lock(order.pk)
        if locked.is_ended:
            raise ActRefusedError("ended")
        before, locked.priority = locked.priority, Priority(priority)
        plan = plan_of(locked.version)
        state = state_of(locked, plan)
        at = now or timezone.now()
        project(locked, state, state, plan, at, working_hours(locked.type.calendar))
        locked.save()
        audit_record(
            actor=user,
            tenant_id=order.tenant_id,
            action="work_order.priority",
            object_type="work_order",
            object_id=order.pk,
            detail={"from": before, "to": priority},
        )
