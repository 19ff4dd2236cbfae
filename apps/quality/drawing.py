"""What a plan would draw, and drawing it: by the clock, or by a button after a look."""

import logging
import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import departments_below
from apps.audit.services import audit_record
from apps.core.days import midnight
from apps.core.tenancy import all_tenants, tenant_scope
from apps.quality.choices import PlanKind, PlanPeriod, State
from apps.quality.engine.sampling import Candidate, Draw, Inspector, Quota, draw
from apps.quality.errors import AlreadyDrawnError, NotPublishedError
from apps.quality.models import Inspection, Plan, PlanRun, Sheet, SheetVersion
from apps.quality.selectors import inspector_list, manage_need, version_newest
from apps.quality.services import inspection_create
from apps.recordings.choices import PLAYABLE
from apps.recordings.models import Recording
from apps.recordings.selectors import recording_list_for
from apps.surveys.models import SurveyAnswer, SurveyResult
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)

# From more a draw is no better; the newest are looked at.
MOST_CANDIDATES = 20_000
MOST_DRAWN = 2_000
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Preview:
    """What a plan draws for a period, before it is written."""

    plan: Plan
    first: date
    last: date
    draw: Draw
    candidates: int
    recordings: dict[int, Recording]
    inspectors: dict[int, User]


def last_period(plan: Plan, today: date) -> tuple[date, date]:
    """Return first and last day of the plan's last whole period before a day."""
    if plan.period == PlanPeriod.DAY:
        return today - ONE_DAY, today - ONE_DAY
    if plan.period == PlanPeriod.WEEK:
        monday = today - timedelta(days=today.weekday())
        return monday - 7 * ONE_DAY, monday - ONE_DAY
    last = today.replace(day=1) - ONE_DAY
    return last.replace(day=1), last


def this_period(plan: Plan, today: date) -> tuple[date, date]:
    """Return first and last day of the period that a day is in; it ends with that day."""
    return last_period(plan, today)[1] + ONE_DAY, today


def seed_of(plan: Plan, first: date) -> int:
    """Return the seed of a draw: another for each period, the same when it is tried again."""
    return zlib.crc32(f"{plan.pk}:{plan.seed}:{first.isoformat()}".encode())


def candidate_list(plan: Plan, first: date, last: date) -> "QuerySet[Recording]":
    """Return the recordings from which a plan draws for these days, of nobody's scope yet.

    Playable, of an agent, long enough, and of a call of which nothing was drawn or inspected yet.
    Each inspector is given only what he may hear. 1 or 2 queries.
    """
    inspected = Inspection.objects.filter(call=OuterRef("call")).exclude(state=State.CANCELLED)
    rows: QuerySet[Recording] = Recording.objects.filter(
        state__in=PLAYABLE,
        agent__is_active=True,
        started_at__gte=midnight(first),
        started_at__lt=midnight(last + ONE_DAY),
        duration_ms__gte=plan.least_talk_s * 1000,
    ).exclude(Exists(inspected))
    if plan.department_id is not None:
        rows = rows.filter(agent__user__department__in=departments_below(plan.department_id))
    if plan.queue_number:
        rows = rows.filter(call__queue_number=plan.queue_number)
    if plan.kind == PlanKind.OUTLIER:
        rows = rows.exclude(sound=None).exclude(sound__reasons="")
        if plan.reason:
            rows = rows.filter(sound__reasons__contains=f",{plan.reason},")
    if plan.kind == PlanKind.SURVEY:
        rows = rows.filter(Exists(_bad_scores(plan)))
    return rows.order_by("-started_at", "-pk")


def _bad_scores(plan: Plan) -> "QuerySet[SurveyResult] | QuerySet[SurveyAnswer]":
    """The score is of the agent whom the caller was asked about, not of who talked before him."""
    if plan.score_up_to is None:
        return SurveyResult.objects.filter(
            call=OuterRef("call"), agent=OuterRef("agent"), is_bad=True
        )
    return SurveyAnswer.objects.filter(
        result__call=OuterRef("call"),
        result__agent=OuterRef("agent"),
        score__lte=plan.score_up_to,
    )


def plan_preview(*, plan: Plan, first: date, last: date) -> Preview:
    """Return what the plan would draw; nothing is written. The draw itself is this, kept."""
    rows = list(
        candidate_list(plan, first, last).select_related("call", "agent__user")[:MOST_CANDIDATES]
    )
    keys = [row.pk for row in rows]
    chosen = {row.user_id for row in plan.inspectors.all()}
    staff = {person.pk: person for person in inspector_list(plan.tenant_id) if person.pk in chosen}
    hears = {
        pk: frozenset(
            recording_list_for(user=person)
            .filter(pk__in=keys)
            .order_by()
            .values_list("pk", flat=True)
        )
        for pk, person in staff.items()
    }
    found = draw(
        [Candidate(row.pk, row.call_id, row.agent_id, row.agent.user_id) for row in rows],  # type: ignore[union-attr, arg-type]  # only those with an agent
        [Inspector(pk, hears[pk]) for pk in staff],
        _quota(plan, first),
        seed_of(plan, first),
    )
    by_key = {row.pk: row for row in rows}
    return Preview(plan, first, last, found, len(rows), by_key, staff)


def _quota(plan: Plan, first: date) -> Quota:
    """What was drawn of the period before it was over counts: the rest is drawn when it is."""
    rows = (
        Inspection.objects.filter(run__plan=plan, run__first_on=first)
        .exclude(state=State.CANCELLED)
        .order_by()
        .values_list("agent")
        .annotate(n=Count("pk"))
    )
    taken = dict(rows)
    if plan.kind == PlanKind.PER_AGENT:
        return Quota(per_agent=plan.count, total=MOST_DRAWN, taken=taken)
    return Quota(total=min(max(0, plan.count - sum(taken.values())), MOST_DRAWN), taken=taken)


def plan_run(
    *, plan: Plan, first: date, last: date, user: User | None, today: date | None = None
) -> PlanRun:
    """Draw for a period and fill the inspectors' lists; user None: the clock.

    A period that `today` is in is not over: its rest is drawn when it is.

    One transaction, one draw of a company at a time: no call is drawn by two plans. Raises
    AlreadyDrawnError when it has been drawn for this period, NotPublishedError.
    """
    if user is not None:
        manage_need(user)
    with transaction.atomic():
        # The company's sheets stand for its quality inspection: who draws locks them in order.
        list(Sheet.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        version = version_newest(plan.sheet)
        if version is None:
            raise NotPublishedError(str(plan.sheet_id))
        is_whole = last < (today or timezone.localdate())
        run = _run_make(plan, first, last, user, is_whole)
        found = plan_preview(plan=plan, first=first, last=last)
        _lists_fill(run, found, version)
        PlanRun.objects.filter(pk=run.pk).update(
            candidates=found.candidates,
            drawn=len(found.draw.picks),
            nobody=len(found.draw.nobody),
        )
        audit_record(
            actor=user,
            tenant_id=plan.tenant_id,
            action="quality.draw",
            object_type="sampling_plan",
            object_id=plan.pk,
            detail={"first": first.isoformat(), "drawn": len(found.draw.picks), "seed": run.seed},
        )
    run.refresh_from_db()
    return run


def _run_make(plan: Plan, first: date, last: date, user: User | None, is_whole: bool) -> PlanRun:
    try:
        with transaction.atomic():
            run: PlanRun = PlanRun.objects.create(
                tenant_id=plan.tenant_id,
                plan=plan,
                first_on=first,
                last_on=last,
                is_whole=is_whole,
                seed=seed_of(plan, first),
                ran_at=timezone.now(),
                ran_by=user,
            )
    except IntegrityError as error:
        raise AlreadyDrawnError(f"{plan.pk} {first}") from error
    return run


def _lists_fill(run: PlanRun, found: Preview, version: SheetVersion) -> None:
    due_on = timezone.localdate() + timedelta(days=run.plan.due_days)
    for one, person in found.draw.picks:
        inspection_create(
            recording=found.recordings[one.recording],
            version=version,
            inspector=found.inspectors[person],
            by=None,
            run=run,
            due_on=due_on,
        )


def plans_due(now: datetime | None = None) -> int:
    """Draw every plan whose last whole period it has not drawn for; return how many.

    For the clock; safe to run twice and by two workers at once.
    """
    moment = now or timezone.now()
    with all_tenants("the clock serves every company"):
        tenants = list(
            Tenant.objects.filter(pk__in=Plan.objects.filter(is_active=True).values("tenant"))
        )
    count = 0
    for tenant in tenants:
        zone = ZoneInfo(tenant.timezone)
        with tenant_scope(tenant.pk), timezone.override(zone):
            for plan in Plan.objects.filter(is_active=True, sheet__is_active=True).order_by("pk"):
                count += _plan_due(plan, moment.astimezone(zone).date())
    return count


def _plan_due(plan: Plan, today: date) -> bool:
    first, last = last_period(plan, today)
    # A plan does not reach back before it was made.
    made_on = timezone.localtime(plan.created_at).date()
    if last < made_on or PlanRun.objects.filter(plan=plan, first_on=first, is_whole=True).exists():
        return False
    try:
        plan_run(plan=plan, first=first, last=last, user=None, today=today)
    except (AlreadyDrawnError, NotPublishedError) as error:
        logger.info(
            "plan %s was not drawn: %s", plan.pk, error.code, extra={"tenant": plan.tenant_id}
        )
        return False
    return True
