"""Tasks in Django admin, to look at only: they are worked on in the console."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.tasks.models import Task


@admin.register(Task)
class TaskAdmin(ReadOnlyTenantAdmin):
    """The company's tasks."""

    list_display = ("title", "kind", "assignee", "due_at", "state", "result")
    list_filter = ("kind", "state", "result")
