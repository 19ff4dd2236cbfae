"""Read missed calls: what is to be called back, and what an agent himself missed, and why."""

from datetime import datetime, timedelta

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from apps.accounts.models import Agent, User
from apps.accounts.scope import restrict
from apps.acd.models import AgentSession, QueueMember
from apps.calls.choices import Direction, VisitEnd
from apps.calls.models import Call, Leg, QueueVisit
from apps.core.errors import NotFoundError
from apps.missed.models import MissedCall

# Nobody calls back what is older; it stays in the history.
OPEN_FOR = timedelta(days=7)
# So long a claim keeps others away; a call back or "done" is due by then.
CLAIM_LASTS = timedelta(minutes=15)
RANG, QUEUED = "rang", "queued"


def claim_is_free_for(user: User, now: datetime) -> Q:
    """Say of which rows no colleague keeps the person away."""
    return Q(claimed_by=None) | Q(claimed_by__user=user) | Q(claimed_at__lt=now - CLAIM_LASTS)


def missed_list_for(*, user: User) -> "QuerySet[MissedCall]":
    """Return the missed calls that the person may see, newest first, of seven days.

    Own: of queues that he serves, and what rang at him. Department: of its queues and people.
    `is_free` says whether he may claim it. 1 to 2 queries.
    """
    now = timezone.now()
    rows: QuerySet[MissedCall] = MissedCall.objects.filter(last_at__gte=now - OPEN_FOR)
    served = QueueMember.objects.filter(
        agent__user=user, queue__number=OuterRef("call__queue_number")
    )
    rang = Leg.objects.filter(call=OuterRef("call"), agent__user=user)
    allowed = restrict(
        rows,
        user=user,
        own=Q(Exists(served)) | Q(Exists(rang)),
        department_paths=("call__queue_department",),
    )
    return (
        allowed.select_related("call__customer", "call__agent", "claimed_by__user", "done_by")
        .annotate(
            is_free=Case(
                When(claim_is_free_for(user, now), then=True),
                default=False,
                output_field=BooleanField(),
            )
        )
        .order_by("-last_at", "-pk")
    )


def missed_open_for(*, user: User) -> "QuerySet[MissedCall]":
    """Return what is to be called back, as the person may see it."""
    return missed_list_for(user=user).filter(done_at=None)


def missed_open_count(*, user: User) -> int:
    """Return how many numbers wait to be called back by him or a colleague beside him.

    Without those that a colleague has claimed. 1 to 2 queries.
    """
    return missed_open_for(user=user).filter(claim_is_free_for(user, timezone.now())).count()


def missed_get_for(*, user: User, pk: int) -> MissedCall:
    """Return one missed call that the person may see; NotFoundError otherwise."""
    found: MissedCall | None = missed_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"missed call {pk}")
    return found


def agent_missed(agent: Agent, *, since: datetime) -> "QuerySet[Call]":
    """Return the calls since then that the agent could have taken and nobody did, newest first.

    `why` is `rang` for what rang at him, `queued` for who gave up in a queue that he serves while
    he was signed in. 1 query.
    """
    rang = Leg.objects.filter(call=OuterRef("pk"), agent=agent, offered_at__isnull=False)
    at_work = AgentSession.objects.filter(
        Q(signed_out_at=None) | Q(signed_out_at__gte=OuterRef("joined_at")),
        agent=agent,
        signed_in_at__lte=OuterRef("left_at"),
    )
    serves = QueueMember.objects.filter(agent=agent, queue__number=OuterRef("queue_number"))
    waited = QueueVisit.objects.filter(
        Exists(at_work), Exists(serves), call=OuterRef("pk"), how=VisitEnd.ABANDONED
    )
    rows: QuerySet[Call] = Call.objects.filter(
        direction=Direction.IN, answered_at=None, ended_at__isnull=False, started_at__gte=since
    )
    return (
        rows.annotate(has_rung=Exists(rang), has_waited=Exists(waited))
        .filter(Q(has_rung=True) | Q(has_waited=True))
        .annotate(
            why=Case(
                When(has_rung=True, then=Value(RANG)),
                default=Value(QUEUED),
                output_field=CharField(),
            ),
            other=F("caller"),
        )
        .select_related("customer", "agent__user")
        .order_by("-started_at", "-pk")
    )
