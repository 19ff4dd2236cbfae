"""What agents are told of calls: their cards, each only when it says something new."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from apps.accounts.models import Agent
from apps.calls import resolve
from apps.calls.card_items import CardItem, card_items_many
from apps.calls.cards import (
    ControlCard,
    DeclineCard,
    TransferCard,
    call_card,
    card_for,
    control_card,
    customers_load,
    decline_card,
    leg_status,
    transfer_card,
)
from apps.calls.choices import LegKind
from apps.calls.engine.control import sent_by
from apps.calls.engine.state import CallState
from apps.calls.models import Call
from apps.calls.past_calls import past_calls_load
from apps.calls.row_writes import Calls, States
from apps.core.events import StreamEvent, user_stream
from apps.core.tenancy import tenant_scope

MAX_REMEMBERED = 5_000


class SentCards:
    """Remember the last card sent for (call, user), so that nobody is told the same twice."""

    def __init__(self) -> None:
        self._sent: OrderedDict[tuple[int, int], str] = OrderedDict()

    def is_news(self, call_id: int, user_id: int, text: str) -> bool:
        """Say whether this differs from what was sent last."""
        return self._sent.get((call_id, user_id)) != text

    def remember(self, call_id: int, user_id: int, text: str) -> None:
        """Remember what was sent; only after the commit, else a retry would send nothing."""
        self._sent[call_id, user_id] = text
        self._sent.move_to_end((call_id, user_id))
        while len(self._sent) > MAX_REMEMBERED:
            self._sent.popitem(last=False)


sent_cards = SentCards()


@dataclass(frozen=True)
class _News:
    """A card that is to be sent."""

    agent: Agent
    call: Call
    status: str
    uniqueid: str
    control: ControlCard | None
    transfer: TransferCard | None
    declined: DeclineCard | None


def card_events(calls: Calls, states: States) -> list[StreamEvent]:
    """Return what to tell whom, after the calls' rows were written, in their transaction.

    At most 2 queries for customers, 3 for earlier calls and those of the open items, whatever the
    number of calls. The caller holds `all_tenants`.
    """
    shown = {key: _agents_of(call, states[key]) for key, call in calls.items()}
    customers_load(calls[key] for key, found in shown.items() if found)
    news = [
        one
        for key, found in shown.items()
        for agent, status, uniqueid in found
        if (one := _news(calls[key], states[key], agent, status, uniqueid)) is not None
    ]
    # Asked while he waits too, so that the card of the offer does not have to.
    past_calls_load(
        [
            *(call for key, call in calls.items() if states[key].is_in_queue),
            *(one.call for one in news),
        ]
    )
    items = _items(news)
    return [_event(one, items[place]) for place, one in enumerate(news)]


def _agents_of(call: Call, state: CallState) -> list[tuple[Agent, str, str]]:
    """Return each agent of the company in the call, with what it is for him and his leg."""
    latest: dict[int, tuple[Agent, str, str]] = {}
    for leg in state.legs.values():
        agent = resolve.agents.get(leg.endpoint) if leg.kind == LegKind.AGENT else None
        # Rung twice (his first leg ended, a second rings): the later leg is what he sees.
        if agent is not None and agent.tenant_id == call.tenant_id:
            latest[agent.user_id] = (agent, leg_status(state, leg), leg.uniqueid)
    return list(latest.values())


def _news(call: Call, state: CallState, agent: Agent, status: str, uniqueid: str) -> _News | None:
    control = control_card(call, state, agent)
    if status == "ended" and sent_by(state, agent.sip_username):
        # He has sent the customer on and may still take him back.
        status = "held"
    transfer = transfer_card(call, state, agent)
    declined = decline_card(call, state, agent)
    seen = [status, uniqueid, control, transfer, declined, _shown(call)]
    text = json.dumps(seen, default=str)
    if not sent_cards.is_news(call.pk, agent.user_id, text):
        return None
    remember = partial(sent_cards.remember, call.pk, agent.user_id, text)
    transaction.on_commit(remember, robust=True)
    return _News(agent, call, status, uniqueid, control, transfer, declined)


def _event(news: _News, open_items: list[CardItem]) -> StreamEvent:
    card = call_card(
        news.call,
        status=news.status,
        uniqueid=news.uniqueid,
        control=news.control,
        transfer=news.transfer,
        declined=news.declined,
        open_items=open_items,
    )
    return StreamEvent(
        stream=user_stream(news.agent.user_id),
        kind="call.changed",
        tenant_id=news.call.tenant_id,
        data=dict(card_for(news.agent, card)),
    )


def _items(news: Sequence[_News]) -> list[list[CardItem]]:
    """Return the open items of each card, asked once for each company, in its scope."""
    found: list[list[CardItem]] = [[] for _ in news]
    places: dict[int, list[int]] = {}
    for place, one in enumerate(news):
        if one.call.tenant_id is not None:
            places.setdefault(one.call.tenant_id, []).append(place)
    for tenant_id, mine in places.items():
        with tenant_scope(tenant_id):
            items = card_items_many([(news[place].agent.user, news[place].call) for place in mine])
        for place, open_items in zip(mine, items, strict=True):
            found[place] = open_items
    return found


def _shown(call: Call) -> list[object]:
    return [
        call.customer_id,
        call.agent_id,
        call.queue_name,
        call.path,
        call.answered_at,
        call.ended_at,
        call.outcome,
    ]
