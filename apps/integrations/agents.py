"""Agents over the API: what they are now, their day, and the end or more of a wrap-up."""

from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Agent
from apps.acd.agent_times import (
    AgentDay,
    AgentNow,
    agent_day,
    agent_get_for,
    agent_need_steer,
    agent_now,
    today_of,
)
from apps.acd.engine import agent_state as states
from apps.acd.services import agent_wrap_up_end, agent_wrap_up_extend
from apps.integrations.access import CompanyViewMixin
from apps.integrations.pagination import PagedListMixin


class AgentNowSerializer(serializers.Serializer[AgentNow]):
    """One agent now; times UTC."""

    number = serializers.CharField(source="agent.number")
    name = serializers.CharField(source="agent.user.display_name")
    state = serializers.ChoiceField(choices=states.STATES)
    reason = serializers.CharField(help_text="Of being busy.")
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True, help_text="When it ends by itself.")
    queue = serializers.CharField(source="queue_number")
    is_seen = serializers.BooleanField(help_text="False: only the agent's wish is known.")


class SpanSerializer(serializers.Serializer[Any]):
    """One state of the day, cut to it; durations milliseconds."""

    state = serializers.CharField()
    reason = serializers.CharField()
    queue = serializers.CharField(source="queue_number")
    linkedid = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    ms = serializers.IntegerField()
    is_uncertain = serializers.BooleanField()
    is_open = serializers.BooleanField()


class AgentDaySerializer(serializers.Serializer[AgentDay]):
    """One agent's day; the rows add up to the figures (docs/figures.md)."""

    number = serializers.CharField(source="agent.number")
    signed_in_ms = serializers.IntegerField(source="times.signed_in_ms")
    unseen_ms = serializers.IntegerField(source="times.unseen_ms")
    by_state = serializers.DictField(child=serializers.IntegerField(), source="times.by_state")
    by_reason = serializers.DictField(child=serializers.IntegerField(), source="times.by_reason")
    occupancy = serializers.FloatField(source="times.occupancy", allow_null=True)
    utilisation = serializers.FloatField(source="times.utilisation", allow_null=True)
    rows = SpanSerializer(many=True)


class DayQuery(serializers.Serializer[Any]):
    """Which day, in the company's time zone; today when it is not said."""

    date = serializers.DateField(required=False)


class WrapUpSerializer(serializers.Serializer[Any]):
    """End the wrap-up, or make it a minute longer."""

    action = serializers.ChoiceField(choices=("end", "extend"))


class AgentViewSet(PagedListMixin, CompanyViewMixin, viewsets.ViewSet):
    """The agents whom the token's person may see."""

    lookup_field = "number"
    lookup_value_regex = "[0-9]+"

    @extend_schema(responses=AgentNowSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return what each agent is now, by number."""
        found: Any = agent_now(self._user)
        return self.paged(request, found, AgentNowSerializer)

    @extend_schema(
        parameters=[OpenApiParameter("date", date, description=DayQuery.__doc__ or "")],
        responses=AgentDaySerializer,
    )
    @action(detail=True, methods=["get"])
    def day(self, request: Request, number: str = "") -> Response:
        """Return an agent's day: times by state, occupancy, utilisation, and the rows behind."""
        agent = self._agent(number)
        asked = DayQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("date") or today_of(agent)
        return Response(AgentDaySerializer(agent_day(agent, day)).data)

    @extend_schema(request=WrapUpSerializer, responses={204: None})
    @action(detail=True, methods=["post"], url_path="wrap-up")
    def wrap_up(self, request: Request, number: str = "") -> Response:
        """End or lengthen a wrap-up, one's own or, for leads, of an agent whom they see."""
        agent = self._agent(number)
        agent_need_steer(user=self._user, agent=agent)
        said = WrapUpSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        if said.validated_data["action"] == "end":
            agent_wrap_up_end(agent=agent, by=self._user)
        else:
            agent_wrap_up_extend(agent=agent, by=self._user)
        return Response(status=204)

    def _agent(self, number: str) -> Agent:
        return agent_get_for(user=self._user, number=number)
