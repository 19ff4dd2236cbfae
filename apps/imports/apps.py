"""Register the imports app."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """The imports app."""

    name = "apps.imports"

    def ready(self) -> None:
        """Make our own targets and lists known."""
        from apps.imports import exports
        from apps.imports.blacklist_target import BlacklistTarget
        from apps.imports.customer_export import CustomersExport
        from apps.imports.customers_target import CustomersTarget
        from apps.imports.person_export import PersonExport
        from apps.imports.targets import register

        register(CustomersTarget())
        register(BlacklistTarget())
        exports.register(CustomersExport())
        exports.register_file(PersonExport())
