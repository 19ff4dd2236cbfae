"""Addresses of WebSockets."""

from django.urls import path

from apps.realtime.consumers import DeskConsumer

websocket_urlpatterns = [path("ws/desk/", DeskConsumer.as_asgi())]
