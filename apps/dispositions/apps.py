"""Register the dispositions app."""

from django.apps import AppConfig


class DispositionsConfig(AppConfig):
    """How calls ended, in the company's own words, and what is to be done after them."""

    name = "apps.dispositions"
