"""Register the saved views app."""

from django.apps import AppConfig


class SavedViewsConfig(AppConfig):
    """Filters of a list that people keep by a name, and the columns that they look at."""

    name = "apps.saved_views"
