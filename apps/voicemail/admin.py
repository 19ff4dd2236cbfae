"""Voicemail messages in Django admin, to look at only."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.voicemail.models import VoicemailMessage


@admin.register(VoicemailMessage)
class VoicemailMessageAdmin(ReadOnlyTenantAdmin):
    """The company's messages."""

    list_display = ("left_at", "box", "caller", "state", "claimed_by")
    list_filter = ("state",)
