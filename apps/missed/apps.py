"""Register the missed app."""

from django.apps import AppConfig


class MissedConfig(AppConfig):
    """Callers whom nobody answered, and who calls them back."""

    name = "apps.missed"
