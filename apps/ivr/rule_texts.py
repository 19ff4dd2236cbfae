"""Routing rules in the person's language: facts, comparisons, actions, faults."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.acd.engine import fact_fields as f
from apps.acd.engine import rule_actions as act
from apps.acd.engine import rules
from apps.acd.engine.fact_fields import field_of

Text = str | Promise

FACTS: Mapping[str, Text] = {
    "caller.number": gettext_lazy("Caller's number"),
    "caller.known": gettext_lazy("Caller is a customer"),
    "caller.region": gettext_lazy("Caller's region"),
    "caller.carrier": gettext_lazy("Caller's carrier"),
    "customer.level": gettext_lazy("Customer level"),
    "customer.type": gettext_lazy("Customer type"),
    "customer.tags": gettext_lazy("Customer tags"),
    "owner.number": gettext_lazy("Owner agent"),
    "owner.ready": gettext_lazy("Owner agent is ready"),
    "last_agent.number": gettext_lazy("Last agent"),
    "last_agent.days": gettext_lazy("Days since the last agent"),
    "last_agent.ready": gettext_lazy("Last agent is ready"),
    "dialled": gettext_lazy("Number dialled"),
    "language": gettext_lazy("Language"),
    "variables.{variable}": gettext_lazy("Variable of the flow"),
    "time.clock": gettext_lazy("Time of day"),
    "time.weekday": gettext_lazy("Weekday"),
    "calendars.{calendar}": gettext_lazy("Calendar is open"),
    "waited_s": gettext_lazy("Waited (s)"),
    "queues.{queue}.waiting": gettext_lazy("Queue: callers waiting"),
    "queues.{queue}.idle": gettext_lazy("Queue: idle agents"),
    "queues.{queue}.signed_in": gettext_lazy("Queue: agents signed in"),
    "queues.{queue}.longest_wait_s": gettext_lazy("Queue: longest wait (s)"),
    "queues.{queue}.expected_wait_s": gettext_lazy("Queue: expected wait (s)"),
    "queues.{queue}.service_level": gettext_lazy("Queue: service level today (%)"),
}
OPS: Mapping[str, Text] = {
    f.EQUALS: gettext_lazy("is"),
    f.NOT_EQUALS: gettext_lazy("is not"),
    f.IN: gettext_lazy("is one of"),
    f.NOT_IN: gettext_lazy("is none of"),
    f.BEGINS_WITH: gettext_lazy("begins with"),
    f.CONTAINS: pgettext_lazy("comparison", "contains"),
    f.LESS: gettext_lazy("is less than"),
    f.AT_MOST: gettext_lazy("is at most"),
    f.MORE: gettext_lazy("is more than"),
    f.AT_LEAST: gettext_lazy("is at least"),
    f.BETWEEN: gettext_lazy("is between"),
    f.IS: gettext_lazy("is"),
    f.HAS: gettext_lazy("has one of"),
    f.HAS_NOT: gettext_lazy("has none of"),
    f.KNOWN: gettext_lazy("is known"),
    f.UNKNOWN: gettext_lazy("is unknown"),
}
CLOCK_OPS: Mapping[str, Text] = {
    f.LESS: gettext_lazy("is before"),
    f.AT_LEAST: gettext_lazy("is not before"),
}
WEEKDAYS: Mapping[str, Text] = {
    "1": gettext_lazy("Monday"),
    "2": gettext_lazy("Tuesday"),
    "3": gettext_lazy("Wednesday"),
    "4": gettext_lazy("Thursday"),
    "5": gettext_lazy("Friday"),
    "6": gettext_lazy("Saturday"),
    "7": gettext_lazy("Sunday"),
}
OPTIONS: Mapping[str, Mapping[str, Text]] = {
    "time.weekday": WEEKDAYS,
    "language": {"zh": gettext_lazy("Chinese"), "en": gettext_lazy("English")},
    "customer.level": {"normal": gettext_lazy("Normal"), "vip": gettext_lazy("VIP")},
}
ACTIONS: Mapping[str, Text] = {
    act.QUEUE: gettext_lazy("Wait in a queue"),
    act.AGENT: gettext_lazy("Ring an agent"),
    act.FLOW: gettext_lazy("Go through a flow"),
    act.VOICEMAIL: gettext_lazy("Leave a message"),
    act.EXTERNAL: gettext_lazy("Ring a number outside"),
    act.CALL_BACK: gettext_lazy("Order a call-back"),
    act.REFUSE: gettext_lazy("Refuse the call"),
    act.CONTINUE: gettext_lazy("Go on with the flow"),
}
PERSONS: Mapping[str, Text] = {
    act.OWNER: gettext_lazy("the owner agent"),
    act.LAST_AGENT: gettext_lazy("the last agent"),
}
VERDICTS: Mapping[str, Text] = {
    rules.DECIDED: gettext_lazy("decided"),
    rules.FALSE: gettext_lazy("is not true"),
    rules.LATER: gettext_lazy("an earlier rule had decided"),
    rules.OFF: gettext_lazy("is switched off"),
    act.QUEUE_UNKNOWN: gettext_lazy("is true, but there is no such queue"),
    act.QUEUE_CLOSED: gettext_lazy("is true, but the queue is closed now"),
    act.AGENT_UNKNOWN: gettext_lazy("is true, but there is no such agent"),
    act.AGENT_SIGNED_OUT: gettext_lazy("is true, but the agent is signed out"),
    act.AGENT_BUSY: gettext_lazy("is true, but the agent is busy"),
    act.FLOW_UNKNOWN: gettext_lazy("is true, but there is no such flow"),
    act.BOX_UNKNOWN: gettext_lazy("is true, but there is no such voicemail box"),
    act.NO_TRUNK: gettext_lazy("is true, but no line leads outside"),
    act.NO_CALL_BACK: gettext_lazy("is true, but the number cannot or may not be called"),
}
PROBLEMS: Mapping[str, Text] = {
    "unknown_queue": gettext_lazy("There is no queue %(detail)s in use."),
    "unknown_agent": gettext_lazy("There is no agent %(detail)s."),
    "unknown_flow": gettext_lazy("Flow “%(detail)s” was never published."),
    "unknown_box": gettext_lazy("There is no voicemail box %(detail)s."),
    "unknown_calendar": gettext_lazy("There is no calendar “%(detail)s”."),
    "unknown_skill": gettext_lazy("There is no skill “%(detail)s”."),
    "serves_not": gettext_lazy("Agent %(detail)s does not serve this queue."),
    "unreachable": gettext_lazy("Never asked: “%(detail)s” decides before it."),
    "no_value": gettext_lazy("Fill in this field."),
    "unknown_fact": gettext_lazy("Choose what is compared."),
    "unknown_op": gettext_lazy("Choose a comparison."),
    "not_a_number": gettext_lazy("Give a number."),
    "not_a_text": gettext_lazy("Give a text of at most 200 characters."),
    "not_a_phone_number": gettext_lazy("Give a telephone number or its beginning."),
    "not_an_option": gettext_lazy("Choose one of the list."),
    "not_a_clock_time": gettext_lazy("Give a time such as 09:00."),
    "not_two_values": gettext_lazy("Give two values."),
    "not_yes_or_no": gettext_lazy("Choose yes or no."),
    "wrong_order": gettext_lazy("The first value must be the smaller one."),
    "empty_list": gettext_lazy("Give at least one value, separated by commas."),
    "out_of_range": gettext_lazy("Give a whole number, %(detail)s."),
    "unknown_action": gettext_lazy("Choose what becomes of the call."),
    "skill_twice": gettext_lazy("A skill stands here twice."),
    "too_many": gettext_lazy("There are too many conditions."),
    "too_deep": gettext_lazy("Groups are nested too deeply."),
    "id_twice": gettext_lazy("Two rules are one and the same."),
}


def fact_told(name: str) -> str:
    """Return how people call a fact, with its queue, calendar or variable."""
    found = field_of(name)
    if found is None:
        return name
    field, parameter = found
    label = str(FACTS.get(field.name, field.name))
    return f"{label} ({parameter})" if parameter else label


def op_told(fact: str, op: str) -> str:
    """Return a comparison in words; of the time of day before and not before."""
    found = field_of(fact)
    is_clock = found is not None and found[0].kind == f.CLOCK
    return str((CLOCK_OPS.get(op) if is_clock else None) or OPS.get(op, op))


def value_told(fact: str, value: object) -> str:
    """Return a value as people write it; None is unknown."""
    if value is None:
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(value_told(fact, one) for one in value) or _("none")
    known = OPTIONS.get(fact, {}).get(str(value))
    return str(known) if known else f"{value:g}" if isinstance(value, float) else str(value)


def leaf_told(leaf: Mapping[str, Any]) -> str:
    """Return a comparison with what was there: `Queue: idle agents (7002) is at least 4 (is 5)`."""
    fact, op, value = str(leaf["fact"]), str(leaf["op"]), leaf.get("value")
    asked = "" if value is None else f" {value_told(fact, value)}"
    was = value_told(fact, leaf.get("was"))
    return f"{fact_told(fact)} {op_told(fact, op)}{asked} ({_('was')}: {was})"


def action_told(action: Mapping[str, Any]) -> str:
    """Return an action in words."""
    kind = str(action["kind"])
    target = next((str(action[name]) for name in act.REQUIRED if name in action), "")
    told = str(ACTIONS.get(kind, kind))
    target = str(PERSONS.get(target, target))
    return f"{told}: {target}" if target else told


def verdict_told(code: str) -> str:
    """Return what became of a rule."""
    return str(VERDICTS.get(code, code))


def problem_told(code: str, detail: str) -> str:
    """Return what is wrong."""
    text = PROBLEMS.get(code)
    if text is None:
        return _("This is not complete (%(code)s).") % {"code": code}
    return str(text) % {"detail": detail}
