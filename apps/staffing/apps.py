"""Register the staffing app."""

from django.apps import AppConfig


class StaffingConfig(AppConfig):
    """Forecasts of a queue's calls, and how many seats they need."""

    name = "apps.staffing"
