"""Background work of promises; safe to run twice."""

import socket

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from apps.promises import measuring
from apps.promises.engine.service import WORKER, slot_of
from apps.promises.heartbeat import beat
from apps.promises.service_quarters import service_tend


@shared_task(name="promises.promises_tend", acks_late=True, time_limit=600)
def promises_tend() -> int:
    """Say that the worker works; measure what has changed; return how many quarter-hours."""
    now = timezone.now()
    if settings.HUAWU_HEARTBEAT_S:
        beat(WORKER, socket.gethostname(), [slot_of(now)])
    service_tend(now)
    return measuring.promises_tend()
