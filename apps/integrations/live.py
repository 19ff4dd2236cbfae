"""Live calls over the API: what a supervisor's page shows."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.calls.choices import CallStatus, Direction
from apps.integrations.access import CompanyViewMixin
from apps.integrations.pagination import PagedListMixin
from apps.supervision.choices import ListenState, Mode
from apps.supervision.models import Supervision
from apps.supervision.selectors import LiveCall, live_call_list_for


class ListenerSerializer(serializers.Serializer[Supervision]):
    """Who listens to the call, and who hears him."""

    name = serializers.CharField(source="user.display_name")
    mode = serializers.ChoiceField(choices=Mode.choices)
    state = serializers.ChoiceField(choices=ListenState.choices)


class LiveCallSerializer(serializers.Serializer[LiveCall]):
    """One live call; times UTC. `agent` is who talks in it now, else who is known of it."""

    id = serializers.IntegerField(source="call.pk")
    linkedid = serializers.CharField(source="call.linkedid")
    direction = serializers.ChoiceField(choices=Direction.choices, source="call.direction")
    state = serializers.ChoiceField(choices=CallStatus.choices, source="call.status")
    caller = serializers.CharField(source="call.caller")
    dialled = serializers.CharField(source="call.dialled")
    customer = serializers.CharField(source="call.customer.name", default=None, allow_null=True)
    queue = serializers.SerializerMethodField()
    agent = serializers.CharField(source="agent.number", default=None, allow_null=True)
    started_at = serializers.DateTimeField(source="call.started_at")
    since = serializers.DateTimeField(help_text="Since the agent answered, or the caller waits.")
    listeners = ListenerSerializer(many=True)

    def get_queue(self, live: LiveCall) -> str | None:
        """Return the queue's number, None without a queue."""
        return live.call.queue_number or None


class LiveCallViewSet(PagedListMixin, CompanyViewMixin, viewsets.ViewSet):
    """The live calls of the scope of the token's person, who must be more than an agent."""

    @extend_schema(operation_id="live_calls_list", responses=LiveCallSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return them, oldest first, at most 200. 404 for whose role may do nothing with them."""
        assert isinstance(request.user, User)  # noqa: S101 - the permission class saw to it
        found: Any = live_call_list_for(user=request.user)
        return self.paged(request, found, LiveCallSerializer)
