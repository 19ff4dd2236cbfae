"""What-if on the console: runs, the question, how far it is, the answer."""

import secrets
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.acd import what_if_runs
from apps.acd.models import WhatIfRun
from apps.acd.tasks import what_if_play_later
from apps.acd.what_if_models import WhatIfState
from apps.console import what_if_texts as texts
from apps.console.access import console_page, render_work
from apps.console.pages import PAGE_ROWS
from apps.console.tables import ATTRS
from apps.console.what_if_forms import DEFINITIONS, Question, RuleForm, initial_of
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError


def _need(user: User) -> None:
    try:
        what_if_runs.what_if_need(user)
    except ForbiddenError as error:
        raise PermissionDenied from error


class WhatIfTable(tables.Table):
    """Runs, newest first; the first column opens one."""

    created_at = tables.DateTimeColumn(
        verbose_name=gettext_lazy("Asked"),
        format="m-d H:i",
        linkify=("console:what-if", {"pk": tables.A("pk")}),
    )
    on = tables.DateColumn(verbose_name=gettext_lazy("Recorded day"), format="Y-m-d")
    queues = tables.Column(
        verbose_name=gettext_lazy("Queues"), accessor="inputs__queues", orderable=False
    )
    state = tables.Column(verbose_name=gettext_lazy("State"))
    changed = tables.Column(
        verbose_name=gettext_lazy("Service level"), accessor="result", orderable=False
    )
    user = tables.Column(verbose_name=gettext_lazy("Asked by"), accessor="user__display_name")

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "what-if-row", "data-state": lambda record: record.state}
        empty_text = gettext_lazy("Nothing asked yet. Choose a recorded day and what to change.")

    def render_queues(self, value: list[str]) -> str:
        """Show the numbers."""
        return ", ".join(value)

    def render_state(self, record: WhatIfRun) -> str:
        """Say also of one whose worker died that it failed."""
        if record.has_broken_off:
            return str(WhatIfState.FAILED.label)
        if record.state == WhatIfState.RUNNING:
            return f"{record.get_state_display()} {record.percent} %"
        return str(record.get_state_display())

    def render_changed(self, value: dict[str, Any]) -> SafeString:
        """Show what was and what would have been."""
        cells = {cell.column: cell.text for cell in texts.day_rows(value)[0].cells}
        return format_html("{} → {}", cells["recorded"], cells["changed"])


@console_page
@require_safe
def what_if_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The runs that the person may see."""
    _need(user)
    table = WhatIfTable(what_if_runs.what_if_list_for(user))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    return render_work(
        request, "console/what_if_list.html", {"table": table, "title": _("What-if")}
    )


@console_page
def what_if_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Ask; filled with an earlier question when `like` names one."""
    _need(user)
    if request.method == "POST":
        question = Question(user, request.POST)
        if question.is_valid():
            try:
                run = what_if_runs.what_if_start(
                    user=user,
                    on=question.on,
                    inputs=question.inputs,
                    seed=secrets.randbelow(1_000_000) + 1,
                )
            except NotFoundError:
                raise
            except HuawuError as error:
                question.form.add_error(None, str(error.text))
            else:
                what_if_play_later(run)
                return redirect("console:what-if", pk=run.pk)
    else:
        like = request.GET.get("like", "")
        initial = None
        if like.isascii() and like.isdigit() and len(like) < 10:
            run = what_if_runs.what_if_get_for(user=user, pk=int(like))
            initial = initial_of(run.on, run.inputs)
        question = Question(user, initial=initial)
    # Answered with 200: HTMX, which sends the desk's forms, shows nothing else.
    context = {
        "question": question,
        "has_queues": bool(question.choices.queues),
        "title": _("New what-if"),
    }
    return render_work(request, "console/what_if_new.html", context)


@console_page
@require_safe
def what_if(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """How far a run is; its answer. The page asks again while it runs."""
    _need(user)
    run = what_if_runs.what_if_get_for(user=user, pk=pk)
    figure = request.GET.get("figure", "")
    if figure not in texts.FIGURE_LABELS:
        figure = texts.DEFAULT_FIGURE
    context: dict[str, Any] = {
        "run": run,
        "problem": texts.problem_of(run),
        "figure": figure,
        "figures": texts.FIGURE_LABELS.items(),
        "columns": texts.COLUMN_LABELS.values(),
        "formula": DEFINITIONS.get(run.inputs["definition"], ""),
        "asked": _asked(run),
        "title": _("What-if of %(day)s") % {"day": run.on.isoformat()},
    }
    if run.result is not None:
        names = dict(Question(user).choices.queues)
        context |= {
            "deviation": texts.deviation_text(run.result),
            "is_near": run.result["deviation"]["is_near"],
            "incomplete": run.result["incomplete"],
            "day": texts.day_rows(run.result),
            "by_queue": texts.queue_rows(run.result, figure, names),
            "by_half_hour": texts.half_hour_rows(run.result, figure),
            "figure_label": texts.FIGURE_LABELS[figure],
        }
    return render_work(request, "console/what_if.html", context)


@require_POST
@console_page
def what_if_again(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Run it once more."""
    _need(user)
    try:
        run = what_if_runs.what_if_again(user=user, pk=pk)
    except NotFoundError:
        raise
    except HuawuError as error:
        messages.error(request, str(error.text))
    else:
        what_if_play_later(run)
    return redirect("console:what-if", pk=pk)


@require_POST
@console_page
def what_if_cancel(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Stop it."""
    _need(user)
    what_if_runs.what_if_cancel(user=user, pk=pk)
    return redirect("console:what-if", pk=pk)


@require_POST
@console_page
def what_if_delete(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove it and its answer."""
    _need(user)
    what_if_runs.what_if_delete(user=user, pk=pk)
    messages.success(request, _("Deleted."))
    return redirect(reverse("console:what-if-list"))


def _asked(run: WhatIfRun) -> list[str]:
    """Return what was changed, a line each."""
    asked = run.inputs
    lines = []
    if asked["calls"] != 1:
        lines.append(_("Calls: %(share)s") % {"share": f"{asked['calls']:.0%}"})
    if asked["talks"] != 1:
        lines.append(_("Talk time: %(share)s") % {"share": f"{asked['talks']:.0%}"})
    if asked["is_varied"]:
        lines.append(_("The calls are drawn anew from the day's half hours"))
    lines += [
        _("%(queue)s: %(agents)+d agents, %(since)s to %(until)s")
        % {**row, "since": row["since"] or "00:00", "until": row["until"] or "24:00"}
        for row in asked["staff"]
    ]
    lines += [f"{row['queue']}: {_rule(row)}" for row in asked["rules"]]
    lines += [
        _("Agent %(agent)s serves %(queue)s no more") % row
        if row["level"] is None
        else _("Agent %(agent)s serves %(queue)s with penalty %(level)s") % row
        for row in asked["members"]
    ]
    return lines + [f"{row['agent']}: {row['skill']} {row['level']}" for row in asked["skills"]]


def _rule(row: dict[str, Any]) -> str:
    labels = RuleForm.base_fields
    strategies = dict(labels["strategy"].choices)  # type: ignore[attr-defined]  # a ChoiceField
    return ", ".join(
        f"{labels[name].label} {strategies.get(value, value) if name == 'strategy' else value}"
        for name, value in row.items()
        if name != "queue" and value not in ("", None)
    )
