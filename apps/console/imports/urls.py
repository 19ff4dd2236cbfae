"""Addresses of imports and exports."""

from django.urls import path

from apps.console.imports import export_pages, pages

urlpatterns = [
    path("imports/", pages.imports, name="imports"),
    path("imports/new/", pages.import_upload, name="import-upload"),
    path("imports/policy/", pages.import_policy, name="import-policy"),
    path("imports/<int:pk>/", pages.import_page, name="import"),
    path("imports/<int:pk>/read/", pages.import_read, name="import-read"),
    path("imports/<int:pk>/map/", pages.import_map, name="import-map"),
    path("imports/<int:pk>/cancel/", pages.import_cancel, name="import-cancel"),
    path("imports/<int:pk>/undo/", pages.import_undo, name="import-undo"),
    path("imports/<int:pk>/delete/", pages.import_delete, name="import-delete"),
    path("imports/<int:pk>/errors/", pages.import_errors, name="import-errors"),
    path("imports/<int:pk>/rows/", pages.import_kept, name="import-rows"),
    path("exports/", export_pages.exports, name="exports"),
    path("exports/new/", export_pages.export_new, name="export-new"),
    path("exports/<int:pk>/", export_pages.export_page, name="export"),
    path("exports/<int:pk>/file/", export_pages.export_file, name="export-file"),
    path("exports/<int:pk>/cancel/", export_pages.export_stop, name="export-cancel"),
    path("exports/<int:pk>/delete/", export_pages.export_remove, name="export-delete"),
]
