"""Addresses of missed calls; part of the console's."""

from django.urls import path

from apps.console.missed import pages

urlpatterns = [
    path("missed/", pages.missed, name="missed"),
    path("missed/<int:pk>/done/", pages.done, name="missed-done"),
    path("missed/<int:pk>/claim/", pages.claim, name="missed-claim"),
    path("missed/<int:pk>/release/", pages.release, name="missed-release"),
    path("missed/<int:pk>/reopen/", pages.reopen, name="missed-reopen"),
]
