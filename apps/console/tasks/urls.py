"""Addresses of tasks, in the console's namespace."""

from django.urls import path

from apps.console.tasks import calendar, pages, planning

urlpatterns = [
    path("tasks/", pages.task_list, name="task-list"),
    path("tasks/new/", planning.task_new, name="task-new"),
    path("tasks/calendar/", calendar.task_calendar, name="task-calendar"),
    path("tasks/alerts/", planning.task_alerts, name="task-alerts"),
    path("tasks/<int:pk>/", pages.task, name="task"),
    path("tasks/<int:pk>/edit/", planning.task_edit, name="task-edit"),
    path("tasks/<int:pk>/claim/", pages.task_claim, name="task-claim"),
    path("tasks/<int:pk>/assign/", pages.task_assign, name="task-assign"),
    path("tasks/<int:pk>/snooze/", planning.task_snooze, name="task-snooze"),
    path("tasks/<int:pk>/dismiss/", planning.task_dismiss, name="task-dismiss"),
    path("tasks/<int:pk>/close/", pages.task_close, name="task-close"),
    path("tasks/<int:pk>/reopen/", pages.task_reopen, name="task-reopen"),
]
