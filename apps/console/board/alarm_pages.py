"""Alarms: those that are on and were, acknowledging, and the rules."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.alarms.choices import Metric, Severity
from apps.alarms.errors import RuleFaultError
from apps.alarms.models import AlarmRule
from apps.alarms.selectors import (
    MAY_CHANGE,
    alarm_list_for,
    rule_get_for,
    rule_list_for,
    rule_queues_for,
    rules_need,
)
from apps.alarms.services import RuleChoice, alarm_acknowledge, rule_delete, rule_save
from apps.console.access import console_command, console_page, render_work
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.ivr.models import Calendar

MOST_ROWS = 200


class RuleForm(forms.Form):
    """A rule; what fits together the service decides."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    metric = forms.ChoiceField(label=gettext_lazy("Figure"), choices=Metric.choices)
    queue = forms.TypedChoiceField(
        label=gettext_lazy("Queue"), coerce=int, empty_value=None, required=False
    )
    raise_at = forms.FloatField(
        label=gettext_lazy("Raise at"),
        help_text=gettext_lazy(
            "At or beyond it the alarm begins: from it upward, of the service level and of ready "
            "agents from it downward."
        ),
    )
    raise_after_s = forms.IntegerField(
        label=gettext_lazy("… for so many seconds"), min_value=0, max_value=3600, initial=15
    )
    clear_at = forms.FloatField(
        label=gettext_lazy("Over at"),
        help_text=gettext_lazy(
            "Back at it the alarm ends. Between the two nothing changes, so that a value that "
            "trembles raises one alarm."
        ),
    )
    clear_after_s = forms.IntegerField(
        label=gettext_lazy("… for so many seconds"), min_value=0, max_value=3600, initial=30
    )
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=Severity.choices)
    has_sound = forms.BooleanField(
        label=gettext_lazy("Sound on the board"), required=False, initial=True
    )
    calendar = forms.TypedChoiceField(
        label=gettext_lazy("Only in the hours of"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("Outside of them nothing is raised."),
    )
    emails = forms.CharField(
        label=gettext_lazy("E-mail to"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Addresses, parted by commas."),
    )
    webhook_url = forms.CharField(
        label=gettext_lazy("Webhook"),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "An address of yours that is told by a signed POST. Its secret is shown once, when "
            "the address is set or changed."
        ),
    )
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)

    def __init__(self, user: User, *arguments: Any, **values: Any) -> None:
        """Offer the queues and calendars that the person may choose."""
        super().__init__(*arguments, **values)
        queues = [(one.pk, str(one)) for one in rule_queues_for(user)]
        calendars = [(one.pk, one.name) for one in Calendar.objects.order_by("name")]
        self.fields["queue"].choices = [("", _("All queues together")), *queues]  # type: ignore[attr-defined]  # a choice field
        self.fields["calendar"].choices = [("", _("Always")), *calendars]  # type: ignore[attr-defined]  # as above
        for field in self.fields.values():
            kind = field.widget
            is_box, is_choice = (
                isinstance(kind, one) for one in (forms.CheckboxInput, forms.Select)
            )
            name = "form-check-input" if is_box else "form-select" if is_choice else "form-control"
            kind.attrs["class"] = name

    @property
    def choice(self) -> RuleChoice:
        """Return what was asked for."""
        values = dict(self.cleaned_data)
        emails = tuple(values.pop("emails").replace(";", ",").split(","))
        return RuleChoice(**values, emails=emails)


@console_page
@require_safe
def alarms(request: HttpRequest, *, user: User) -> HttpResponse:
    """The alarms that are on, and the history, newest first."""
    found = alarm_list_for(user=user)
    context = {
        "open": found.filter(cleared_at=None),
        "past": found.exclude(cleared_at=None)[:MOST_ROWS],
        "may_change": user.role in MAY_CHANGE,
        "title": _("Alarms"),
    }
    return render_work(request, "console/board/alarms.html", context)


@console_command
def acknowledge(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Say that one looks after an alarm."""
    alarm_acknowledge(user=user, pk=pk)
    return HttpResponse(status=204, headers={"HX-Refresh": "false"})


@console_page
@require_safe
def rules(request: HttpRequest, *, user: User) -> HttpResponse:
    """The rules of the person's queues."""
    context = {
        "rules": rule_list_for(user=user),
        "may_change": user.role in MAY_CHANGE,
        "title": _("Alarm rules"),
    }
    return render_work(request, "console/board/rules.html", context)


@console_page
def rule_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make a rule."""
    rules_need(user)
    return _form(request, user, None)


@console_page
def rule(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Change a rule."""
    rules_need(user)
    return _form(request, user, rule_get_for(user=user, pk=pk))


def _form(request: HttpRequest, user: User, found: AlarmRule | None) -> HttpResponse:
    form = RuleForm(user, request.POST or None, initial=_initial(found))
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            saved, secret = rule_save(user=user, choice=form.choice, pk=found.pk if found else None)
        except RuleFaultError as error:
            form.add_error(error.field, str(error.said))
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            form.add_error(None, str(error.text))
        else:
            if not secret:
                messages.success(request, _("Saved."))
                return redirect("console:alarm-rules")
            found = saved
    context = {"form": form, "found": found, "secret": secret, "title": _("Alarm rule")}
    return render_work(request, "console/board/rule.html", context)


def _initial(found: AlarmRule | None) -> dict[str, Any]:
    if found is None:
        return {}
    plain = {name: getattr(found, name) for name in RuleForm.base_fields}
    return {**plain, "queue": found.queue_id, "calendar": found.calendar_id}


@console_page
def rule_remove(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Ask, then delete a rule."""
    rules_need(user)
    found = rule_get_for(user=user, pk=pk)
    if request.method == "POST":
        rule_delete(user=user, pk=pk)
        messages.success(request, _("Deleted."))
        return redirect("console:alarm-rules")
    context = {"found": found, "title": _("Delete the rule")}
    return render_work(request, "console/board/rule_delete.html", context)
