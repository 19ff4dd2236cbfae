"""Addresses of recordings; part of the console's."""

from django.urls import path

from apps.console.recordings import (
    download_pages,
    list_pages,
    pages,
    player_pages,
    policy_pages,
)

urlpatterns = [
    path("recordings/", list_pages.recordings, name="recordings"),
    path("recordings/outliers/", pages.outliers, name="recording-outliers"),
    path("recordings/policy/", policy_pages.policy, name="recording-policy"),
    path("recordings/download/", download_pages.download_many, name="recording-download-many"),
    path("recordings/<int:pk>/", list_pages.recording, name="recording"),
    path("recordings/<int:pk>/download/", download_pages.download, name="recording-download"),
    path("recordings/<int:pk>/hold/", list_pages.hold, name="recording-hold"),
    path("recordings/<int:pk>/try-again/", list_pages.try_again, name="recording-try-again"),
    path("recordings/<int:pk>/wave/", player_pages.wave, name="recording-wave"),
    path("recordings/<int:pk>/marks/new/", player_pages.mark_new, name="recording-mark-new"),
    path(
        "recordings/<int:pk>/marks/<int:mark_pk>/remove/",
        player_pages.mark_remove,
        name="recording-mark-remove",
    ),
]
