"""Addresses of the live board, in the console's namespace."""

from django.urls import path

from apps.console.board import alarm_pages, pages, wall_pages

urlpatterns = [
    path("board/", pages.board, name="board"),
    path("board/calls/<int:pk>/number/", pages.number, name="board-number"),
    path("board/wall/", wall_pages.wall, name="wall"),
    path("board/walls/", wall_pages.walls, name="walls"),
    path("board/walls/<int:pk>/revoke/", wall_pages.revoke, name="wall-revoke"),
    path("alarms/", alarm_pages.alarms, name="alarms"),
    path("alarms/<int:pk>/acknowledge/", alarm_pages.acknowledge, name="alarm-acknowledge"),
    path("alarms/rules/", alarm_pages.rules, name="alarm-rules"),
    path("alarms/rules/new/", alarm_pages.rule_new, name="alarm-rule-new"),
    path("alarms/rules/<int:pk>/", alarm_pages.rule, name="alarm-rule"),
    path("alarms/rules/<int:pk>/delete/", alarm_pages.rule_remove, name="alarm-rule-delete"),
]
