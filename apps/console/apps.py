"""Register the console app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The console app."""

    name = "apps.console"

    def ready(self) -> None:
        """Make the lists of our pages known to exports."""
        from apps.console.imports.sources import CallsExport, TasksExport
        from apps.console.reports.background import files_register
        from apps.console.reports.sources import sources_register
        from apps.imports.exports import register

        register(CallsExport())
        register(TasksExport())
        sources_register()
        files_register()
