"""Addresses of days and targets; part of the console's."""

from django.urls import path

from apps.console.day import pages, target_pages

urlpatterns = [
    path("my-day/", pages.own, name="my-day"),
    path("agents/<str:number>/", pages.agent, name="agent-day"),
    path("agents/<str:number>/calls/", pages.calls, name="agent-day-calls"),
    path("agent-targets/", target_pages.targets, name="targets-set"),
    path("agent-targets/new/", target_pages.save, name="target-save"),
    path("agent-targets/<int:pk>/remove/", target_pages.remove, name="target-remove"),
    path("agent-targets/recordings/", target_pages.hear_own, name="hear-own"),
]
