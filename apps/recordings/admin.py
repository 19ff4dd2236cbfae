"""Recordings in Django admin, to look at only."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.recordings.models import Recording


@admin.register(Recording)
class RecordingAdmin(ReadOnlyTenantAdmin):
    """The company's recordings."""

    list_display = ("started_at", "agent", "state", "duration_ms")
    list_filter = ("state",)
