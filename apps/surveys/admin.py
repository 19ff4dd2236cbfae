"""Surveys in Django admin; a change works on the next call within 5 s."""

from typing import Any

from django.contrib import admin

from apps.core.tenant_admin import TenantAdmin
from apps.surveys.engine.survey import MAX_QUESTIONS
from apps.surveys.models import Survey, SurveyQuestion, SurveyQueue


class SurveyQuestionInline(admin.TabularInline[Any, Any]):
    """What is asked."""

    model = SurveyQuestion
    extra = 1
    max_num = MAX_QUESTIONS


class SurveyQueueInline(admin.TabularInline[Any, Any]):
    """Whose callers are asked."""

    model = SurveyQueue
    extra = 1


@admin.register(Survey)
class SurveyAdmin(TenantAdmin):
    """The company's surveys with their questions and queues."""

    list_display = ("name", "sample_percent", "follow_up_hours", "is_active")
    inlines = (SurveyQuestionInline, SurveyQueueInline)
