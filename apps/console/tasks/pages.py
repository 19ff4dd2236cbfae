"""Tasks in the console: the list, one task, and what is done with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.accounts.selectors import user_list_for
from apps.console.access import console_command, console_page, render_work
from apps.console.tasks.tables import TaskTable
from apps.core.errors import NotFoundError
from apps.quality.coaching import coached_inspection
from apps.recordings.selectors import recording_list_for
from apps.surveys.selectors import survey_result_for_call
from apps.tasks import services
from apps.tasks.choices import LIVE_STATES
from apps.tasks.filters import TaskFilter
from apps.tasks.selectors import may_work, task_assignable_users, task_get_for, task_list_for

PAGE_ROWS = 25


@console_page
def task_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The tasks that the person may see; the page asks again when one changes."""
    found = TaskFilter(request.GET or None, queryset=task_list_for(user=user), request=request)
    rows = found.qs if found.is_bound else found.qs.filter(state__in=LIVE_STATES)
    table = TaskTable(rows)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "title": _("Tasks"),
        "address": request.get_full_path(),
    }
    return render_work(request, "console/tasks/list.html", context)


@console_page
def task(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One task: whom it is about, the recording, what was done, and how it ends."""
    found = task_get_for(user=user, pk=pk)
    recordings = recording_list_for(user=user).filter(call=found.call_id)
    context: dict[str, Any] = {
        "task": found,
        "events": found.events.select_related("actor", "assignee"),
        "recordings": recordings if found.call_id else [],
        "survey": survey_result_for_call(user=user, call_id=found.call_id)
        if found.call_id
        else None,
        "may_work": may_work(user, found),
        "is_mine": found.assignee_id == user.pk,
        "inspection": coached_inspection(found),
        "people": task_assignable_users(found),
        "following": task_list_for(user=user).filter(previous=found).first()
        if found.repeat
        else None,
        "title": found.title,
    }
    return render_work(request, "console/tasks/detail.html", context)


@console_command
def task_claim(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take a task."""
    found = task_get_for(user=user, pk=pk)
    services.task_claim(task=found, user=user)
    messages.success(request, _("The task is yours."))
    return redirect("console:task", pk=pk)


@console_command
def task_assign(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Give a task to somebody else."""
    found = task_get_for(user=user, pk=pk)
    wanted = request.POST.get("assignee", "")
    person = user_list_for(user=user).filter(pk=wanted).first() if wanted.isdecimal() else None
    if person is None:
        raise NotFoundError(f"user {wanted:.20}")
    services.task_assign(task=found, assignee=person, actor=user)
    messages.success(request, _("The task was given to %(name)s.") % {"name": person.display_name})
    return redirect("console:task-list")


@console_command
def task_close(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Close a task with its result."""
    services.task_close(
        task=task_get_for(user=user, pk=pk),
        actor=user,
        result=request.POST.get("result", ""),
        note=request.POST.get("note", ""),
    )
    messages.success(request, _("The task is closed."))
    return redirect("console:task", pk=pk)


@console_command
def task_reopen(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Open a closed task again."""
    services.task_reopen(task=task_get_for(user=user, pk=pk), actor=user)
    messages.success(request, _("The task is open again."))
    return redirect("console:task", pk=pk)
