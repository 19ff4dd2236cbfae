"""Register the calls app."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """The calls app."""

    name = "apps.calls"
