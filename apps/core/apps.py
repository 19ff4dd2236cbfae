"""Register the core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core app."""

    name = "apps.core"
