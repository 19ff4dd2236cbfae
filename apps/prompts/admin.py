"""Prompts in Django admin, to look at only: the console makes and replaces them."""

from typing import Any

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.prompts.models import Prompt, PromptAudio


class PromptAudioInline(admin.TabularInline[Any, Any]):
    """What it says in each language."""

    model = PromptAudio
    extra = 0
    fields = ("language", "source", "text", "state", "duration_ms", "loudness_lufs")
    readonly_fields = fields
    can_delete = False


@admin.register(Prompt)
class PromptAdmin(ReadOnlyTenantAdmin):
    """The company's prompts."""

    list_display = ("name", "title", "kind", "revision")
    list_filter = ("kind",)
    search_fields = ("name", "title")
    inlines = (PromptAudioInline,)
