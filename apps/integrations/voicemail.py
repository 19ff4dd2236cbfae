"""Voicemail messages over the API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.selectors import agent_of, agent_own
from apps.acd.selectors import queue_boxes_for
from apps.acd.voicemail_news import voicemail_announce
from apps.integrations.access import ScopedViewMixin
from apps.integrations.filters import UtcDateTimeFilter
from apps.integrations.masking import MaskedNumbersMixin
from apps.voicemail.models import MessageState, VoicemailMessage
from apps.voicemail.selectors import voicemail_list_for
from apps.voicemail.services import NOTE_MOST, voicemail_claim, voicemail_close


class VoicemailSerializer(MaskedNumbersMixin, serializers.ModelSerializer[VoicemailMessage]):
    """One message; times UTC, durations milliseconds."""

    masked = ("caller",)
    box = serializers.CharField(source="box_number", help_text="The queue's or agent's number.")
    claimed_by = serializers.SerializerMethodField()
    audio = serializers.SerializerMethodField()

    class Meta:
        model = VoicemailMessage
        fields = (
            "id",
            "linkedid",
            "box",
            "caller",
            "left_at",
            "duration_ms",
            "state",
            "claimed_by",
            "heard_at",
            "closed_at",
            "note",
            "audio",
        )
        read_only_fields = fields

    def get_claimed_by(self, message: VoicemailMessage) -> str | None:
        """Return the number of the agent who has taken it."""
        return message.claimed_by.number if message.claimed_by else None

    def get_audio(self, message: VoicemailMessage) -> str:
        """Return the URL of the WAV; the same token opens it."""
        request: Request = self.context["request"]
        return request.build_absolute_uri(f"/voicemail/{message.pk}/audio")


class CloseSerializer(serializers.Serializer[Any]):
    """What may be said when a message is closed."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=NOTE_MOST)


class VoicemailFilter(django_filters.FilterSet):
    """What messages can be asked for by."""

    box = django_filters.CharFilter(method="by_box", help_text="The queue's or agent's number.")
    state = django_filters.ChoiceFilter(choices=MessageState.choices)
    caller = django_filters.CharFilter()
    left_after = UtcDateTimeFilter(field_name="left_at", lookup_expr="gte")
    left_before = UtcDateTimeFilter(field_name="left_at", lookup_expr="lt")

    def by_box(
        self, queryset: "QuerySet[VoicemailMessage]", name: str, value: str
    ) -> "QuerySet[VoicemailMessage]":
        """Compare the part after the company's short name."""
        return queryset.filter(box__endswith=f"-{value}")


class VoicemailViewSet(ScopedViewMixin, viewsets.ReadOnlyModelViewSet[VoicemailMessage]):
    """The messages that the token's person may hear, newest first."""

    serializer_class = VoicemailSerializer
    filterset_class = VoicemailFilter
    filter_backends = (django_filters.rest_framework.DjangoFilterBackend,)
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> "QuerySet[VoicemailMessage]":
        """Return the messages by view tier; nothing for the schema generator."""
        if self.has_no_rows:
            return VoicemailMessage.objects.none()
        return voicemail_list_for(user=self._user, boxes=queue_boxes_for(self._user))

    @extend_schema(request=None, responses=VoicemailSerializer)
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: str = "") -> Response:
        """Take a new message for the token's agent; 409 when a colleague was quicker."""
        message = self.get_object()
        voicemail_claim(message=message, agent=agent_own(self._user))
        return self._changed(message)

    @extend_schema(request=CloseSerializer, responses=VoicemailSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str = "") -> Response:
        """Close a message, with a note or without; 409 when it is a colleague's."""
        said = CloseSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        message = self.get_object()
        note = said.validated_data.get("note", "")
        voicemail_close(message=message, agent=agent_of(self._user), note=note)
        return self._changed(message)

    def _changed(self, message: VoicemailMessage) -> Response:
        voicemail_announce(message)
        return Response(self.get_serializer(message).data)
