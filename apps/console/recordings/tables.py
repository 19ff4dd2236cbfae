"""The list of recordings."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.selectors import number_for
from apps.calls.cards import other_number
from apps.console.columns import TimeColumn
from apps.console.tables import ATTRS, seconds
from apps.recordings.choices import RecordingState
from apps.recordings.models import Recording
from apps.switchboard.templatetags.dial import person_of

ZIP_FORM = "recordings-zip"


class RecordingTable(tables.Table):
    """Recordings, newest first; the time opens one, the box chooses it for a download."""

    choose = tables.Column(verbose_name="", empty_values=(), orderable=False)
    started_at = TimeColumn(verbose_name=_("Time"), format="Y-m-d H:i:s")
    agent = tables.Column(verbose_name=_("Agent"), orderable=False)
    number = tables.Column(verbose_name=_("Number"), empty_values=(), orderable=False)
    customer = tables.Column(verbose_name=_("Customer"), accessor="call__customer", orderable=False)
    queue = tables.Column(verbose_name=_("Queue"), accessor="call__queue_number", orderable=False)
    duration_ms = tables.Column(verbose_name=_("Length"), orderable=False)
    state = tables.Column(verbose_name=_("State"), orderable=False)
    why = tables.Column(verbose_name=_("Stands out by"), empty_values=(), orderable=False)

    class Meta:
        attrs = ATTRS
        row_attrs = {
            "data-testid": "recording-row",
            "data-recording": lambda record: record.pk,
            "data-state": lambda record: record.state,
        }
        empty_text = _(
            "No recording fits. A recording appears here as soon as an agent answers a call."
        )

    def render_choose(self, record: Recording) -> SafeString:
        """Show a box for what can be downloaded."""
        if not record.is_playable:
            return SafeString("")
        return format_html(
            '<input class="form-check-input" type="checkbox" name="pk" value="{}" form="{}" '
            'aria-label="{} {}" data-testid="recording-choose">',
            record.pk,
            ZIP_FORM,
            gettext("Choose recording"),
            record.pk,
        )

    def render_started_at(self, record: Recording, value: object, column: TimeColumn) -> SafeString:
        """Link to the recording's page."""
        address = reverse("console:recording", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, TimeColumn.render(column, value))  # type: ignore[arg-type]  # a datetime

    def render_number(self, record: Recording) -> str:
        """Show the other side's number as the person may see it."""
        user = person_of(getattr(self, "context", {}))
        return number_for(user, other_number(record.call))

    def render_duration_ms(self, value: int) -> str:
        """Show minutes and seconds."""
        return seconds(value)

    def render_state(self, record: Recording) -> SafeString:
        """Show the state, why it is not whole, and what troubles its copy."""
        is_bad = record.state in (RecordingState.MISSING, RecordingState.CUT)
        sign = format_html('<span aria-hidden="true">{}</span> ', "⚠") if is_bad else ""
        more = [record.get_fault_display(), record.get_trouble_display()]
        return format_html(
            "{}{}{}",
            sign,
            record.get_state_display(),
            format_html_join("", " · {}", ((one,) for one in more if one)),
        )

    def render_why(self, record: Recording) -> str:
        """Show every reason in words."""
        sound = getattr(record, "sound", None)
        return " · ".join(sound.reason_names) if sound else ""
