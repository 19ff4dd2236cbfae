"""Customers over the API: list, create, change, numbers, notes, timeline, merge, reveal."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Role
from apps.core.errors import ForbiddenError
from apps.customers.duplicates import customer_find_duplicates
from apps.customers.errors import CustomerRefusedError
from apps.customers.filters import CustomerFilter
from apps.customers.merges import CHOSEN, customer_merge
from apps.customers.models import Customer, CustomerField
from apps.customers.reveals import number_reveal
from apps.customers.selectors import (
    customer_get_for,
    customer_list_for,
    customer_number_get_for,
)
from apps.customers.services import (
    customer_create,
    customer_delete,
    customer_note_add,
    customer_number_add,
    customer_update,
)
from apps.customers.timeline import customer_timeline
from apps.customers.vocabulary import vocabulary
from apps.integrations import customer_shapes as shapes
from apps.integrations.access import CompanyViewMixin

LEADS = (Role.TEAM_LEAD, Role.ADMIN)
AFTER = OpenApiParameter("after", OpenApiTypes.STR, description="`after` of the page before.")


class CustomerViewSet(CompanyViewMixin, viewsets.GenericViewSet[Customer]):
    """The customers that the token's person may see, newest first."""

    serializer_class = shapes.CustomerSerializer
    filterset_class = CustomerFilter
    filter_backends = (django_filters.rest_framework.DjangoFilterBackend,)
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> "QuerySet[Customer]":
        """Return the customers in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return Customer.objects.none()
        rows = customer_list_for(user=self._user).select_related("owner__user")
        return rows.prefetch_related("numbers", "emails")

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the custom fields that are for the API. 1 query."""
        context = dict(super().get_serializer_context())
        if not self.has_no_rows:
            rows = CustomerField.objects.filter(is_active=True, in_exchange=True)
            context["exchanged"] = frozenset(rows.values_list("key", flat=True))
        return context

    def list(self, request: Request) -> Response:
        """List customers; every filter of the console's list."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str = "") -> Response:
        """Return one customer; of a merged one who was kept."""
        return self._answer(self._found(pk))

    @extend_schema(
        request=shapes.CustomerInSerializer,
        responses={201: shapes.CustomerSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a customer; 400 with a reason for each field that does not fit."""
        values = self._values(request)
        tenant_id = self._user.tenant_id
        assert tenant_id is not None  # noqa: S101 - CompanyViewMixin saw to it
        made = customer_create(tenant_id=tenant_id, values=values, actor=self._user)
        return self._answer(made, status=201)

    @extend_schema(
        request=shapes.CustomerInSerializer,
        responses={200: shapes.CustomerSerializer},
    )
    def partial_update(self, request: Request, pk: str = "") -> Response:
        """Change what is given and nothing else."""
        found = self._found(pk)
        customer_update(customer=found, values=self._values(request), actor=self._user)
        return self._answer(found)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str = "") -> Response:
        """Delete a customer; for 30 days a team lead can bring him back on the console."""
        found = self._found(pk)
        self._lead()
        customer_delete(customer=found, actor=self._user)
        return Response(status=204)

    @extend_schema(
        request=shapes.NumberInSerializer,
        responses={200: shapes.CustomerSerializer},
    )
    @action(detail=True, methods=["post"])
    def numbers(self, request: Request, pk: str = "") -> Response:
        """Give the customer one number more; one that he has changes nothing."""
        found = self._found(pk)
        said = shapes.NumberInSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        data = said.validated_data
        customer_number_add(
            customer=found,
            number=data["number"],
            label=data.get("label", ""),
            actor=self._user,
        )
        return self._answer(found)

    @extend_schema(request=shapes.NoteSerializer, responses={201: shapes.NoteSerializer})
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, pk: str = "") -> Response:
        """Write a note into the customer's history."""
        found = self._found(pk)
        said = shapes.NoteSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        text = said.validated_data["text"]
        made = customer_note_add(customer=found, text=text, actor=self._user)
        return Response(shapes.NoteSerializer(made).data, status=201)

    @extend_schema(parameters=[AFTER], responses=shapes.TimelineSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def timeline(self, request: Request, pk: str = "") -> Response:
        """Return what happened with the customer, 25 entries a page, newest first."""
        after = request.query_params.get("after", "")
        page = customer_timeline(customer=self._found(pk), user=self._user, after=after)
        context = self.get_serializer_context()
        return Response(shapes.TimelineSerializer(page, context=context).data)

    @extend_schema(responses=shapes.DuplicateSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def duplicates(self, request: Request, pk: str = "") -> Response:
        """Return who may be the same, the surest first; at most 20."""
        found = self._found(pk)
        alike = customer_find_duplicates(
            numbers=[row.as_typed for row in found.numbers.all()],
            emails=[row.address for row in found.emails.all()],
            name=found.name,
            except_id=found.pk,
        )
        ids = [one.customer_id for one in alike]
        rows = customer_list_for(user=self._user).filter(pk__in=ids)
        seen = set(rows.values_list("pk", flat=True))
        shown = [one for one in alike if one.customer_id in seen]
        return Response(shapes.DuplicateSerializer(shown, many=True).data)

    @extend_schema(
        request=shapes.MergeInSerializer,
        responses={200: shapes.CustomerSerializer},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str = "") -> Response:
        """Merge another customer into this one; for 30 days the console undoes it."""
        found = self._found(pk)
        self._lead()
        said = shapes.MergeInSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        absorbed = self._found(str(said.validated_data["absorbed"]))
        choice = {
            name: side
            for name, side in said.validated_data.get("choice", {}).items()
            if name in CHOSEN or name.startswith("custom.")
        }
        customer_merge(kept=found, absorbed=absorbed, choice=choice, actor=self._user)
        return self._answer(found)

    @extend_schema(
        request=shapes.RevealInSerializer,
        responses={200: shapes.RevealedSerializer},
    )
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: str = "") -> Response:
        """Return one full number to who sees them masked; every look is audited, 60 an hour."""
        found = self._found(pk)
        said = shapes.RevealInSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        key = said.validated_data["number_id"]
        number = customer_number_get_for(user=self._user, pk=key)
        if number.customer_id != found.pk:
            raise CustomerRefusedError({"number_id": "-"})
        reason = said.validated_data.get("reason", "")
        shown = number_reveal(number=number, user=self._user, reason=reason)
        return Response({"number": shown})

    def _found(self, pk: str) -> Customer:
        return customer_get_for(user=self._user, pk=int(pk))

    def _lead(self) -> None:
        if self._user.role not in LEADS:
            raise ForbiddenError(self._user.username)

    def _values(self, request: Request) -> dict[str, Any]:
        said = shapes.CustomerInSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        values = said.values()
        hidden = {
            f"custom.{key}" for key, field in vocabulary().fields.items() if not field.in_exchange
        }
        if refused := hidden & values.keys():
            raise CustomerRefusedError(dict.fromkeys(refused, "-"))
        return values

    def _answer(self, customer: Customer, status: int = 200) -> Response:
        # Read anew: as it stands after the change, with its numbers.
        found = customer_get_for(user=self._user, pk=customer.pk)
        return Response(self.get_serializer(found).data, status=status)
