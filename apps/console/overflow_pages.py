"""A queue's waiting callers on the console: what is said to them, when they go on elsewhere."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.acd.forms import ConditionField
from apps.acd.models import Queue
from apps.acd.overflow_models import OverflowRule, OverflowThen, OverflowWhen
from apps.acd.overflow_services import (
    RULE_FIELDS,
    SAYS,
    announcements_save,
    may_change,
    queue_get_to_change,
    queue_get_to_look,
    rule_delete,
    rule_get,
    rule_move,
    rule_save,
    rules_of,
)
from apps.console.access import console_page, render_work
from apps.core.errors import ForbiddenError
from apps.prompts.models import PromptKind
from apps.prompts.selectors import prompt_list


def _dress(form: forms.BaseForm) -> None:
    """Give each field the page's looks."""
    for field in form.fields.values():
        kind = "form-control"
        if isinstance(field.widget, forms.CheckboxInput):
            kind = "form-check-input d-block"
        elif isinstance(field.widget, forms.Select):
            kind = "form-select"
        field.widget.attrs["class"] = kind


class SaysForm(forms.ModelForm[Queue]):
    """What the queue says to who waits."""

    class Meta:
        model = Queue
        fields = SAYS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [prompt for prompt in prompt_list() if prompt.revision]
        # Music first; a prompt that was removed meanwhile stays to be seen.
        own.sort(key=lambda prompt: (prompt.kind != PromptKind.MUSIC, prompt.name))
        names = [prompt.name for prompt in own]
        if self.instance.music_prompt and self.instance.music_prompt not in names:
            names.append(self.instance.music_prompt)
        field = Queue._meta.get_field("music_prompt")
        self.fields["music_prompt"] = forms.ChoiceField(
            choices=[("", _("the default music")), *((name, name) for name in names)],
            required=False,
            label=capfirst(field.verbose_name),
            help_text=field.help_text,
        )
        _dress(self)


class RuleForm(forms.ModelForm[OverflowRule]):
    """One overflow rule; which fields count depends on when and where to."""

    class Meta:
        model = OverflowRule
        # A choice of rows needs the company in scope: it is made with each form.
        fields = tuple(name for name in RULE_FIELDS if name != "target_queue")
        field_classes = {"condition": ConditionField}

    def __init__(self, *args: Any, queue: Queue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others: QuerySet[Queue] = Queue.objects.filter(is_active=True).order_by("number")
        target = OverflowRule._meta.get_field("target_queue")
        self.fields["target_queue"] = forms.ModelChoiceField(
            others, required=False, label=capfirst(target.verbose_name), help_text=target.help_text
        )
        self.initial["target_queue"] = self.instance.target_queue_id
        self.order_fields(RULE_FIELDS)
        self.queue = queue
        _dress(self)

    def clean(self) -> dict[str, Any]:
        """Say at the field what is missing for this when and then."""
        found: dict[str, Any] = super().clean() or {}
        when, then = found.get("when"), found.get("then")
        if when in LIMITED and found.get("limit") is None and "limit" not in self.errors:
            self.add_error("limit", _("Give the number of seconds or callers."))
        if then == OverflowThen.QUEUE and found.get("target_queue") in (None, self.queue):
            self.add_error("target_queue", _("Choose another queue."))
        if then == OverflowThen.NUMBER and not found.get("number") and "number" not in self.errors:
            self.add_error("number", _("Give the number to call."))
        return found

    def _post_clean(self) -> None:
        # The service looks at the whole rule, with its queue.
        return


LIMITED = (OverflowWhen.WAITED, OverflowWhen.LENGTH, OverflowWhen.EXPECTED)


def _to_change(user: User, pk: int) -> Queue:
    try:
        return queue_get_to_change(user=user, pk=pk)
    except ForbiddenError as error:
        raise PermissionDenied from error


@console_page
def queue_waiting(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One queue: its overflow rules in their order, and what it says to who waits."""
    queue = queue_get_to_look(user=user, pk=pk)
    form = SaysForm(instance=queue)
    if request.method == "POST":
        queue = _to_change(user, pk)
        form = SaysForm(request.POST, instance=queue)
        if form.is_valid():
            announcements_save(user=user, queue=queue, values=form.cleaned_data)
            messages.success(request, _("Saved. It holds within a few seconds."))
            return redirect("console:queue-waiting", pk=pk)
    if not may_change(user):
        for field in form.fields.values():
            field.disabled = True
    context = {
        "queue": queue,
        "form": form,
        "rules": [(rule, _sentence(rule)) for rule in rules_of(queue)],
        "may_change": may_change(user),
        "title": _("Waiting in %(queue)s") % {"queue": queue},
    }
    return render_work(request, "console/queue_waiting.html", context)


@console_page
def overflow_rule(
    request: HttpRequest, pk: int, rule_pk: int | None = None, *, user: User
) -> HttpResponse:
    """Make or change one rule."""
    queue = _to_change(user, pk)
    rule = rule_get(queue, rule_pk) if rule_pk is not None else None
    form = RuleForm(request.POST or None, instance=rule, queue=queue)
    if request.method == "POST" and form.is_valid():
        try:
            rule_save(user=user, queue=queue, values=form.cleaned_data, pk=rule_pk)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved. It holds within a few seconds."))
            return redirect("console:queue-waiting", pk=pk)
    context = {
        "queue": queue,
        "form": form,
        "rule": rule,
        "title": _("Overflow rule") if rule else _("New overflow rule"),
    }
    return render_work(request, "console/overflow_rule.html", context)


@require_POST
@console_page
def overflow_rule_change(
    request: HttpRequest, pk: int, rule_pk: int, action: str, *, user: User
) -> HttpResponse:
    """Move a rule up or down, or delete it."""
    queue = _to_change(user, pk)
    if action == "delete":
        rule_delete(user=user, queue=queue, pk=rule_pk)
        messages.success(request, _("Deleted."))
    else:
        rule_move(user=user, queue=queue, pk=rule_pk, to=action)
    return redirect("console:queue-waiting", pk=pk)


def _sentence(rule: OverflowRule) -> dict[str, str]:
    """Return when and where to, in words."""
    when, then = rule.get_when_display(), rule.get_then_display()
    if rule.limit is not None:
        when = f"{when} {rule.limit}"
    if rule.condition is not None:
        when = f"{when}: {json.dumps(rule.condition, ensure_ascii=False)}"
    target = str(rule.target_queue) if rule.target_queue else rule.number
    if target:
        then = f"{then}: {target}"
    if rule.keeps_place:
        then = f"{then} ({_('keeps his place')})"
    return {"when": when, "then": then}
