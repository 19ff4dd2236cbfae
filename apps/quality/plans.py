"""Write sampling plans."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.form_text import form_text
from apps.quality.choices import PlanKind, PlanPeriod
from apps.quality.errors import BadPlanError, NameTakenError
from apps.quality.models import MAX_NAME, Plan, PlanInspector, Sheet
from apps.quality.selectors import inspector_list, manage_need, plan_departments
from apps.recordings.models import SoundReason

MOST_COUNT = 500
MOST_SEED = 2**31 - 1
LONGEST_TALK_S = 24 * 3600
MOST_DUE_DAYS = 90
MOST_SCORE = 9


@dataclass(frozen=True)
class PlanValues:
    """What a plan says; `inspectors` are users' ids."""

    name: str
    sheet: Sheet
    kind: str
    period: str
    count: int
    inspectors: Collection[int]
    department_id: int | None = None
    queue_number: str = ""
    reason: str = ""
    score_up_to: int | None = None
    least_talk_s: int = 30
    due_days: int = 7
    seed: int = 1
    is_active: bool = True

    def columns(self, user: User) -> dict[str, object]:
        """Return the row's columns; raise BadPlanError for what cannot be, or is not his."""
        name = form_text(self.name, MAX_NAME)
        allowed = plan_departments(user)
        is_right = (
            bool(name)
            and self.kind in PlanKind.values
            and self.period in PlanPeriod.values
            and 1 <= self.count <= MOST_COUNT
            and 0 <= self.least_talk_s <= LONGEST_TALK_S
            and 1 <= self.due_days <= MOST_DUE_DAYS
            and 0 <= self.seed <= MOST_SEED
            and (self.score_up_to is None or 0 <= self.score_up_to <= MOST_SCORE)
            and self.reason in ("", *SoundReason.values)
            and (self.kind != PlanKind.QUEUE or bool(self.queue_number))
            and (allowed is None or self.department_id in allowed)
            and self.sheet.tenant_id == user.tenant_id
        )
        if not is_right:
            raise BadPlanError(name)
        return {
            "name": name,
            "sheet": self.sheet,
            "kind": self.kind,
            "period": self.period,
            "count": self.count,
            "department_id": self.department_id,
            "queue_number": form_text(self.queue_number, 10),
            "reason": self.reason if self.kind == PlanKind.OUTLIER else "",
            "score_up_to": self.score_up_to if self.kind == PlanKind.SURVEY else None,
            "least_talk_s": self.least_talk_s,
            "due_days": self.due_days,
            "seed": self.seed,
            "is_active": self.is_active,
        }


def plan_save(*, user: User, values: PlanValues, plan: Plan | None = None) -> Plan:
    """Make a plan, or change one that `plan_get_for` returned; its draws stay.

    The inspectors are people who may inspect; what each of them may hear is looked at when it
    draws. Raises BadPlanError, NameTakenError, ForbiddenError.
    """
    manage_need(user)
    assert user.tenant_id is not None  # noqa: S101 - who may manage is of a company
    columns = values.columns(user)
    known = {person.pk for person in inspector_list(user.tenant_id)}
    wanted = set(values.inspectors)
    if not wanted or not wanted <= known:
        raise BadPlanError("inspectors")
    try:
        with transaction.atomic():
            if plan is None:
                plan = Plan.objects.create(tenant_id=user.tenant_id, created_by=user, **columns)
            else:
                Plan.objects.filter(pk=plan.pk).update(updated_at=timezone.now(), **columns)
                plan.refresh_from_db()
            plan.inspectors.all().delete()
            PlanInspector.objects.bulk_create(
                PlanInspector(tenant_id=user.tenant_id, plan=plan, user_id=pk)
                for pk in sorted(wanted)
            )
            audit_record(
                actor=user,
                tenant_id=user.tenant_id,
                action="quality.plan_save",
                object_type="sampling_plan",
                object_id=plan.pk,
                detail={"name": plan.name, "kind": plan.kind, "count": plan.count},
            )
    except IntegrityError as error:
        raise NameTakenError(values.name[:MAX_NAME]) from error
    return plan
