"""Plan a task, change it, and what its alert offers."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.calls.models import Call
from apps.calls.selectors import call_get_for
from apps.console.access import console_command, console_page, render_work
from apps.console.tasks.forms import NewTaskForm, PlanForm, new_task_values, plan_values
from apps.core.errors import HuawuError, NotFoundError
from apps.customers.models import Customer
from apps.customers.selectors import customer_get_for
from apps.tasks import alerts, planning
from apps.tasks.errors import BadPlanError
from apps.tasks.models import Task
from apps.tasks.selectors import may_work, task_alert_list_for, task_get_for

MOST_ALERTS = 5
TOMORROW = "tomorrow"
SNOOZES = {"10": timedelta(minutes=10), "60": timedelta(hours=1)}
MORNING = 9
MAX_KEY = 2**63 - 1


@console_page
def task_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Plan a task; the address may say about whom and which call."""
    if request.method != "POST":
        form = NewTaskForm(initial=new_task_values(user, request.GET.dict()), user=user)
        return _form_page(request, form, None)
    form = NewTaskForm(request.POST, user=user)
    if form.is_valid():
        try:
            task = _plan(form, user)
        except HuawuError as error:
            if isinstance(error, NotFoundError):
                raise
            form.add_error(None, str(error.text))
        else:
            messages.success(request, _("The task is planned."))
            return redirect("console:task", pk=task.pk)
    return _form_page(request, form, None)


def _plan(form: NewTaskForm, user: User) -> Task:
    kept = form.cleaned_data
    call = _call(user, kept["call"])
    customer = _customer(user, kept["customer"]) or (call.customer if call else None)
    return planning.task_plan(
        user=user,
        kind=kept["kind"],
        plan=form.plan(),
        assignee=form.assignee_chosen(),
        customer=customer,
        call=call,
        number=kept["number"],
    )


def _call(user: User, pk: int | None) -> Call | None:
    return call_get_for(user=user, pk=min(pk, MAX_KEY)) if pk else None


def _customer(user: User, pk: int | None) -> Customer | None:
    return customer_get_for(user=user, pk=min(pk, MAX_KEY)) if pk else None


@console_page
def task_edit(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Change a live task."""
    task = task_get_for(user=user, pk=pk)
    if not may_work(user, task) or not task.is_live:
        raise NotFoundError(f"task {pk}")
    if request.method != "POST":
        return _form_page(request, PlanForm(initial=plan_values(task)), task)
    form = PlanForm(request.POST)
    if form.is_valid():
        try:
            planning.task_change(task=task, actor=user, plan=form.plan())
        except HuawuError as error:
            form.add_error(None, str(error.text))
        else:
            messages.success(request, _("The task is changed."))
            return redirect("console:task", pk=pk)
    return _form_page(request, form, task)


def _form_page(request: HttpRequest, form: forms.Form, task: Task | None) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "task": task,
        "title": _("Change the task") if task else _("New task"),
    }
    return render_work(request, "console/tasks/form.html", context, is_refused=bool(form.errors))


@console_page
@require_safe
def task_alerts(request: HttpRequest, *, user: User) -> HttpResponse:
    """The alerts that are shown to the person: a part of the desk, asked for when one changes."""
    return _alerts(request, user)


def _alerts(request: HttpRequest, user: User) -> HttpResponse:
    rows = list(task_alert_list_for(user=user)[: MOST_ALERTS + 1])
    context = {"alerts": rows[:MOST_ALERTS], "has_more": len(rows) > MOST_ALERTS}
    return render(request, "console/tasks/alerts.html", context)


@console_command
def task_snooze(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Put an alert off: 10 or 60 minutes, or to nine tomorrow."""
    task = task_get_for(user=user, pk=pk)
    asked = request.POST.get("for", "")
    now = timezone.localtime()
    if asked == TOMORROW:
        next_day = now + timedelta(days=1)
        until = next_day.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    elif asked in SNOOZES:
        until = now + SNOOZES[asked]
    else:
        raise BadPlanError(asked[:20])
    alerts.task_snooze(task=task, actor=user, until=until)
    return _alerts(request, user)


@console_command
def task_dismiss(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Put an alert away; the task stays on the list."""
    alerts.task_dismiss(task=task_get_for(user=user, pk=pk), actor=user)
    return _alerts(request, user)
