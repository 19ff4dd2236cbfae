"""Change rules and acknowledge alarms; every change is audited."""

import re
import secrets
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import ViewTier
from apps.accounts.models import User
from apps.alarms.choices import Metric, Severity
from apps.alarms.engine.metrics import OF_QUEUE, is_rising
from apps.alarms.errors import RuleFaultError, RuleLimitError
from apps.alarms.models import LONGEST_S, Alarm, AlarmRule, AlarmWatch
from apps.alarms.selectors import (
    alarm_get_for,
    rule_get_for,
    rule_queues_for,
    rules_need,
)
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.core.sealing import seal
from apps.ivr.models import Calendar

MOST_RULES = 200
MOST_ADDRESSES = 10
MOST_VALUE = 1_000_000.0


@dataclass(frozen=True)
class RuleChoice:
    """A rule as a person asks for it. `queue`, `calendar`: their keys, None for all and always."""

    name: str
    metric: str
    queue: int | None = None
    raise_at: float = 1
    raise_after_s: int = 15
    clear_at: float = 0
    clear_after_s: int = 30
    severity: str = Severity.WARNING
    has_sound: bool = True
    calendar: int | None = None
    emails: tuple[str, ...] = field(default=())
    webhook_url: str = ""
    is_active: bool = True


def rule_choice_of(rule: AlarmRule) -> RuleChoice:
    """Return a rule as it could be asked for, to be changed in part."""
    names = [part.name for part in fields(RuleChoice) if part.name not in ("queue", "calendar")]
    values = {name: getattr(rule, name) for name in names}
    values |= {"emails": tuple(rule.addresses)}
    return RuleChoice(**values, queue=rule.queue_id, calendar=rule.calendar_id)


def rule_save(*, user: User, choice: RuleChoice, pk: int | None = None) -> tuple[AlarmRule, str]:
    """Make or change a rule; return it and a new webhook secret ('' when there is none to show).

    A secret is made when a webhook is first set or changed, and shown only here. Raises
    ForbiddenError, NotFoundError, RuleFaultError, RuleLimitError.
    """
    rules_need(user)
    assert user.tenant_id is not None  # noqa: S101 - rules_need saw to it
    values = _values(user, choice)
    secret = ""
    try:
        with transaction.atomic():
            if pk is None:
                if AlarmRule.objects.count() >= MOST_RULES:
                    raise RuleLimitError(str(MOST_RULES))
                rule = AlarmRule(tenant_id=user.tenant_id)
                before: dict[str, Any] = {}
            else:
                rule = rule_get_for(user=user, pk=pk)
                before = {name: _shown(name, getattr(rule, name)) for name in values}
            if values["webhook_url"] != rule.webhook_url:
                secret = secrets.token_urlsafe(32) if values["webhook_url"] else ""
                rule.webhook_secret = seal(secret)
            for name, value in values.items():
                setattr(rule, name, value)
            rule.save()
            AlarmWatch.objects.get_or_create(tenant_id=rule.tenant_id, rule=rule)
            after = {name: _shown(name, value) for name, value in values.items()}
            # What is on is of what was watched then.
            is_another = any(before.get(name) != after[name] for name in ("metric", "queue"))
            if not rule.is_active or is_another:
                _end(rule)
            changed = {name: [before.get(name), after[name]] for name in after}
            changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
            _audit(user, rule, "alarms.rule_save", changed=changed)
    except IntegrityError as error:
        raise RuleFaultError("name", _("There is a rule of this name.")) from error
    return rule, secret


def rule_delete(*, user: User, pk: int) -> None:
    """Delete a rule; an alarm that is on ends, and the history stays.

    Raises ForbiddenError, NotFoundError.
    """
    rules_need(user)
    with transaction.atomic():
        rule = rule_get_for(user=user, pk=pk)
        _end(rule)
        _audit(user, rule, "alarms.rule_delete")
        rule.delete()


def alarm_acknowledge(*, user: User, pk: int) -> Alarm:
    """Say that somebody looks after an alarm; its sound ends. The first one counts.

    Raises ForbiddenError, NotFoundError.
    """
    rules_need(user)
    alarm = alarm_get_for(user=user, pk=pk)
    now = timezone.now()
    with transaction.atomic():
        done = Alarm.objects.filter(pk=pk, acknowledged_at=None).update(
            acknowledged_at=now, acknowledged_by=user, updated_at=now
        )
        if done:
            audit_record(
                actor=user,
                tenant_id=alarm.tenant_id,
                action="alarms.acknowledge",
                object_type="alarm",
                object_id=pk,
                detail={"name": alarm.name},
            )
    alarm.refresh_from_db()
    return alarm


def _end(rule: AlarmRule) -> None:
    """End what is on; nobody is told: a person did it."""
    now = timezone.now()
    Alarm.objects.filter(rule=rule, cleared_at=None).update(cleared_at=now, updated_at=now)
    AlarmWatch.objects.filter(rule=rule).update(phase="quiet", since=None, seen_at=None)


def _values(user: User, choice: RuleChoice) -> dict[str, Any]:
    name = " ".join(choice.name.replace("\0", "").split())
    if not name or len(name) > 60:
        raise RuleFaultError("name", _("Give the rule a name of at most 60 characters."))
    if choice.metric not in Metric.values or choice.severity not in Severity.values:
        raise NotFoundError(choice.metric[:20])
    _check_limits(choice)
    queue = None
    if choice.queue is not None and choice.metric in OF_QUEUE:
        queue = rule_queues_for(user).filter(pk=choice.queue).first()
        if queue is None:
            raise NotFoundError(f"queue {choice.queue}")
    elif user.tier != ViewTier.ALL:
        raise RuleFaultError("queue", _("Choose a queue of your department."))
    calendar = None
    if choice.calendar is not None:
        calendar = Calendar.objects.filter(pk=choice.calendar).first()
        if calendar is None:
            raise NotFoundError(f"calendar {choice.calendar}")
    return {
        "name": name,
        "metric": choice.metric,
        "queue": queue,
        "raise_at": choice.raise_at,
        "raise_after_s": choice.raise_after_s,
        "clear_at": choice.clear_at,
        "clear_after_s": choice.clear_after_s,
        "severity": choice.severity,
        "has_sound": choice.has_sound,
        "calendar": calendar,
        "emails": ", ".join(_addresses(choice.emails)),
        "webhook_url": _webhook(choice.webhook_url),
        "is_active": choice.is_active,
    }


def _check_limits(choice: RuleChoice) -> None:
    for value in (choice.raise_at, choice.clear_at):
        # NaN is in no order.
        if not 0 <= value <= MOST_VALUE:
            raise RuleFaultError("raise_at", _("Thresholds are numbers from 0 on."))
    if is_rising(choice.metric):
        if not choice.clear_at < choice.raise_at:
            raise RuleFaultError("clear_at", _("It must be below the threshold that raises."))
    elif not choice.clear_at > choice.raise_at:
        raise RuleFaultError("clear_at", _("It must be above the threshold that raises."))
    for seconds in (choice.raise_after_s, choice.clear_after_s):
        if not 0 <= seconds <= LONGEST_S:
            raise RuleFaultError("raise_after_s", _("At most an hour."))


def _addresses(emails: tuple[str, ...]) -> list[str]:
    found = [one.strip() for one in emails if one.strip()]
    if len(found) > MOST_ADDRESSES:
        raise RuleFaultError("emails", _("At most ten addresses."))
    for one in found:
        try:
            validate_email(one)
        except ValidationError as error:
            raise RuleFaultError("emails", _("This is no e-mail address.")) from error
    if len(", ".join(found)) > 500:
        raise RuleFaultError("emails", _("At most ten addresses."))
    return found


def _webhook(url: str) -> str:
    """Return the address. That it leads to no machine of ours is looked at when it is called."""
    url = url.strip()
    if not url:
        return ""
    fault = RuleFaultError("webhook_url", _("Give an address like https://example.com/alarms."))
    if len(url) > 500 or not re.fullmatch(r"[!-~]+", url):
        raise fault
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise fault from error
    if not is_good or parts.username or parts.password:
        raise fault
    return url


def _shown(name: str, value: Any) -> Any:
    # An address may hold a token: the trail says only where it leads.
    return urlsplit(value).hostname or "" if name == "webhook_url" else _plain(value)


def _plain(value: Any) -> Any:
    return str(value) if hasattr(value, "pk") else value


def _audit(user: User, rule: AlarmRule, action: str, **detail: object) -> None:
    audit_record(
        actor=user,
        tenant_id=rule.tenant_id,
        action=action,
        object_type="alarm_rule",
        object_id=rule.pk,
        detail={"name": rule.name, **detail},
    )
