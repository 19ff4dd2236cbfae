"""Take a person out of saved filters (`HUAWU_CUSTOMER_ERASERS`)."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from apps.saved_views.models import SavedView

# A name of one sign, or the end of a number, is in too many filters that are not about him.
SHORTEST_NAME, SHORTEST_NUMBER = 2, 7


def views_erase(customer: Any, numbers: Sequence[str]) -> int:
    """Remove filters that name him or hold one of his numbers; return how many.

    A filter that asks for a person who is forgotten finds nobody: it goes as a whole, whoever kept
    it. Compared are its name and its values, numbers by their digits. Reads the company's filters,
    some thirty a person at most. 2 queries.
    """
    name = " ".join(customer.name.split()).casefold()
    digits = {re.sub(r"\D", "", number) for number in numbers}
    wanted = {one for one in digits if len(one) >= SHORTEST_NUMBER}
    rows = SavedView.objects.filter(tenant=customer.tenant_id).values_list("pk", "name", "query")
    his = [pk for pk, *texts in rows.iterator() if _is_about(texts, name, wanted)]
    SavedView.objects.filter(pk__in=his).delete()
    return len(his)


def _is_about(texts: Sequence[str], name: str, numbers: set[str]) -> bool:
    label, query = texts
    values = [label, *(value for _key, value in parse_qsl(query))]
    if len(name) >= SHORTEST_NAME and any(name in value.casefold() for value in values):
        return True
    told = {re.sub(r"\D", "", value) for value in values}
    return any(number in one or _is_end(one, number) for one in told for number in numbers)


def _is_end(typed: str, number: str) -> bool:
    """Say whether the digits typed are the number without what stands before it (86, 0)."""
    return len(typed) >= SHORTEST_NUMBER and number.endswith(typed)
