"""Duplicates: proposals, the preview field by field, and the way back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.console.access import render_work
from apps.console.customers.access import done_or_told, managers_page
from apps.console.customers.timeline_rows import field_texts
from apps.core.errors import HuawuError, NotFoundError
from apps.customers.duplicates import (
    BY_NAME,
    WHY_TEXTS,
    Proposal,
    duplicate_dismiss,
    duplicate_proposals,
)
from apps.customers.engine.field_values import value_text
from apps.customers.merges import (
    ABSORBED,
    CHOSEN,
    KEPT,
    customer_merge,
    merge_defaults,
    merge_undo,
)
from apps.customers.models import Customer, CustomerMerge
from apps.customers.selectors import customer_get_for, customer_list_for
from apps.customers.vocabulary import Vocabulary, vocabulary


@managers_page
@require_safe
def duplicates(request: HttpRequest, *, user: User) -> HttpResponse:
    """Customers who share a number, an address or a name."""
    why = request.GET.get("why", "number")
    why = why if why in WHY_TEXTS else "number"
    found = duplicate_proposals(user=user, why=why)
    ids = {pk for one in found for pk in one.customer_ids}
    rows = customer_list_for(user=user).filter(pk__in=ids)
    by_id = {row.pk: row for row in rows.select_related("owner__user").prefetch_related("numbers")}
    context = {
        "why": why,
        "whys": WHY_TEXTS.items(),
        "groups": [_group(one, by_id, user) for one in found],
        "title": _("Duplicates"),
    }
    return render_work(request, "console/customers/duplicates.html", context)


def _group(one: Proposal, by_id: dict[int, Customer], user: User) -> dict[str, Any]:
    rows = [by_id[pk] for pk in one.customer_ids if pk in by_id]
    value = number_for(user, one.value) if one.why == "number" else one.value
    return {
        "value": rows[0].name if one.why == BY_NAME and rows else value,
        "first": rows[0] if rows else None,
        "others": rows[1:],
    }


@managers_page
def merge(request: HttpRequest, pk: int, other_pk: int, *, user: User) -> HttpResponse:
    """The preview of a merge: which value of the two stays, then the merge itself."""
    kept = customer_get_for(user=user, pk=pk)
    absorbed = customer_get_for(user=user, pk=other_pk)
    if kept.pk == absorbed.pk:
        raise NotFoundError(f"merge {pk} with itself")
    if request.method == "POST":
        choice = {
            name: side
            for name, side in request.POST.items()
            if side in (KEPT, ABSORBED) and (name in CHOSEN or name.startswith("custom."))
        }
        try:
            customer_merge(kept=kept, absorbed=absorbed, choice=choice, actor=user)
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            messages.success(request, _("Merged. For 30 days it can be undone on this page."))
        return redirect("console:customer", pk=kept.pk)
    words = vocabulary()
    context = {
        "kept": kept,
        "absorbed": absorbed,
        "rows": merge_rows(kept, absorbed, words),
        "title": _("Merge customers"),
    }
    return render_work(request, "console/customers/merge.html", context)


def merge_rows(kept: Customer, absorbed: Customer, words: Vocabulary) -> list[dict[str, Any]]:
    """Return the fields in which the two differ, with what the preview proposes."""
    labels = {**field_texts(), **{f"custom.{key}": row.label for key, row in words.fields.items()}}
    rows = []
    for name, side in merge_defaults(kept, absorbed).items():
        ours, theirs = _shown(kept, name), _shown(absorbed, name)
        if ours != theirs:
            label = labels.get(name, name.removeprefix("custom."))
            rows.append(
                {"name": name, "label": label, "kept": ours, "absorbed": theirs, "side": side}
            )
    return rows


def _shown(customer: Customer, name: str) -> str:
    if name.startswith("custom."):
        return value_text(customer.custom.get(name.removeprefix("custom.")))
    if name == "owner":
        return str(customer.owner or "")
    return value_text(getattr(customer, name))


@managers_page
@require_POST
def undo(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Make the two again what they were."""
    found = CustomerMerge.objects.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"merge {pk}")
    kept = customer_get_for(user=user, pk=found.kept_id)
    return done_or_told(
        request,
        lambda: merge_undo(merge=found, actor=user),
        _("Both customers are there again."),
        "console:customer",
        pk=kept.pk,
    )


@managers_page
@require_POST
def dismiss(request: HttpRequest, pk: int, other_pk: int, *, user: User) -> HttpResponse:
    """Say that the two are not the same: they are proposed no more."""
    first = customer_get_for(user=user, pk=pk)
    second = customer_get_for(user=user, pk=other_pk)
    duplicate_dismiss(first=first, second=second, actor=user)
    messages.success(request, _("They will not be proposed again."))
    return redirect("console:duplicates")
