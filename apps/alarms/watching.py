"""Look at every rule of every company: raise, end, and note whom to tell.

The worker does this each five seconds. A company's watches are locked while it looks, so that of
two workers one passes it over; an open alarm is unique besides.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.alarms.choices import Channel, NoticeEvent
from apps.alarms.engine.hysteresis import CLEAR, RAISE, Watch, silenced, step
from apps.alarms.engine.metrics import is_rising
from apps.alarms.models import Alarm, AlarmNotice, AlarmRule, AlarmWatch
from apps.alarms.values import Values
from apps.core.tenancy import all_tenants, tenant_scope
from apps.ivr.engine.calendars import PeriodsError, opening
from apps.ivr.holidays import day_kind
from apps.ivr.selectors import calendar_plan
from apps.live_board.selectors import board_now
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)


def alarms_watch(now: datetime | None = None) -> int:
    """Look once at the rules of every company; return how many alarms began or ended.

    A company that cannot be looked at does not keep the others waiting.
    """
    with all_tenants("the worker serves every company"):
        rules = AlarmRule.objects.filter(is_active=True, tenant__is_active=True)
        ids = sorted(set(rules.values_list("tenant_id", flat=True)))
    changed = 0
    for tenant_id in ids:
        try:
            with tenant_scope(tenant_id):
                changed += company_watch(tenant_id, now or timezone.now())
        except Exception:
            logger.exception("alarms not looked at", extra={"tenant": tenant_id})
    return changed


def company_watch(tenant_id: int, now: datetime) -> int:
    """Look once at the rules of the company in scope; return how many alarms began or ended."""
    # No rule watches the expected wait: what talks last, read of a whole day, is not asked for.
    board = board_now(Tenant.objects.get(pk=tenant_id), now=now, talks={})
    values = Values(board, now)
    changed = 0
    with transaction.atomic():
        watches = (
            AlarmWatch.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .filter(rule__is_active=True)
            .select_related("rule__queue", "rule__calendar")
            .order_by("pk")
        )
        for row in watches:
            changed += _look(row, values, now)
    return changed


def _look(row: AlarmWatch, values: Values, now: datetime) -> int:
    rule = row.rule
    value = values.of(rule)
    if is_open(rule, now):
        watch, event = step(row.watch, value, now, rule.limits)
    else:
        watch, event = silenced(row.watch, now)
    _keep(row, watch, value)
    if event == RAISE:
        return _raise(rule, value, now)
    if event == CLEAR:
        return _clear(rule, now)
    if watch.is_raised and value is not None:
        _worst(rule, value)
    return 0


def is_open(rule: AlarmRule, now: datetime) -> bool:
    """Say whether the rule's hours hold now; a calendar that cannot be read silences nothing."""
    if rule.calendar is None:
        return True
    try:
        plan = calendar_plan(rule.calendar.name)
        return plan is None or opening(plan, now, day_kind).is_open
    except PeriodsError:
        return True


def _keep(row: AlarmWatch, watch: Watch, value: float | None) -> None:
    AlarmWatch.objects.filter(pk=row.pk).update(
        phase=watch.phase, since=watch.since, seen_at=watch.seen_at, value=value
    )


def _raise(rule: AlarmRule, value: float | None, now: datetime) -> int:
    if Alarm.objects.filter(rule=rule, cleared_at=None).exists():
        return 0
    alarm = Alarm.objects.create(
        tenant_id=rule.tenant_id,
        rule=rule,
        name=rule.name,
        metric=rule.metric,
        queue=rule.queue,
        has_queue=rule.queue_id is not None,
        severity=rule.severity,
        has_sound=rule.has_sound,
        raise_at=rule.raise_at,
        raised_at=now,
        value=value,
        worst=value,
    )
    logger.info("alarm %d raised", alarm.pk, extra={"tenant": rule.tenant_id})
    _notices(alarm, rule, NoticeEvent.RAISED, now)
    return 1


def _clear(rule: AlarmRule, now: datetime) -> int:
    alarm = Alarm.objects.filter(rule=rule, cleared_at=None).first()
    if alarm is None:
        return 0
    Alarm.objects.filter(pk=alarm.pk, cleared_at=None).update(cleared_at=now, updated_at=now)
    logger.info("alarm %d over", alarm.pk, extra={"tenant": rule.tenant_id})
    _notices(alarm, rule, NoticeEvent.CLEARED, now)
    return 1


def _worst(rule: AlarmRule, value: float) -> None:
    is_worse = {"worst__lt" if is_rising(rule.metric) else "worst__gt": value}
    Alarm.objects.filter(rule=rule, cleared_at=None, **is_worse).update(worst=value)


def _notices(alarm: Alarm, rule: AlarmRule, event: NoticeEvent, now: datetime) -> None:
    """Note whom to tell; a way that is not set up makes no row."""
    told: list[tuple[Channel, str]] = []
    if settings.EMAIL_HOST:
        told += [(Channel.EMAIL, one) for one in rule.addresses]
    if rule.webhook_url:
        told.append((Channel.WEBHOOK, rule.webhook_url))
    AlarmNotice.objects.bulk_create(
        AlarmNotice(
            tenant_id=alarm.tenant_id,
            alarm=alarm,
            event=event,
            channel=channel,
            to=to,
            next_try_at=now,
        )
        for channel, to in told
    )
