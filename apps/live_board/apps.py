"""Register the live board."""

from django.apps import AppConfig


class LiveBoardConfig(AppConfig):
    """What goes on now, for pages and for screens on the wall."""

    name = "apps.live_board"
