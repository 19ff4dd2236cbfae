"""Tell people and programs outside of alarms, each once, by the worker only.

A webhook is a POST of JSON with the header `X-Huawu-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256
with the rule's secret over `<seconds>.<body>` (docs/board.md).
"""

import hashlib
import hmac
import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from apps.alarms.choices import Channel, NoticeState
from apps.alarms.models import AlarmNotice
from apps.core.sealing import unseal
from apps.core.sendings import due_send, sending_take
from apps.ivr.http_client import deliver

logger = logging.getLogger(__name__)

MOST_TRIES = 6
# Who sends has this long; afterwards another may try.
LEASE = timedelta(minutes=2)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10, 900
AT_ONCE = 50
TIMEOUT_S = 5.0


def notices_send() -> int:
    """Send what is due and return how many went out. Safe to run twice and by two at once."""
    return due_send(AlarmNotice, pending=NoticeState.PENDING, most=AT_ONCE, send=notice_send)


def notice_send(pk: int) -> bool:
    """Send one notice that is due; False when it is not, or when it failed (and is tried later)."""
    if not sending_take(AlarmNotice, pk, pending=NoticeState.PENDING, lease=LEASE):
        return False
    notice = AlarmNotice.objects.select_related("alarm__rule", "alarm__queue", "tenant").get(pk=pk)
    try:
        (_mail if notice.channel == Channel.EMAIL else _post)(notice)
    except Exception as error:  # noqa: BLE001 - servers fail in every way; the next try decides
        return _failed(notice, error)
    _mark(notice, state=NoticeState.SENT, sent_at=timezone.now(), error="")
    return True


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Return what the header says of a body sent at this time."""
    signed = hmac.new(secret.encode(), str(seconds).encode() + b"." + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def _post(notice: AlarmNotice) -> None:
    alarm = notice.alarm
    secret = unseal(alarm.rule.webhook_secret) if alarm.rule else ""
    body = json.dumps(payload(notice), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Huawu-Event": f"alarm.{notice.event}",
        # The same at each try: who has seen it does nothing again.
        "X-Huawu-Delivery": f"alarm-{notice.alarm_id}-{notice.event}",
        "X-Huawu-Signature": signature(secret, int(timezone.now().timestamp()), body),
    }
    deliver(notice.to, body, headers, TIMEOUT_S, settings.HUAWU_HTTP_LOOKUP_NETWORKS)


def payload(notice: AlarmNotice) -> dict[str, Any]:
    """Return what a webhook is told."""
    alarm = notice.alarm
    return {
        "event": f"alarm.{notice.event}",
        "id": alarm.pk,
        "company": notice.tenant.slug,
        "name": alarm.name,
        "figure": alarm.metric,
        "queue": alarm.queue.number if alarm.queue else None,
        "severity": alarm.severity,
        "threshold": alarm.raise_at,
        "value": alarm.value,
        "worst": alarm.worst,
        "raised_at": _iso(alarm.raised_at),
        "cleared_at": _iso(alarm.cleared_at),
    }


def _mail(notice: AlarmNotice) -> None:
    tenant = notice.tenant
    with translation.override(tenant.language), timezone.override(tenant.timezone):
        context = {"alarm": notice.alarm, "event": notice.event, "company": tenant.name}
        body = render_to_string("alarms/email.txt", context).strip() + "\n"
        subject = " ".join(render_to_string("alarms/subject.txt", context).split())
    EmailMessage(
        subject,
        body,
        to=[notice.to],
        headers={"Message-ID": f"<alarm-{notice.alarm_id}-{notice.pk}@huawu>"},
    ).send()


def _failed(notice: AlarmNotice, error: Exception) -> bool:
    # Only the kind of error: a server's words may hold addresses or secrets.
    text = type(error).__name__
    if notice.tries >= MOST_TRIES:
        _mark(notice, state=NoticeState.FAILED, error=text)
        logger.error("alarm notice %d given up: %s", notice.pk, text)
        return False
    pause_s = min(FIRST_PAUSE_S * 3 ** (notice.tries - 1), LONGEST_PAUSE_S)
    _mark(notice, next_try_at=timezone.now() + timedelta(seconds=pause_s), error=text)
    logger.warning("alarm notice %d not sent (%s), again in %d s", notice.pk, text, pause_s)
    return False


def _mark(notice: AlarmNotice, **values: object) -> None:
    AlarmNotice.objects.filter(pk=notice.pk).update(updated_at=timezone.now(), **values)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None
