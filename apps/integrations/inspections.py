"""Inspections over the API, to read: scores for a company's own evaluation."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.integrations.access import CompanyViewMixin
from apps.integrations.pagination import PagedListMixin
from apps.quality.choices import State
from apps.quality.engine.appeals import SHOWN
from apps.quality.models import Inspection
from apps.quality.selectors import inspection_list_for


class InspectionSerializer(serializers.Serializer[Inspection]):
    """One published inspection; times UTC. No score: nothing on the sheet was applicable."""

    id = serializers.IntegerField(source="pk")
    call_id = serializers.IntegerField()
    agent = serializers.CharField(source="agent.number")
    inspector = serializers.CharField(source="inspector.username")
    sheet = serializers.CharField(source="version.sheet.name")
    sheet_version = serializers.IntegerField(source="version.number")
    state = serializers.ChoiceField(choices=State.choices)
    score = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    is_passed = serializers.BooleanField(allow_null=True)
    is_fatal = serializers.BooleanField()
    appeals = serializers.IntegerField(source="appeals_made")
    published_at = serializers.DateTimeField()


class InspectionViewSet(PagedListMixin, CompanyViewMixin, viewsets.ViewSet):
    """The published inspections that the token's person may see, newest first."""

    @extend_schema(operation_id="inspections_list", responses=InspectionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return them, newest first."""
        assert isinstance(request.user, User)  # noqa: S101 - the permission class saw to it
        found: Any = inspection_list_for(user=request.user).filter(state__in=SHOWN)
        return self.paged(request, found, InspectionSerializer)
