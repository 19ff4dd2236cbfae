"""Register the tenants app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The tenants app."""

    name = "apps.tenants"
