"""Read the ledger: history by view tier, one call with its timeline, what is live for an agent."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import ViewTier
from apps.accounts.models import Agent, User
from apps.accounts.scope import agent_ids, agents_and_self, restrict
from apps.calls.card_items import card_items
from apps.calls.cards import (
    CallCard,
    call_card,
    card_for,
    control_card,
    decline_card,
    leg_status,
    transfer_card,
)
from apps.calls.choices import Direction
from apps.calls.engine.control import sent_by
from apps.calls.engine.fold import fold
from apps.calls.engine.state import CallState
from apps.calls.errors import NotTalkingError
from apps.calls.models import Call, CallFact, Leg
from apps.calls.rows import fact_of, of_calls
from apps.core.errors import NotFoundError
from apps.core.phone_numbers import lookup_key

MAX_LIVE = 20
OF_LATE = (timedelta(days=30), timedelta(days=120))
# What `call_state_for` says of one who has the caller.
TALKING = ("talking", "held")


def call_list_for(*, user: User) -> "QuerySet[Call]":
    """Return the calls that the person may see, newest first, ready for a list.

    Own: calls that rang or were made on the person's phones. Department: calls of its queues and
    of its people. 1 query, 1 for the recordings, and 1 to 3 for who is limited.
    """
    rows: QuerySet[Call] = Call.objects.all()
    allowed = rows
    if user.tier != ViewTier.ALL:
        allowed = restrict(rows, user=user, own=_own(user), department_paths=("queue_department",))
    return _listed(allowed)


def call_few_for(*, user: User, among: Q) -> "QuerySet[Call]":
    """Return those of a customer's or a number's calls that the person may see, as they are.

    As `call_list_for`, for calls that are few of all and may be thousands: which of them rang at
    him is asked once and not of each. 0 to 3 queries.
    """
    rows: QuerySet[Call] = Call.objects.filter(among)
    if user.tier == ViewTier.ALL:
        return rows
    own = _own(user, among=rows)
    return restrict(rows, user=user, own=own, department_paths=("queue_department",))


def _own(user: User, *, among: "QuerySet[Call] | None" = None) -> Q:
    """Return the condition of the calls of the person's phones and, a manager's, of his people.

    With `among`, of these calls only.
    """
    theirs, mine = agents_and_self(user)
    if not mine:
        return Q(agent__in=theirs)
    if among is None:
        return Q(agent__in=theirs) | Q(
            Exists(Leg.objects.filter(call=OuterRef("pk"), agent__in=mine))
        )
    rang = Leg.objects.filter(agent__in=mine, call__in=among.values("pk"))
    return Q(agent__in=theirs) | Q(pk__in=rang.values("call"))


def call_lists_for(*, user: User) -> "list[QuerySet[Call]]":
    """Return `call_list_for` as one who leafs through it wants it: its beginning first, then all.

    To find an agent's newest calls PostgreSQL would read everybody's, or all of his. Those of a
    month are few, and their indexes begin with the agent. One list for who sees more than his own,
    0 or 1 query. A number or a day is better asked for of `call_list_for`.
    """
    if user.tier != ViewTier.OWN:
        return [call_list_for(user=user)]
    theirs = agent_ids(user)
    answered, rang = Call.objects.filter(agent__in=theirs), Leg.objects.filter(agent__in=theirs)
    found = []
    for span in OF_LATE:
        since = timezone.now() - span
        # A phone rings after the call has begun; the day is for clocks and call-backs.
        since_rang = Q(started_at__gte=since - timedelta(days=1)) | Q(started_at=None)
        ids = _either(answered.filter(started_at__gte=since), rang.filter(since_rang))
        found.append(_listed(Call.objects.filter(pk__in=ids, started_at__gte=since)))
    return [*found, _listed(Call.objects.filter(pk__in=_either(answered, rang)))]


def call_newest_for(*, user: User, most: int, joined: str) -> list[Call]:
    """Return the newest calls that the person may see, `joined` with something more."""
    keys: list[int] = []
    for rows in call_lists_for(user=user):
        # Keys alone: with all its joins PostgreSQL would plan to read a month of everybody's.
        keys = list(rows.values_list("pk", flat=True)[:most])
        if len(keys) == most:
            break
    return list(_listed(Call.objects.filter(pk__in=keys)).select_related(joined))


def _either(answered: "QuerySet[Call]", rang: "QuerySet[Leg]") -> Any:
    """Return the ids of both: one sub-query, which becomes a join. An OR with EXISTS would have
    PostgreSQL believe that half of all calls are his, and ask it of each.
    """
    return answered.values("pk").union(rang.values("call"), all=True)


def _listed(rows: "QuerySet[Call]") -> "QuerySet[Call]":
    return (
        rows.select_related("tenant", "agent__user", "customer__owner__user")
        .prefetch_related("recordings")
        .order_by("-started_at", "-pk")
    )


def call_get_for(*, user: User, pk: int) -> Call:
    """Return one call that the person may see; NotFoundError otherwise. 2 queries."""
    found: Call | None = call_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"call {pk}")
    return found


def call_list_with_number(calls: "QuerySet[Call]", number: str) -> "QuerySet[Call]":
    """Limit calls to those of a caller, as dialled or in E.164; no digits give none."""
    key = lookup_key(number)
    return calls.filter(caller_lookup=key) if key else calls.none()


def call_timeline(call: Call) -> list[CallFact]:
    """Return the call's facts in the order in which they happened. 1 query.

    Without those that another corrects. Give only a call that `call_get_for` returned: the facts
    themselves are not limited by tier.
    """
    rows = CallFact.objects.filter(node=call.node, linkedid=call.linkedid).order_by("at", "key")
    replaced = {row.data.get("corrects") for row in rows}
    return [row for row in rows if row.key not in replaced]


def calls_with_facts(calls: Iterable[Call], kinds: Collection[str]) -> set[int]:
    """Return the keys of those calls that have a fact of one of these kinds. 1 query.

    As for `call_timeline`: the facts are not limited by tier.
    """
    by_key = {(call.node, call.linkedid): call.pk for call in calls}
    rows = CallFact.objects.filter(of_calls(by_key), kind__in=kinds)
    return {by_key[key] for key in rows.values_list("node", "linkedid").distinct()}


def call_states(calls: Iterable[Call]) -> dict[int, CallState]:
    """Return the folded state of each call by its key. 1 query."""
    by_key = {(call.node, call.linkedid): call.pk for call in calls}
    found: dict[int, list[CallFact]] = {pk: [] for pk in by_key.values()}
    for row in CallFact.objects.filter(of_calls(by_key)):
        found[by_key[row.node, row.linkedid]].append(row)
    return {pk: fold(fact_of(row) for row in rows) for pk, rows in found.items()}


def call_need_talk(*, call: Call, agent: Agent) -> None:
    """Raise NotTalkingError unless the agent talks with the caller of this inbound call now."""
    if call_state_for(call, agent) not in TALKING or call.direction != Direction.IN:
        raise NotTalkingError(call.linkedid)


def call_state_for(call: Call, agent: Agent) -> str:
    """Return what the call is for the agent now (a card's `state`), '' when no phone of his is in.

    Whom he has sent on is not with him, though he keeps the card. As many queries as
    `call_live_for_agent`.
    """
    mine = (card for card in call_live_for_agent(agent) if card["uniqueid"])
    return next((card["state"] for card in mine if card["id"] == call.pk), "")


def call_live_for_agent(agent: Agent) -> list[CallCard]:
    """Return the cards of the calls on the agent's phones now, oldest first.

    2 queries and those of `call_card` for each call.
    """
    # Ended legs too: he may have sent the customer on, and take him back.
    my_legs = Leg.objects.filter(call=OuterRef("pk"), agent=agent)
    calls = list(
        Call.objects.filter(Exists(my_legs), ended_at=None)
        .select_related("customer__owner__user", "agent__user")
        .order_by("started_at", "pk")[:MAX_LIVE]
    )
    states = call_states(calls)
    cards = []
    for call in calls:
        state = states[call.pk]
        mine = [
            leg for leg in state.legs.values() if leg.is_live and leg.endpoint in agent.endpoints
        ]
        cards += [
            card_for(
                agent,
                call_card(
                    call,
                    status=leg_status(state, leg),
                    uniqueid=leg.uniqueid,
                    control=control_card(call, state, agent),
                    transfer=transfer_card(call, state, agent),
                    declined=decline_card(call, state, agent),
                    open_items=card_items(agent.user, call),
                ),
            )
            for leg in mine[-1:]
        ]
        if not mine and sent_by(state, agent.sip_username):
            control = control_card(call, state, agent)
            declined = decline_card(call, state, agent)
            sent = call_card(call, status="held", control=control, declined=declined)
            cards.append(card_for(agent, sent))
    return cards


def call_live_has(agent: Agent, *, but: str = "") -> bool:
    """Say whether one of the agent's phones rings or talks now. 1 query.

    `but` is the linkedid of a call that does not count: it is about to ring him, and that it just
    ceased to ring him may not be written yet.
    """
    rows = Leg.objects.filter(agent=agent, ended_at=None, call__ended_at=None)
    return (rows.exclude(call__linkedid=but) if but else rows).exists()


def agents_on_call(agents: Iterable[int]) -> set[int]:
    """Return the ids of those agents one of whose phones rings or talks now. 1 query."""
    rows = Leg.objects.filter(agent__in=list(agents), ended_at=None, call__ended_at=None)
    return set(rows.values_list("agent_id", flat=True))


def call_missed_count(agent: Agent, *, since: datetime) -> int:
    """Return how many calls were offered to the agent since, and answered by nobody. 1 query."""
    offered = Leg.objects.filter(call=OuterRef("pk"), agent=agent, offered_at__gte=since)
    return Call.objects.filter(
        Exists(offered), answered_at=None, ended_at__isnull=False, started_at__gte=since
    ).count()


def call_live_count(node: str) -> int:
    """Return how many calls of a node the ledger believes live, in scope. 1 query."""
    return Call.objects.filter(node=node, ended_at=None).count()
