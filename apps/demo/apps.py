"""Register the demo app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo company of `make demo`."""

    name = "apps.demo"
