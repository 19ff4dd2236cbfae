"""Who may what in quality inspection; sheets, plans and inspections by view tier."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import Agent, User
from apps.accounts.scope import department_ids, restrict
from apps.core.errors import ForbiddenError, NotFoundError
from apps.quality.engine import appeals
from apps.quality.engine.appeals import Act, Case, Rules, replay
from apps.quality.engine.sheet import Sheet as SheetDocument
from apps.quality.engine.sheet import sheet_of
from apps.quality.models import (
    Calibration,
    Inspection,
    InspectionAct,
    Plan,
    QualityPolicy,
    QualityRules,
    Sheet,
    SheetVersion,
)
from apps.recordings.choices import PLAYABLE
from apps.recordings.models import Recording
from apps.recordings.selectors import recording_list_for


@dataclass(frozen=True)
class Rights:
    """What a person may do in quality inspection, within what he may see."""

    may_inspect: bool = False
    may_manage: bool = False
    may_decide: bool = False

    @property
    def may_anything(self) -> bool:
        """Say whether there is anything at all."""
        return self.may_inspect or self.may_manage or self.may_decide


NOTHING = Rights()
# Of a company that has decided nothing.
DEFAULTS: dict[str, Rights] = {
    Role.TEAM_LEAD: Rights(may_inspect=True, may_manage=True, may_decide=True),
    Role.INSPECTOR: Rights(may_inspect=True, may_decide=True),
    Role.ADMIN: Rights(may_inspect=True, may_manage=True, may_decide=True),
}


def rights_of(user: User) -> Rights:
    """Return the person's rights; agents have none. At most 1 query."""
    if user.role not in DEFAULTS or user.tenant_id is None:
        return NOTHING
    row = QualityPolicy.objects.filter(tenant_id=user.tenant_id, role=user.role).first()
    return _rights(user.role, row)


def _rights(role: str, row: QualityPolicy | None) -> Rights:
    if row is None:
        return DEFAULTS.get(role, NOTHING)
    return Rights(row.may_inspect, row.may_manage, row.may_decide)


def manage_need(user: User) -> None:
    """Raise ForbiddenError unless the person may manage sheets, plans and calibrations."""
    if not rights_of(user).may_manage:
        raise ForbiddenError(user.username)


def inspect_need(user: User) -> None:
    """Raise ForbiddenError unless the person may inspect."""
    if not rights_of(user).may_inspect:
        raise ForbiddenError(user.username)


def inspector_list(tenant_id: int) -> list[User]:
    """Return the active people of the company who may inspect, by name. 2 queries."""
    rows = {row.role: row for row in QualityPolicy.objects.filter(tenant_id=tenant_id)}
    roles = [role for role in DEFAULTS if _rights(role, rows.get(role)).may_inspect]
    people = User.objects.filter(tenant_id=tenant_id, role__in=roles, is_active=True)
    return list(people.select_related("department").order_by("username"))


def rules_of(tenant_id: int) -> Rules:
    """Return the company's rules of appeals. 1 query."""
    row = QualityRules.objects.filter(tenant_id=tenant_id).first()
    return (row or QualityRules()).rules


def sheet_list_for(*, user: User) -> "QuerySet[Sheet]":
    """Return the company's sheets, those in use first, for who may anything. 2 queries."""
    rows: QuerySet[Sheet] = Sheet.objects.all()
    if not rights_of(user).may_anything:
        raise ForbiddenError(user.username)
    return rows.prefetch_related("versions").order_by("-is_active", "name", "pk")


def sheet_get_for(*, user: User, pk: int) -> Sheet:
    """Return one sheet; NotFoundError otherwise. 3 queries."""
    found: Sheet | None = sheet_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"sheet {pk}")
    return found


def version_newest(sheet: Sheet) -> SheetVersion | None:
    """Return the version that new inspections get, None before the first. 1 query."""
    found: SheetVersion | None = SheetVersion.objects.filter(sheet=sheet).first()
    return found


def version_get_for(*, user: User, sheet: Sheet, number: int) -> SheetVersion:
    """Return a version of a sheet that `sheet_get_for` returned. 1 query."""
    found: SheetVersion | None = SheetVersion.objects.filter(sheet=sheet, number=number).first()
    if found is None:
        raise NotFoundError(f"sheet {sheet.pk} version {number}")
    return found


def document_of(version: SheetVersion) -> SheetDocument:
    """Return a version as the engine sees it."""
    return sheet_of(version.document)


def plan_list_for(*, user: User) -> "QuerySet[Plan]":
    """Return the plans that the person may change: those of his departments, and his own.

    1 to 3 queries. ForbiddenError for who may not manage.
    """
    manage_need(user)
    rows = restrict(
        Plan.objects.all(), user=user, own=Q(created_by=user), department_paths=("department",)
    )
    return rows.select_related("sheet", "department").order_by("-is_active", "name", "pk")


def plan_get_for(*, user: User, pk: int) -> Plan:
    """Return one plan; NotFoundError otherwise."""
    found: Plan | None = plan_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"plan {pk}")
    return found


def plan_departments(user: User) -> set[int] | None:
    """Return the departments for which the person may plan; None: all, and the company."""
    return None if user.tier == ViewTier.ALL else department_ids(user)


def inspection_list_for(*, user: User) -> "QuerySet[Inspection]":
    """Return the inspections that the person may see, newest first. 1 to 3 queries.

    An agent: his own, once they are published. Who inspects or decides: those of his view tier;
    what is not published yet only its inspector sees, and who may manage. Nobody sees of himself
    more than an agent does, whatever his role.
    """
    rows: QuerySet[Inspection] = Inspection.objects.all()
    rights = rights_of(user)
    shown = Q(state__in=appeals.SHOWN)
    if not rights.may_anything:
        allowed = rows.filter(shown, agent__user=user)
    else:
        allowed = restrict(
            rows,
            user=user,
            own=Q(agent__user=user) | Q(inspector=user),
            department_paths=("agent__user__department", "call__queue_department"),
        )
        if not rights.may_manage:
            allowed = allowed.filter(shown | Q(inspector=user))
        allowed = allowed.filter(shown | ~Q(agent__user=user))
    return allowed.select_related(
        "call", "recording", "agent__user", "version__sheet", "inspector"
    ).order_by("-pk")


def inspection_get_for(*, user: User, pk: int) -> Inspection:
    """Return one inspection that the person may see; NotFoundError otherwise."""
    found: Inspection | None = inspection_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"inspection {pk}")
    return found


def inspection_todo_count_for(*, user: User) -> int:
    """Return how many wait for the person: to score, to look at as an agent, appeals to decide.

    2 to 5 queries.
    """
    mine = Inspection.objects.filter(inspector=user, state__in=appeals.WAITING).count()
    unseen = Inspection.objects.filter(
        agent__user=user, state__in=(appeals.PUBLISHED, appeals.DECIDED)
    ).count()
    return mine + unseen + (appeal_list_for(user=user).count() if rights_of(user).may_decide else 0)


def appeal_list_for(*, user: User) -> "QuerySet[Inspection]":
    """Return the open appeals that the person may decide: not his own scores, not his own calls."""
    judged = InspectionAct.objects.filter(
        by=user, kind__in=(appeals.PUBLISH, appeals.CORRECT, appeals.DECIDE)
    )
    rows = inspection_list_for(user=user).filter(state=appeals.APPEALED)
    return rows.exclude(agent__user=user).exclude(pk__in=judged.values("inspection"))


def case_of(inspection: Inspection, acts: Collection[InspectionAct] | None = None) -> Case:
    """Return where an inspection stands: the fold of its history. At most 1 query."""
    rows = InspectionAct.objects.filter(inspection=inspection) if acts is None else acts
    agent = inspection.agent.user_id
    return replay(
        Act(row.kind, row.by_id, row.at.timestamp(), row.to_id, agent)
        for row in sorted(rows, key=lambda one: one.number)
    )


def recording_need(*, user: User, pk: int) -> Recording:
    """Return a recording that the person may hear and inspect; NotFoundError otherwise.

    Nobody inspects himself: his own recording is none for him here.
    """
    rows = recording_list_for(user=user).filter(state__in=PLAYABLE, agent__isnull=False)
    found: Recording | None = rows.exclude(agent__user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"recording {pk}")
    return found


def may_hear(user: User, recording: Recording | None) -> bool:
    """Say whether the person may play it, and there is something to play. 1 to 3 queries."""
    if recording is None or not recording.is_playable:
        return False
    return recording_list_for(user=user).filter(pk=recording.pk).exists()


def inspectors_for(recording: Recording, *, but: Collection[int] = ()) -> list[User]:
    """Return who may inspect a recording: rights, scope, and not the agent himself.

    2 queries, and 1 to 3 for each of limited scope.
    """
    agent: Agent | None = recording.agent
    return [
        person
        for person in inspector_list(recording.tenant_id)
        if person.pk not in but
        and (agent is None or agent.user_id != person.pk)
        and may_hear(person, recording)
    ]


def calibration_list_for(*, user: User) -> "QuerySet[Calibration]":
    """Return the calibrations that the person takes part in, or made; of tier all who manages: all.

    1 query and 1 for the parts.
    """
    rights = rights_of(user)
    if not rights.may_anything:
        raise ForbiddenError(user.username)
    rows: QuerySet[Calibration] = Calibration.objects.all()
    if not (rights.may_manage and user.tier == ViewTier.ALL):
        rows = rows.filter(Q(created_by=user) | Q(scores__inspector=user)).distinct()
    return (
        rows.select_related("call", "recording__agent__user", "version__sheet", "created_by")
        .prefetch_related("scores__inspector")
        .order_by("-pk")
    )


def calibration_get_for(*, user: User, pk: int) -> Calibration:
    """Return one calibration; NotFoundError otherwise."""
    found: Calibration | None = calibration_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"calibration {pk}")
    return found


def undo_until(inspection: Inspection, rules: Rules) -> datetime | None:
    """Return until when the publication may be taken back, None before it."""
    return inspection.told_at and inspection.told_at + timedelta(seconds=rules.undo_s)


def appeal_until(inspection: Inspection, rules: Rules) -> datetime | None:
    """Return until when the agent may appeal, None before he was told."""
    return inspection.told_at and inspection.told_at + timedelta(seconds=rules.appeal_s)
