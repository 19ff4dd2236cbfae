"""Register the call operations."""

from django.apps import AppConfig


class CallControlConfig(AppConfig):
    """Hold, consult, transfer, conference."""

    name = "apps.call_control"
