"""Addresses of the pick-up groups, under `pick-up-groups/`."""

from django.urls import path

from apps.console.pick_up_groups import pages

urlpatterns = [
    path("", pages.group_list, name="pick-up-groups"),
    path("new/", pages.group_new, name="pick-up-group-new"),
    path("<int:pk>/", pages.group, name="pick-up-group"),
    path("<int:pk>/delete/", pages.group_remove, name="pick-up-group-delete"),
]
