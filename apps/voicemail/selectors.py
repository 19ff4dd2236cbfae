"""Read messages by view tier. `boxes` are the boxes that are the person's own (from `apps.acd`)."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from apps.accounts.models import Agent, User
from apps.accounts.scope import restrict
from apps.core.errors import NotFoundError
from apps.voicemail.models import MessageState, VoicemailBox, VoicemailMessage


def voicemail_list_for(*, user: User, boxes: Sequence[str]) -> "QuerySet[VoicemailMessage]":
    """Return the messages that the person may hear, newest first."""
    rows: QuerySet[VoicemailMessage] = VoicemailMessage.objects.filter(deleted_at=None)
    return (
        restrict(
            rows,
            user=user,
            own=Q(box__in=boxes) | Q(claimed_by__user=user),
            department_paths=("department",),
        )
        .select_related("customer", "claimed_by__user", "call")
        .order_by("-left_at", "-pk")
    )


def voicemail_new_count_for(*, user: User, boxes: Sequence[str]) -> int:
    """Return how many messages nobody has taken. 1 to 2 queries."""
    return voicemail_list_for(user=user, boxes=boxes).filter(state=MessageState.NEW).count()


def voicemail_get_for(*, user: User, pk: int, boxes: Sequence[str]) -> VoicemailMessage:
    """Return one message that the person may hear; NotFoundError otherwise."""
    found: VoicemailMessage | None = (
        voicemail_list_for(user=user, boxes=boxes).filter(pk=pk).first()
    )
    if found is None:
        raise NotFoundError(f"message {pk}")
    return found


def box_agent(number: str) -> Agent | None:
    """Return the agent of this number in the company in scope. 1 query."""
    found: Agent | None = Agent.objects.select_related("user").filter(number=number).first()
    return found


def box_of(name: str) -> VoicemailBox | None:
    """Return the settings of `<slug>-<number>` in the company in scope, None for the defaults."""
    found: VoicemailBox | None = VoicemailBox.objects.filter(number=name.partition("-")[2]).first()
    return found


def box_active_list() -> "QuerySet[VoicemailBox]":
    """Return the boxes in use with their company, by company and number. 1 query."""
    rows: QuerySet[VoicemailBox] = (
        VoicemailBox.objects.filter(is_active=True)
        .select_related("tenant")
        .order_by("tenant__slug", "number")
    )
    return rows


def agent_box_name(agent: Agent) -> str:
    """Return the box that takes this agent's unanswered calls, '' for none. 1 query."""
    box = (
        VoicemailBox.objects.select_related("tenant")
        .filter(agent=agent, is_active=True, takes_unanswered=True)
        .first()
    )
    return box.name if box else ""


def agent_box_numbers(tenant_id: int) -> frozenset[str]:
    """Return the numbers of a company's agents' boxes, where a flow may lead to. 1 query."""
    boxes = VoicemailBox.objects.filter(tenant_id=tenant_id, is_active=True, agent__isnull=False)
    return frozenset(boxes.values_list("number", flat=True))


def box_by_agent(agent: Agent) -> VoicemailBox | None:
    """Return the agent's own box, None when he has none yet. 1 query."""
    found: VoicemailBox | None = VoicemailBox.objects.filter(agent=agent).first()
    return found


def voicemail_open_list(box: str) -> "QuerySet[VoicemailMessage]":
    """Return the messages of a box that wait for somebody, oldest first. 1 query."""
    rows: QuerySet[VoicemailMessage] = (
        VoicemailMessage.objects.filter(box=box, deleted_at=None)
        .exclude(state=MessageState.CLOSED)
        .order_by("left_at", "pk")
    )
    return rows
