"""Register the reports app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Rollups of the ledger, and reports made of them."""

    name = "apps.reports"
