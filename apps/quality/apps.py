"""Register the quality app."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """The quality app."""

    name = "apps.quality"
