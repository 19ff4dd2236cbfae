"""Work orders over the API: types, list, read, make, act."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.acd.selectors import queue_boxes_for
from apps.calls.selectors import call_get_for
from apps.core.errors import HuawuError
from apps.customers.selectors import customer_get_for
from apps.integrations.access import CompanyViewMixin
from apps.integrations.work_order_shapes import (
    ActSerializer,
    OrderMakeSerializer,
    OrderSerializer,
    OrderTypeSerializer,
    OrderWholeSerializer,
    RefusedSerializer,
)
from apps.voicemail.selectors import voicemail_get_for
from apps.workorders.engine.state import Kind
from apps.workorders.errors import ValuesRefusedError
from apps.workorders.filters import OrderFilter
from apps.workorders.models import Order
from apps.workorders.selectors import (
    acts_for,
    order_type_get,
    order_type_list,
    work_order_get_for,
    work_order_list_for,
)
from apps.workorders.services import (
    Act,
    order_create_from_call,
    order_create_from_voicemail,
    state_of,
    work_order_act,
    work_order_create,
)
from apps.workorders.texts import field_error_text
from apps.workorders.versions import plan_of

# 400 is the API's own shape: faults of what was sent come by field there.
REFUSED = dict.fromkeys((403, 404, 409), RefusedSerializer)


class WorkOrderViewSet(
    CompanyViewMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Order],
):
    """The orders that the token's person may see, newest first."""

    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    filter_backends = (DjangoFilterBackend,)
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> "QuerySet[Order]":
        """Return the orders in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return Order.objects.none()
        return work_order_list_for(user=self._user)

    def handle_exception(self, exc: Exception) -> Response:
        """Say of refused values which fields and why."""
        response: Response = super().handle_exception(exc)
        if isinstance(exc, ValuesRefusedError):
            response.data["fields"] = {
                key: {"code": error.code, "detail": field_error_text(error)}
                for key, error in exc.errors.items()
            }
        elif isinstance(exc, HuawuError) and hasattr(exc, "reason"):
            response.data["code"] = f"workorders.{exc.reason}"
        return response

    @extend_schema(responses={200: OrderWholeSerializer, 404: RefusedSerializer})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one order with its history and what may be done with it."""
        return Response(self._whole(int(kwargs["pk"])))

    def _whole(self, pk: int) -> Any:
        order = work_order_get_for(user=self._user, pk=pk)
        plan = plan_of(order.version)
        may_do = acts_for(user=self._user, order=order, plan=plan, state=state_of(order, plan))
        context = {**self.get_serializer_context(), "may_do": may_do}
        return OrderWholeSerializer(order, context=context).data

    @extend_schema(request=OrderMakeSerializer, responses={201: OrderWholeSerializer, **REFUSED})
    def create(self, request: Request) -> Response:
        """Make an order, submitted when `submit` is true."""
        asked = OrderMakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        type_ = order_type_get(data.pop("type"))
        customer, call, voicemail = (
            data.pop(key, None) for key in ("customer", "call", "voicemail")
        )
        more: dict[str, Any] = {"user": self._user, "type": type_, **data}
        if customer is not None:
            more["customer"] = customer_get_for(user=self._user, pk=customer)
        if voicemail is not None:
            boxes = queue_boxes_for(self._user)
            message = voicemail_get_for(user=self._user, pk=voicemail, boxes=boxes)
            order = order_create_from_voicemail(voicemail=message, **more)
        elif call is not None:
            row = call_get_for(user=self._user, pk=call)
            order = order_create_from_call(call=row, **more)
        else:
            order = work_order_create(**more)
        return Response(self._whole(order.pk), status=201)

    @extend_schema(request=ActSerializer, responses={200: OrderWholeSerializer, **REFUSED})
    @action(detail=True, methods=["post"])
    def act(self, request: Request, pk: str = "") -> Response:
        """Do something with an order and return it as it is then."""
        # First whether he sees it: what is wrong with his words is no stranger's to learn from.
        order = work_order_get_for(user=self._user, pk=int(pk))
        asked = ActSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        kind = Kind(data.pop("kind"))
        work_order_act(user=self._user, order=order, act=Act(kind=kind, **data))
        return Response(self._whole(order.pk))

    @extend_schema(responses=OrderTypeSerializer(many=True))
    @action(detail=False, methods=["get"], filterset_class=None)
    def types(self, request: Request) -> Response:
        """Return the types in use with their forms and flows."""
        rows: Any = order_type_list().prefetch_related("versions")
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(OrderTypeSerializer(page, many=True).data)
