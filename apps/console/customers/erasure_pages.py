"""Forget a person, with a second one who agrees, and give out everything that is kept of him."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.console.access import render_work
from apps.console.customers.access import admins_page, done_or_told, managers_page
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.customers.choices import SecondPerson
from apps.customers.erasure import customer_erase, second_person_needed
from apps.customers.erasure_models import ErasureProposal
from apps.customers.erasure_proposals import (
    EXPIRES_AFTER,
    erasure_confirm,
    erasure_get_for,
    erasure_open_list,
    erasure_policy,
    erasure_policy_save,
    erasure_propose,
    erasure_refuse,
    erasure_withdraw,
)
from apps.customers.models import Customer
from apps.customers.selectors import customer_get_for
from apps.imports.choices import ExportKind
from apps.imports.exports import export_ask
from apps.imports.person_export import KEY, person_query
from apps.imports.tasks import export_work_later


@managers_page
@require_POST
def export(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Ask for everything about one person as a ZIP; a worker makes it, for who asked alone."""
    found = customer_get_for(user=user, pk=pk)
    try:
        run = export_ask(
            user=user,
            source=KEY,
            query=person_query(found),
            kind=ExportKind.ZIP,
            language=get_language(),
        )
    except ForbiddenError as error:
        raise PermissionDenied from error
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:exports")
    export_work_later(run)
    return redirect("console:export", pk=run.pk)


@admins_page
def erase(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Ask, with the name typed, then forget the person for good, or propose it."""
    found = customer_get_for(user=user, pk=pk)
    is_proposed = second_person_needed(found.tenant_id)
    fault = ""
    if request.method == "POST":
        if not _is_named(request, found):
            fault = _("This is not the customer's name.")
        elif is_proposed:
            return _propose(request, found, user)
        else:
            return _erase(request, found, user)
    context = {
        "customer": found,
        "proposal": erasure_open_list(user=user).filter(customer=found).first(),
        "is_proposed": is_proposed,
        "days": EXPIRES_AFTER.days,
        "reason": request.POST.get("reason", ""),
        "fault": fault,
        "title": _("Forget the person"),
    }
    return render_work(request, "console/customers/erase.html", context, is_refused=bool(fault))


def _is_named(request: HttpRequest, found: Customer) -> bool:
    return request.POST.get("name", "").strip() == found.name.strip()


def _propose(request: HttpRequest, found: Customer, user: User) -> HttpResponse:
    reason = request.POST.get("reason", "")
    return done_or_told(
        request,
        lambda: erasure_propose(customer=found, actor=user, reason=reason),
        _("Proposed. Somebody else must confirm it."),
        "console:erasures",
    )


def _erase(request: HttpRequest, found: Customer, user: User) -> HttpResponse:
    return done_or_told(
        request,
        lambda: customer_erase(customer=found, actor=user),
        _("The person is forgotten. Figures stay."),
        "console:customers",
    )


@admins_page
@require_safe
def erasures(request: HttpRequest, *, user: User) -> HttpResponse:
    """What waits for a second person, and whether one is needed."""
    context = {
        "rows": erasure_open_list(user=user)[:200],
        "user": user,
        "is_needed": second_person_needed(user.tenant_id or 0),
        "policy": erasure_policy(),
        "policies": SecondPerson.choices,
        "title": _("People to be forgotten"),
    }
    return render_work(request, "console/customers/erasures.html", context)


@admins_page
@require_POST
def policy(request: HttpRequest, *, user: User) -> HttpResponse:
    """Say whether a second person is needed."""
    wanted = request.POST.get("second_person", "")
    return done_or_told(
        request,
        lambda: erasure_policy_save(actor=user, second_person=wanted),
        _("Saved."),
        "console:erasures",
    )


@admins_page
def erasure(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One proposal: confirmed with the name typed, refused with a reason, or withdrawn."""
    found = erasure_get_for(user=user, pk=pk)
    fault = ""
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act == "confirm" and not _is_named(request, found.customer):
            fault = _("This is not the customer's name.")
        else:
            return _decide(request, found, user, act)
    context = {
        "proposal": found,
        "is_own": found.proposed_by_id == user.pk,
        "fault": fault,
        "title": _("Forget the person"),
    }
    return render_work(request, "console/customers/erasure.html", context, is_refused=bool(fault))


def _decide(request: HttpRequest, found: ErasureProposal, user: User, act: str) -> HttpResponse:
    why = request.POST.get("answer", "")
    acts = {
        "confirm": (
            lambda: erasure_confirm(proposal=found, actor=user),
            _("The person is forgotten. Figures stay."),
        ),
        "refuse": (
            lambda: erasure_refuse(proposal=found, actor=user, why=why),
            _("Refused. The customer stays as he is."),
        ),
        "withdraw": (
            lambda: erasure_withdraw(proposal=found, actor=user),
            _("Withdrawn. The customer stays as he is."),
        ),
    }
    if act not in acts:
        raise NotFoundError(f"act {act[:20]!r}")
    do, done = acts[act]
    return done_or_told(request, do, done, "console:erasures")
