"""Tasks as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from apps.integrations.masking import MaskedNumbersMixin
from apps.tasks.choices import PLANNED, Priority, Repeat, TaskKind, TaskResult, TaskState
from apps.tasks.models import Task
from apps.tasks.planning import LONGEST_BEFORE_MIN, MAX_DETAIL

KEY: dict[str, Any] = {
    "required": False,
    "allow_null": True,
    "min_value": 1,
    "max_value": 2**63 - 1,
}
REPEATS = [choice for choice in Repeat.choices if choice[0]]


class TaskSerializer(MaskedNumbersMixin, serializers.ModelSerializer[Task]):
    """One task; times UTC. `results` are those with which it may be closed."""

    masked = ("number",)
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    state = serializers.ChoiceField(choices=TaskState.choices)
    result = serializers.ChoiceField(choices=TaskResult.choices, allow_blank=True)
    repeat = serializers.ChoiceField(choices=REPEATS, allow_blank=True)
    results = serializers.ListField(child=serializers.CharField(), read_only=True)
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    customer_name = serializers.CharField(source="customer.name", default=None, allow_null=True)
    call = serializers.IntegerField(source="call_id", allow_null=True)
    assignee = serializers.CharField(source="assignee.username", default=None, allow_null=True)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Task
        fields = (
            "id",
            "kind",
            "title",
            "detail",
            "priority",
            "state",
            "result",
            "results",
            "note",
            "customer",
            "customer_name",
            "call",
            "number",
            "assignee",
            "due_at",
            "is_overdue",
            "remind_at",
            "repeat",
            "repeat_until",
            "created_at",
            "closed_at",
        )
        read_only_fields = fields


class TaskMakeSerializer(serializers.Serializer[Any]):
    """A task to be planned. `assignee`: a login, null for nobody yet; left out: one's own."""

    kind = serializers.ChoiceField(choices=[(one.value, one.label) for one in PLANNED])
    title = serializers.CharField(max_length=200)
    due_at = serializers.DateTimeField()
    detail = serializers.CharField(max_length=MAX_DETAIL, required=False, allow_blank=True)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    remind_before_min = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=LONGEST_BEFORE_MIN,
        help_text="Minutes before it is due that it reminds; null: never.",
    )
    repeat = serializers.ChoiceField(choices=REPEATS, required=False, allow_blank=True)
    repeat_until = serializers.DateField(required=False, allow_null=True)
    assignee = serializers.CharField(max_length=150, required=False, allow_null=True)
    customer = serializers.IntegerField(**KEY)
    call = serializers.IntegerField(**KEY)
    number = serializers.CharField(max_length=32, required=False, allow_blank=True)


class TaskDoneSerializer(serializers.Serializer[Any]):
    """How a task ended; which results it may have, the task itself says."""

    result = serializers.ChoiceField(choices=TaskResult.choices)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True)


class TaskSnoozeSerializer(serializers.Serializer[Any]):
    """Until when a reminder is put off, at most 31 days from now."""

    until = serializers.DateTimeField()


class TaskRefusedSerializer(serializers.Serializer[Any]):
    """An answer with status 403, 404 or 409."""

    code = serializers.CharField()
    detail = serializers.CharField()
