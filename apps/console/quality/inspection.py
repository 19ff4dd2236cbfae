"""One inspection: scoring while playing, what the agent does with it, and the second look."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.selectors import user_list_for
from apps.console.access import console_command, console_page, render_work
from apps.console.quality.alerts import appeal_put_away
from apps.console.quality.saved import saved_answer
from apps.console.quality.texts import answer_text, mark, points, sheet_view
from apps.console.quality.typed import answers, day, in_days, whole
from apps.core.errors import NotFoundError
from apps.quality import services
from apps.quality.coaching import coaching_create
from apps.quality.comments import comment_add, comment_remove
from apps.quality.engine import appeals
from apps.quality.engine.appeals import Act, Case
from apps.quality.engine.sheet import Sheet, score
from apps.quality.models import Inspection, InspectionAct
from apps.quality.selectors import (
    appeal_until,
    case_of,
    document_of,
    inspection_get_for,
    inspectors_for,
    may_hear,
    rights_of,
    rules_of,
    undo_until,
)

COACHING_DAYS = 7


@console_page
@require_safe
def inspection(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One inspection as its inspector, its agent, or who may look at it sees it."""
    found = inspection_get_for(user=user, pk=pk)
    is_news = services.inspection_seen(inspection=found, user=user)
    is_news |= found.state == appeals.APPEALED and appeal_put_away(request, found)
    acts = list(found.acts.select_related("by", "to"))
    sheet = document_of(found.version)
    result = score(sheet, found.answers)
    may = _may(found, user, case_of(found, acts))
    context: dict[str, Any] = {
        "inspection": found,
        "sheet": sheet,
        "sections": sheet_view(sheet, found.answers, result),
        "score": points(result.value),
        "open": len(result.open),
        "result": result,
        "may": may,
        "is_agent": found.agent.user_id == user.pk,
        "can_hear": may_hear(user, found.recording),
        "comments": _comments(found, sheet, user),
        "history": [_told(one, sheet) for one in acts],
        "coachings": found.coachings.select_related("task__assignee"),
        "undo_until": undo_until(found, rules_of(found.tenant_id)),
        "appeal_until": appeal_until(found, rules_of(found.tenant_id)),
        "others": inspectors_for(found.recording, but=[found.inspector_id])
        if may["give"] and found.recording
        else [],
        "coaching_on": in_days(COACHING_DAYS),
        "title": _("Inspection %(number)s") % {"number": found.pk},
    }
    response = render_work(request, "console/quality/inspection.html", context)
    if is_news:
        # The desk need not tell of it any more.
        response["HX-Trigger"] = "inspections-changed"
    return response


def _may(found: Inspection, user: User, case: Case) -> dict[str, bool]:
    """Return what the person may do with it now."""
    rights, rules = rights_of(user), rules_of(found.tenant_id)
    now = timezone.now().timestamp()

    def can(kind: str) -> bool:
        return not appeals.refusal(case, Act(kind, user.pk, now), rules)

    is_his = found.inspector_id == user.pk
    is_other = found.agent.user_id != user.pk
    handles = is_his or rights.may_manage
    return {
        "save": can(appeals.SAVE),
        "undo": can(appeals.UNDO),
        "correct": can(appeals.CORRECT) and not can(appeals.UNDO),
        "acknowledge": can(appeals.ACKNOWLEDGE),
        "appeal": can(appeals.APPEAL),
        "decide": rights.may_decide and can(appeals.DECIDE),
        "give": handles and found.is_waiting and is_other,
        "cancel": handles and can(appeals.CANCEL),
        "comment": is_other and (is_his or (found.is_shown and rights.may_decide)),
        "coach": is_other and found.is_shown and rights.may_inspect,
    }


def _comments(found: Inspection, sheet: Sheet, user: User) -> list[dict[str, Any]]:
    titles = {item.id: item.title for item in sheet.items}
    return [
        {
            "row": one,
            "mark": mark(one.at_ms),
            "item": titles.get(one.item, ""),
            "may_remove": one.by_id == user.pk and found.is_waiting,
        }
        for one in found.comments.select_related("by")
    ]


def _told(one: InspectionAct, sheet: Sheet) -> dict[str, Any]:
    given = one.answers or {}
    return {
        "row": one,
        "score": points(one.score) if one.answers is not None else "",
        "answers": [(item.title, answer_text(item, given.get(item.id))) for item in sheet.items]
        if one.answers is not None
        else [],
    }


@console_command
def save(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Keep the answers as far as they are: by the page itself, or by its button."""
    saved = services.inspection_save(
        inspection=inspection_get_for(user=user, pk=pk),
        user=user,
        answers=answers(request),
        summary=request.POST.get("summary", ""),
        number=whole(request.POST.get("number", "")) or 0,
    )
    if "is_page" in request.POST:
        return redirect("console:inspection", pk=pk)
    return saved_answer(saved.version, saved.answers, saved.number)


@console_command
def publish(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Publish what was saved."""
    number = whole(request.POST.get("number", "")) or 0
    found = inspection_get_for(user=user, pk=pk)
    services.inspection_publish(inspection=found, user=user, number=number)
    messages.success(request, _("Published. The agent is told."))
    return redirect("console:inspection", pk=pk)


def _act(said: Callable[[], str]) -> Callable[..., Any]:
    """Make a command of an act: look the inspection up, do it, say so, show it again."""

    def wrap(do: Callable[[HttpRequest, Inspection, User], object]) -> Callable[..., HttpResponse]:
        @console_command
        def command(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
            do(request, inspection_get_for(user=user, pk=pk), user)
            messages.success(request, said())
            return redirect("console:inspection", pk=pk)

        command.__doc__ = do.__doc__
        return command

    return wrap


@_act(lambda: _("Taken back. It is a draft again."))
def undo(request: HttpRequest, found: Inspection, user: User) -> None:
    """Take a publication back."""
    services.inspection_undo(inspection=found, user=user)


@_act(lambda: _("Corrected. The agent is told."))
def correct(request: HttpRequest, found: Inspection, user: User) -> None:
    """Change a published score with a reason."""
    services.inspection_correct(
        inspection=found,
        user=user,
        answers=answers(request),
        reason=request.POST.get("reason", ""),
    )


@_act(lambda: _("Acknowledged."))
def acknowledge(request: HttpRequest, found: Inspection, user: User) -> None:
    """Say as the agent that one has seen it."""
    services.inspection_acknowledge(inspection=found, user=user)


@_act(lambda: _("Your appeal was handed in. A second inspector decides."))
def appeal(request: HttpRequest, found: Inspection, user: User) -> None:
    """Appeal as the agent."""
    services.inspection_appeal(inspection=found, user=user, reason=request.POST.get("reason", ""))


@_act(lambda: _("Decided. The agent is told."))
def decide(request: HttpRequest, found: Inspection, user: User) -> None:
    """Decide an appeal."""
    services.inspection_decide(
        inspection=found,
        user=user,
        answers=answers(request),
        reason=request.POST.get("reason", ""),
    )


@console_command
def comment(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Write a comment, at the moment that was played or of the whole."""
    at_ms = whole(request.POST.get("at_ms", "")) if request.POST.get("is_timed") else None
    comment_add(
        inspection=inspection_get_for(user=user, pk=pk),
        user=user,
        text=request.POST.get("text", ""),
        at_ms=at_ms,
        item=request.POST.get("item", ""),
    )
    return redirect("console:inspection", pk=pk)


@console_command
def comment_delete(request: HttpRequest, pk: int, comment_pk: int, *, user: User) -> HttpResponse:
    """Remove one's own comment."""
    found = inspection_get_for(user=user, pk=pk)
    one = found.comments.filter(pk=comment_pk).select_related("inspection").first()
    if one is None:
        raise NotFoundError(f"comment {comment_pk}")
    comment_remove(comment=one, user=user)
    return redirect("console:inspection", pk=pk)


@console_command
def give(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Give it to another inspector."""
    found = inspection_get_for(user=user, pk=pk)
    wanted = whole(request.POST.get("to", ""))
    person = user_list_for(user=user).filter(pk=wanted or 0).first()
    if person is None:
        raise NotFoundError(f"user {wanted}")
    services.inspection_give(inspection=found, user=user, to=person)
    messages.success(request, _("Given to %(name)s.") % {"name": person.display_name})
    return redirect("console:quality")


@console_command
def cancel(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take it off the list."""
    services.inspection_cancel(
        inspection=inspection_get_for(user=user, pk=pk),
        user=user,
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, _("Taken off the list."))
    return redirect("console:quality")


@_act(lambda: _("The task was made."))
def coach(request: HttpRequest, found: Inspection, user: User) -> None:
    """Make a coaching task of it."""
    due_on = day(request.POST.get("due_on", ""), in_days(COACHING_DAYS))
    due_at = timezone.make_aware(datetime.combine(due_on, time(18)))
    coaching_create(
        inspection=found,
        user=user,
        title=request.POST.get("title", ""),
        detail=request.POST.get("detail", ""),
        due_at=due_at,
    )
