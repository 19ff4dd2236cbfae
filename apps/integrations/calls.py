"""Calls over the API."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.acd.decisions import call_decisions
from apps.acd.overflow_told import call_overflows
from apps.calls.choices import Direction, Outcome
from apps.calls.models import Call
from apps.calls.selectors import call_list_for, call_list_with_number, call_timeline
from apps.dispositions.models import CallDisposition
from apps.dispositions.selectors import OF_CALL, call_list_with_disposition
from apps.integrations.access import ScopedViewMixin
from apps.integrations.dialling import DialMixin
from apps.integrations.filters import UtcDateTimeFilter
from apps.integrations.masking import MaskedNumbersMixin
from apps.ivr.rulings import call_rulings
from apps.surveys.models import SurveyAnswer, SurveyResult

MAX_KEY = 2**63


class PathStepSerializer(serializers.Serializer[Any]):
    """One node that the caller went through; PIN keys are `*`."""

    node = serializers.CharField()
    keys = serializers.CharField(allow_blank=True)


class SurveyAnswerSerializer(serializers.ModelSerializer[SurveyAnswer]):
    """The answer to one question; `score` null: not answered."""

    class Meta:
        model = SurveyAnswer
        fields = ("position", "text", "score", "label")
        read_only_fields = fields


class SurveyResultSerializer(serializers.ModelSerializer[SurveyResult]):
    """What the caller answered after the agent had hung up."""

    answers = SurveyAnswerSerializer(many=True)

    class Meta:
        model = SurveyResult
        fields = ("name", "state", "is_bad", "answers")
        read_only_fields = fields


class CallDispositionSerializer(serializers.ModelSerializer[CallDisposition]):
    """What an agent chose after the call; `path` from the top of the company's tree."""

    id = serializers.IntegerField(source="disposition_id")
    path = serializers.CharField(source="disposition.path")
    agent = serializers.CharField(source="agent.number", default=None, allow_null=True)

    class Meta:
        model = CallDisposition
        fields = ("id", "path", "agent", "chosen_at")
        read_only_fields = fields


class CallSerializer(MaskedNumbersMixin, serializers.ModelSerializer[Call]):
    """One call; times UTC, durations milliseconds."""

    masked = ("caller", "dialled")
    queue = serializers.SerializerMethodField()
    agent = serializers.SerializerMethodField()
    path = PathStepSerializer(many=True)
    outcome = serializers.SerializerMethodField()
    recording = serializers.SerializerMethodField()
    survey = serializers.SerializerMethodField()
    disposition = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = (
            "id",
            "linkedid",
            "direction",
            "caller",
            "dialled",
            "started_at",
            "answered_at",
            "ended_at",
            "wait_ms",
            "talk_ms",
            "queue",
            "agent",
            "path",
            "outcome",
            "recording",
            "survey",
            "disposition",
            "note",
        )
        read_only_fields = fields

    def get_queue(self, call: Call) -> str | None:
        """Return the queue's number, None when the call was in no queue."""
        return call.queue_number or None

    def get_agent(self, call: Call) -> str | None:
        """Return the number of the agent who answered."""
        return call.agent.number if call.agent else None

    @extend_schema_field(serializers.ChoiceField(choices=Outcome.choices, allow_null=True))
    def get_outcome(self, call: Call) -> str | None:
        """Return how the call ended, None while it is live."""
        return call.outcome or None

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_recording(self, call: Call) -> str | None:
        """Return the URL of the newest recording that can be played; the same token opens it."""
        ready = [row for row in call.recordings.all() if row.is_playable]
        if not ready:
            return None
        newest = max(ready, key=lambda row: row.pk)
        request: Request = self.context["request"]
        return request.build_absolute_uri(f"/recordings/{newest.pk}/audio")

    @extend_schema_field(SurveyResultSerializer(allow_null=True))
    def get_survey(self, call: Call) -> dict[str, Any] | None:
        """Return the caller's survey, None when he was not asked."""
        found = getattr(call, "survey_result", None)
        return dict(SurveyResultSerializer(found).data) if found is not None else None

    @extend_schema_field(CallDispositionSerializer(allow_null=True))
    def get_disposition(self, call: Call) -> dict[str, Any] | None:
        """Return what was chosen after the call, None when nothing was."""
        found = getattr(call, "disposition", None)
        return dict(CallDispositionSerializer(found).data) if found is not None else None


class CandidateSerializer(serializers.Serializer[Any]):
    """One agent of the queue, and why he was rung or was not."""

    agent = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    reason = serializers.CharField()


class DecisionSerializer(serializers.Serializer[Any]):
    """One decision of the distributor; `chosen` is empty when nobody could be rung."""

    at = serializers.DateTimeField()
    queue = serializers.CharField()
    strategy = serializers.CharField()
    waited_s = serializers.IntegerField()
    chosen = serializers.ListField(child=serializers.CharField())
    candidates = CandidateSerializer(many=True)
    left_out = serializers.IntegerField()
    is_same = serializers.BooleanField()


class SeenFactSerializer(serializers.Serializer[Any]):
    """One comparison of a rule with what was there."""

    text = serializers.CharField()
    is_true = serializers.BooleanField()


class RuleVerdictSerializer(serializers.Serializer[Any]):
    """What became of one rule; `code` never changes, `reason` says it in the language."""

    rule = serializers.CharField()
    name = serializers.CharField()
    code = serializers.CharField()
    reason = serializers.CharField()
    seen = SeenFactSerializer(many=True)


class RulingSerializer(serializers.Serializer[Any]):
    """One question to the routing rules; `rule` is empty when none decided."""

    at = serializers.DateTimeField()
    rules = serializers.CharField()
    version = serializers.IntegerField()
    rule = serializers.CharField()
    action = serializers.CharField()
    verdicts = RuleVerdictSerializer(many=True)
    is_same = serializers.BooleanField(allow_null=True)


class OverflowSerializer(serializers.Serializer[Any]):
    """One overflow: the queue that he left, after how long, why and where to, in words."""

    at = serializers.DateTimeField()
    queue = serializers.CharField()
    waited_s = serializers.IntegerField()
    why = serializers.CharField()
    to = serializers.CharField()


class CallFilter(django_filters.FilterSet):
    """What calls can be asked for by."""

    caller = django_filters.CharFilter(
        method="by_caller", help_text="The caller's number, as dialled or E.164."
    )
    direction = django_filters.ChoiceFilter(choices=Direction.choices)
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)
    queue = django_filters.CharFilter(field_name="queue_number")
    agent = django_filters.CharFilter(field_name="agent__number")
    started_after = UtcDateTimeFilter(field_name="started_at", lookup_expr="gte")
    started_before = UtcDateTimeFilter(field_name="started_at", lookup_expr="lt")

    disposition = django_filters.NumberFilter(
        method="by_disposition", help_text="Id of a disposition; those below it are found too."
    )

    def by_disposition(
        self, queryset: "QuerySet[Call]", name: str, value: Decimal
    ) -> "QuerySet[Call]":
        """Find what was chosen after the call; a number that is no key finds nothing."""
        if value != int(value) or not 0 < value < MAX_KEY:
            return queryset.none()
        return call_list_with_disposition(queryset, int(value))

    def by_caller(self, queryset: "QuerySet[Call]", name: str, value: str) -> "QuerySet[Call]":
        """Compare numbers by their look-up key."""
        return call_list_with_number(queryset, value)


class CallViewSet(DialMixin, ScopedViewMixin, viewsets.ReadOnlyModelViewSet[Call]):
    """The calls that the token's person may see, newest first."""

    serializer_class = CallSerializer
    filterset_class = CallFilter
    filter_backends = (django_filters.rest_framework.DjangoFilterBackend,)
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> "QuerySet[Call]":
        """Return the calls by view tier; nothing for the schema generator."""
        if self.has_no_rows:
            return Call.objects.none()
        return (
            call_list_for(user=self._user)
            .select_related("survey_result", "disposition__agent", OF_CALL)
            .prefetch_related("survey_result__answers")
        )

    @extend_schema(responses=DecisionSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def decisions(self, request: Request, pk: str) -> Response:
        """Return why each agent was rung for the call, and why each other one was not."""
        found = call_decisions(call_timeline(self.get_object()))
        return Response(DecisionSerializer(found, many=True).data)

    @extend_schema(responses=RulingSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def rulings(self, request: Request, pk: str) -> Response:
        """Return what the routing rules said of the call, rule by rule, with what they saw."""
        found = call_rulings(call_timeline(self.get_object()))
        return Response(RulingSerializer(found, many=True).data)

    @extend_schema(responses=OverflowSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def overflows(self, request: Request, pk: str) -> Response:
        """Return why and where the queues' rules sent the caller on."""
        found = call_overflows(call_timeline(self.get_object()))
        return Response(OverflowSerializer(found, many=True).data)
