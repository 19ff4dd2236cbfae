"""Flows, entry points and calendars in Django admin; flows are drawn in the console."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.tenant_admin import TenantAdmin, TenantForm
from apps.ivr import lookup_admin as lookup_admin  # registers its pages
from apps.ivr.models import (
    Calendar,
    CalendarDate,
    EntryPoint,
    Flow,
    FlowVersion,
    OverrideState,
    QueueHours,
)
from apps.ivr.services import (
    FlowRefusedError,
    OverridePastError,
    calendar_override,
    flow_publish,
    flow_roll_back,
)

OVERRIDE_FIELDS = ("override", "override_until", "override_reason")


class FlowVersionInline(admin.TabularInline[Any, Any]):
    """Published versions, which nobody changes."""

    model = FlowVersion
    extra = 0
    fields = ("number", "published_at", "published_by")
    readonly_fields = fields
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Versions come from publishing only."""
        return False


@admin.register(Flow)
class FlowAdmin(TenantAdmin):
    """The company's flows."""

    list_display = ("name", "version_in_force")
    inlines = (FlowVersionInline,)
    actions = ("publish_draft", "roll_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flow]:
        """Return the flows, each with the number of its newest version."""
        flows: QuerySet[Flow] = super().get_queryset(request)
        return flows.annotate(newest=Max("versions__number"))

    @admin.display(description=_("version in force"), empty_value="-")
    def version_in_force(self, flow: Any) -> int | None:
        """Return the number of the newest version."""
        newest: int | None = flow.newest
        return newest

    @admin.action(description=_("Publish the draft"), permissions=["change"])
    def publish_draft(self, request: HttpRequest, queryset: QuerySet[Flow]) -> None:
        """Publish; say of each flow its new version, or why it is refused."""
        for flow in queryset:
            publish = partial(flow_publish, flow=flow, document=flow.draft, must_differ=True)
            self._say(request, flow, publish)

    @admin.action(description=_("Roll back to the version before"), permissions=["change"])
    def roll_back(self, request: HttpRequest, queryset: QuerySet[Flow]) -> None:
        """Publish the document before the newest again."""
        for flow in queryset:
            newest = list(flow.versions.order_by("-number")[:2])
            if len(newest) < 2:
                text = _("%(flow)s has no version before this one.") % {"flow": flow}
                self.message_user(request, text, messages.ERROR)
                continue
            number = newest[1].number
            self._say(request, flow, partial(flow_roll_back, flow=flow, number=number))

    def _say(self, request: HttpRequest, flow: Flow, publish: Callable[..., FlowVersion]) -> None:
        try:
            version = publish(user=request.user)
        except FlowRefusedError as error:
            text = _("%(flow)s was not published: %(why)s") % {"flow": flow, "why": error.detail}
            self.message_user(request, text, messages.ERROR)
            return
        text = _("%(flow)s: version %(number)s is in force.") % {
            "flow": flow,
            "number": version.number,
        }
        self.message_user(request, text, messages.SUCCESS)


@admin.register(EntryPoint)
class EntryPointAdmin(TenantAdmin):
    """Which flow answers which number."""

    list_display = ("did", "flow", "rule_set", "fallback_queue")


class CalendarForm(TenantForm):
    """A calendar with its switch; an end in the past is refused when it is new."""

    class Meta:
        model = Calendar
        # The rest is the admin page's, as with customers.
        fields = ("name",)

    def clean(self) -> dict[str, Any] | None:
        """Look at the switch, which the service refuses otherwise."""
        cleaned = super().clean()
        until = self.cleaned_data.get("override_until")
        is_changed = not {"override", "override_until"}.isdisjoint(self.changed_data)
        is_set = self.cleaned_data.get("override") != OverrideState.NONE
        if is_changed and is_set and until is not None and until <= timezone.now():
            self.add_error("override_until", str(OverridePastError.text))
        return cleaned


class CalendarDateInline(admin.TabularInline[Any, Any]):
    """Dates with hours of their own."""

    model = CalendarDate
    extra = 1
    fields = ("on", "periods", "note")


class QueueHoursInline(admin.TabularInline[Any, Any]):
    """The queues that are closed when the calendar is."""

    model = QueueHours
    extra = 1
    fields = ("queue",)


@admin.register(Calendar)
class CalendarAdmin(TenantAdmin):
    """The company's calendars and the switch."""

    form = CalendarForm
    list_display = ("name", "time_zone", "follows_holidays", "override", "override_until")
    readonly_fields = ("override_by",)
    inlines = (CalendarDateInline, QueueHoursInline)
    actions = ("close_now", "open_now", "as_planned")
    fieldsets = (
        (None, {"fields": ("name", "time_zone", "follows_holidays")}),
        (
            _("Weekly plan"),
            {
                "fields": (
                    "monday",
                    "tuesday",
                    "wednesday",
                    "thursday",
                    "friday",
                    "saturday",
                    "sunday",
                )
            },
        ),
        (_("Switch"), {"fields": (*OVERRIDE_FIELDS, "override_by")}),
    )

    def save_model(self, request: HttpRequest, obj: Calendar, form: Any, change: bool) -> None:
        """Save; the switch goes through its service, which writes who did it."""
        super().save_model(request, obj, form, change)
        if not set(OVERRIDE_FIELDS).isdisjoint(form.changed_data):
            calendar_override(
                calendar=obj,
                state=OverrideState(obj.override),
                until=obj.override_until,
                reason=obj.override_reason,
                actor=request.user,  # type: ignore[arg-type]  # the admin asks for a sign-in
            )

    @admin.action(description=_("Closed now, until taken back"), permissions=["change"])
    def close_now(self, request: HttpRequest, queryset: QuerySet[Calendar]) -> None:
        """Close."""
        self._switch(request, queryset, OverrideState.CLOSED)

    @admin.action(description=_("Open now, until taken back"), permissions=["change"])
    def open_now(self, request: HttpRequest, queryset: QuerySet[Calendar]) -> None:
        """Open."""
        self._switch(request, queryset, OverrideState.OPEN)

    @admin.action(description=_("Back to the plan"), permissions=["change"])
    def as_planned(self, request: HttpRequest, queryset: QuerySet[Calendar]) -> None:
        """Take the override back."""
        self._switch(request, queryset, OverrideState.NONE)

    @staticmethod
    def _switch(request: HttpRequest, calendars: QuerySet[Calendar], state: OverrideState) -> None:
        for calendar in calendars:
            calendar_override(calendar=calendar, state=state, actor=request.user)  # type: ignore[arg-type]  # as above
