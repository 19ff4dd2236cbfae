"""Register the customers app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """The customers app."""

    name = "apps.customers"
