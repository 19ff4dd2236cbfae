"""Addresses of the promises, in the console's namespace."""

from django.urls import path

from apps.console.promises import pages

urlpatterns = [
    path("promises/", pages.page, name="promises"),
    path("promises/calls/", pages.calls, name="promise-calls"),
    path("promises/pdf/", pages.pdf, name="promises-pdf"),
]
