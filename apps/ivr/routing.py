"""What routing rules look at, read in one short visit, and what they say of a call.

`routing_read` is the only part that asks the database; it reads nothing that no rule asks for.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from apps.acd.engine.conditions import queues_named
from apps.acd.engine.fact_fields import Value, field_of
from apps.acd.engine.rule_actions import (
    AGENT,
    CALL_BACK,
    EXTERNAL,
    PERSONS,
    QUEUE,
    AgentNow,
    Means,
    person,
)
from apps.acd.engine.rule_record import make_record
from apps.acd.engine.rules import RuleSet, rules_decide
from apps.acd.expected_waits import expected_waits
from apps.acd.models import Queue
from apps.acd.queue_figures import Live, queues_now, service_levels
from apps.acd.selectors import agents_now
from apps.calls.models import Call
from apps.core.phone_numbers import lookup_key, phone_number
from apps.customers.selectors import blacklist_entry_for, customer_by_number
from apps.ivr.engine.voice import LookupFailedError, QueueDoor, Routed
from apps.numbers.selectors import trunk_for_calls_out

logger = logging.getLogger(__name__)

# Older talks are forgotten: nobody remembers them either.
LAST_AGENT_WITHIN = timedelta(days=365)


@dataclass(frozen=True)
class RulesPlan:
    """The version of a rule set that is in force."""

    name: str
    number: int
    rules: RuleSet


@dataclass(frozen=True)
class Seen:
    """What was read for one call: facts, agents whom rules name, and two answers."""

    facts: Mapping[str, Value] = field(default_factory=dict)
    agents: Mapping[str, AgentNow] = field(default_factory=dict)
    has_trunk: bool = False
    can_call_back: bool = False


def routing_read(
    rules: RuleSet, given: Mapping[str, Value], *, time_zone: str, now: datetime | None = None
) -> Seen:
    """Read what the rules ask, in the company's scope. 0 to 18 queries; `given` facts stay.

    Calendars are left to the caller, who keeps them.
    """
    now = now or timezone.now()
    asked = rules.facts_asked
    caller = str(given.get("caller.number", ""))
    found: dict[str, Value] = {**clock_facts(time_zone, now)}
    if asked & {"caller.region", "caller.carrier"} - given.keys():
        found |= number_facts(caller)
    is_customer_asked = any(name.startswith(("customer.", "owner.")) for name in asked)
    if (is_customer_asked or "caller.known" in asked) and "caller.known" not in given:
        found |= customer_facts(caller)
    if any(name.startswith("last_agent.") for name in asked):
        found |= last_agent_facts(caller, now)
    found |= queue_facts(asked, now)
    # What is given (an assumption of a dry run, the flow's variables) comes before what is read.
    found |= given
    if caller:
        found["caller.number"] = national(caller)
    agents = _agents(rules, found, asked, now)
    for who, name in PERSONS.items():
        agent = agents.get(str(found.get(name, "")))
        if agent is not None:
            found.setdefault(f"{who}.ready", agent.is_ready)
    return Seen(
        facts=found,
        agents=agents,
        has_trunk=bool(rules.targets(EXTERNAL)) and trunk_for_calls_out() is not None,
        can_call_back=bool(rules.targets(CALL_BACK)) and _may_call_back(caller),
    )


def _may_call_back(caller: str) -> bool:
    return bool(phone_number(caller).e164) and blacklist_entry_for(caller) is None


def _agents(
    rules: RuleSet, facts: Mapping[str, Value], asked: Iterable[str], now: datetime
) -> dict[str, AgentNow]:
    wished = {person(rule.then.wanted, facts) for rule in rules.active}
    wished |= {person(who, facts) for who in rules.targets(AGENT)}
    wished |= {str(facts.get(name, "")) for who, name in PERSONS.items() if f"{who}.ready" in asked}
    return agents_now(wished - {""}, now)


def rules_route(
    plan: RulesPlan,
    seen: Seen,
    *,
    queues: frozenset[str],
    boxes: frozenset[str],
    flows: frozenset[str],
    door: Callable[[str], QueueDoor],
    is_open: Callable[[str], bool],
) -> Routed:
    """Return what the rules say.

    `queues`, `boxes` (of agents) and `flows` are what there is; `door` and `is_open` are asked of
    the queues and calendars that matter, and may raise LookupFailedError.
    """
    hours: dict[str, Value] = {
        f"calendars.{name}": value for name, value in hours_known(is_open, plan.rules).items()
    }
    facts = {**hours, **seen.facts}
    means = Means(
        queues={
            number: is_open_or_unknown(door, number)
            for number in plan.rules.targets(QUEUE, CALL_BACK) & queues
        },
        agents=seen.agents,
        boxes=boxes | queues,
        flows=flows,
        has_trunk=seen.has_trunk,
        can_call_back=seen.can_call_back,
    )
    ruling = rules_decide(plan.rules, facts, means)
    record = make_record(
        name=plan.name,
        number=plan.number,
        rules=plan.rules,
        facts=facts,
        means=means,
        ruling=ruling,
    )
    return Routed(ruling.action, record)


def calendars_asked(rules: RuleSet) -> frozenset[str]:
    """Return the names of the calendars that the rules ask."""
    found = map(field_of, rules.facts_asked)
    return frozenset(name for field, name in filter(None, found) if field.parameter == "calendar")


def is_open_or_unknown(ask: Callable[[str], QueueDoor], queue: str) -> bool:
    """Say whether a queue takes callers now; while nobody can know it does, as in a flow."""
    try:
        return ask(queue) == QueueDoor.OPEN
    except LookupFailedError:
        return True


def hours_known(ask: Callable[[str], bool], rules: RuleSet) -> dict[str, bool]:
    """Return which calendars that the rules ask are open; who cannot be asked is left out."""
    found = {}
    for name in calendars_asked(rules):
        with suppress(LookupFailedError):
            found[name] = ask(name)
    return found


# --- Facts, each from one place ---


def clock_facts(time_zone: str, now: datetime) -> dict[str, Value]:
    """Return the company's clock and weekday (1 Monday to 7). No query."""
    try:
        local = now.astimezone(ZoneInfo(time_zone))
    except (ValueError, ZoneInfoNotFoundError):
        # A row written past the admin's checks must not cost a call: the time is unknown.
        logger.error("time zone %r is not known", time_zone)
        return {}
    return {"time.clock": local.strftime("%H:%M"), "time.weekday": str(local.isoweekday())}


def national(number: str) -> str:
    """Return a number as people in China write it: 13800138000, 02088886666; others +44…"""
    full = phone_number(number).e164
    if not full.startswith("+86"):
        return full or number
    inside = full.removeprefix("+86")
    # Mobiles have 11 digits and begin with 1; what is longer or begins otherwise has an area code.
    return inside if inside.startswith(("1", "400", "800")) else f"0{inside}"


def number_facts(number: str) -> dict[str, Value]:
    """Return where a number is from, as far as known. No query."""
    known = phone_number(number)
    found: dict[str, Value] = {"caller.region": known.region, "caller.carrier": known.carrier}
    return {name: value for name, value in found.items() if value}


def customer_facts(number: str) -> dict[str, Value]:
    """Return who has the number. 1 to 2 queries."""
    customer = customer_by_number(number) if number else None
    if customer is None:
        return {"caller.known": False}
    found: dict[str, Value] = {
        "caller.known": True,
        "customer.level": customer.level,
        "customer.tags": tuple(str(tag) for tag in customer.tags),
    }
    if customer.kind:
        found["customer.type"] = customer.kind
    if customer.owner is not None:
        found["owner.number"] = customer.owner.number
    return found


def last_agent_facts(number: str, now: datetime) -> dict[str, Value]:
    """Return with whom this number talked last, and how many days ago. 1 query."""
    key = lookup_key(number)
    if not key:
        return {}
    last = (
        Call.objects.filter(
            caller_lookup=key,
            started_at__gte=now - LAST_AGENT_WITHIN,
            started_at__lt=now,
            answered_at__isnull=False,
            agent__is_active=True,
        )
        .order_by("-started_at", "-pk")
        .values_list("agent__number", "answered_at")
        .first()
    )
    if last is None:
        return {}
    agent, answered_at = last
    days = (now - answered_at).total_seconds() / 86_400 if answered_at else 0.0
    return {"last_agent.number": agent, "last_agent.days": round(max(days, 0.0), 3)}


def queue_facts(asked: Iterable[str], now: datetime) -> dict[str, Value]:
    """Return the live counts of the queues that are asked for. 0 to 8 queries."""
    numbers = queues_named(asked)
    if not numbers:
        return {}
    found: dict[str, Value] = {}
    for number, live in queues_now(numbers, now).items():
        found |= live_facts(number, live)
    if any(name.endswith(".expected_wait_s") for name in asked):
        queues = Queue.objects.filter(number__in=numbers, is_active=True)
        for number, expected_s in expected_waits(queues, now).items():
            if expected_s is not None:
                found[f"queues.{number}.expected_wait_s"] = round(expected_s)
    if any(name.endswith(".service_level") for name in asked):
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        for number, level in service_levels(numbers, midnight, now).items():
            if level is not None:
                found[f"queues.{number}.service_level"] = round(level * 100, 1)
    return found


def live_facts(number: str, live: Live) -> dict[str, Value]:
    """Return the counts of one queue as facts."""
    return {
        f"queues.{number}.waiting": live.waiting,
        f"queues.{number}.idle": live.idle,
        f"queues.{number}.signed_in": live.signed_in,
        f"queues.{number}.longest_wait_s": live.longest_s,
    }
