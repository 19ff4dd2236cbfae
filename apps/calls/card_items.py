"""What else of the customer is open, for the call card: told by others (`HUAWU_CARD_ITEMS`).

So that work orders and the like stand in the card, and nothing here knows what is above.
"""

from collections.abc import Callable, Sequence
from typing import TypedDict

from django.conf import settings
from django.utils.module_loading import import_string

from apps.accounts.models import User
from apps.calls.models import Call

MOST_ITEMS = 10


class CardItem(TypedDict):
    """One open thing: `kind` is its sort, a word of the glossary, `url` its page of ours."""

    kind: str
    title: str
    url: str


Asked = tuple[User, Call]

# Takes persons with a call each, all of the company in scope; returns for each, in their order,
# what this person may see. Asked for many cards at once: a query for all of them, not for each.
CardItems = Callable[[Sequence[Asked]], Sequence[list[CardItem]]]


def card_items(user: User, call: Call) -> list[CardItem]:
    """Return what is open about the call's customer, for one person."""
    return card_items_many([(user, call)])[0]


def card_items_many(asked: Sequence[Asked]) -> list[list[CardItem]]:
    """Return what is open about each call's customer, asking all of HUAWU_CARD_ITEMS in order.

    No query of its own. Source and bound: at most `MOST_ITEMS`.
    """
    found: list[list[CardItem]] = [[] for _ in asked]
    for path in settings.HUAWU_CARD_ITEMS:
        source: CardItems = import_string(path)
        for items, more in zip(found, source(asked), strict=True):
            items.extend(more)
    return [items[:MOST_ITEMS] for items in found]
