"""Pages of calibrations: the list, a new one, one's own part, and the comparison."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.console.quality.saved import saved_answer
from apps.console.quality.texts import answer_text, percent, points, sheet_view
from apps.console.quality.typed import answers, keys, whole
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.quality.calibrations import (
    Comparison,
    calibration_close,
    calibration_create,
    calibration_hand_in,
    calibration_part,
    calibration_save,
    comparison,
    may_compare,
)
from apps.quality.engine.sheet import score
from apps.quality.errors import NotPublishedError
from apps.quality.models import Calibration, Sheet
from apps.quality.selectors import (
    calibration_get_for,
    calibration_list_for,
    document_of,
    inspectors_for,
    manage_need,
    may_hear,
    recording_need,
    rights_of,
    version_newest,
)

A_PAIR = 2


@console_page
@require_safe
def calibrations(request: HttpRequest, *, user: User) -> HttpResponse:
    """Those that the person takes part in, or looks after."""
    rows = calibration_list_for(user=user)[:100]
    context = {
        "rows": [{"row": row, "mine": _mine(row, user)} for row in rows],
        "rights": rights_of(user),
        "title": _("Calibration"),
    }
    return render_work(request, "console/quality/calibrations.html", context)


def _mine(row: Calibration, user: User) -> Any:
    return next((one for one in row.scores.all() if one.inspector_id == user.pk), None)


@console_page
def calibration_new(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Open a calibration of a recording (`pk`)."""
    manage_need(user)
    recording = recording_need(user=user, pk=pk)
    sheets = Sheet.objects.filter(is_active=True, versions__isnull=False).distinct()
    fault = ""
    if request.method == "POST":
        sheet = sheets.filter(pk=whole(request.POST.get("sheet", "")) or 0).first()
        try:
            version = version_newest(sheet) if sheet else None
            if version is None:
                raise NotPublishedError
            made = calibration_create(
                user=user,
                title=request.POST.get("title", ""),
                recording=recording,
                version=version,
                inspectors=keys(request, "inspectors"),
            )
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            fault = str(error.text)
        else:
            messages.success(request, _("The calibration is open. Its inspectors are told."))
            return redirect("console:calibration", pk=made.pk)
    context = {
        "recording": recording,
        "sheets": sheets.order_by("name"),
        "people": inspectors_for(recording),
        "chosen": keys(request, "inspectors"),
        "name": request.POST.get("title", "")[:100],
        "fault": fault,
        "title": _("New calibration"),
    }
    return render_work(request, "console/quality/calibration_new.html", context)


@console_page
@require_safe
def calibration(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One's own part until it is handed in, then what all said."""
    found = calibration_get_for(user=user, pk=pk)
    sheet = document_of(found.version)
    part = _mine(found, user)
    is_open = found.closed_at is None and part is not None and part.handed_in_at is None
    context: dict[str, Any] = {
        "calibration": found,
        "part": part,
        "is_open": is_open,
        "can_hear": may_hear(user, found.recording),
        "parts": found.scores.all(),
        "may_close": found.closed_at is None
        and (found.created_by_id == user.pk or rights_of(user).may_manage),
        "title": found.title,
    }
    if is_open:
        result = score(sheet, part.answers)
        context |= {
            "sections": sheet_view(sheet, part.answers, result),
            "score": points(result.value),
            "open": len(result.open),
        }
    if may_compare(found, user):
        context |= _compared(comparison(found, user))
    return render_work(request, "console/quality/calibration.html", context)


def _compared(found: Comparison) -> dict[str, Any]:
    names = [one.inspector.display_name for one in found.scores]
    return {
        "compared": found,
        "names": names,
        "scores": [points(one.score) for one in found.scores],
        "spread": points(found.spread),
        "mean": points(found.mean),
        "kappa": "—" if found.agreement.kappa is None else f"{found.agreement.kappa:.3f}",
        "is_cohen": found.agreement.raters == A_PAIR,
        "items": [
            {
                "title": one.item.title,
                "answers": [answer_text(one.item, answer) for answer in one.answers],
                "agreed": percent(one.agreed),
                "is_apart": one.agreed is not None and one.agreed < 1,
            }
            for one in found.agreement.items
        ],
        "pairs": [
            (names[a], names[b], "—" if kappa is None else f"{kappa:.3f}")
            for (a, b), kappa in found.agreement.pairwise.items()
        ],
    }


@console_command
def save(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Keep one's answers as far as they are."""
    found = calibration_get_for(user=user, pk=pk)
    part = calibration_save(
        calibration=found,
        user=user,
        answers=answers(request),
        number=whole(request.POST.get("number", "")) or 0,
    )
    if "is_page" in request.POST:
        return redirect("console:calibration", pk=pk)
    return saved_answer(found.version, part.answers, part.number)


@console_command
def hand_in(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Hand one's part in."""
    found = calibration_get_for(user=user, pk=pk)
    calibration_part(calibration=found, user=user)
    number = whole(request.POST.get("number", "")) or 0
    calibration_hand_in(calibration=found, user=user, number=number)
    messages.success(request, _("Handed in."))
    return redirect("console:calibration", pk=pk)


@console_command
def close(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """End a calibration."""
    calibration_close(calibration=calibration_get_for(user=user, pk=pk), user=user)
    messages.success(request, _("The calibration is closed."))
    return redirect("console:calibration", pk=pk)
