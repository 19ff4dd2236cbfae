"""Addresses of saved filters, under `saved-views/`."""

from django.urls import path

from apps.console.saved_views import pages

urlpatterns = [
    path("new/", pages.saved_view_new, name="saved-view-new"),
    path("<int:pk>/delete/", pages.saved_view_remove, name="saved-view-delete"),
]
