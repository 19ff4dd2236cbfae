"""Work orders as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import User
from apps.workorders.choices import OrderState, Priority
from apps.workorders.engine.state import Kind
from apps.workorders.models import Order, OrderEvent, OrderType
from apps.workorders.selectors import Move, order_moves
from apps.workorders.services import MOST_OPINION
from apps.workorders.values import values_for
from apps.workorders.versions import plan_of

ACTS = tuple(str(one) for one in Kind if one not in (Kind.CREATE, Kind.ESCALATE))
KEY: dict[str, Any] = {"max_length": 40, "required": False, "allow_blank": True}
PERSON: dict[str, Any] = {
    "required": False,
    "allow_null": True,
    "min_value": 1,
    "max_value": 2**63 - 1,
}


class OrderTypeSerializer(serializers.ModelSerializer[OrderType]):
    """A type in use with its published form and flow (docs/work-orders.md)."""

    version = serializers.SerializerMethodField()
    form = serializers.SerializerMethodField()
    flow = serializers.SerializerMethodField()

    class Meta:
        model = OrderType
        fields = ("id", "name", "prefix", "description", "version", "form", "flow")
        read_only_fields = fields

    def get_version(self, row: OrderType) -> int:
        """Return the number of the version that new orders get."""
        return int(row.versions.all()[0].number)

    def get_form(self, row: OrderType) -> dict[str, Any]:
        """Return its form."""
        found: dict[str, Any] = row.versions.all()[0].form
        return found

    def get_flow(self, row: OrderType) -> dict[str, Any]:
        """Return its flow."""
        found: dict[str, Any] = row.versions.all()[0].flow
        return found


class CurrentStepSerializer(serializers.Serializer[Any]):
    """A step in which somebody has to act."""

    key = serializers.CharField()
    name = serializers.CharField()
    round = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    people = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_people(self, row: Any) -> list[str]:
        """Return the logins of those who may act now."""
        return [seat.person.username for seat in row.seats.all()]


class OrderSerializer(serializers.ModelSerializer[Order]):
    """One order; times UTC. `values` as the form's types say, numbers masked where they are."""

    type = serializers.IntegerField(source="type_id")
    type_name = serializers.CharField(source="type.name")
    version = serializers.IntegerField(source="version.number")
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    customer_name = serializers.CharField(source="customer.name", default=None, allow_null=True)
    call = serializers.IntegerField(source="call_id", allow_null=True)
    voicemail = serializers.IntegerField(source="voicemail_id", allow_null=True)
    creator = serializers.CharField(source="creator.username")
    state = serializers.ChoiceField(choices=OrderState.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    is_overdue = serializers.BooleanField()
    values = serializers.SerializerMethodField()
    steps = CurrentStepSerializer(source="current_steps", many=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "type",
            "type_name",
            "version",
            "title",
            "state",
            "priority",
            "is_waiting",
            "is_overdue",
            "customer",
            "customer_name",
            "call",
            "voicemail",
            "creator",
            "created_at",
            "submitted_at",
            "due_at",
            "closed_at",
            "result",
            "revision",
            "values",
            "steps",
        )
        read_only_fields = fields

    def get_values(self, order: Order) -> dict[str, Any]:
        """Return the values as the token's person may see them."""
        request = self.context.get("request")
        user = request.user if request is not None and isinstance(request.user, User) else None
        return values_for(user, plan_of(order.version).form, order.values)


class OrderEventSerializer(serializers.ModelSerializer[OrderEvent]):
    """One act of the history; `actor` null: the system."""

    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)
    on_behalf_of = serializers.CharField(
        source="on_behalf_of.username", default=None, allow_null=True
    )
    to_person = serializers.CharField(source="to_person.username", default=None, allow_null=True)

    class Meta:
        model = OrderEvent
        fields = (
            "number",
            "at",
            "kind",
            "actor",
            "on_behalf_of",
            "to_person",
            "step_key",
            "step_name",
            "to_step_name",
            "opinion",
            "from_state",
            "to_state",
        )
        read_only_fields = fields


class OrderMoveSerializer(serializers.Serializer[Move]):
    """That an order went from one department to another; an empty name: it is gone, or was none."""

    at = serializers.DateTimeField()
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)
    from_department = serializers.CharField(source="from_name", allow_blank=True)
    to_department = serializers.CharField(source="to_name", allow_blank=True)


class StepActsSerializer(serializers.Serializer[Any]):
    """What the person may do in a step now."""

    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    acts = serializers.ListField(child=serializers.CharField())
    editable = serializers.ListField(child=serializers.CharField())
    needs_opinion = serializers.BooleanField()
    may_attach = serializers.BooleanField()
    on_behalf_of = serializers.IntegerField(allow_null=True)
    return_to = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class MayDoSerializer(serializers.Serializer[Any]):
    """What the person may do with the order now."""

    acts = serializers.ListField(child=serializers.CharField())
    editable = serializers.ListField(child=serializers.CharField())
    steps = StepActsSerializer(many=True)


class OrderWholeSerializer(OrderSerializer):
    """One order with its history and what the token's person may do."""

    history = serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()
    may_do = serializers.SerializerMethodField()

    class Meta(OrderSerializer.Meta):
        fields = (*OrderSerializer.Meta.fields, "history", "moves", "may_do")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(OrderEventSerializer(many=True))
    def get_history(self, order: Order) -> Any:
        """Return the acts, the first first."""
        rows = order.events.select_related("actor", "on_behalf_of", "to_person").order_by("number")
        return OrderEventSerializer(rows, many=True).data

    @extend_schema_field(OrderMoveSerializer(many=True))
    def get_moves(self, order: Order) -> Any:
        """Return how it went from department to department, the first first."""
        rows: Any = order_moves(order)
        return OrderMoveSerializer(rows, many=True).data

    @extend_schema_field(MayDoSerializer)
    def get_may_do(self, order: Order) -> Any:
        """Return the acts that are possible."""
        return self.context.get("may_do", {})


class OrderMakeSerializer(serializers.Serializer[Any]):
    """A new order. `action_id`: send it again after a time-out, and the first order comes back."""

    type = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    values = serializers.DictField(required=False)
    title = serializers.CharField(required=False, allow_blank=True, max_length=200)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    customer = serializers.IntegerField(**PERSON)
    call = serializers.IntegerField(**PERSON)
    voicemail = serializers.IntegerField(**PERSON)
    submit = serializers.BooleanField(required=False, default=False)
    action_id = serializers.CharField(required=False, allow_blank=True, max_length=64)


class ActSerializer(serializers.Serializer[Any]):
    """Something to do with an order; which act needs what: docs/work-orders.md."""

    kind = serializers.ChoiceField(choices=ACTS)
    step = serializers.CharField(**KEY)
    to_step = serializers.CharField(**KEY)
    person = serializers.IntegerField(**PERSON)
    to_person = serializers.IntegerField(**PERSON)
    values = serializers.DictField(required=False)
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=MOST_OPINION)
    action_id = serializers.CharField(required=False, allow_blank=True, max_length=64)
    seen_revision = serializers.IntegerField(required=False, allow_null=True, min_value=0)


class FieldErrorSerializer(serializers.Serializer[Any]):
    """Why a field was refused."""

    code = serializers.CharField()
    detail = serializers.CharField()


class RefusedSerializer(serializers.Serializer[Any]):
    """An answer with status 403, 404 or 409; `fields` only of `workorders.values`."""

    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]
        child=FieldErrorSerializer(), required=False
    )
