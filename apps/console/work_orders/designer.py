"""The designers of a type's form and flow: pages of inputs, each button keeps the draft."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import Department, User
from apps.console.access import console_page, render_work
from apps.console.work_orders.conditions_form import OPERATORS
from apps.console.work_orders.flow_editor import (
    BY,
    DOES,
    KIND_LABELS,
    MODES,
    flow_changed,
    flow_document,
    flow_rows,
)
from apps.console.work_orders.form_editor import (
    DEFAULTS,
    TYPE_LABELS,
    form_changed,
    form_document,
    form_rows,
)
from apps.console.work_orders.type_list import only_admin
from apps.console.work_orders.typed import typed_revision
from apps.core.errors import HuawuError
from apps.workorders.engine import form_check
from apps.workorders.engine.problems import Problem
from apps.workorders.models import OrderType
from apps.workorders.selectors import order_type_get, work_order_people
from apps.workorders.texts import problem_text
from apps.workorders.type_services import (
    order_type_problems,
    order_type_save,
)

ROLES = (Role.AGENT, Role.TEAM_LEAD, Role.INSPECTOR, Role.ADMIN)


@console_page
def type_form(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The designer of the form. Each button keeps the draft."""
    only_admin(user)
    found = order_type_get(pk)
    fault = ""
    if request.method == "POST":
        document = form_changed(form_document(request.POST), request.POST.get("do", ""))
        found, fault = _kept(request, user, found, form=document)
        if not fault and request.POST.get("do") == "publish":
            return redirect("console:order-type-publish", pk=pk)
    problems = _by_row(form_check.check(found.form_draft), "fields")
    rows = form_rows(found.form_draft)
    context = {
        **_designer(found, fault, problems),
        "rows": [{**row, "problems": problems.pop(str(row["at"]), [])} for row in rows],
        "other_problems": [text for texts in problems.values() for text in texts],
        "keys": [row["raw"].get("key", "") for row in rows],
        "types": TYPE_LABELS.items(),
        "defaults": DEFAULTS,
        "operators": OPERATORS,
        "title": _("Form of “%(name)s”") % {"name": found.name},
    }
    return _designed(request, "console/work_orders/type_form.html", context, fault)


@console_page
def type_flow(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The designer of the flow. Each button keeps the draft."""
    only_admin(user)
    found = order_type_get(pk)
    fault = ""
    types = _types_of(found.form_draft)
    if request.method == "POST":
        document = flow_document(request.POST, types)
        document = flow_changed(document, request.POST.get("do", ""))
        found, fault = _kept(request, user, found, flow=document)
        if not fault and request.POST.get("do") == "publish":
            return redirect("console:order-type-publish", pk=pk)
    form_problems, flow_problems = order_type_problems(found)
    start = found.flow_draft.get("start") or {}
    context = {
        **_designer(found, fault, flow_problems),
        "has_form_problems": bool(form_problems),
        "problems": [problem_row(one) for one in flow_problems],
        "steps": flow_rows(found.flow_draft),
        "flow": found.flow_draft,
        "start": start.get("editable"),
        "fields": [
            {"key": one.get("key", ""), "label": one.get("label", ""), "type": one.get("type")}
            for one in found.form_draft.get("fields", [])
            if isinstance(one, dict) and one.get("type") != "heading"
        ],
        "people": work_order_people(found.tenant_id),
        "departments": Department.objects.order_by("name"),
        "roles": [(role.value, role.label) for role in ROLES],
        "kinds": KIND_LABELS.items(),
        "rules": BY,
        "modes": MODES,
        "does": DOES,
        "operators": OPERATORS,
        "title": _("Flow of “%(name)s”") % {"name": found.name},
    }
    return _designed(request, "console/work_orders/type_flow.html", context, fault)


def _designed(
    request: HttpRequest, template: str, context: dict[str, Any], fault: str
) -> HttpResponse:
    return render_work(request, template, context, is_refused=bool(fault))


def _types_of(document: Mapping[str, Any]) -> dict[str, str]:
    fields = document.get("fields")
    return {
        str(one.get("key")): str(one.get("type"))
        for one in (fields if isinstance(fields, list) else [])
        if isinstance(one, dict)
    }


def _kept(
    request: HttpRequest, user: User, found: OrderType, **documents: dict[str, Any]
) -> tuple[OrderType, str]:
    """Keep a draft. When it cannot be kept the page shows it all the same, and says why."""
    seen = request.POST.get("revision", "")
    try:
        kept = order_type_save(
            user=user,
            type=found,
            seen_revision=typed_revision(seen),
            **documents,
        )
    except HuawuError as error:
        for name, document in documents.items():
            setattr(found, f"{name}_draft", document)
        return found, str(error.text)
    return kept, ""


def _designer(found: OrderType, fault: str, problems: Any) -> dict[str, Any]:
    return {
        "type": found,
        "fault": fault,
        "is_sound": not problems,
        "version": found.versions.first(),
    }


def _by_row(problems: list[Problem], word: str) -> dict[str, list[str]]:
    """Return the texts by the field's position; '' for what is wrong with the whole."""
    found: dict[str, list[str]] = {}
    for one in problems:
        first, _dot, rest = one.path.partition(".")
        at = rest.partition(".")[0] if first == word else ""
        found.setdefault(at, []).append(problem_text(one))
    return found


def problem_row(one: Problem) -> dict[str, str]:
    """Return where and what."""
    return {"path": one.path, "text": problem_text(one)}
