"""What else of the customer is open, for the call card: told by others (`HUAWU_CARD_ITEMS`).

So that work orders and the like stand in the card, and nothing here knows what is above.
"""

from collections.abc import Callable
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


# Takes the person and the call, in the company's scope; returns what this person may see.
CardItems = Callable[[User, Call], list[CardItem]]


def card_items(user: User, call: Call) -> list[CardItem]:
    """Return what is open about the call's customer, asking all of HUAWU_CARD_ITEMS in order.

    No query of its own. Source and bound: at most `MOST_ITEMS`.
    """
    found: list[CardItem] = []
    for path in settings.HUAWU_CARD_ITEMS:
        source: CardItems = import_string(path)
        found.extend(source(user, call))
    return found[:MOST_ITEMS]
