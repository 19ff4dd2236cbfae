"""Addresses of recordings; part of the console's."""

from django.urls import path

from apps.console.recordings import pages

urlpatterns = [path("recordings/outliers/", pages.outliers, name="recording-outliers")]
