"""Read tasks by view tier: one's own, the department's, the company's."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import Department, User
from apps.accounts.scope import restrict
from apps.core.errors import NotFoundError
from apps.tasks.choices import LIVE_STATES, TaskKind
from apps.tasks.models import Task

WORKERS = (Role.TEAM_LEAD, Role.ADMIN)


def task_list_for(*, user: User) -> "QuerySet[Task]":
    """Return the tasks that the person may see, due soonest first, ready for a list. 1 query."""
    rows: QuerySet[Task] = Task.objects.all()
    allowed = restrict(rows, user=user, own=Q(assignee=user), department_paths=("department",))
    return allowed.select_related(
        "customer", "call__agent__user", "assignee", "department"
    ).order_by("due_at", "pk")


def task_get_for(*, user: User, pk: int) -> Task:
    """Return one task that the person may see; NotFoundError otherwise."""
    found: Task | None = task_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"task {pk}")
    return found


def call_back_is_open(*, number: str, queue_number: str) -> bool:
    """Say whether this number (E.164) waits for the queue's call-back. 1 query."""
    return Task.objects.filter(
        kind=TaskKind.CALL_BACK,
        state__in=LIVE_STATES,
        number=number,
        queue_number=queue_number,
    ).exists()


def task_for_call(*, user: User, call_id: int) -> Task | None:
    """Return the newest task of a call that the person may see. 1 query."""
    found: Task | None = task_list_for(user=user).filter(call_id=call_id).order_by("-pk").first()
    return found


def task_todo_count_for(*, user: User) -> int:
    """Return how many live tasks wait for the person: his own, and those that he may claim."""
    rows = task_list_for(user=user).filter(state__in=LIVE_STATES)
    mine = Q(assignee=user)
    if user.role in WORKERS:
        mine |= Q(assignee=None)
    return rows.filter(mine).count()


def may_work(user: User, task: Task) -> bool:
    """Say whether the person, who may see the task, may also change it.

    The assignee; team leads and admins of those who see it. An inspector only looks.
    """
    return task.assignee_id == user.pk or user.role in WORKERS


def is_alerted(user: User, task: Task) -> bool:
    """Say whether the task's alert is for this person: its assignee, else who may claim it."""
    if task.assignee_id is not None:
        return task.assignee_id == user.pk
    return user.role in WORKERS


def task_alert_list_for(*, user: User) -> "QuerySet[Task]":
    """Return the tasks whose alert is shown to the person now, earliest first. 1 query."""
    mine = Q(assignee=user)
    if user.role in WORKERS:
        mine |= Q(assignee=None)
    rows = task_list_for(user=user).filter(mine, state__in=LIVE_STATES, alerted_at__isnull=False)
    return rows.order_by("alerted_at", "pk")


def task_due_list_for(
    *, user: User, since: datetime, until: datetime, is_mine: bool
) -> "QuerySet[Task]":
    """Return live and closed tasks due in [since, until), for a calendar. 1 query."""
    rows = task_list_for(user=user).filter(due_at__gte=since, due_at__lt=until)
    return rows.filter(assignee=user) if is_mine else rows


def task_audience(task: Task) -> list[User]:
    """Return the people whose list has the task: assignee, the department's leads, tier all.

    2 queries.
    """
    above = _departments_above(task.department_id)
    people = User.objects.filter(tenant_id=task.tenant_id, is_active=True).filter(
        Q(pk=task.assignee_id) | ~Q(role=Role.AGENT) | ~Q(view_tier="")
    )
    return [
        person
        for person in people.order_by("pk")
        if person.pk == task.assignee_id
        or person.tier == ViewTier.ALL
        or (person.tier == ViewTier.DEPARTMENT and person.department_id in above)
    ]


def _departments_above(department_id: int | None) -> list[int]:
    """Return the department and those above it, nearest first. 1 query."""
    parents = dict(Department.objects.values_list("pk", "parent_id"))
    found: list[int] = []
    while department_id is not None and department_id not in found:
        found.append(department_id)
        department_id = parents.get(department_id)
    return found


def department_leads(department_id: int | None) -> tuple[int | None, list[User]]:
    """Return the nearest department, upwards, that has team leads, and those. (None, []) if none.

    2 queries.
    """
    above = _departments_above(department_id)
    leads: dict[int, list[User]] = {}
    found = User.objects.filter(role=Role.TEAM_LEAD, is_active=True, department__in=above)
    for lead in found.order_by("pk"):
        if lead.department_id is not None:
            leads.setdefault(lead.department_id, []).append(lead)
    for pk in above:
        if pk in leads:
            return pk, leads[pk]
    return None, []


def task_assignable_users(task: Task) -> "QuerySet[User]":
    """Return whom the task can be given to: the company's active people. 1 query."""
    rows: QuerySet[User] = User.objects.filter(tenant_id=task.tenant_id, is_active=True)
    return rows.exclude(role=Role.INSPECTOR).order_by("username")
