"""What the company defines for its customers: fields, levels, tags and so on, who sees what."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import render_work
from apps.console.customers.access import admins_page, done_or_told
from apps.core.errors import NotFoundError
from apps.customers.choices import Colour, FieldKind
from apps.customers.definitions import (
    FLAGS,
    customer_field_delete,
    customer_field_save,
    tag_delete,
    tag_save,
    word_save,
)
from apps.customers.errors import CustomerRefusedError
from apps.customers.field_models import CustomerField, CustomerLevel, CustomerSource, CustomerType
from apps.customers.models import CustomerTag
from apps.customers.policy import customers_policy_save
from apps.customers.vocabulary import level_words

MODELS: dict[str, Any] = {
    "level": CustomerLevel,
    "type": CustomerType,
    "source": CustomerSource,
}
MASKABLE = (Role.AGENT, Role.TEAM_LEAD, Role.INSPECTOR)


@admins_page
@require_safe
def definitions(request: HttpRequest, *, user: User) -> HttpResponse:
    """Everything that the company defines, on one page."""
    assert user.tenant is not None  # noqa: S101 - console_page saw to it
    rows = {kind: list(model.objects.all()) for kind, model in MODELS.items()}
    known = {row.code for row in rows["level"]}
    context = {
        "fields": CustomerField.objects.all(),
        "words": [
            {"kind": "level", "title": _("Levels"), "rows": rows["level"], "has_colour": True},
            {"kind": "type", "title": _("Types"), "rows": rows["type"]},
            {"kind": "source", "title": _("Sources"), "rows": rows["source"]},
        ],
        "built_in": [word for word in level_words().values() if word.code not in known][:2],
        "tags": CustomerTag.objects.all(),
        "colours": Colour.choices,
        "roles": [
            {"code": role.value, "text": role.label, "is_on": role in user.tenant.masked_roles}
            for role in MASKABLE
        ],
        "tenant": user.tenant,
        "title": _("Customer settings"),
    }
    return render_work(request, "console/customers/definitions.html", context)


@admins_page
@require_POST
def policy(request: HttpRequest, *, user: User) -> HttpResponse:
    """Save which roles see numbers masked, and whether agents see all customers."""
    roles = [role for role in MASKABLE if role in request.POST.getlist("masked_roles")]
    return done_or_told(
        request,
        lambda: customers_policy_save(
            actor=user,
            masked_roles=[str(role) for role in roles],
            agents_see_all=request.POST.get("agents_see_all") == "1",
        ),
        _("Saved."),
        "console:customer-definitions",
    )


@admins_page
def field_form(request: HttpRequest, pk: int = 0, *, user: User) -> HttpResponse:
    """Make or change a custom field."""
    row = CustomerField.objects.filter(pk=pk).first() if pk else None
    if pk and row is None:
        raise NotFoundError(f"field {pk}")
    faults: dict[str, str] = {}
    values: dict[str, Any] = _field_values(row)
    if request.method == "POST":
        values = {
            name: request.POST.get(name, "")
            for name in ("key", "kind", "label", "help_text", "options", "position")
        }
        values |= {flag: request.POST.get(flag) == "1" for flag in FLAGS}
        position = str(values["position"])
        values["position"] = int(position) if position.isdecimal() and len(position) < 5 else 0
        try:
            assert user.tenant_id is not None  # noqa: S101 - console_page saw to it
            customer_field_save(tenant_id=user.tenant_id, actor=user, values=values, field=row)
        except CustomerRefusedError as error:
            faults = error.fields
        else:
            messages.success(request, _("Saved."))
            return redirect("console:customer-definitions")
    context = {
        "field": row,
        "values": values,
        "faults": faults,
        "kinds": FieldKind.choices,
        "flags": _flags(values),
        "title": row.label if row else _("New field"),
    }
    return render_work(request, "console/customers/field.html", context, is_refused=bool(faults))


def _field_values(row: CustomerField | None) -> dict[str, Any]:
    if row is None:
        return {"kind": "text", "in_exchange": True, "is_active": True, "position": 0}
    names = ("key", "kind", "label", "help_text", "position", *FLAGS)
    found = {name: getattr(row, name) for name in names}
    return {**found, "options": "\n".join(row.options)}


def _flags(values: dict[str, Any]) -> list[dict[str, Any]]:
    fields = {field.name: field for field in CustomerField._meta.concrete_fields}
    return [
        {
            "name": flag,
            "label": fields[flag].verbose_name,
            "help": fields[flag].help_text,
            "is_on": values.get(flag),
        }
        for flag in FLAGS
    ]


@admins_page
@require_POST
def field_delete(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove a field that nobody has a value of."""
    row = CustomerField.objects.filter(pk=pk).first()
    if row is None:
        raise NotFoundError(f"field {pk}")
    return done_or_told(
        request,
        lambda: customer_field_delete(field=row, actor=user),
        _("Removed."),
        "console:customer-definitions",
    )


@admins_page
@require_POST
def word(request: HttpRequest, kind: str, pk: int = 0, *, user: User) -> HttpResponse:
    """Make or change a level, type or source."""
    model = MODELS.get(kind)
    row = model.objects.filter(pk=pk).first() if model and pk else None
    if model is None or (pk and row is None):
        raise NotFoundError(f"{kind} {pk}")
    position = request.POST.get("position", "0")
    return done_or_told(
        request,
        lambda: word_save(
            model=model,
            tenant_id=user.tenant_id or 0,
            actor=user,
            name=request.POST.get("name", ""),
            code=request.POST.get("code", ""),
            position=int(position) if position.isdecimal() and len(position) < 5 else 0,
            is_active=pk == 0 or request.POST.get("is_active") == "1",
            colour=request.POST.get("colour", ""),
            word=row,
        ),
        _("Saved."),
        "console:customer-definitions",
    )


@admins_page
@require_POST
def tag(request: HttpRequest, pk: int = 0, *, user: User) -> HttpResponse:
    """Make, rename or recolour a tag; `remove` takes it away from everybody."""
    row = CustomerTag.objects.filter(pk=pk).first() if pk else None
    if pk and row is None:
        raise NotFoundError(f"tag {pk}")
    if row is not None and request.POST.get("remove") == "1":
        return done_or_told(
            request,
            lambda: tag_delete(tag=row, actor=user),
            _("Removed."),
            "console:customer-definitions",
        )
    return done_or_told(
        request,
        lambda: tag_save(
            tenant_id=user.tenant_id or 0,
            actor=user,
            name=request.POST.get("name", ""),
            colour=request.POST.get("colour", ""),
            tag=row,
        ),
        _("Saved."),
        "console:customer-definitions",
    )
