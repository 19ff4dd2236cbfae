"""Types of work orders for admins: the list, ready types, settings."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.core.errors import HuawuError
from apps.workorders.access import need_admin
from apps.workorders.choices import Priority
from apps.workorders.selectors import order_type_get, order_type_list
from apps.workorders.shipped import SHIPPED, shipped_type
from apps.workorders.type_services import (
    order_type_create,
    order_type_from_shipped,
    order_type_set,
)

MOST_MINUTES = 60 * 24 * 366


def only_admin(user: User) -> None:
    """Raise PermissionDenied unless the person sets the company up."""
    try:
        need_admin(user)
    except HuawuError as error:
        raise PermissionDenied from error


class TypeForm(forms.Form):
    """What is not form and flow."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    number_prefix = forms.RegexField(
        r"^[A-Za-z]{1,6}\Z",
        label=gettext_lazy("Prefix of the numbers"),
        help_text=gettext_lazy("One to six letters, as SH in SH-000012."),
    )
    description = forms.CharField(label=gettext_lazy("Description"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs.setdefault("class", "form-control")


class SettingsForm(TypeForm):
    """Also how its clocks run, and whether it is in use."""

    calendar = forms.CharField(
        label=gettext_lazy("Working hours (name of a calendar)"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Empty: deadlines run day and night."),
    )
    pauses_while_waiting = forms.BooleanField(
        label=gettext_lazy("The clock stands still while waiting for the customer"), required=False
    )
    position = forms.IntegerField(label=gettext_lazy("Order"), min_value=0, max_value=9999)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for value, label in Priority.choices:
            self.fields[f"sla_{value}"] = forms.IntegerField(
                label=_("Minutes to complete: %(priority)s") % {"priority": label},
                min_value=1,
                max_value=MOST_MINUTES,
                required=False,
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )

    def settings(self) -> dict[str, Any]:
        """Return what `order_type_set` takes."""
        kept = dict(self.cleaned_data)
        times = {value: kept.pop(f"sla_{value}") for value in Priority.values}
        kept["prefix"] = kept.pop("number_prefix").upper()
        return {**kept, "sla_minutes": {key: one for key, one in times.items() if one}}


@console_page
def type_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """All types with what can be done; POST makes an empty one."""
    only_admin(user)
    form = TypeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = order_type_create(
                user=user,
                name=form.cleaned_data["name"],
                prefix=form.cleaned_data["number_prefix"],
                description=form.cleaned_data["description"],
            )
        except HuawuError as error:
            form.add_error(None, str(error.text))
        else:
            return redirect("console:order-type-form", pk=made.pk)
    rows = list(order_type_list(only_usable=False).prefetch_related("versions"))
    there = {row.shipped for row in rows}
    context = {
        "rows": [{"row": row, "version": next(iter(row.versions.all()), None)} for row in rows],
        "form": form,
        "ready": [{"key": key, **shipped_type(key)} for key in SHIPPED if key not in there],
        "title": _("Types of work orders"),
    }
    return render_work(
        request, "console/work_orders/types.html", context, is_refused=bool(form.errors)
    )


@console_command
def type_ready(request: HttpRequest, *, user: User) -> HttpResponse:
    """Take a ready type."""
    made = order_type_from_shipped(
        user=user,
        tenant_id=need_admin(user),
        key=request.POST.get("key", ""),
        language=get_language() or "zh-hans",
    )
    messages.success(request, _("“%(name)s” is ready to use.") % {"name": made.name})
    return redirect("console:order-type-list")


@console_page
def type_settings(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Name, prefix, times, and whether it is in use."""
    only_admin(user)
    found = order_type_get(pk)
    values = {
        name: getattr(found, name)
        for name in ("name", "description", "calendar", "pauses_while_waiting")
    }
    values |= {
        "number_prefix": found.prefix,
        "position": found.position,
        "is_active": found.is_active,
    }
    values |= {f"sla_{key}": minutes for key, minutes in found.sla_minutes.items()}
    form = SettingsForm(request.POST or None, initial=values)
    if request.method == "POST" and form.is_valid():
        try:
            order_type_set(user=user, type=found, **form.settings())
        except HuawuError as error:
            form.add_error(None, str(error.text))
        else:
            messages.success(request, _("Saved."))
            return redirect("console:order-type-list")
    context = {"type": found, "form": form, "title": found.name}
    return render_work(
        request, "console/work_orders/type_settings.html", context, is_refused=bool(form.errors)
    )


@console_page
@require_safe
def type_document(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Both drafts as JSON, to keep or to take to another company."""
    only_admin(user)
    found = order_type_get(pk)
    text = json.dumps(
        {"form": found.form_draft, "flow": found.flow_draft}, ensure_ascii=False, indent=2
    )
    return HttpResponse(
        text,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="work-order-type-{pk}.json"'},
    )
