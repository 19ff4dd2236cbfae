"""Register the acd app."""

from django.apps import AppConfig


class AcdConfig(AppConfig):
    """The acd app."""

    name = "apps.acd"
