"""Register the switchboard app."""

from django.apps import AppConfig


class SwitchboardConfig(AppConfig):
    """Who may dial what, which number is shown, and how an agent's phone behaves."""

    name = "apps.switchboard"
