"""One customer: what is known of him, everything that happened, and what can be done."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.calls.cards import other_number
from apps.calls.customer_calls import call_customer_set
from apps.calls.models import Call
from apps.calls.selectors import call_get_for
from apps.console.access import console_page, render_work
from apps.console.customers.access import (
    done_or_told,
    managers_page,
    may_define,
    may_manage,
)
from apps.console.customers.forms import CustomerForm, customer_initial
from apps.console.customers.pages import tag_colours
from apps.console.customers.tables import tag_badges
from apps.console.customers.timeline_rows import number_rows, timeline_rows
from apps.core.errors import HuawuError, NotFoundError
from apps.customers.duplicates import customer_find_duplicates
from apps.customers.engine.field_values import value_text
from apps.customers.errors import CustomerRefusedError
from apps.customers.merges import merges_undoable
from apps.customers.models import Customer
from apps.customers.reveals import number_reveal
from apps.customers.selectors import (
    customer_deleted_get_for,
    customer_get_for,
    customer_list_for,
    customer_number_get_for,
    customer_search,
)
from apps.customers.services import (
    customer_create,
    customer_delete,
    customer_note_add,
    customer_number_add,
    customer_restore,
    customer_update,
)
from apps.customers.timeline import customer_timeline
from apps.customers.vocabulary import Vocabulary, vocabulary

MAX_FOUND = 20


@console_page
@require_safe
def customer(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One customer with the note for the next call and all that happened."""
    found = customer_get_for(user=user, pk=pk)
    if found.pk != pk:
        return redirect("console:customer", pk=found.pk)
    words = vocabulary()
    page = customer_timeline(customer=found, user=user)
    level = words.levels.get(found.level)
    context = {
        "customer": found,
        "level": level,
        "numbers": number_rows(found, user),
        "facts": facts(found, words),
        "tags": tag_badges(found.tags, tag_colours()),
        "rows": timeline_rows(page.entries, user),
        "after": page.after,
        "duplicates": _duplicates(found, user),
        "merges": merges_undoable(found) if may_manage(user) else [],
        "is_masked": user.sees_numbers_masked,
        "may_manage": may_manage(user),
        "may_define": may_define(user),
        "title": found.name,
    }
    return render_work(request, "console/customers/detail.html", context)


def facts(found: Customer, words: Vocabulary) -> list[tuple[str, str]]:
    """Return (label, text) of what is known and not shown elsewhere; only what there is."""
    source = words.sources.get(found.source)
    kind = words.types.get(found.kind)
    rows = [
        (_("Contact person"), found.contact_name),
        (_("Type"), kind.name if kind else found.kind),
        (_("Source"), source.name if source else found.source),
        (_("E-mail addresses"), ", ".join(row.address for row in found.emails.all())),
        (_("Gender"), str(found.get_gender_display())),
        (_("Birthday"), value_text(found.born_on)),
        (_("Address"), " ".join(filter(None, (found.province, found.city, found.address)))),
        (_("Account number"), found.account_number),
        (_("Balance"), value_text(found.balance)),
    ]
    for key, field in words.fields.items():
        value = found.custom.get(key)
        text = (_("yes") if value else _("no")) if isinstance(value, bool) else value_text(value)
        rows.append((field.label, text))
    return [(label, text) for label, text in rows if text]


def _duplicates(found: Customer, user: User) -> list[Customer]:
    alike = customer_find_duplicates(
        numbers=[row.as_typed for row in found.numbers.all()],
        emails=[row.address for row in found.emails.all()],
        except_id=found.pk,
    )
    ids = [one.customer_id for one in alike]
    return list(customer_list_for(user=user).filter(pk__in=ids)[:5]) if ids else []


@console_page
@require_safe
def timeline(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """A further part of the timeline."""
    found = customer_get_for(user=user, pk=pk)
    page = customer_timeline(customer=found, user=user, after=request.GET.get("after", ""))
    context = {
        "customer": found,
        "rows": timeline_rows(page.entries, user),
        "after": page.after,
    }
    # Lines for the list that asks for them: never a page of their own.
    return render(request, "console/customers/timeline.html", context)


@console_page
def customer_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make a customer; with `call` his number comes from the call and the call becomes his."""
    words = vocabulary()
    call = _call(request, user)
    number = other_number(call) if call else ""
    given = {"level": "normal", "numbers": number_for(user, number)}
    if call and call.direction == "in":
        given["name"] = call.caller_name
    form = CustomerForm(request.POST or None, initial=given, words=words, user=user, is_new=True)
    if request.method == "POST" and form.is_valid():
        values = form.values()
        if number and values["numbers"] == number_for(user, number):
            values["numbers"] = number  # masked or not, it is the call's
        try:
            assert user.tenant_id is not None  # noqa: S101 - console_page saw to it
            made = customer_create(tenant_id=user.tenant_id, values=values, actor=user, words=words)
        except CustomerRefusedError as error:
            form.refuse(error)
        else:
            if call is not None:
                call_customer_set(call=call, customer=made)
            messages.success(request, _("Saved."))
            return redirect("console:customer", pk=made.pk)
    context = {
        "form": form,
        "call": call,
        "shown_number": number_for(user, number),
        "same": _same(number, user),
        "title": _("New customer"),
    }
    return _form(request, form, context)


def _same(number: str, user: User) -> list[Customer]:
    """Return who has this number already, so that nobody is made twice."""
    ids = [one.customer_id for one in customer_find_duplicates(numbers=[number] if number else [])]
    return list(customer_list_for(user=user).filter(pk__in=ids)[:5]) if ids else []


def _call(request: HttpRequest, user: User) -> Call | None:
    key = request.GET.get("call", "") or request.POST.get("call", "")
    if not (key.isascii() and key.isdigit() and len(key) < 13):
        return None
    return call_get_for(user=user, pk=int(key))


def _form(request: HttpRequest, form: CustomerForm, context: dict[str, Any]) -> HttpResponse:
    return render_work(
        request, "console/customers/form.html", context, is_refused=bool(form.errors)
    )


@console_page
def customer_edit(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Change what is known of a customer."""
    found = customer_get_for(user=user, pk=pk)
    words = vocabulary()
    form = CustomerForm(
        request.POST or None,
        initial=customer_initial(found, words),
        words=words,
        user=user,
        is_new=False,
    )
    if request.method == "POST" and form.is_valid():
        try:
            customer_update(customer=found, values=form.values(), actor=user, words=words)
        except CustomerRefusedError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("console:customer", pk=found.pk)
    context = {"form": form, "customer": found, "title": found.name}
    return _form(request, form, context)


@console_page
@require_POST
def note_add(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Keep what somebody writes about the customer."""
    found = customer_get_for(user=user, pk=pk)
    text = request.POST.get("text", "")
    return done_or_told(
        request,
        lambda: customer_note_add(customer=found, text=text, actor=user),
        _("Noted."),
        "console:customer",
        pk=found.pk,
    )


@console_page
@require_POST
def number_add(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Give the customer a number: typed, or that of a call, which becomes his."""
    found = customer_get_for(user=user, pk=pk)
    call = _call(request, user)
    number = other_number(call) if call else request.POST.get("number", "")
    try:
        customer_number_add(
            customer=found, number=number, label=request.POST.get("label", ""), actor=user
        )
        if call is not None:
            call_customer_set(call=call, customer=found)
        messages.success(request, _("Saved."))
    except CustomerRefusedError as error:
        messages.error(request, " ".join(error.fields.values()))
    return redirect("console:customer", pk=found.pk)


@console_page
@require_POST
def reveal(request: HttpRequest, pk: int, number_pk: int, *, user: User) -> HttpResponse:
    """Show one full number; who looked is audited."""
    found = customer_number_get_for(user=user, pk=number_pk)
    if found.customer_id != pk:
        raise NotFoundError(f"number {number_pk}")
    shown, fault = "", ""
    try:
        shown = number_reveal(number=found, user=user, reason=request.POST.get("reason", ""))
    except HuawuError as error:
        fault = str(error.text)
    context = {"shown": shown, "fault": fault, "number": found, "title": _("Number")}
    return render_work(request, "console/customers/revealed.html", context)


@managers_page
def customer_delete_page(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Ask, then delete; for 30 days it can be taken back."""
    found = customer_get_for(user=user, pk=pk)
    if request.method == "POST":
        return done_or_told(
            request,
            lambda: customer_delete(customer=found, actor=user),
            _("Deleted. Within 30 days it can be brought back: Deleted customers."),
            "console:customers",
        )
    context = {"customer": found, "title": _("Delete the customer")}
    return render_work(request, "console/customers/delete.html", context)


@managers_page
@require_POST
def restore(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Bring a deleted customer back."""
    found = customer_deleted_get_for(user=user, pk=pk)
    return done_or_told(
        request,
        lambda: customer_restore(customer=found, actor=user),
        _("The customer is back."),
        "console:customer",
        pk=found.pk,
    )


@console_page
@require_safe
def attach(request: HttpRequest, *, user: User) -> HttpResponse:
    """Look for the customer to whom a call's number belongs."""
    call = _call(request, user)
    if call is None:
        raise NotFoundError("call")
    wanted = request.GET.get("q", "").strip()
    rows = customer_search(customer_list_for(user=user), wanted, user=user) if wanted else None
    context = {
        "call": call,
        "shown_number": number_for(user, other_number(call)),
        "wanted": wanted,
        "rows": rows[:MAX_FOUND] if rows is not None else [],
        "new": f"{reverse('console:customer-new')}?call={call.pk}",
        "title": _("Attach the number to a customer"),
    }
    return render_work(request, "console/customers/attach.html", context)
