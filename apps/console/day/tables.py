"""Tables of a day."""

import django_tables2 as tables
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.calls.cards import other_number
from apps.console.tables import ATTRS, dial_cell, seconds
from apps.recordings.models import Recording


class OwnRecordingTable(tables.Table):
    """An agent's recordings with a player, newest first; the first column opens the call."""

    started_at = tables.DateTimeColumn(
        verbose_name=_("Time"),
        format="m-d H:i:s",
        linkify=("console:call", {"pk": tables.A("call_id")}),
        orderable=False,
    )
    other = tables.Column(verbose_name=_("Number"), empty_values=(), orderable=False)
    duration_ms = tables.Column(verbose_name=_("Length"), orderable=False)
    listen = tables.TemplateColumn(
        template_name="console/day/player.html", verbose_name=_("Recording"), orderable=False
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "own-recording"}
        empty_text = _("No recordings on these days.")

    def render_other(self, record: Recording) -> SafeString:
        """Show the other side's number as a button that dials it."""
        return dial_cell(self, other_number(record.call), "call", record.call_id)

    def render_duration_ms(self, value: int) -> str:
        """Show minutes and seconds."""
        return seconds(value)
