"""Register the workday app."""

from django.apps import AppConfig


class WorkdayConfig(AppConfig):
    """An agent's day: his figures, what he is to reach, and what the team does on average."""

    name = "apps.workday"
