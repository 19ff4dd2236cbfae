"""Tasks that come of an inspection: what the agent should learn."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import ForbiddenError
from apps.core.form_text import form_text
from apps.quality.errors import NeedsReasonError
from apps.quality.models import Coaching, Inspection
from apps.quality.selectors import rights_of
from apps.tasks.choices import TaskKind
from apps.tasks.models import Task
from apps.tasks.planning import MAX_DETAIL, TaskPlan
from apps.tasks.services import task_create


def coaching_create(
    *, inspection: Inspection, user: User, title: str, detail: str, due_at: datetime
) -> Task:
    """Make a task for the inspected agent, linked with the inspection both ways.

    For who may inspect, of a published inspection; the agent's leads see it with him. Raises
    ForbiddenError, NeedsReasonError without a title, tasks.BadPlanError for a strange time.
    """
    if not rights_of(user).may_inspect or inspection.agent.user_id == user.pk:
        raise ForbiddenError(user.username)
    if not inspection.is_shown:
        raise ForbiddenError(str(inspection.pk))
    kept = form_text(title, 200)
    if not kept:
        raise NeedsReasonError
    about = _("Quality inspection %(number)s") % {"number": inspection.pk}
    plan = TaskPlan(
        title=kept,
        due_at=due_at,
        # Room for the line that says what it is about.
        detail=f"{about}\n{form_text(detail, MAX_DETAIL - len(about) - 1)}".strip(),
    )
    columns = plan.columns()
    with transaction.atomic():
        task = task_create(
            tenant_id=inspection.tenant_id,
            kind=TaskKind.GENERAL,
            title=kept,
            due_at=due_at,
            call=inspection.call,
            customer=inspection.call.customer,
            assignee=inspection.agent.user,
            department_id=inspection.agent.user.department_id,
            created_by=user,
            planned=columns,
        )
        Coaching.objects.create(tenant_id=inspection.tenant_id, inspection=inspection, task=task)
    return task


def coached_inspection(task: Task) -> int | None:
    """Return the inspection that a task came of, None for others. 1 query."""
    return Coaching.objects.filter(task=task).values_list("inspection_id", flat=True).first()
