"""What-if runs: ask, play in the background, cancel, run again, delete."""

import logging
import secrets
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.scope import restrict
from apps.acd.engine.what_if import REPRODUCTIONS, Study
from apps.acd.engine.what_if_figures import Scope
from apps.acd.errors import WhatIfBusyError, WhatIfEmptyError
from apps.acd.models import WhatIfRun
from apps.acd.queue_figures import queues_for
from apps.acd.what_if_inputs import WhatIfInputs, changes_of, queues_named
from apps.acd.what_if_ledger import CLOSED, day_bounds, what_if_day
from apps.acd.what_if_models import OPEN, SILENT, WhatIfState
from apps.calls.models import QueueVisit
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants

logger = logging.getLogger(__name__)

MAY_ASK = (Role.TEAM_LEAD, Role.ADMIN)
# Of one company at a time: the workers also convert sounds and send notices.
MOST_OPEN = 3
KEEP = timedelta(days=30)
# Who waits so long is handed over again; that a worker is busy is no harm, runs are claimed.
LOST = timedelta(minutes=2)
BROKE_OFF, DOES_NOT_FIT, TOO_LONG = "broke_off", "does_not_fit", "too_long"


class _StoppedError(Exception):
    """Somebody cancelled, deleted or restarted the run."""


def what_if_need(user: User) -> None:
    """Raise ForbiddenError unless the person may ask."""
    if user.tenant_id is None or user.role not in MAY_ASK:
        raise ForbiddenError(user.username)


def zone_of(user: User) -> ZoneInfo:
    """Return the time zone of the person's company."""
    return ZoneInfo(user.tenant.timezone if user.tenant else "UTC")


def what_if_list_for(user: User) -> "QuerySet[WhatIfRun]":
    """Return the runs that the person may see, newest first: a lead's own, an admin's all.

    Not a department's: its colleague may see other queues. Raises ForbiddenError.
    """
    what_if_need(user)
    rows: QuerySet[WhatIfRun] = restrict(
        WhatIfRun.objects.select_related("user"), user=user, own=Q(user=user), department_paths=()
    )
    return rows.order_by("-created_at", "-pk")


def what_if_get_for(*, user: User, pk: int) -> WhatIfRun:
    """Return a run that the person may see. Raises NotFoundError, ForbiddenError."""
    found = what_if_list_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"what-if {pk}")
    return found


def what_if_start(*, user: User, on: date, inputs: WhatIfInputs, seed: int = 1) -> WhatIfRun:
    """Ask about a day; the caller hands it to the worker.

    Raises NotFoundError for a queue that the person does not see, WhatIfEmptyError for a day
    without calls in the queues, WhatIfBusyError when the company has `MOST_OPEN` runs under way.
    """
    what_if_need(user)
    assert user.tenant_id is not None  # noqa: S101 - what_if_need saw to it
    seen = set(queues_for(user).values_list("number", flat=True))
    if not inputs["queues"] or not queues_named(inputs) <= seen:
        raise NotFoundError(f"queues {sorted(queues_named(inputs) - seen)}")
    bounds = day_bounds(on, zone_of(user))
    if not QueueVisit.objects.filter(
        queue_number__in=inputs["queues"],
        joined_at__gte=bounds.begins_at,
        joined_at__lt=bounds.ends_at,
        how__in=CLOSED,
    ).exists():
        raise WhatIfEmptyError(on.isoformat())
    with transaction.atomic():
        _lock(user.tenant_id)
        _check_busy()
        return WhatIfRun.objects.create(
            tenant_id=user.tenant_id,
            user=user,
            on=on,
            inputs=inputs,
            job=secrets.token_hex(16),
            seed=seed,
            plays_all=_plays(inputs),
        )


def what_if_again(*, user: User, pk: int) -> WhatIfRun:
    """Run it once more from the start, with the same seed; harmless while it runs.

    Raises WhatIfBusyError as `what_if_start`.
    """
    run = what_if_get_for(user=user, pk=pk)
    with transaction.atomic():
        _lock(run.tenant_id)
        run = WhatIfRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.pk)
        if run.is_open:
            return run
        _check_busy()
        run.state, run.job, run.problem = WhatIfState.WAITING, secrets.token_hex(16), ""
        run.plays_done, run.result, run.heartbeat_at, run.ended_at = 0, None, None, None
        run.save()
    return run


def what_if_cancel(*, user: User, pk: int) -> None:
    """Stop a run that waits or runs; its worker notices after the play that it is at."""
    run = what_if_get_for(user=user, pk=pk)
    WhatIfRun.objects.filter(pk=run.pk, state__in=OPEN).update(
        state=WhatIfState.CANCELLED, ended_at=timezone.now(), updated_at=timezone.now()
    )


def what_if_delete(*, user: User, pk: int) -> None:
    """Remove a run and its answer; one that runs stops."""
    what_if_get_for(user=user, pk=pk).delete()


def what_if_play(*, run_id: int, job: str) -> bool:
    """Do the work of a run in the company's scope; return whether it is done now.

    Safe to run twice: only who finds it waiting, or its worker silent for `SILENT`, plays it.
    """
    now = timezone.now()
    claimed = (
        WhatIfRun.objects.filter(pk=run_id, job=job)
        .filter(
            Q(state=WhatIfState.WAITING)
            | Q(state=WhatIfState.RUNNING, heartbeat_at__lt=now - SILENT)
        )
        .update(state=WhatIfState.RUNNING, heartbeat_at=now, plays_done=0, updated_at=now)
    )
    if not claimed:
        return False
    run = WhatIfRun.objects.get(pk=run_id)
    try:
        result = _played(run)
    except _StoppedError:
        return False
    except ValueError as error:
        logger.info("what-if %s does not fit its day: %s", run.pk, error)
        what_if_failed(run_id=run.pk, job=job, problem=DOES_NOT_FIT)
        return False
    now = timezone.now()
    done = WhatIfRun.objects.filter(pk=run.pk, job=job, state=WhatIfState.RUNNING).update(
        state=WhatIfState.DONE, result=result, ended_at=now, updated_at=now
    )
    return bool(done)


def what_if_failed(*, run_id: int, job: str, problem: str) -> None:
    """Note that nothing came of a run."""
    now = timezone.now()
    WhatIfRun.objects.filter(pk=run_id, job=job, state=WhatIfState.RUNNING).update(
        state=WhatIfState.FAILED, problem=problem, ended_at=now, updated_at=now
    )


def what_if_clean(*, now: datetime | None = None) -> int:
    """Say of runs whose worker died that they broke off, and remove old ones; return how many."""
    now = now or timezone.now()
    with all_tenants("every company's runs grow old"):
        broken = WhatIfRun.objects.filter(
            state=WhatIfState.RUNNING, heartbeat_at__lt=now - SILENT
        ).update(state=WhatIfState.FAILED, problem=BROKE_OFF, ended_at=now, updated_at=now)
        removed, _by_model = WhatIfRun.objects.filter(created_at__lt=now - KEEP).delete()
    return broken + removed


def what_if_waiting(*, now: datetime | None = None) -> list[WhatIfRun]:
    """Return runs of every company that no worker took for a while: their task may be lost."""
    with all_tenants("the broker may have lost any company's task"):
        return list(
            WhatIfRun.objects.filter(
                state=WhatIfState.WAITING, updated_at__lt=(now or timezone.now()) - LOST
            )
        )


def _played(run: WhatIfRun) -> dict[str, Any]:
    inputs = cast(WhatIfInputs, run.inputs)
    zone = ZoneInfo(run.tenant.timezone)
    found = what_if_day(run.on, zone)
    wanted = {queue for queue, number in found.queues.items() if number in inputs["queues"]}
    study = Study(
        found.day,
        changes_of(inputs, found, run.on),
        Scope(frozenset(wanted), inputs["definition"]),
    )
    for play in range(_plays(inputs)):
        if play < REPRODUCTIONS:
            study.reproduce(run.seed + play)
        else:
            study.replicate(run.seed + play - REPRODUCTIONS)
        _beat(run, play + 1)
    answer = study.answer()
    for row in answer["queues"]:
        row["queue"] = found.queues[row["queue"]]
    return {
        **answer,
        "incomplete": found.incomplete,
        "begins_at": found.bounds.begins_at.isoformat(),
        "time_zone": zone.key,
    }


def _beat(run: WhatIfRun, plays: int) -> None:
    now = timezone.now()
    is_wanted = WhatIfRun.objects.filter(pk=run.pk, job=run.job, state=WhatIfState.RUNNING).update(
        plays_done=plays, heartbeat_at=now, updated_at=now
    )
    if not is_wanted:
        raise _StoppedError


def _plays(inputs: WhatIfInputs) -> int:
    return REPRODUCTIONS + inputs["plays"]


def _lock(tenant_id: int) -> None:
    # Two people who ask at once are counted one after the other.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('what_if'), %s)", [tenant_id])


def _check_busy() -> None:
    alive = Q(state=WhatIfState.WAITING) | Q(
        state=WhatIfState.RUNNING, heartbeat_at__gte=timezone.now() - SILENT
    )
    if WhatIfRun.objects.filter(alive).count() >= MOST_OPEN:
        raise WhatIfBusyError(str(MOST_OPEN))
