"""Wall displays over the API: make, list, revoke."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.integrations.access import CompanyViewMixin
from apps.integrations.alarm_shapes import (
    AlarmRefusedSerializer,
    WallMadeSerializer,
    WallMakeSerializer,
    WallSerializer,
)
from apps.live_board.models import Wall
from apps.live_board.selectors import wall_get_for, wall_list_for
from apps.live_board.services import wall_make, wall_revoke, walls_need

REFUSED = dict.fromkeys((403, 404, 409), AlarmRefusedSerializer)


class WallViewSet(CompanyViewMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Wall]):
    """The wall displays that the token's person may revoke, newest first; revoked ones too."""

    serializer_class = WallSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> "QuerySet[Wall]":
        """Return the displays in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return Wall.objects.none()
        walls_need(self._user)
        return wall_list_for(user=self._user)

    def _answer(self, pk: int) -> Response:
        walls_need(self._user)
        return Response(self.get_serializer(wall_get_for(user=self._user, pk=pk)).data)

    @extend_schema(responses={200: WallSerializer, **REFUSED})
    def retrieve(self, request: Request, pk: str = "") -> Response:
        """Return one display."""
        return self._answer(int(pk))

    @extend_schema(request=WallMakeSerializer, responses={201: WallMadeSerializer, **REFUSED})
    def create(self, request: Request) -> Response:
        """Make a display of queues that the person sees; its link is told only here."""
        walls_need(self._user)
        asked = WallMakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made, token = wall_make(user=self._user, **asked.validated_data)
        page = request.build_absolute_uri(reverse("console:wall"))
        link = f"{page}?language={translation.get_language()}#{token}"
        return Response(WallMadeSerializer(made, context={"link": link}).data, status=201)

    @extend_schema(request=None, responses={200: WallSerializer, **REFUSED})
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str = "") -> Response:
        """End a display's link: an open screen goes dark at once. Harmless twice."""
        wall_revoke(user=self._user, pk=int(pk))
        return self._answer(int(pk))
