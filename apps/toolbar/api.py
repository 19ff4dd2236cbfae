"""Open the toolbar over the API: the other program's server asks, its page shows the frame."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.integrations.access import CompanyViewMixin
from apps.toolbar.selectors import agent_numbered
from apps.toolbar.services import launch_make


class LaunchRequestSerializer(serializers.Serializer[None]):
    """The agent's number, and the origin of the page that will show the frame."""

    agent = serializers.CharField(max_length=10)
    origin = serializers.CharField(max_length=200)


class LaunchSerializer(serializers.Serializer[dict[str, object]]):
    """The frame's address, good once and until `expires_at`."""

    url = serializers.CharField()
    expires_at = serializers.DateTimeField()


class LaunchView(CompanyViewMixin, APIView):
    """Launches of the toolbar."""

    @extend_schema(request=LaunchRequestSerializer, responses={201: LaunchSerializer})
    def post(self, request: Request) -> Response:
        """Make an address that opens the toolbar as an agent once, within a minute."""
        assert isinstance(request.user, User)  # noqa: S101 - the permission class saw to it
        asked = LaunchRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        agent = agent_numbered(asked.validated_data["agent"])
        launch = launch_make(actor=request.user, agent=agent, origin=asked.validated_data["origin"])
        url = request.build_absolute_uri(f"{reverse('toolbar:page')}?launch={launch.token}")
        made = LaunchSerializer({"url": url, "expires_at": launch.expires_at})
        return Response(made.data, status=status.HTTP_201_CREATED)
