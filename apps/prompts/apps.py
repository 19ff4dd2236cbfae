"""Register the prompts app."""

from django.apps import AppConfig


class PromptsConfig(AppConfig):
    """The prompts app."""

    name = "apps.prompts"
