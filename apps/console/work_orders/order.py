"""One work order: what it says, where it stands, what happened, and what can be done."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.console.access import console_command, console_page, render_work
from apps.console.work_orders.field_views import PREFIX, field_views, raw_values
from apps.console.work_orders.typed import typed_key
from apps.core.errors import HuawuError, NotFoundError
from apps.workorders.access import is_manager
from apps.workorders.attachments import (
    attachment_get_for,
    attachment_path,
    attachment_remove,
    work_order_attach,
)
from apps.workorders.choices import Priority
from apps.workorders.engine.fields import FieldError
from apps.workorders.engine.form import fill
from apps.workorders.engine.state import Kind
from apps.workorders.errors import ValuesRefusedError
from apps.workorders.marks import department_set, priority_set
from apps.workorders.models import Order
from apps.workorders.selectors import (
    acts_for,
    move_targets,
    order_moves,
    work_order_get_for,
    work_order_list_for,
    work_order_people,
)
from apps.workorders.services import Act, state_of, work_order_act, zone_of
from apps.workorders.versions import Plan, plan_of

KINDS = frozenset(str(one) for one in Kind)
DECIDES = (Kind.APPROVE, Kind.REJECT, Kind.RETURN, Kind.EDIT)


@console_page
@require_safe
def order(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One order."""
    return _page(request, user, work_order_get_for(user=user, pk=pk))


def _page(
    request: HttpRequest,
    user: User,
    found: Order,
    *,
    step: str = "",
    raw: dict[str, Any] | None = None,
    errors: dict[str, FieldError] | None = None,
) -> HttpResponse:
    plan = plan_of(found.version)
    acts = acts_for(user=user, order=found, plan=plan, state=state_of(found, plan))
    context = {
        **_told(user, found, plan),
        "acts": acts,
        "steps_to_do": [
            {
                **one,
                "fields": _editable(
                    user,
                    found,
                    plan,
                    one["editable"],
                    *((raw, errors) if one["key"] == step else (None, None)),
                ),
            }
            for one in acts["steps"]
        ],
        "own_fields": _editable(
            user, found, plan, acts["editable"], *(() if step else (raw, errors))
        )
        if acts["editable"]
        else [],
        "people": work_order_people(found.tenant_id) if _needs_people(acts) else [],
        "may_prioritise": not found.is_ended
        and (found.creator_id == user.pk or is_manager(user, found)),
        "priorities": Priority.choices,
        "departments": move_targets(user=user, order=found),
        "action_id": uuid.uuid4().hex,
        "title": f"{found.number} {found.title}",
        "address": f"/work-orders/{found.pk}/",
    }
    return render_work(request, "console/work_orders/order.html", context, is_refused=bool(errors))


def _told(user: User, found: Order, plan: Plan) -> dict[str, Any]:
    """Return what the order says and what happened to it. 9 queries."""
    fields = field_views(plan.form, found.values, user=user, order=found, editable=())
    return {
        "order": found,
        "fields": [one for one in fields if one.is_visible],
        "steps": found.steps.prefetch_related("seats__person", "seats__acted_by"),
        "events": found.events.select_related("actor", "on_behalf_of", "to_person"),
        "moves": order_moves(found),
        "attachments": found.attachments.select_related("uploaded_by"),
        "now": timezone.now(),
    }


def _editable(
    user: User,
    found: Order,
    plan: Plan,
    editable: list[str],
    raw: dict[str, Any] | None = None,
    errors: dict[str, FieldError] | None = None,
) -> list[Any]:
    if not editable:
        return []
    values = found.values
    if raw is not None:
        values = {
            **values,
            **fill(plan.form, raw, zone=zone_of(found), have=values, is_draft=True).values,
        }
    fields = field_views(
        plan.form, values, user=user, order=found, editable=editable, errors=errors, raw=raw
    )
    return [one for one in fields if one.is_editable]


def _needs_people(acts: dict[str, Any]) -> bool:
    return bool(acts["steps"]) or Kind.REASSIGN in acts["acts"]


@console_command
def order_act(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Do something with an order; what was typed stays when it is refused."""
    found = work_order_get_for(user=user, pk=pk)
    post = request.POST
    kind = post.get("kind", "")
    if kind not in KINDS:
        raise NotFoundError(f"act {kind[:20]}")
    step = post.get("step", "")[:40]
    plan = plan_of(found.version)
    raw = raw_values(plan.form, post, None) if kind in (*DECIDES, Kind.SUBMIT) else {}
    try:
        raw |= _attach(request, user, found, plan, step)
        work_order_act(
            user=user,
            order=found,
            act=Act(
                kind=Kind(kind),
                step=step,
                to_step=post.get("to_step", "")[:40],
                person=typed_key(post.get("person", "")),
                to_person=typed_key(post.get("to_person", "")),
                values=raw,
                opinion=post.get("opinion", ""),
                action_id=post.get("action_id", "")[:64],
                seen_revision=typed_key(post.get("seen_revision", "")),
            ),
        )
    except ValuesRefusedError as error:
        return _page(request, user, found, step=step, raw=raw, errors=error.errors)
    except HuawuError as error:
        messages.error(request, str(error.text))
    else:
        messages.success(request, _("Done."))
    return redirect("console:work-order", pk=pk)


def _attach(
    request: HttpRequest, user: User, found: Order, plan: Plan, step: str
) -> dict[str, list[int]]:
    """Keep the files that came with the form; return each file field's keys, old and new."""
    kept: dict[str, list[int]] = {}
    for one in plan.form.fields:
        sent = request.FILES.getlist(f"{PREFIX}{one.key}") if one.type == "file" else []
        if sent:
            new = [
                work_order_attach(
                    user=user, order=found, file=file, name=file.name or "", step=step
                ).pk
                for file in sent
            ]
            kept[one.key] = [*(found.values.get(one.key) or []), *new]
    return kept


@console_command
def order_priority(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Make an order more or less urgent."""
    found = work_order_get_for(user=user, pk=pk)
    priority_set(user=user, order=found, priority=request.POST.get("priority", ""))
    messages.success(request, _("Done."))
    return redirect("console:work-order", pk=pk)


@console_command
def order_department(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Hand an order to another department; who no longer sees it then is led to the list."""
    found = work_order_get_for(user=user, pk=pk)
    key = typed_key(request.POST.get("department", ""))
    wanted = move_targets(user=user, order=found).filter(pk=key or 0).first()
    if wanted is None:
        raise NotFoundError(f"department {key}")
    try:
        department_set(user=user, order=found, department=wanted)
    except HuawuError as error:
        messages.error(request, str(error.text))
    else:
        messages.success(
            request,
            _("%(order)s was handed to %(department)s.")
            % {"order": found.number, "department": wanted.name},
        )
    if work_order_list_for(user=user).filter(pk=pk).exists():
        return redirect("console:work-order", pk=pk)
    return redirect("console:work-order-list")


@console_command
def order_attach(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Add files to an order."""
    found = work_order_get_for(user=user, pk=pk)
    try:
        for file in request.FILES.getlist("file"):
            work_order_attach(user=user, order=found, file=file, name=file.name or "")
    except HuawuError as error:
        messages.error(request, str(error.text))
    return redirect("console:work-order", pk=pk)


@console_command
def attachment_delete(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take a file back."""
    found = attachment_get_for(user=user, pk=pk)
    attachment_remove(user=user, attachment=found)
    messages.success(request, _("The file is removed."))
    return redirect("console:work-order", pk=found.order_id)


@console_page
@require_safe
def attachment(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Give a file out, to be saved and never to be run in our pages."""
    found = attachment_get_for(user=user, pk=pk)
    path = attachment_path(found)
    if not path.is_file():
        raise NotFoundError(f"attachment {pk} has no file")
    audit_record(
        actor=user,
        tenant_id=found.tenant_id,
        action="work_order.download",
        object_type="work_order",
        object_id=found.order_id,
        detail={"attachment": found.pk},
    )
    answer: Any = FileResponse(
        path.open("rb"), as_attachment=True, filename=found.name, content_type=found.content_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    given: HttpResponse = answer  # a stream, which the view's type does not know
    return given


@console_page
@require_safe
def order_print(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One order on paper, or as a PDF by the browser's printing: no phone, no buttons."""
    found = work_order_get_for(user=user, pk=pk)
    context = _told(user, found, plan_of(found.version))
    return render(request, "console/work_orders/print.html", context)
