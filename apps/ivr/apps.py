"""Register the ivr app."""

from django.apps import AppConfig


class IvrConfig(AppConfig):
    """The ivr app."""

    name = "apps.ivr"
