"""Take a person out of the call ledger and keep its figures (`HUAWU_CUSTOMER_ERASERS`)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from apps.calls.models import Call, CallFact
from apps.customers.models import Customer

HIDDEN = "anonymous"
HIDES = (
    *("caller", "caller_lookup", "caller_name", "dialled", "dialled_lookup", "note"),
    "updated_at",
)


def calls_of_person(customer: Customer, numbers: Sequence[str]) -> "QuerySet[Call]":
    """Return his calls, and those of nobody else with one of his numbers, oldest first."""
    wanted = Q(customer=customer)
    if numbers:
        wanted |= Q(customer=None) & (
            Q(caller_lookup__in=numbers) | Q(direction="out", dialled_lookup__in=numbers)
        )
    rows: QuerySet[Call] = Call.objects.filter(wanted).order_by("pk")
    return rows


def calls_erase(customer: Customer, numbers: Sequence[str]) -> int:
    """Hide numbers and names in his calls and their facts; return how many calls there were.

    `numbers` are look-up keys and numbers as typed. Queues, agents, times and outcomes stay, so
    no figure changes. Facts are rewritten too: a call is folded from them anew.
    """
    seen = 0
    for call in calls_of_person(customer, numbers).iterator(chunk_size=500):
        seen += 1
        theirs = {*numbers}
        if call.direction == "in":
            theirs |= {call.caller, call.caller_lookup}
            call.caller, call.caller_lookup = HIDDEN, ""
        else:
            theirs |= {call.dialled, call.dialled_lookup}
            call.dialled, call.dialled_lookup = HIDDEN, ""
        names = {call.caller_name} if call.direction == "in" else set()
        call.caller_name = "" if call.direction == "in" else call.caller_name
        call.note = ""
        call.save(update_fields=HIDES)
        _facts_erase(call, {text for text in theirs | names if len(text) > 1})
    return seen


def _facts_erase(call: Call, texts: set[str]) -> None:
    changed = []
    for fact in CallFact.objects.filter(node=call.node, linkedid=call.linkedid):
        data = _without(fact.data, texts)
        if data != fact.data:
            fact.data = data
            changed.append(fact)
    CallFact.objects.bulk_update(changed, ["data"], batch_size=500)


def _without(value: Any, texts: set[str]) -> Any:
    if isinstance(value, str):
        return HIDDEN if value in texts else value
    if isinstance(value, dict):
        return {key: _without(one, texts) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, texts) for one in value]
    return value
