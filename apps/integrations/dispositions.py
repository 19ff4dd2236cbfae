"""Dispositions over the API: the company's tree."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.dispositions.selectors import disposition_nodes
from apps.integrations.access import CompanyViewMixin
from apps.integrations.pagination import PagedListMixin


class DispositionSerializer(serializers.Serializer[Any]):
    """One disposition; only active leaves can be chosen for new calls."""

    id = serializers.IntegerField(source="row.pk")
    parent_id = serializers.IntegerField(source="row.parent_id", allow_null=True)
    name = serializers.CharField(source="row.name")
    path = serializers.CharField()
    queue = serializers.CharField(source="root.queue.number", default=None, allow_null=True)
    is_active = serializers.BooleanField()
    is_leaf = serializers.BooleanField()


class DispositionViewSet(PagedListMixin, CompanyViewMixin, viewsets.ViewSet):
    """The company's dispositions, each before those below it; retired ones too."""

    @extend_schema(responses=DispositionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return the whole tree."""
        return self.paged(request, disposition_nodes(), DispositionSerializer)
