"""Background work on queues; safe to run twice."""

from functools import partial

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from apps.acd import what_if_runs
from apps.acd.models import WhatIfRun
from apps.core.tenancy import tenant_scope


@shared_task(name="acd.what_if_play", acks_late=True, soft_time_limit=1740, time_limit=1800)
def what_if_play(tenant_id: int, run_id: int, job: str) -> bool:
    """Play a what-if run."""
    with tenant_scope(tenant_id):
        try:
            return what_if_runs.what_if_play(run_id=run_id, job=job)
        except SoftTimeLimitExceeded:
            what_if_runs.what_if_failed(run_id=run_id, job=job, problem=what_if_runs.TOO_LONG)
            return False


@shared_task(name="acd.what_if_clean", acks_late=True, time_limit=300)
def what_if_clean() -> int:
    """Say what broke off, remove what is old, hand over again what no worker took."""
    for run in what_if_runs.what_if_waiting():
        what_if_play.delay(run.tenant_id, run.pk, run.job)
    return what_if_runs.what_if_clean()


def what_if_play_later(run: WhatIfRun) -> None:
    """Hand a run to the worker once it is committed."""
    later = partial(what_if_play.delay, run.tenant_id, run.pk, run.job)
    transaction.on_commit(later, robust=True)
