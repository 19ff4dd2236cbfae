"""Queue call-backs over the API."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.acd.call_back_models import CallBackState
from apps.acd.call_backs import call_back_cancel, call_back_list_for
from apps.acd.models import CallBack, CallBackAttempt
from apps.integrations.access import ScopedViewMixin
from apps.integrations.masking import MaskedNumbersMixin


class CallBackTrySerializer(serializers.ModelSerializer[CallBackAttempt]):
    """One try; `linkedid` is its call's, `result` empty while it lasts."""

    agent = serializers.SerializerMethodField()

    class Meta:
        model = CallBackAttempt
        fields = ("linkedid", "agent", "claimed_at", "ended_at", "result")
        read_only_fields = fields

    def get_agent(self, row: CallBackAttempt) -> str | None:
        """Return the number of the agent who was rung."""
        return row.agent.number if row.agent else None


class CallBackSerializer(MaskedNumbersMixin, serializers.ModelSerializer[CallBack]):
    """One call-back; `joined_at` is the place in the queue, times UTC."""

    masked = ("number", "e164")
    queue = serializers.CharField(source="queue.number")
    number = serializers.CharField(source="as_dialled")
    e164 = serializers.CharField(source="number")
    tries = CallBackTrySerializer(many=True)

    class Meta:
        model = CallBack
        fields = (
            "id",
            "queue",
            "number",
            "e164",
            "name",
            "source",
            "state",
            "ordered_at",
            "joined_at",
            "not_before",
            "expires_at",
            "closed_at",
            "attempts",
            "last_result",
            "order_linkedid",
            "tries",
        )
        read_only_fields = fields


class CallBackFilter(django_filters.FilterSet):
    """What call-backs can be asked for by."""

    queue = django_filters.CharFilter(field_name="queue__number")
    state = django_filters.ChoiceFilter(choices=CallBackState.choices)
    e164 = django_filters.CharFilter(field_name="number")


class CallBackViewSet(ScopedViewMixin, viewsets.ReadOnlyModelViewSet[CallBack]):
    """The call-backs of the queues that the token's person may see, newest order first."""

    serializer_class = CallBackSerializer
    filterset_class = CallBackFilter
    filter_backends = (django_filters.rest_framework.DjangoFilterBackend,)
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> "QuerySet[CallBack]":
        """Return the call-backs in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return CallBack.objects.none()
        return call_back_list_for(user=self._user).prefetch_related("tries__agent")

    @extend_schema(request=None, responses=CallBackSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str = "") -> Response:
        """Give a waiting call-back up; 409 when it is being made or closed."""
        found = self.get_object()
        call_back_cancel(call_back=found, user=self._user)
        return Response(self.get_serializer(found).data)
