"""Addresses of reports, in the console's namespace."""

from django.urls import path

from apps.console.reports import files, pages

urlpatterns = [
    path("reports/", pages.first, name="reports"),
    path("reports/<str:kind>/", pages.page, name="report"),
    path("reports/<str:kind>/calls/", pages.calls, name="report-calls"),
    path("reports/<str:kind>/file/", files.download, name="report-file"),
]
