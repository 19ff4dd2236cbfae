"""Overflow rules and announcements as the distributor's board takes them from the database."""

import logging
from collections.abc import Iterable

from apps.acd.engine.conditions import Condition, ConditionError, condition_parse
from apps.acd.engine.overflow import Rule
from apps.acd.engine.saying import Says
from apps.acd.models import Queue
from apps.acd.overflow_models import OverflowRule, OverflowThen, OverflowWhen
from apps.numbers.models import Did
from apps.numbers.selectors import trunk_for_calls_out

logger = logging.getLogger(__name__)


def queue_says(queue: Queue) -> Says:
    """Return what the queue says to who waits."""
    return Says(
        place=queue.says_place,
        most_place=queue.says_place_most,
        wait=queue.says_wait,
        most_min=queue.says_wait_most_min,
        first_s=queue.says_first_s,
        every_s=queue.says_every_s,
    )


def overflow_rules(queues: Iterable[Queue]) -> dict[int, tuple[Rule, ...]]:
    """Return the active rules by queue, in their order; what cannot be done is left out. 1 query.

    With a number outside 2 more.
    """
    known = {queue.pk: queue for queue in queues}
    rows = list(
        OverflowRule.objects.filter(is_active=True, queue__in=known.keys()).order_by(
            "position", "pk"
        )
    )
    outside = _Outside(rows)
    found: dict[int, tuple[Rule, ...]] = {}
    for row in rows:
        rule = _rule(row, known, outside)
        if rule is not None:
            found[row.queue_id] = (*found.get(row.queue_id, ()), rule)
    return found


class _Outside:
    """How numbers outside are called: the trunk, and the number that each company shows."""

    def __init__(self, rows: Iterable[OverflowRule]) -> None:
        companies = {row.tenant_id for row in rows if row.then == OverflowThen.NUMBER}
        trunk = trunk_for_calls_out() if companies else None
        self.trunk = trunk.endpoint if trunk else ""
        shown = Did.objects.filter(is_active=True, tenant__in=companies) if companies else ()
        self.shown = {did.tenant_id: did.number for did in reversed(list(shown))}


def _rule(row: OverflowRule, queues: dict[int, Queue], outside: _Outside) -> Rule | None:
    try:
        condition = _condition(row)
    except ConditionError as error:
        logger.error("overflow rule %s cannot be read: %s", row.pk, error)
        return None
    target, label, wait_s, extra = "", "", 0, ""
    if row.then == OverflowThen.NUMBER:
        extra = outside.shown.get(row.tenant_id, "")
        if not outside.trunk or not extra:
            return None
        target, label = f"PJSIP/{row.number}@{outside.trunk}", row.number
    elif row.then in (OverflowThen.QUEUE, OverflowThen.VOICEMAIL):
        queue = queues.get(row.target_queue_id or row.queue_id)
        if queue is None or queue.tenant_id != row.tenant_id:
            return None
        target, label, wait_s = queue.asterisk_name, queue.number, queue.max_wait_s
        extra = queue.asterisk_name if queue.has_voicemail else ""
    return Rule(
        id=row.pk,
        when=row.when,
        then=row.then,
        limit=row.limit or 0,
        condition=condition,
        target=target,
        label=label,
        keeps_place=row.keeps_place,
        wait_s=wait_s,
        extra=extra,
    )


def _condition(row: OverflowRule) -> Condition | None:
    """Return the rule's condition, None without. Raises ConditionError."""
    return condition_parse(row.condition) if row.when == OverflowWhen.CONDITION else None
