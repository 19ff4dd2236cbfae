"""Make a work order: choose its type, fill in its form, from a call, a message or a customer."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.acd.selectors import queue_boxes_for
from apps.calls.selectors import call_get_for
from apps.console.access import console_command, console_page, render_work
from apps.console.work_orders.field_views import PREFIX, field_views, raw_values
from apps.core.errors import HuawuError, NotFoundError
from apps.customers.selectors import customer_get_for
from apps.voicemail.selectors import voicemail_get_for
from apps.workorders.access import may_create
from apps.workorders.attachments import work_order_attach
from apps.workorders.choices import Priority
from apps.workorders.engine.fields import FieldError
from apps.workorders.engine.form import defaults, fill
from apps.workorders.engine.state import Kind
from apps.workorders.errors import NotPublishedError, ValuesRefusedError
from apps.workorders.models import Order, OrderType
from apps.workorders.selectors import background_of, order_type_get, order_type_list
from apps.workorders.services import Act, work_order_act, work_order_create, zone_of
from apps.workorders.versions import Plan, plan_of

ABOUT = ("customer", "call", "voicemail")


@console_page
def order_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Choose a type; with one type only there is nothing to choose."""
    if not may_create(user):
        raise PermissionDenied
    types = list(order_type_list())
    about = {name: request.GET[name] for name in ABOUT if request.GET.get(name, "").isdecimal()}
    context = {"types": types, "about": about, "title": _("New work order")}
    return render_work(request, "console/work_orders/choose_type.html", context)


@console_page
def order_make(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Fill in a new order's form. POST: make it, as a draft or submitted."""
    if not may_create(user):
        raise PermissionDenied
    type_ = order_type_get(pk)
    version = type_.versions.first()
    if version is None or not type_.is_active:
        raise NotFoundError(type_.name)
    plan = plan_of(version)
    sent = request.POST if request.method == "POST" else request.GET
    about = _about(sent, user)
    if request.method == "POST":
        return _made(request, user, type_, plan, about)
    blank = _blank(user, type_, about)
    have = defaults(plan.form, background_of(order=blank, user=user, now=timezone.now()))
    return _form_page(request, user, type_, plan, about, values=have)


def _about(sent: Any, user: User) -> dict[str, Any]:
    """Return the rows that the order is about, each in the person's sight. Raises NotFoundError."""
    keys = {name: sent.get(name, "") for name in ABOUT}
    found: dict[str, Any] = {}
    number = {name: int(key) for name, key in keys.items() if key.isdecimal() and len(key) < 19}
    if "voicemail" in number:
        boxes = queue_boxes_for(user)
        row = voicemail_get_for(user=user, pk=number["voicemail"], boxes=boxes)
        found |= {"voicemail": row, "call": row.call, "customer": row.customer}
    if "call" in number:
        call = call_get_for(user=user, pk=number["call"])
        found |= {"call": call, "customer": call.customer}
    if "customer" in number:
        found["customer"] = customer_get_for(user=user, pk=number["customer"])
    return {name: row for name, row in found.items() if row is not None}


def _blank(user: User, type_: OrderType, about: dict[str, Any]) -> Order:
    return Order(tenant=type_.tenant, type=type_, creator=user, **about)


def _made(
    request: HttpRequest, user: User, type_: OrderType, plan: Plan, about: dict[str, Any]
) -> HttpResponse:
    editable = plan.flow.start_editable
    raw = raw_values(plan.form, request.POST, editable)
    wants_submit = request.POST.get("do") == "submit"
    # Files need an order to belong to: it is made as a draft, then filled and submitted.
    files = _files(request, plan)
    if wants_submit and (errors := _missing(type_, plan, raw, files, user, about)):
        return _form_page(request, user, type_, plan, about, values={}, raw=raw, errors=errors)
    try:
        order = work_order_create(
            user=user,
            type=type_,
            values=raw,
            title=request.POST.get("title", "").replace("\x00", ""),
            priority=request.POST.get("priority", Priority.NORMAL),
            submit=wants_submit and not files,
            action_id=request.POST.get("action_id", "")[:64],
            **about,
        )
    except ValuesRefusedError as error:
        return _form_page(
            request, user, type_, plan, about, values={}, raw=raw, errors=error.errors
        )
    except HuawuError as error:
        return _form_page(
            request, user, type_, plan, about, values={}, raw=raw, fault=str(error.text)
        )
    if files:
        _attach_and_go_on(request, user, order, files, wants_submit)
    else:
        said = (
            _("%(number)s is submitted.") if wants_submit else _("%(number)s is kept as a draft.")
        )
        messages.success(request, said % {"number": order.number})
    return redirect("console:work-order", pk=order.pk)


def _files(request: HttpRequest, plan: Plan) -> dict[str, list[Any]]:
    editable = plan.flow.start_editable
    return {
        one.key: sent
        for one in plan.form.fields
        if one.type == "file"
        and (editable is None or one.key in editable)
        and (sent := request.FILES.getlist(f"{PREFIX}{one.key}"))
    }


def _missing(
    type_: OrderType,
    plan: Plan,
    raw: dict[str, Any],
    files: dict[str, list[Any]],
    user: User,
    about: dict[str, Any],
) -> dict[str, FieldError]:
    """Return what a submit would miss, but for files that are sent along."""
    if not files:
        return {}
    blank = _blank(user, type_, about)
    have = defaults(plan.form, background_of(order=blank, user=user, now=timezone.now()))
    filled = fill(
        plan.form,
        {**have, **raw},
        zone=zone_of(blank),
        have=have,
        editable=plan.flow.start_editable,
    )
    return {key: error for key, error in filled.errors.items() if key not in files}


def _attach_and_go_on(
    request: HttpRequest,
    user: User,
    order: Order,
    files: dict[str, list[Any]],
    wants_submit: bool,
) -> None:
    try:
        kept = {
            key: [
                work_order_attach(user=user, order=order, file=one, name=one.name or "").pk
                for one in sent
            ]
            for key, sent in files.items()
        }
        kind = Kind.SUBMIT if wants_submit else Kind.EDIT
        work_order_act(user=user, order=order, act=Act(kind, values=kept))
    except HuawuError as error:
        messages.error(
            request,
            _("%(number)s is kept as a draft: %(why)s")
            % {"number": order.number, "why": error.text},
        )
    else:
        said = (
            _("%(number)s is submitted.") if wants_submit else _("%(number)s is kept as a draft.")
        )
        messages.success(request, said % {"number": order.number})


def _form_page(
    request: HttpRequest,
    user: User,
    type_: OrderType,
    plan: Plan,
    about: dict[str, Any],
    *,
    values: dict[str, Any],
    raw: dict[str, Any] | None = None,
    errors: dict[str, FieldError] | None = None,
    fault: str = "",
) -> HttpResponse:
    blank = _blank(user, type_, about)
    if raw is not None:
        values = _clean(plan, raw, blank)
    context = {
        "type": type_,
        "about": about,
        "about_keys": {name: row.pk for name, row in about.items()},
        "fields": field_views(
            plan.form,
            values,
            user=user,
            order=blank,
            editable=plan.flow.start_editable,
            errors=errors,
            raw=raw,
        ),
        "priorities": Priority.choices,
        "priority": request.POST.get("priority", Priority.NORMAL),
        "order_title": request.POST.get("title", "")[:200],
        "action_id": request.POST.get("action_id", "") or uuid.uuid4().hex,
        "has_errors": bool(errors),
        "fault": fault,
        "title": _("New work order"),
    }
    return render_work(
        request, "console/work_orders/make.html", context, is_refused=bool(errors or fault)
    )


def _clean(plan: Plan, raw: dict[str, Any], order: Order) -> dict[str, Any]:
    """Return what can be read of what was typed, so that conditions know it."""
    filled = fill(plan.form, raw, zone=zone_of(order), is_draft=True)
    return filled.values


@console_command
def order_fields(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The fields that come and go, as they are with what is typed so far."""
    type_ = order_type_get(pk)
    version = type_.versions.first()
    if version is None:
        raise NotPublishedError(type_.name)
    plan = plan_of(version)
    blank = _blank(user, type_, {})
    raw = raw_values(plan.form, request.POST, plan.flow.start_editable)
    fields = field_views(
        plan.form,
        _clean(plan, raw, blank),
        user=user,
        order=blank,
        editable=plan.flow.start_editable,
        raw=raw,
    )
    context = {"fields": [one for one in fields if one.is_conditional and one.is_editable]}
    return render(request, "console/work_orders/fields_that_go.html", context)
