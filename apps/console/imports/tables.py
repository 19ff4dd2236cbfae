"""Tables of imports and exports."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.console.tables import ATTRS
from apps.imports.exports import source_label
from apps.imports.models import ExportRun, ImportRun
from apps.imports.targets import target_get


class ImportTable(tables.Table):
    """Imports, newest first; the time and file open one."""

    created_at = tables.DateTimeColumn(
        verbose_name=_("Time"),
        format="m-d H:i",
        linkify=("console:import", {"pk": tables.A("pk")}),
    )
    file_name = tables.Column(
        verbose_name=_("File"), linkify=("console:import", {"pk": tables.A("pk")})
    )
    target = tables.Column(verbose_name=_("Into"))
    state = tables.Column(verbose_name=_("State"))
    created = tables.Column(verbose_name=_("created"))
    updated = tables.Column(verbose_name=_("updated"))
    skipped = tables.Column(verbose_name=_("skipped"))
    failed = tables.Column(verbose_name=_("failed"))
    user = tables.Column(verbose_name=_("Asked by"), accessor="user__display_name")

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "import-row", "data-state": lambda record: record.state}
        empty_text = _("Nothing imported yet. Upload a CSV or XLSX file.")

    def render_target(self, value: str) -> str:
        """Show the target's name."""
        return str(target_get(value).label)

    def render_state(self, record: ImportRun) -> str:
        """Show the job beside what it is at."""
        if record.is_open:
            return f"{record.get_job_display()}: {record.get_state_display()} {record.percent} %"
        return str(record.get_state_display())


class ExportTable(tables.Table):
    """A person's exports, newest first."""

    created_at = tables.DateTimeColumn(
        verbose_name=_("Time"),
        format="m-d H:i",
        linkify=("console:export", {"pk": tables.A("pk")}),
    )
    source = tables.Column(verbose_name=_("List"))
    kind = tables.Column(verbose_name=_("Format"))
    state = tables.Column(verbose_name=_("State"))
    rows_read = tables.Column(verbose_name=_("Rows"))

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "export-row", "data-state": lambda record: record.state}
        empty_text = _("Nothing exported yet. The lists have a button for it.")

    def render_source(self, value: str) -> str:
        """Show the list's name."""
        return source_label(value)

    def render_state(self, record: ExportRun) -> str:
        """Show how far it is."""
        shown = str(record.get_state_display())
        return f"{shown} {record.percent} %" if record.is_open else shown


class ImportedRowTable(tables.Table):
    """What an import made and changed, in the file's order."""

    number = tables.Column(verbose_name=_("Row"))
    outcome = tables.Column(verbose_name=_("Outcome"))
    object_id = tables.Column(verbose_name=_("Entry"))

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "imported-row"}
        empty_text = _("No row was kept.")

    def render_outcome(self, value: str) -> str:
        """Say it in words."""
        return {"created": str(_("created")), "updated": str(_("updated"))}.get(value, value)
