"""Read dispositions: what can be chosen after a call, what was, and what is still missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import Agent, User
from apps.accounts.scope import department_ids
from apps.acd.models import Queue
from apps.calls.models import Call, Leg
from apps.calls.selectors import call_list_for
from apps.core.errors import NotFoundError
from apps.dispositions.models import CallDisposition, Disposition, DispositionPolicy

PARENTS = "parent__parent__parent"
OF_CALL = f"disposition__disposition__{PARENTS}"
EARLIER_NOTES = 3
MOST_OF_LATE = 12
MISSING_SINCE = timedelta(days=7)


@dataclass(frozen=True)
class Node:
    """One disposition in its tree; `level` counts from 0, `root` is its top."""

    row: Disposition
    level: int
    path: str
    root: Disposition
    is_active: bool
    is_leaf: bool


@dataclass(frozen=True)
class Choice:
    """What an agent can choose."""

    id: int
    path: str


def disposition_nodes() -> list[Node]:
    """Return the company's whole tree, each before what is below it. 1 query.

    A node is active when it and all above it are; a leaf has nothing active below it.
    """
    below: dict[int | None, list[Disposition]] = {}
    for row in Disposition.objects.select_related("queue__department"):
        below.setdefault(row.parent_id, []).append(row)
    found: list[Node] = []

    def add(row: Disposition, above: Node | None) -> None:
        is_active = row.is_active and (above is None or above.is_active)
        node = Node(
            row=row,
            level=above.level + 1 if above else 0,
            path=f"{above.path} / {row.name}" if above else row.name,
            root=above.root if above else row,
            is_active=is_active,
            is_leaf=not any(child.is_active for child in below.get(row.pk, [])),
        )
        found.append(node)
        for child in below.get(row.pk, []):
            add(child, node)

    for top in below.get(None, []):
        add(top, None)
    return found


def disposition_paths() -> dict[int, str]:
    """Return {id: path} of the company's whole tree, as `Node.path` says. 1 query, no objects."""
    told = Disposition.objects.values_list("pk", "parent_id", "name")
    rows = {pk: (parent, name) for pk, parent, name in told}

    def path(pk: int) -> str:
        parent, name = rows[pk]
        return f"{path(parent)} / {name}" if parent is not None else name

    return {pk: path(pk) for pk in rows}


def disposition_choices(*, queue_number: str) -> list[Choice]:
    """Return what can be chosen for a call of this queue ('' for none): leaves only. 1 query."""
    return [
        Choice(node.row.pk, node.path)
        for node in disposition_nodes()
        if node.is_active and node.is_leaf and _is_for(node.root, queue_number)
    ]


def _is_for(root: Disposition, queue_number: str) -> bool:
    return root.queue is None or root.queue.number == queue_number


def disposition_get_for(*, user: User, pk: int) -> Disposition:
    """Return one that the person may change; NotFoundError otherwise. 1 or 2 queries."""
    for node in disposition_nodes():
        if node.row.pk == pk and disposition_may_change(user=user, queue=node.root.queue):
            return node.row
    raise NotFoundError(f"disposition {pk}")


def disposition_may_change(*, user: User, queue: Queue | None) -> bool:
    """Say whether the person may change trees of this queue (None: of the whole company).

    Admins all of them, team leads those of their departments' queues. At most 1 query.
    """
    if user.role == Role.ADMIN:
        return True
    if user.role != Role.TEAM_LEAD:
        return False
    if user.tier == ViewTier.ALL:
        return True
    return queue is not None and queue.department_id in department_ids(user)


def queues_to_change(*, user: User) -> list[Queue]:
    """Return the active queues whose trees and policy the person may change. 1 to 2 queries."""
    rows = Queue.objects.filter(is_active=True).order_by("number")
    if user.role == Role.ADMIN or (user.role == Role.TEAM_LEAD and user.tier == ViewTier.ALL):
        return list(rows)
    if user.role != Role.TEAM_LEAD:
        return []
    return list(rows.filter(department__in=department_ids(user)))


def queues_that_require() -> set[str]:
    """Return the numbers of the queues that require a disposition. 1 query."""
    required = DispositionPolicy.objects.filter(is_required=True, queue__is_active=True)
    return set(required.values_list("queue__number", flat=True))


def agent_took_part(*, call: Call, agent: Agent) -> bool:
    """Say whether the agent has talked in this call. 1 query at most."""
    return call.agent_id == agent.pk or (
        Leg.objects.filter(call=call, agent=agent, answered_at__isnull=False).exists()
    )


def calls_without_disposition(*, agent: Agent, now: datetime | None = None) -> "QuerySet[Call]":
    """Return his calls of seven days whose queue requires a disposition that is missing. 1 query.

    Newest first; a call belongs to who answered it last.
    """
    since = (now or timezone.now()) - MISSING_SINCE
    required = DispositionPolicy.objects.filter(
        is_required=True, queue__is_active=True, queue__number=OuterRef("queue_number")
    )
    rows: QuerySet[Call] = Call.objects.all()
    return (
        rows.filter(
            Exists(required),
            agent=agent,
            answered_at__isnull=False,
            ended_at__isnull=False,
            started_at__gte=since,
            disposition=None,
        )
        .select_related("customer", "agent__user")
        .order_by("-started_at", "-pk")
    )


def call_disposition(call: Call) -> CallDisposition | None:
    """Return what the call got, with the names above it loaded. 1 query."""
    return (
        CallDisposition.objects.filter(call=call)
        .select_related(f"disposition__{PARENTS}", "agent__user")
        .first()
    )


def call_list_with_disposition(calls: "QuerySet[Call]", pk: int) -> "QuerySet[Call]":
    """Limit calls to those that got this disposition or one below it. 1 query for the tree."""
    # Told as numbers: a join to each level above could use no index.
    return calls.filter(disposition__disposition__in=_with_below(pk))


def call_list_with_disposition_of_late(
    calls: "QuerySet[Call]", pk: int, *, most: int
) -> "QuerySet[Call]":
    """Return the newest of `call_list_with_disposition`, all of them since a time; faster.

    The time is that at which the disposition was chosen `most` choices ago: no call since then is
    missing, because it is chosen after the call has begun. Of several below it, the latest such
    time. 1 query for the tree, 1 for each disposition; none when there are too many of them.
    """
    wanted = _with_below(pk)
    if len(wanted) > MOST_OF_LATE:
        return calls.none()
    times: list[datetime] = []
    for key in wanted:
        chosen = CallDisposition.objects.filter(disposition=key).order_by("-chosen_at")
        times += chosen.values_list("chosen_at", flat=True)[most : most + 1]
    rows = CallDisposition.objects.filter(disposition__in=wanted)
    if times:
        rows, calls = (
            rows.filter(chosen_at__gte=max(times)),
            calls.filter(started_at__gte=max(times)),
        )
    return calls.filter(pk__in=rows.values("call"))


def _with_below(pk: int) -> set[int]:
    """Return a disposition's id and those of all below it. 1 query."""
    below: dict[int | None, list[int]] = {}
    for key, parent in Disposition.objects.values_list("pk", "parent_id"):
        below.setdefault(parent, []).append(key)
    wanted, waiting = set(), [pk]
    while waiting:
        key = waiting.pop()
        if key not in wanted:
            wanted.add(key)
            waiting.extend(below.get(key, []))
    return wanted


def disposition_counts(calls: "QuerySet[Call]") -> dict[int, int]:
    """Return how many of these calls got each disposition, by its id. For reports; 1 query.

    Give calls that `call_list_for` returned: a count is limited by the same tier.
    """
    rows = (
        CallDisposition.objects.filter(call__in=calls.order_by().values("pk"))
        .values_list("disposition")
        .annotate(Count("pk"))
    )
    return dict(rows)


def earlier_notes(call: Call, *, user: User) -> list[Call]:
    """Return the newest earlier calls of this customer or number that have a note.

    Only calls that the person sees in the history too: another department's notes are its own.
    1 to 3 queries.
    """
    if call.customer_id is None and not call.caller_lookup:
        return []
    same = Q(customer=call.customer_id) if call.customer_id else Q(caller_lookup=call.caller_lookup)
    rows: Iterable[Call] = (
        call_list_for(user=user)
        .filter(same, tenant=call.tenant_id, started_at__lt=call.started_at)
        .exclude(note="")
        .select_related("agent__user", OF_CALL)
        .order_by("-started_at", "-pk")[:EARLIER_NOTES]
    )
    return list(rows)
