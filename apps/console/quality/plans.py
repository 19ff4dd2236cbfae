"""Pages of sampling plans: the list, the form, and a draw that is looked at before it is made."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.models import Department, User
from apps.console.access import console_page, render_work
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.quality.choices import PlanKind, PlanPeriod
from apps.quality.drawing import Preview, last_period, plan_preview, plan_run, this_period
from apps.quality.models import Plan, Sheet
from apps.quality.plans import (
    LONGEST_TALK_S,
    MOST_COUNT,
    MOST_DUE_DAYS,
    MOST_SCORE,
    MOST_SEED,
    PlanValues,
    plan_save,
)
from apps.quality.selectors import (
    inspector_list,
    manage_need,
    plan_departments,
    plan_get_for,
    plan_list_for,
    version_newest,
)
from apps.recordings.models import SoundReason

SHOWN = 200


class PlanForm(forms.Form):
    """What a plan says."""

    name = forms.CharField(label=_("Name"), max_length=100)
    sheet = forms.ModelChoiceField(label=_("Score sheet"), queryset=Sheet.objects.none())
    kind = forms.ChoiceField(label=_("Which calls"), choices=PlanKind.choices)
    count = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=MOST_COUNT,
        initial=2,
        help_text=_("Of each agent, or of all together when drawn otherwise."),
    )
    period = forms.ChoiceField(
        label=_("How often"), choices=PlanPeriod.choices, initial=PlanPeriod.WEEK
    )
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("The whole company"),
    )
    inspectors = forms.MultipleChoiceField(
        label=_("Inspectors"), widget=forms.CheckboxSelectMultiple
    )
    queue_number = forms.CharField(
        label=_("Queue number"),
        max_length=10,
        required=False,
        help_text=_("Only calls of this queue; needed when drawn by queue."),
    )
    reason = forms.ChoiceField(
        label=_("Stands out by"),
        required=False,
        choices=[("", _("Any reason")), *SoundReason.choices],
    )
    score_up_to = forms.IntegerField(
        label=_("Survey score up to"),
        required=False,
        min_value=0,
        max_value=MOST_SCORE,
        help_text=_("Empty: what the survey itself calls bad."),
    )
    least_talk_s = forms.IntegerField(
        label=_("Shortest recording in seconds"), min_value=0, max_value=LONGEST_TALK_S, initial=30
    )
    due_days = forms.IntegerField(
        label=_("Days to inspect"), min_value=1, max_value=MOST_DUE_DAYS, initial=7
    )
    seed = forms.IntegerField(
        label=_("Seed of the draw"),
        min_value=0,
        max_value=MOST_SEED,
        initial=1,
        help_text=_("The same seed draws the same calls of the same period."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert user.tenant_id is not None  # noqa: S101 - the console has only people of companies
        allowed = plan_departments(user)
        fields: dict[str, Any] = self.fields
        fields["sheet"].queryset = Sheet.objects.filter(is_active=True).order_by("name")
        departments = Department.objects.order_by("name")
        if allowed is not None:
            departments = departments.filter(pk__in=allowed)
            fields["department"].required = True
            fields["department"].empty_label = None
        fields["department"].queryset = departments
        fields["inspectors"].choices = [
            (str(one.pk), f"{one.username} {one.display_name}")
            for one in inspector_list(user.tenant_id)
        ]
        for name, field in fields.items():
            if name not in ("inspectors", "is_active"):
                is_choice = isinstance(field, forms.ChoiceField)
                field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    def values(self) -> PlanValues:
        """Return what was asked for; only of a valid form."""
        kept = self.cleaned_data
        department = kept["department"]
        return PlanValues(
            name=kept["name"],
            sheet=kept["sheet"],
            kind=kept["kind"],
            period=kept["period"],
            count=kept["count"],
            inspectors=[int(pk) for pk in kept["inspectors"]],
            department_id=department.pk if department else None,
            queue_number=kept["queue_number"],
            reason=kept["reason"],
            score_up_to=kept["score_up_to"],
            least_talk_s=kept["least_talk_s"],
            due_days=kept["due_days"],
            seed=kept["seed"],
            is_active=kept["is_active"],
        )


@console_page
@require_safe
def plans(request: HttpRequest, *, user: User) -> HttpResponse:
    """The plans that the person may change."""
    rows = plan_list_for(user=user).prefetch_related("inspectors__user", "runs")
    context = {"rows": rows, "title": _now("Sampling plans")}
    return render_work(request, "console/quality/plans.html", context)


@console_page
def plan_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make a plan."""
    manage_need(user)
    return _form(request, user, None)


@console_page
def plan(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Change a plan."""
    return _form(request, user, plan_get_for(user=user, pk=pk))


def _form(request: HttpRequest, user: User, found: Plan | None) -> HttpResponse:
    form = PlanForm(request.POST or None, user=user, initial=_initial(found, user))
    if request.method == "POST" and form.is_valid():
        try:
            saved = plan_save(user=user, values=form.values(), plan=found)
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            form.add_error(None, str(error.text))
        else:
            messages.success(request, _now("Saved."))
            return redirect("console:quality-draw", pk=saved.pk)
    context = {
        "form": form,
        "plan": found,
        "title": found.name if found else _now("New sampling plan"),
    }
    return render_work(request, "console/quality/plan.html", context)


def _initial(found: Plan | None, user: User) -> dict[str, Any]:
    if found is None:
        return {"department": user.department_id if plan_departments(user) is not None else None}
    names = (
        "name",
        "sheet",
        "kind",
        "count",
        "period",
        "department",
        "queue_number",
        "reason",
        "score_up_to",
        "least_talk_s",
        "due_days",
        "seed",
        "is_active",
    )
    chosen = [str(row.user_id) for row in found.inspectors.all()]
    return {name: getattr(found, name) for name in names} | {"inspectors": chosen}


@console_page
def draw(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """What the plan would draw; POST draws it. `?which=this` is the period that is not over."""
    found = plan_get_for(user=user, pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    is_this = asked.get("which") == "this"
    today = timezone.localdate()
    first, last = (this_period if is_this else last_period)(found, today)
    if request.method == "POST":
        try:
            run = plan_run(plan=found, first=first, last=last, user=user)
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            text = _now("Drawn: %(count)s inspections are on the inspectors' lists.")
            messages.success(request, text % {"count": run.drawn})
        return redirect("console:quality-draw", pk=pk)
    preview = plan_preview(plan=found, first=first, last=last)
    context = {
        "plan": found,
        "preview": preview,
        "is_this": is_this,
        "picks": _picks(preview),
        "loads": [
            (preview.inspectors[person].display_name, preview.draw.loads.get(person, 0))
            for person in preview.inspectors
        ],
        "more": max(0, len(preview.draw.picks) - SHOWN),
        "runs": found.runs.select_related("ran_by")[:20],
        "has_version": version_newest(found.sheet) is not None,
        "title": _now("Draw of “%(name)s”") % {"name": found.name},
    }
    return render_work(request, "console/quality/draw.html", context)


def _picks(preview: Preview) -> list[dict[str, Any]]:
    return [
        {
            "recording": preview.recordings[one.recording],
            "inspector": preview.inspectors[person].display_name,
        }
        for one, person in preview.draw.picks[:SHOWN]
    ]
