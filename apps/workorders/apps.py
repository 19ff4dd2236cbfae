"""Register the work orders app."""

from django.apps import AppConfig


class WorkOrdersConfig(AppConfig):
    """The work orders app."""

    name = "apps.workorders"
