"""Tables of inspections."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.console.columns import TimeColumn
from apps.console.quality.texts import points
from apps.console.tables import ATTRS
from apps.quality.models import Inspection


class InspectionTable(tables.Table):
    """Inspections; the first column opens one."""

    pk = tables.Column(
        verbose_name=_("Number"), linkify=("console:inspection", {"pk": tables.A("pk")})
    )
    call = TimeColumn(
        verbose_name=_("Call"), accessor="call__started_at", format="Y-m-d H:i", orderable=True
    )
    agent = tables.Column(verbose_name=_("Agent"), orderable=False)
    version = tables.Column(
        verbose_name=_("Score sheet"), accessor="version__sheet__name", orderable=False
    )
    inspector = tables.Column(
        verbose_name=_("Inspector"), accessor="inspector__display_name", orderable=False
    )
    state = tables.Column(verbose_name=_("State"), orderable=False)
    score = tables.Column(verbose_name=_("Score"), empty_values=())
    published_at = TimeColumn(verbose_name=_("Published"), format="Y-m-d H:i")
    due_on = tables.DateColumn(verbose_name=_("Due"), format="Y-m-d")

    class Meta:
        attrs = ATTRS
        row_attrs = {
            "data-testid": "inspection-row",
            "data-inspection": lambda record: record.pk,
            "data-state": lambda record: record.state,
        }
        empty_text = _("No inspections here.")

    def render_score(self, record: Inspection) -> SafeString | str:
        """Show the score, and that a fatal item was failed."""
        if not record.is_shown:
            return "—"
        if not record.is_fatal:
            return points(record.score)
        mark = '{} <span class="badge text-bg-danger">{}</span>'
        return format_html(mark, points(record.score), _now("Fatal"))
