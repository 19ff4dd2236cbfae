"""Register the numbers app."""

from django.apps import AppConfig


class NumbersConfig(AppConfig):
    """The numbers app."""

    name = "apps.numbers"
