"""Change a queue's overflow rules and announcements; who may look at them and who may change them.

The distributor reads them within two seconds; callers who wait already are treated by the new ones.
"""

from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.models import Queue
from apps.acd.overflow_models import OverflowRule, OverflowThen, OverflowWhen
from apps.acd.queue_figures import queues_for
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError

SAYS = (
    "says_place",
    "says_place_most",
    "says_wait",
    "says_wait_most_min",
    "says_first_s",
    "says_every_s",
    "music_prompt",
)
RULE_FIELDS = (
    "is_active",
    "when",
    "limit",
    "condition",
    "then",
    "target_queue",
    "keeps_place",
    "number",
)
MAY_LOOK = (Role.ADMIN, Role.TEAM_LEAD)
UP, DOWN = "up", "down"


def queue_get_to_look(*, user: User, pk: int) -> Queue:
    """Return a queue whose rules the person may see: an admin, a team lead of his departments'.

    1 to 2 queries. Raises NotFoundError.
    """
    if user.role not in MAY_LOOK:
        raise NotFoundError(f"queue {pk}")
    found = queues_for(user).filter(pk=pk).select_related("tenant").first()
    if found is None:
        raise NotFoundError(f"queue {pk}")
    return found


def may_change(user: User) -> bool:
    """Say whether the person may change rules and announcements."""
    return user.role == Role.ADMIN


def queue_get_to_change(*, user: User, pk: int) -> Queue:
    """Return a queue that the person may change. Raises NotFoundError, ForbiddenError."""
    found = queue_get_to_look(user=user, pk=pk)
    if not may_change(user):
        raise ForbiddenError(user.username)
    return found


def rules_of(queue: Queue) -> list[OverflowRule]:
    """Return the queue's rules in their order. 1 query."""
    return list(queue.overflow_rules.select_related("target_queue").order_by("position", "pk"))


@transaction.atomic
def announcements_save(*, user: User, queue: Queue, values: dict[str, Any]) -> None:
    """Change what the queue says to who waits. Raises ValidationError."""
    for name in SAYS:
        setattr(queue, name, values[name])
    queue.clean_fields(exclude={one.name for one in Queue._meta.fields} - set(SAYS))
    queue.save(update_fields=[*SAYS, "updated_at"])
    _record(user, queue, "queue.announcements", {name: values[name] for name in SAYS})


@transaction.atomic
def rule_save(
    *, user: User, queue: Queue, values: dict[str, Any], pk: int | None = None
) -> OverflowRule:
    """Change one rule, or make one after the others. Raises ValidationError, NotFoundError."""
    if pk is None:
        last = queue.overflow_rules.aggregate(last=Max("position"))["last"]
        rule = OverflowRule(
            tenant_id=queue.tenant_id, queue=queue, position=0 if last is None else last + 1
        )
    else:
        rule = rule_get(queue, pk)
    for name in RULE_FIELDS:
        setattr(rule, name, values[name])
    _forget_what_does_not_count(rule)
    rule.full_clean(exclude=["tenant"])
    rule.save()
    _record(user, queue, "queue.overflow_rule", {"rule": rule.pk, "when": rule.when})
    return rule


@transaction.atomic
def rule_delete(*, user: User, queue: Queue, pk: int) -> None:
    """Remove a rule. Raises NotFoundError."""
    rule_get(queue, pk).delete()
    _record(user, queue, "queue.overflow_rule_deleted", {"rule": pk})


@transaction.atomic
def rule_move(*, user: User, queue: Queue, pk: int, to: str) -> None:
    """Move a rule before the one above it or after the one below. Raises NotFoundError."""
    Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    rules = rules_of(queue)
    place = next((place for place, rule in enumerate(rules) if rule.pk == pk), None)
    if place is None or to not in (UP, DOWN):
        raise NotFoundError(f"overflow rule {pk} {to}")
    other = place + (1 if to == DOWN else -1)
    if 0 <= other < len(rules):
        rules[place], rules[other] = rules[other], rules[place]
    for position, rule in enumerate(rules):
        if rule.position != position:
            rule.position = position
            rule.save(update_fields=["position", "updated_at"])
    _record(user, queue, "queue.overflow_rule_moved", {"rule": pk, "to": to})


def rule_get(queue: Queue, pk: int) -> OverflowRule:
    """Return a rule of the queue. 1 query. Raises NotFoundError."""
    found: OverflowRule | None = queue.overflow_rules.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"overflow rule {pk}")
    return found


def _forget_what_does_not_count(rule: OverflowRule) -> None:
    """Empty the fields that this kind of rule does not look at."""
    if rule.when in (OverflowWhen.NOBODY, OverflowWhen.CONDITION):
        rule.limit = None
    if rule.when != OverflowWhen.CONDITION:
        rule.condition = None
    if rule.then not in (OverflowThen.QUEUE, OverflowThen.VOICEMAIL):
        rule.target_queue = None
    if rule.then != OverflowThen.QUEUE:
        rule.keeps_place = False
    if rule.then != OverflowThen.NUMBER:
        rule.number = ""


def _record(user: User, queue: Queue, action: str, detail: dict[str, Any]) -> None:
    audit_record(
        actor=user,
        tenant_id=queue.tenant_id,
        action=action,
        object_type="queue",
        object_id=queue.pk,
        detail=detail,
    )
