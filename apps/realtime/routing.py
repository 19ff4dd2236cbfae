"""Addresses of WebSockets."""

from django.urls import path

from apps.realtime.board_consumers import BoardConsumer, WallConsumer
from apps.realtime.consumers import DeskConsumer

websocket_urlpatterns = [
    path("ws/desk/", DeskConsumer.as_asgi()),
    path("ws/board/", BoardConsumer.as_asgi()),
    path("ws/board/wall/", WallConsumer.as_asgi()),
]
