"""Addresses of reports, in the console's namespace."""

from django.urls import path

from apps.console.reports import choice_pages, download, pages, saved_pages

urlpatterns = [
    path("reports/", pages.first, name="reports"),
    # Before the kinds: none is called so.
    path("reports/saved/", saved_pages.saved, name="report-saved"),
    path("reports/saved/<int:pk>/delete/", saved_pages.remove, name="report-saved-delete"),
    path("reports/saved/<int:pk>/schedule/", saved_pages.schedule, name="report-schedule"),
    path("reports/schedules/<int:pk>/stop/", saved_pages.stop, name="report-schedule-stop"),
    path("reports/schedules/<int:pk>/start/", saved_pages.start, name="report-schedule-start"),
    path("reports/schedules/<int:pk>/delete/", saved_pages.drop, name="report-schedule-delete"),
    path("reports/choice/", choice_pages.choice, name="report-choice"),
    path("reports/<str:kind>/", pages.page, name="report"),
    path("reports/<str:kind>/calls/", pages.calls, name="report-calls"),
    path("reports/<str:kind>/file/", download.download, name="report-file"),
]
