"""Register the alarms."""

from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    """Thresholds on the live board, and who is told."""

    name = "apps.alarms"
