"""Tables of the console."""

from typing import Any

import django_tables2 as tables
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.calls.cards import other_number
from apps.calls.models import Call
from apps.console.columns import TimeColumn
from apps.switchboard.dial_buttons import dial_button
from apps.switchboard.templatetags.dial import person_of
from apps.voicemail.models import VoicemailMessage

ATTRS = {"class": "table table-hover align-middle"}


def seconds(value: int | None) -> str:
    """Return milliseconds as m:ss, a dash for None."""
    if value is None:
        return "—"
    whole = round(value / 1000)
    return f"{whole // 60}:{whole % 60:02d}"


def dial_cell(table: tables.Table, number: str, kind: str, pk: int) -> SafeString:
    """Return the number as a button that dials it, as the person who looks may see it."""
    # The context is there while the table is drawn; without one nobody sees more than he may.
    user = person_of(getattr(table, "context", {}))
    return dial_button(user=user, number=number, reference=f"{kind}:{pk}")


class CallTable(tables.Table):
    """Calls, newest first; the first column opens the call."""

    started_at = TimeColumn(
        verbose_name=_("Time"), format="m-d H:i:s", linkify=("console:call", {"pk": tables.A("pk")})
    )
    direction = tables.Column(verbose_name=_("Direction"))
    other = tables.Column(verbose_name=_("Number"), empty_values=(), orderable=False)
    customer = tables.Column(verbose_name=_("Customer"), orderable=False)
    queue_number = tables.Column(verbose_name=_("Queue"))
    agent = tables.Column(verbose_name=_("Agent"), orderable=False)
    wait_ms = tables.Column(verbose_name=_("Wait"))
    talk_ms = tables.Column(verbose_name=_("Talk"))
    outcome = tables.Column(verbose_name=_("Outcome"))
    disposition = tables.Column(
        verbose_name=_("Disposition"), empty_values=(), accessor="pk", orderable=False
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-call": lambda record: record.pk, "data-testid": "call-row"}
        empty_text = _("No calls yet. They appear here as soon as the first one comes in.")

    def __init__(self, *args: Any, paths: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """`paths` are the texts of dispositions by id where the page knows them."""
        super().__init__(*args, **kwargs)
        self.paths = paths or {}

    def render_other(self, record: Call) -> SafeString:
        """Show the other side's number as a button that dials it."""
        number = other_number(record)
        return dial_cell(self, number, "call", record.pk)

    def render_disposition(self, record: Call) -> str:
        """Show the path; a pencil beside it says that there is a note."""
        kept = getattr(record, "disposition", None)
        if kept is None:
            shown = "—"
        else:
            shown = str(self.paths.get(str(kept.disposition_id)) or kept.disposition)
        return f"{shown} ✎" if record.note else shown

    def render_wait_ms(self, value: int) -> str:
        """Show minutes and seconds."""
        return seconds(value)

    def render_talk_ms(self, value: int) -> str:
        """Show minutes and seconds."""
        return seconds(value)


class VoicemailTable(tables.Table):
    """Messages with a player and what can be done with them."""

    left_at = tables.DateTimeColumn(
        verbose_name=_("Time"),
        format="m-d H:i",
        linkify=("console:voicemail-message", {"pk": tables.A("pk")}),
    )
    box = tables.Column(verbose_name=_("Box"))
    caller = tables.Column(verbose_name=_("Number"))
    customer = tables.Column(verbose_name=_("Customer"))
    duration_ms = tables.Column(verbose_name=_("Length"))
    state = tables.Column(verbose_name=_("State"))
    claimed_by = tables.Column(verbose_name=_("Agent"))
    listen = tables.TemplateColumn(
        template_name="console/voicemail_actions.html",
        verbose_name=_("Message"),
        orderable=False,
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {
            "data-testid": "voicemail-row",
            "data-message": lambda record: record.pk,
            # In bold until somebody has listened.
            "class": lambda record: "" if record.heard_at else "fw-bold",
        }
        empty_text = _("No messages.")

    def render_box(self, record: VoicemailMessage) -> str:
        """Show the queue's or agent's number."""
        return record.box_number

    def render_caller(self, value: str, record: VoicemailMessage) -> SafeString:
        """Show the number as a button that dials it."""
        return dial_cell(self, value, "voicemail", record.pk)

    def render_duration_ms(self, value: int) -> str:
        """Show minutes and seconds."""
        return seconds(value)
