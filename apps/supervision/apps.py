"""Register the supervision app."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """The supervision app."""

    name = "apps.supervision"
