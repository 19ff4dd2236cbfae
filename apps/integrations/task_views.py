"""Tasks over the API: list, read, plan, close, put off."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.accounts.selectors import user_list_for
from apps.calls.selectors import call_get_for
from apps.customers.selectors import customer_get_for
from apps.integrations.access import CompanyViewMixin
from apps.integrations.task_shapes import (
    TaskDoneSerializer,
    TaskMakeSerializer,
    TaskRefusedSerializer,
    TaskSerializer,
    TaskSnoozeSerializer,
)
from apps.tasks.alerts import task_snooze
from apps.tasks.errors import NotAssignableError
from apps.tasks.filters import TaskFilter
from apps.tasks.models import Task
from apps.tasks.planning import TaskPlan, task_plan
from apps.tasks.selectors import task_get_for, task_list_for
from apps.tasks.services import task_close

REFUSED = dict.fromkeys((403, 404, 409), TaskRefusedSerializer)
OF_PLAN = ("title", "due_at", "detail", "priority", "remind_before_min", "repeat", "repeat_until")


class TaskViewSet(
    CompanyViewMixin,
    mixins.ListModelMixin,
    viewsets.GenericViewSet[Task],
):
    """The tasks that the token's person may see, due soonest first."""

    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    filter_backends = (DjangoFilterBackend,)
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> "QuerySet[Task]":
        """Return the tasks in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return Task.objects.none()
        return task_list_for(user=self._user)

    def _answer(self, pk: int, status: int = 200) -> Response:
        row = task_get_for(user=self._user, pk=pk)
        return Response(self.get_serializer(row).data, status=status)

    @extend_schema(responses={200: TaskSerializer, 404: TaskRefusedSerializer})
    def retrieve(self, request: Request, pk: str = "") -> Response:
        """Return one task."""
        return self._answer(int(pk))

    @extend_schema(request=TaskMakeSerializer, responses={201: TaskSerializer, **REFUSED})
    def create(self, request: Request) -> Response:
        """Plan a task: one's own, a colleague's, or the department's to be claimed."""
        asked = TaskMakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        call, customer = data.get("call"), data.get("customer")
        row = call_get_for(user=self._user, pk=call) if call else None
        about = customer_get_for(user=self._user, pk=customer) if customer else None
        plan = TaskPlan(**{name: data[name] for name in OF_PLAN if name in data})
        made = task_plan(
            user=self._user,
            kind=data["kind"],
            plan=plan,
            assignee=self._assignee(data),
            customer=about or (row.customer if row else None),
            call=row,
            number=data.get("number", ""),
        )
        # Whom he gave it to may be beyond what he sees; what he planned he is told.
        return Response(self.get_serializer(made).data, status=201)

    def _assignee(self, data: dict[str, Any]) -> User | None:
        if "assignee" not in data:
            return self._user
        login = data["assignee"]
        if login is None:
            return None
        found = user_list_for(user=self._user).filter(username=login).first()
        if found is None:
            raise NotAssignableError(login[:40])
        return found

    @extend_schema(request=TaskDoneSerializer, responses={200: TaskSerializer, **REFUSED})
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str = "") -> Response:
        """Close a task with its result; of a series the next one is made."""
        task = task_get_for(user=self._user, pk=int(pk))
        asked = TaskDoneSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        task_close(task=task, actor=self._user, **asked.validated_data)
        return Response(self.get_serializer(task).data)

    @extend_schema(request=TaskSnoozeSerializer, responses={200: TaskSerializer, **REFUSED})
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: str = "") -> Response:
        """Put a task's reminder off."""
        task = task_get_for(user=self._user, pk=int(pk))
        asked = TaskSnoozeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        task_snooze(task=task, actor=self._user, until=asked.validated_data["until"])
        return Response(self.get_serializer(task).data)
