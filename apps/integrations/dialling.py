"""Dial for an agent over the API."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.accounts.scope import restrict
from apps.accounts.selectors import agent_active_list, number_for
from apps.core.errors import ForbiddenError, NotFoundError
from apps.switchboard.choices import OrderSource
from apps.switchboard.dial_text import dial_text
from apps.switchboard.errors import NotANumberError
from apps.switchboard.references import Referred, reference_number
from apps.switchboard.services import dial_order

ORDERERS = (Role.TEAM_LEAD, Role.ADMIN)
KEY_HEADER = "Idempotency-Key"
MAX_KEY = 80


class DialSerializer(serializers.Serializer[Any]):
    """Whose phone dials what. Give `number`, or `reference`: an object that you may see."""

    agent = serializers.CharField(max_length=10, help_text="The agent's number.")
    number = serializers.CharField(
        max_length=80, required=False, help_text="A number as people write it, or a colleague's."
    )
    reference = serializers.CharField(
        max_length=40,
        required=False,
        help_text="`call:12`, `customer-number:5`, `voicemail:7`, `call-back:3` or `task:9`.",
    )
    queue = serializers.CharField(
        max_length=10,
        required=False,
        help_text="The queue for which is called: it can choose the number that is shown.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of number and reference."""
        if bool(attrs.get("number")) == bool(attrs.get("reference")):
            raise serializers.ValidationError("Give either `number` or `reference`.")
        return attrs


class DialledSerializer(serializers.Serializer[Any]):
    """What was ordered; `number` is masked for who may not see it."""

    order = serializers.IntegerField()
    agent = serializers.CharField()
    number = serializers.CharField()
    ordered_at = serializers.DateTimeField()


def agent_to_order_for(user: User, number: str) -> Agent:
    """Return the agent whose phone the person may have dial: his own, or as lead or admin those in
    his sight. Raises NotFoundError, ForbiddenError for his own when he is no agent any more.
    """
    agents = agent_active_list().filter(tenant=user.tenant)
    if user.role not in ORDERERS:
        agents = agents.filter(user=user)
    seen = restrict(agents, user=user, own=Q(user=user), department_paths=("user__department",))
    found = seen.filter(number=number).first()
    if found is None:
        raise NotFoundError(f"agent {number}")
    return found


class DialMixin:
    """`POST /calls/`: ring the agent, then dial for him."""

    @extend_schema(
        request=DialSerializer,
        responses={202: DialledSerializer},
        parameters=[
            OpenApiParameter(
                KEY_HEADER,
                str,
                OpenApiParameter.HEADER,
                description="Sent again with the same call, it dials nothing and gives the first "
                "answer; with another call: 409. At most 80 characters.",
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Ring the agent's phone; when he answers, dial the number for him.

        What the dialling plan does not allow him is refused with 403 and code `switchboard.…`;
        that he is on a call already with 409. Whether he answered, the call list tells.
        """
        user = request.user
        assert isinstance(user, User)  # noqa: S101 - the permission class saw to it
        if user.tenant_id is None:
            raise ForbiddenError(user.username)
        asked = DialSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        agent = agent_to_order_for(user, wish["agent"])
        if wish.get("reference"):
            found = reference_number(user=user, reference=wish["reference"])
        else:
            found = Referred(wish["number"])
        number = dial_text(found.number)
        if not number:
            raise NotANumberError
        ordered = dial_order(
            agent=agent,
            number=number,
            queue_number=wish.get("queue", "") or found.queue_number,
            by=user,
            about=wish.get("reference", ""),
            source=OrderSource.API,
            key=request.headers.get(KEY_HEADER, "")[:MAX_KEY],
        )
        order = ordered.order
        answer = {
            "order": order.pk,
            "agent": agent.number,
            "number": number_for(user, order.number),
            "ordered_at": order.created_at,
        }
        return Response(DialledSerializer(answer).data, status=202)
