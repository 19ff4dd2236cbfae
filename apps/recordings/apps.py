"""Register the recordings app."""

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """The recordings app."""

    name = "apps.recordings"
