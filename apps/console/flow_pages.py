"""Pages for the company's flows: list, make, rename, copy, delete, draw, versions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.flow_texts import flow_texts
from apps.core.errors import HuawuError
from apps.ivr.draft_check import company_facts, draft_problems
from apps.ivr.drafts import (
    draft_token,
    flow_copy,
    flow_create,
    flow_delete,
    flow_get,
    flow_rename,
)
from apps.ivr.engine.schema import flow_schema
from apps.ivr.flow_pickers import flow_pickers
from apps.ivr.flow_templates import FLOW_TEMPLATE_NAMES, FLOW_TEMPLATES
from apps.ivr.flow_uses import flow_uses, flows_with_newest, uses_of_flows

COMMANDS = (
    "check", "draft", "publish", "versions", "version", "roll-back", "simulate", "tests"
)  # fmt: skip


def may_change(user: User) -> int:
    """Return the company whose flows the person may change. Raises PermissionDenied."""
    if user.tenant_id is None or not user.has_perm("ivr.change_flow"):
        raise PermissionDenied
    return user.tenant_id


@console_page
@require_safe
def flow_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The company's flows: what is in force, what leads there, what is wrong."""
    tenant_id = may_change(user)
    rows = []
    facts = company_facts(tenant_id)
    flows = list(flows_with_newest())
    uses = uses_of_flows(flows)
    for flow in flows:
        problems = draft_problems(flow.draft, name=flow.name, facts=facts)
        rows.append(
            {
                "flow": flow,
                "is_changed": flow.newest_number
                and _without_places(flow.draft) != _without_places(flow.newest_document),
                "uses": uses[flow.pk],
                "errors": sum(problem.level == "error" for problem in problems),
                "warnings": sum(problem.level != "error" for problem in problems),
            }
        )
    context = {
        "rows": rows,
        "templates": FLOW_TEMPLATE_NAMES.items(),
        "title": pgettext("ivr", "Flows"),
    }
    return render_work(request, "console/flows.html", context)


def _without_places(document: Any) -> Any:
    # Moving a box about changes nothing for a caller; nor does the name kept beside the flow's.
    if not isinstance(document, dict):
        return document
    return {name: value for name, value in document.items() if name not in ("layout", "name")}


@console_page
@require_POST
def flow_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make a flow from a template and open it."""
    tenant_id = may_change(user)
    document = FLOW_TEMPLATES.get(request.POST.get("template", ""), FLOW_TEMPLATES["empty"])
    try:
        made = flow_create(
            tenant_id=tenant_id,
            name=request.POST.get("name", ""),
            document=document,
            actor=user,
        )
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:flows")
    return redirect("console:flow", pk=made.pk)


@console_page
def flow_change(request: HttpRequest, pk: int, action: str, *, user: User) -> HttpResponse:
    """Ask for the new name or for a yes, then rename, copy or delete."""
    may_change(user)
    found = flow_get(pk)
    name = request.POST.get("name", "")
    if request.method == "POST":
        try:
            if action == "rename":
                flow_rename(flow=found, name=name, actor=user)
            elif action == "copy":
                flow_copy(flow=found, name=name, actor=user)
            else:
                flow_delete(flow=found, actor=user)
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            done = {"rename": _("Renamed."), "copy": _("Copied."), "delete": _("Deleted.")}
            messages.success(request, done[action])
            return redirect("console:flows")
    headings = {
        "rename": _("Rename flow"), "copy": _("Copy flow"), "delete": _("Delete flow")
    }  # fmt: skip
    copy_name = _("%(name)s (copy)") % {"name": found.name}
    context = {
        "flow": found,
        "action": action,
        "uses": flow_uses(found),
        "name": name or (copy_name[:60] if action == "copy" else found.name),
        "title": headings[action],
    }
    return render_work(request, "console/flow_change.html", context)


@console_page
@require_safe
def flow(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The editor: a page of its own, since it needs the whole width and its own script."""
    tenant_id = may_change(user)
    found = flow_get(pk)
    newest = found.versions.order_by("-number").first()
    config = {
        "id": found.pk,
        "name": found.name,
        "document": found.draft,
        "token": draft_token(found.draft),
        "in_force": {"number": newest.number, "document": newest.document} if newest else None,
        "schema": flow_schema(),
        "pickers": flow_pickers(tenant_id, found.pk),
        "audio": reverse("console:prompt-audio", args=["LANGUAGE", "NAME"]),
        "csrf": get_token(request),
        "urls": {
            **{name: reverse(f"console:flow-{name}", args=[found.pk]) for name in COMMANDS},
            "figures": reverse("console:flow-figures-json", args=[found.pk]),
        },
    }
    context = {
        "flow": found,
        "config": config,
        "texts": flow_texts(),
        "title": found.name,
        "in_force": newest.number if newest else None,
    }
    response = render(request, "console/flow_editor.html", context)
    response["Cache-Control"] = "no-store"
    return response


@console_page
@require_safe
def flow_download(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The kept draft as a JSON file."""
    may_change(user)
    found = flow_get(pk)
    return JsonResponse(
        found.draft,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="flow-{found.pk}.json"'},
    )
