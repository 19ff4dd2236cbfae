"""Addresses of staffing, in the console's namespace."""

from django.urls import path

from apps.console.staffing import files, pages

urlpatterns = [
    path("staffing/", pages.page, name="staffing"),
    path("staffing/assume/", pages.assume, name="staffing-assume"),
    path("staffing/file/", files.download, name="staffing-file"),
]
