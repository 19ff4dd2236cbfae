"""Register the toolbar app."""

from django.apps import AppConfig


class ToolbarConfig(AppConfig):
    """The toolbar app."""

    name = "apps.toolbar"
