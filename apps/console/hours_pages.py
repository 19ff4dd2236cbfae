"""Working hours on the console: open now or closed, and the switch."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.core.errors import ForbiddenError, HuawuError
from apps.ivr.engine.calendars import Reason
from apps.ivr.holidays import year_to_warn_of
from apps.ivr.hours import calendars_now, hours_need, hours_switch
from apps.ivr.models import OverrideState

WHY = {
    Reason.OVERRIDE: gettext_lazy("Switched by hand"),
    Reason.OWN_DATE: gettext_lazy("Own date"),
    Reason.HOLIDAY: gettext_lazy("Public holiday"),
    Reason.MAKEUP_WORKDAY: gettext_lazy("Make-up workday"),
    Reason.WEEKLY: gettext_lazy("Weekly plan"),
}


class SwitchForm(forms.Form):
    """What to switch to, until when (empty: until taken back), and why."""

    state = forms.ChoiceField(choices=OverrideState.choices)
    until = forms.DateTimeField(
        required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )
    reason = forms.CharField(required=False, max_length=200)


@console_page
@require_safe
def hours(request: HttpRequest, *, user: User) -> HttpResponse:
    """The company's calendars as they are now."""
    try:
        hours_need(user)
    except ForbiddenError as error:
        raise PermissionDenied from error
    rows: list[dict[str, Any]] = [
        {"now": one, "why": WHY[one.opening.reason] if one.opening else ""}
        for one in calendars_now()
    ]
    midnight = timezone.localtime().replace(hour=23, minute=59)
    context = {
        "rows": rows,
        "unknown_year": year_to_warn_of(timezone.localdate())
        if any(row["now"].calendar.follows_holidays for row in rows)
        else None,
        "until": midnight.strftime("%Y-%m-%dT%H:%M"),
        "title": _("Working hours"),
    }
    return render_work(request, "console/hours.html", context)


@console_command
def hours_change(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Switch a calendar; callers notice within 5 s."""
    form = SwitchForm(request.POST)
    if form.is_valid():
        try:
            hours_switch(user=user, pk=pk, **form.cleaned_data)
        except HuawuError as error:
            if error.status != 422:
                raise
            messages.error(request, str(error.text))
        else:
            messages.success(request, _("Switched. Callers notice within 5 seconds."))
    else:
        messages.error(request, _("Choose a state; the end is a date and a time."))
    return redirect("console:hours")
