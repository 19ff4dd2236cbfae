"""Who is away and who stands in for him."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.core.errors import HuawuError
from apps.workorders.absences import absence_create, absence_end
from apps.workorders.selectors import absence_list_for, work_order_people

MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
MOST_ROWS = 200


class PersonField(forms.ModelChoiceField[User]):
    """A choice of people by name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return name and login."""
        return f"{obj.display_name} ({obj.username})"


class AbsenceForm(forms.Form):
    """Who, from when to when, and who stands in."""

    person = PersonField(queryset=User.objects.none(), label=gettext_lazy("Who is away"))
    stand_in = PersonField(queryset=User.objects.none(), label=gettext_lazy("Who stands in"))
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From"),
        input_formats=MOMENTS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}),
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("To"),
        input_formats=MOMENTS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = work_order_people(user.tenant_id or 0)
        for name in ("person", "stand_in"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            own = name == "person" and user.role != Role.ADMIN
            field.queryset = people.filter(pk=user.pk) if own else people
            field.widget.attrs["class"] = "form-select"


@console_page
def absence_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """Show who is away; POST says that somebody is."""
    form = AbsenceForm(request.POST or None, user=user, initial={"person": user.pk})
    if request.method == "POST" and form.is_valid():
        try:
            absence_create(user=user, **form.cleaned_data)
        except HuawuError as error:
            form.add_error(None, str(error.text))
        else:
            messages.success(request, _("Saved. Work orders reach the stand-in in this time."))
            return redirect("console:absence-list")
    now = timezone.now()
    context = {
        "form": form,
        "rows": [
            {
                "row": row,
                "is_over": row.ends_at <= now,
                "may_end": row.ends_at > now
                and (row.person_id == user.pk or user.role == Role.ADMIN),
            }
            for row in absence_list_for(user=user)[:MOST_ROWS]
        ],
        "title": _("Absences and stand-ins"),
    }
    return render_work(
        request, "console/work_orders/absences.html", context, is_refused=bool(form.errors)
    )


@console_command
def absence_stop(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """End an absence now, or take it back."""
    absence_end(user=user, pk=pk, now=timezone.now())
    messages.success(request, _("The absence has ended."))
    return redirect("console:absence-list")
