"""Queues over the API: how each is now."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.acd.queue_figures import queue_figures
from apps.integrations.access import CompanyViewMixin
from apps.integrations.pagination import PagedListMixin


class QueueNowSerializer(serializers.Serializer[Any]):
    """One queue at this moment."""

    number = serializers.CharField()
    name = serializers.CharField()
    waiting = serializers.IntegerField(source="live.waiting")
    longest_wait_s = serializers.IntegerField(source="live.longest_s")
    signed_in = serializers.IntegerField(source="live.signed_in")
    idle = serializers.IntegerField(source="live.idle", help_text="Ready and in no call.")
    expected_wait_s = serializers.SerializerMethodField(
        help_text="Of a caller who comes now; null when nobody serves the queue."
    )

    def get_expected_wait_s(self, figures: Any) -> int | None:
        """Return whole seconds."""
        return None if figures.expected_s is None else round(figures.expected_s)


class QueueViewSet(PagedListMixin, CompanyViewMixin, viewsets.ViewSet):
    """The queues that the token's person may see, by number."""

    @extend_schema(responses=QueueNowSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return how each queue is now."""
        assert isinstance(request.user, User)  # noqa: S101 - the permission class saw to it
        now = timezone.now()
        found = queue_figures(user=request.user, since=now, until=now, now=now)
        return self.paged(request, found, QueueNowSerializer)
