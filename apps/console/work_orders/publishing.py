"""Try a type's drafts and publish them; go back to a published version."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.console.work_orders.designer import problem_row
from apps.console.work_orders.field_views import field_views, raw_values
from apps.console.work_orders.type_list import only_admin
from apps.console.work_orders.typed import typed_revision
from apps.core.errors import HuawuError
from apps.workorders.access import need_admin
from apps.workorders.engine import form_check
from apps.workorders.errors import DocumentRefusedError, ValuesRefusedError
from apps.workorders.models import OrderType
from apps.workorders.selectors import order_type_get, work_order_people
from apps.workorders.texts import field_error_text
from apps.workorders.type_services import (
    order_type_dry_run,
    order_type_problems,
    order_type_publish,
    order_type_save,
)


@console_page
def type_publish(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """What is wrong, a dry run with sample values, and the button that publishes."""
    only_admin(user)
    found = order_type_get(pk)
    form_problems, flow_problems = order_type_problems(found)
    context: dict[str, Any] = {
        "type": found,
        "versions": found.versions.select_related("published_by"),
        "problems": [problem_row(one) for one in (*form_problems, *flow_problems)],
        "title": _("Publish “%(name)s”") % {"name": found.name},
    }
    if not context["problems"]:
        context |= _tried(request, user, found)
    return render_work(request, "console/work_orders/type_publish.html", context)


def _tried(request: HttpRequest, user: User, found: OrderType) -> dict[str, Any]:
    """Return the sample form, and how the dry run went when one was asked for."""
    form = form_check.load(found.form_draft)
    raw = raw_values(form, request.POST, None) if request.method == "POST" else {}
    people = {row.pk: row.display_name for row in work_order_people(found.tenant_id)}
    submitter = request.POST.get("submitter", "")
    result: dict[str, Any] = {"people": people.items(), "submitter": submitter}
    errors = {}
    if request.method == "POST":
        chosen = work_order_people(found.tenant_id).filter(
            pk=int(submitter) if submitter.isdecimal() and len(submitter) < 19 else 0
        )
        decisions = {
            name.removeprefix("d-"): value
            for name, value in request.POST.items()
            if name.startswith("d-") and isinstance(value, str)
        }
        try:
            run = order_type_dry_run(
                user=user, type=found, values=raw, submitter=chosen.first(), decisions=decisions
            )
        except ValuesRefusedError as error:
            errors = error.errors
            result["fault"] = "; ".join(field_error_text(one) for one in errors.values())
        except DocumentRefusedError as error:
            result["fault"] = str(error.text)
        else:
            result["run"] = run
            result["played"] = [
                {"step": one, "asked": ", ".join(people.get(pk, "?") for pk in one.asked)}
                for one in run.played
            ]
    fields = field_views(form, {}, user=user, order=None, editable=None, errors=errors, raw=raw)
    return {**result, "fields": [one for one in fields if one.field.type != "file"]}


@console_command
def type_publish_now(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Publish the drafts."""
    need_admin(user)
    found = order_type_get(pk)
    seen = request.POST.get("revision", "")
    try:
        version = order_type_publish(
            user=user,
            type=found,
            seen_revision=typed_revision(seen),
            note=request.POST.get("note", "").replace("\x00", ""),
        )
    except HuawuError as error:
        messages.error(request, str(error.text))
    else:
        said = _("Version %(number)s is in use. Orders that run keep theirs.")
        messages.success(request, said % {"number": version.number})
    return redirect("console:order-type-publish", pk=pk)


@console_command
def type_back(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Throw the draft away: form and flow as in a published version."""
    need_admin(user)
    found = order_type_get(pk)
    asked = request.POST.get("version", "")
    version = found.versions.filter(
        number=int(asked) if asked.isdecimal() and len(asked) < 9 else 0
    )
    if (row := version.first()) is not None:
        order_type_save(
            user=user, type=found, seen_revision=found.draft_revision, form=row.form, flow=row.flow
        )
        messages.success(
            request, _("The draft is as version %(number)s again.") % {"number": row.number}
        )
    return redirect("console:order-type-publish", pk=pk)
