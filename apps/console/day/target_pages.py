"""Targets of company, departments and agents; and whether agents hear their own recordings."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.core.errors import HuawuError
from apps.recordings.rights import agents_hear_own_set
from apps.recordings.selectors import agents_hear_own
from apps.workday.models import TargetFigure
from apps.workday.selectors import target_list_for, target_places
from apps.workday.services import MOST, target_need, target_remove, target_set

COMPANY, DEPARTMENT, AGENT = "company", "department", "agent"


class TargetForm(forms.Form):
    """A figure, of whom, and how much. The places are those that the person may set."""

    figure = forms.ChoiceField(label=gettext_lazy("Figure"), choices=TargetFigure.choices)
    place = forms.ChoiceField(label=gettext_lazy("Of"))
    value = forms.IntegerField(label=gettext_lazy("Value"), min_value=0, max_value=MOST)

    def __init__(self, *args: object, user: User, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        is_all, departments, agents = target_places(user)
        places = [(COMPANY, _("The whole company"))] if is_all else []
        places += [(f"{DEPARTMENT}:{one.pk}", one.name) for one in departments]
        places += [(f"{AGENT}:{one.pk}", str(one)) for one in agents]
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = places


@console_page
@require_safe
def targets(request: HttpRequest, *, user: User) -> HttpResponse:
    """What is set, and a form for more. For team leads and admins."""
    target_need(user)
    context = {
        "targets": target_list_for(user=user),
        "form": TargetForm(user=user, auto_id="target-%s"),
        "may_right": user.role == Role.ADMIN,
        "hears_own": agents_hear_own(),
        "title": _("Targets"),
    }
    return render_work(request, "console/day/targets.html", context)


@console_command
def save(request: HttpRequest, *, user: User) -> HttpResponse:
    """Set one target."""
    target_need(user)
    form = TargetForm(request.POST, user=user)
    if not form.is_valid():
        messages.error(request, _("Choose a figure and a place, and give a whole number."))
        return redirect("console:targets-set")
    kind, _colon, pk = form.cleaned_data["place"].partition(":")
    try:
        target_set(
            user=user,
            figure=form.cleaned_data["figure"],
            value=form.cleaned_data["value"],
            department_id=int(pk) if kind == DEPARTMENT else None,
            agent_id=int(pk) if kind == AGENT else None,
        )
    except HuawuError as error:
        messages.error(request, str(error.text))
    else:
        messages.success(request, _("Saved."))
    return redirect("console:targets-set")


@console_command
def remove(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take one target away."""
    target_remove(user=user, pk=pk)
    messages.success(request, _("Removed. What is set above it holds again."))
    return redirect("console:targets-set")


@console_command
def hear_own(request: HttpRequest, *, user: User) -> HttpResponse:
    """Say whether agents may hear their own recordings."""
    agents_hear_own_set(user=user, is_allowed=request.POST.get("is_allowed") == "1")
    messages.success(request, _("Saved."))
    return redirect("console:targets-set")
