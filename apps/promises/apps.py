"""Register the promises app."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    """The promises of the service, measured from ledger and heartbeats."""

    name = "apps.promises"
