"""Routing rules on the console: list, editor, dry run, publishing, versions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.acd.engine.rules import Rule, RulesError, RuleSet, rules_parse
from apps.console.access import console_page, render_work
from apps.console.rule_form import document_change, document_read
from apps.console.rule_view import assumptions_view, doubts_view, rule_choices, rules_view
from apps.core.errors import HuawuError
from apps.ivr.models import RuleSet as RuleSetRow
from apps.ivr.rule_sets import (
    RuleSetChangedError,
    RuleSetRefusedError,
    rule_set_create,
    rule_set_delete,
    rule_set_get,
    rule_set_last_save,
    rule_set_newest,
    rule_set_numbers,
    rule_set_numbers_give,
    rule_set_publish,
    rule_set_roll_back,
    rule_set_save,
    rule_set_uses,
    rule_sets_uses,
    rule_sets_with_newest,
    rules_doubts,
    rules_known,
)
from apps.ivr.rule_trial import rules_differences, rules_try

MOST_VERSIONS = 200
TRIED = ("caller", "dialled")


def may_change(user: User) -> int:
    """Return the company whose rules the person may change. Raises PermissionDenied."""
    if user.tenant_id is None or not user.has_perm("ivr.change_ruleset"):
        raise PermissionDenied
    return user.tenant_id


@console_page
@require_safe
def rule_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The company's rule sets: what is in force, who asks them, what is wrong."""
    tenant_id = may_change(user)
    known = rules_known(tenant_id)
    rows = []
    sets = list(rule_sets_with_newest())
    uses = rule_sets_uses(sets)
    for row in sets:
        doubts = rules_doubts(row.draft, known)
        rows.append(
            {
                "set": row,
                "uses": uses[row.pk],
                "is_changed": row.newest_number and row.newest_document != row.draft,
                "errors": sum(doubt.level == "error" for doubt in doubts),
                "warnings": sum(doubt.level != "error" for doubt in doubts),
            }
        )
    return render_work(
        request, "console/rule_sets.html", {"rows": rows, "title": _("Routing rules")}
    )


@console_page
@require_POST
def rule_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make an empty rule set and open it."""
    tenant_id = may_change(user)
    try:
        made = rule_set_create(tenant_id=tenant_id, name=request.POST.get("name", ""), actor=user)
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:rules")
    return redirect("console:rule-set", pk=made.pk)


@console_page
@require_safe
def rule_set(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The editor with the kept draft."""
    tenant_id = may_change(user)
    found = rule_set_get(pk)
    context = {
        **_editor(found, found.draft, found.revision, tenant_id),
        "numbers": rule_set_numbers(found),
        "title": found.name,
    }
    return render_work(request, "console/rule_set.html", context)


def _editor(
    found: RuleSetRow, document: dict[str, Any], revision: int, tenant_id: int, **more: Any
) -> dict[str, Any]:
    newest = rule_set_newest(found)
    return {
        "set": found,
        "revision": revision,
        "rules": rules_view(document, rule_choices(tenant_id)),
        "doubts": doubts_view(rules_doubts(document, rules_known(tenant_id)), document),
        "newest": newest,
        "is_saved": document == found.draft,
        "assumptions": _assumptions(document, {}),
        **more,
    }


def _assumptions(document: dict[str, Any], given: dict[str, str]) -> list[tuple[str, str, str]]:
    try:
        return assumptions_view(rules_parse(document), given)
    except RulesError:
        # The rules that can be read already have theirs.
        readable: list[Rule] = []
        for rule in document.get("rules", ()):
            try:
                readable += rules_parse({"rules": [rule]}).rules
            except RulesError:
                continue
        return assumptions_view(RuleSet(tuple(readable)), given)


@console_page
@require_POST
def rule_edit(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Draw the form anew after a button or another choice; save, overwrite or try when asked.

    Nothing but `save` and `overwrite` keeps anything.
    """
    tenant_id = may_change(user)
    found = rule_set_get(pk)
    wish = request.POST.get("do", "")
    document = document_change(document_read(request.POST), wish)
    revision = _whole(request.POST.get("revision", ""))
    caller, dialled = (request.POST.get(f"try.{name}", "").strip()[:40] for name in TRIED)
    more: dict[str, Any] = {"try_caller": caller, "try_dialled": dialled}
    if wish in ("save", "overwrite"):
        if wish == "overwrite":
            revision = found.revision
        try:
            revision = rule_set_save(
                rule_set=found, document=document, revision=revision, actor=user
            )
            more["notice"] = _("Saved.")
        except RuleSetChangedError:
            more["conflict"] = rule_set_last_save(found)
        except HuawuError as error:
            more["fault"] = str(error.text)
    elif wish == "try":
        more |= _tried(request.POST, document, tenant_id, found.name, caller, dialled)
    context = _editor(found, document, revision, tenant_id, **more)
    context["assumptions"] = _assumptions(document, _given(request.POST))
    response = render(request, "console/rule_body.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _whole(typed: str, otherwise: int = 0) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else otherwise


def _given(data: QueryDict) -> dict[str, str]:
    return {
        name.removeprefix("try.f."): data.get(name, "").strip()[:200]
        for name in data
        if name.startswith("try.f.")
    }


def _tried(
    data: QueryDict,
    document: dict[str, Any],
    tenant_id: int,
    name: str,
    caller: str,
    dialled: str,
) -> dict[str, Any]:
    try:
        rules = rules_parse(document)
    except RulesError:
        return {"fault": _("Complete the rules before you try them.")}
    assumed = {fact: text for fact, text in _given(data).items() if text}
    trial = rules_try(
        rules, name=name, tenant_id=tenant_id, caller=caller, dialled=dialled, assumed=assumed
    )
    return {"trial": trial}


@console_page
@require_POST
def rule_numbers(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Say before which numbers' flows the rules are asked."""
    may_change(user)
    found = rule_set_get(pk)
    rule_set_numbers_give(rule_set=found, numbers=request.POST.getlist("number"), actor=user)
    messages.success(request, _("Saved. The next call asks them within two seconds."))
    return redirect("console:rule-set", pk=pk)


@console_page
def rule_publish(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Show what differs from the version in force, ask for a note, publish."""
    may_change(user)
    found = rule_set_get(pk)
    note = request.POST.get("note", "")
    if request.method == "POST":
        try:
            made = rule_set_publish(
                rule_set=found,
                revision=_whole(request.POST.get("revision", ""), -1),
                note=note,
                user=user,
            )
        except RuleSetRefusedError as error:
            messages.error(request, str(error.text))
            for one in doubts_view(error.doubts, found.draft):
                messages.error(request, f"{one['rule']}: {one['text']}")
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            told = _("Version %(number)s is in force.") % {"number": made.number}
            messages.success(request, told)
            return redirect("console:rule-set", pk=pk)
    newest = rule_set_newest(found)
    context = {
        "set": found,
        "newest": newest,
        "note": note,
        "differences": rules_differences(newest.document if newest else None, found.draft),
        "title": _("Publish rules"),
    }
    return render_work(request, "console/rule_publish.html", context)


@console_page
def rule_versions(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """List the versions with what each changed; put an earlier one in force again."""
    may_change(user)
    found = rule_set_get(pk)
    if request.method == "POST":
        number = request.POST.get("number", "")
        try:
            made = rule_set_roll_back(
                rule_set=found,
                number=_whole(number),
                note=_("Roll-back to version %(number)s") % {"number": number[:9]},
                user=user,
            )
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            told = _("Version %(number)s is in force.") % {"number": made.number}
            messages.success(request, told)
        return redirect("console:rule-versions", pk=pk)
    versions = list(
        found.versions.select_related("published_by").order_by("-number")[:MOST_VERSIONS]
    )
    before = [*(one.document for one in versions[1:]), None]
    rows = [
        {"version": one, "differences": rules_differences(earlier, one.document)}
        # Without any version the None is left over.
        for one, earlier in zip(versions, before, strict=False)
    ]
    context = {"set": found, "rows": rows, "title": _("Versions")}
    return render_work(request, "console/rule_versions.html", context)


@console_page
def rule_delete(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Ask, then remove a rule set that nobody asks."""
    may_change(user)
    found = rule_set_get(pk)
    if request.method == "POST":
        try:
            rule_set_delete(rule_set=found, actor=user)
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            messages.success(request, _("Deleted."))
            return redirect("console:rules")
    context = {"set": found, "uses": rule_set_uses(found), "title": _("Delete rules")}
    return render_work(request, "console/rule_delete.html", context)
