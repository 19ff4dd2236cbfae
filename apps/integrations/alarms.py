"""Alarms over the API: those that are on and were, acknowledging, and the rules."""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.alarms.choices import Metric
from apps.alarms.models import Alarm, AlarmRule
from apps.alarms.selectors import (
    alarm_get_for,
    alarm_list_for,
    rule_calendar_pk,
    rule_get_for,
    rule_list_for,
    rule_queue_pk,
    rules_need,
)
from apps.alarms.services import (
    RuleChoice,
    alarm_acknowledge,
    rule_choice_of,
    rule_delete,
    rule_save,
)
from apps.integrations.access import CompanyViewMixin
from apps.integrations.alarm_shapes import (
    AlarmRefusedSerializer,
    AlarmRuleChangeSerializer,
    AlarmRuleMakeSerializer,
    AlarmRuleSavedSerializer,
    AlarmRuleSerializer,
    AlarmSerializer,
)
from apps.integrations.filters import UtcDateTimeFilter

REFUSED = dict.fromkeys((403, 404, 409), AlarmRefusedSerializer)


class AlarmFilter(django_filters.FilterSet):
    """What alarms can be asked for by."""

    is_open = django_filters.BooleanFilter(
        field_name="cleared_at", lookup_expr="isnull", label="On now, or over."
    )
    queue = django_filters.CharFilter(field_name="queue__number")
    metric = django_filters.ChoiceFilter(choices=Metric.choices)
    rule = django_filters.NumberFilter(field_name="rule", min_value=1, max_value=2**63 - 1)
    raised_after = UtcDateTimeFilter(field_name="raised_at", lookup_expr="gte")
    raised_before = UtcDateTimeFilter(field_name="raised_at", lookup_expr="lt")


class AlarmViewSet(CompanyViewMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Alarm]):
    """The alarms that the token's person may see, newest first."""

    serializer_class = AlarmSerializer
    filterset_class = AlarmFilter
    filter_backends = (django_filters.rest_framework.DjangoFilterBackend,)
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> "QuerySet[Alarm]":
        """Return the alarms in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return Alarm.objects.none()
        return alarm_list_for(user=self._user)

    @extend_schema(responses={200: AlarmSerializer, **REFUSED})
    def retrieve(self, request: Request, pk: str = "") -> Response:
        """Return one alarm."""
        found = alarm_get_for(user=self._user, pk=int(pk))
        return Response(self.get_serializer(found).data)

    @extend_schema(request=None, responses={200: AlarmSerializer, **REFUSED})
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str = "") -> Response:
        """Say that one looks after an alarm; its sound ends. The first one counts."""
        found = alarm_acknowledge(user=self._user, pk=int(pk))
        return Response(self.get_serializer(found).data)


class AlarmRuleViewSet(CompanyViewMixin, mixins.ListModelMixin, viewsets.GenericViewSet[AlarmRule]):
    """The rules of alarms that the token's person may see, by name."""

    serializer_class = AlarmRuleSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> "QuerySet[AlarmRule]":
        """Return the rules in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return AlarmRule.objects.none()
        return rule_list_for(user=self._user)

    @extend_schema(responses={200: AlarmRuleSerializer, **REFUSED})
    def retrieve(self, request: Request, pk: str = "") -> Response:
        """Return one rule."""
        return Response(self.get_serializer(rule_get_for(user=self._user, pk=int(pk))).data)

    @extend_schema(
        request=AlarmRuleMakeSerializer, responses={201: AlarmRuleSavedSerializer, **REFUSED}
    )
    def create(self, request: Request) -> Response:
        """Make a rule."""
        user = self._user
        rules_need(user)
        asked = AlarmRuleMakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = _choice_values(user, asked.validated_data)
        return _saved(*rule_save(user=user, choice=RuleChoice(**given)), status=201)

    @extend_schema(
        request=AlarmRuleChangeSerializer, responses={200: AlarmRuleSavedSerializer, **REFUSED}
    )
    def partial_update(self, request: Request, pk: str = "") -> Response:
        """Change what is given, and nothing else."""
        user = self._user
        rules_need(user)
        found = rule_get_for(user=user, pk=int(pk))
        asked = AlarmRuleChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        choice = replace(rule_choice_of(found), **_choice_values(user, asked.validated_data))
        return _saved(*rule_save(user=user, choice=choice, pk=found.pk))

    @extend_schema(responses={204: None, **REFUSED})
    def destroy(self, request: Request, pk: str = "") -> Response:
        """Delete a rule; an alarm of it that is on ends, and the history stays."""
        rule_delete(user=self._user, pk=int(pk))
        return Response(status=204)


def _choice_values(user: User, data: dict[str, Any]) -> dict[str, Any]:
    """Return what was sent as a rule's choice has it. Raises NotFoundError for a strange queue."""
    values = dict(data)
    if values.get("queue") is not None:
        values["queue"] = rule_queue_pk(user=user, number=values["queue"])
    if values.get("calendar") is not None:
        values["calendar"] = rule_calendar_pk(values["calendar"])
    if "emails" in values:
        values["emails"] = tuple(values["emails"])
    return values


def _saved(rule: AlarmRule, secret: str, *, status: int = 200) -> Response:
    shown = AlarmRuleSavedSerializer(rule, context={"secret": secret})
    return Response(shown.data, status=status)
