"""Make, change, try out and publish types of work orders; admins only."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from apps.accounts.models import Department, User
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.workorders.access import need_admin
from apps.workorders.choices import Priority
from apps.workorders.engine import dry_run as trial
from apps.workorders.engine import flow as flows
from apps.workorders.engine import flow_check, form_check
from apps.workorders.engine.form import fill
from apps.workorders.engine.problems import Problem, is_whole
from apps.workorders.errors import (
    BadTypeError,
    DocumentRefusedError,
    NameTakenError,
    StaleError,
    ValuesRefusedError,
)
from apps.workorders.models import OrderType, OrderTypeVersion
from apps.workorders.people import CompanyPeople
from apps.workorders.shipped import shipped_type

EMPTY_FORM: dict[str, Any] = {"version": 1, "fields": []}
EMPTY_FLOW: dict[str, Any] = {"version": 1, "steps": []}
MOST_MINUTES = 60 * 24 * 366
SETTINGS = (
    "name", "prefix", "description", "calendar", "sla_minutes", "pauses_while_waiting", "position",
    "is_active",
)  # fmt: skip


def order_type_create(*, user: User, name: str, prefix: str, description: str = "") -> OrderType:
    """Make a type without fields and steps. Raises ForbiddenError, BadTypeError, NameTakenError."""
    tenant_id = need_admin(user)
    row = OrderType(
        tenant_id=tenant_id,
        name=name.strip(),
        prefix=prefix.strip().upper(),
        description=description.strip()[:200],
        form_draft=EMPTY_FORM,
        flow_draft=EMPTY_FLOW,
    )
    _save(row, user, "create")
    return row


def order_type_from_shipped(
    *, user: User | None, tenant_id: int, key: str, language: str
) -> OrderType:
    """Make a ready type and publish it; the one that is there already stays as it is.

    `user` None: the demo. Raises NotFoundError, NameTakenError.
    """
    if user is not None:
        need_admin(user)
    found: OrderType | None = OrderType.objects.filter(tenant_id=tenant_id, shipped=key).first()
    if found is not None:
        return found
    with override(language):
        try:
            ready = shipped_type(key)
        except KeyError as error:
            raise NotFoundError(f"ready type {key}") from error
    row = OrderType(
        tenant_id=tenant_id,
        name=ready["name"],
        prefix=ready["prefix"],
        description=ready["description"],
        shipped=key,
        sla_minutes=ready["sla_minutes"],
        form_draft=ready["form"],
        flow_draft=ready["flow"],
    )
    with transaction.atomic():
        _save(row, user, "create")
        _publish(row, user, "")
    return row


def order_type_set(*, user: User, type: OrderType, **settings: Any) -> OrderType:
    """Change what is not form and flow (`SETTINGS`). Raises as `order_type_create`."""
    tenant_id = need_admin(user)
    with transaction.atomic():
        row = _lock(tenant_id, type)
        for name, value in settings.items():
            if name not in SETTINGS:
                raise BadTypeError(name)
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _save(row, user, "set")
    return row


def order_type_save(
    *, user: User, type: OrderType, seen_revision: int, form: Any = None, flow: Any = None
) -> OrderType:
    """Keep a draft of the form, the flow or both, faulty or not, up to 400 kB each.

    Raises StaleError when somebody saved since `seen_revision`.
    """
    tenant_id = need_admin(user)
    with transaction.atomic():
        row = _lock(tenant_id, type)
        if row.draft_revision != seen_revision:
            raise StaleError(row.name)
        for name, document in (("form_draft", form), ("flow_draft", flow)):
            if document is None:
                continue
            if not isinstance(document, dict) or len(str(document)) > 400_000:
                raise BadTypeError(name)
            if "\\u0000" in ascii(document) or "\\x00" in ascii(document):
                raise BadTypeError("NUL")
            setattr(row, name, document)
        row.draft_revision += 1
        row.save()
    return row


def order_type_problems(type: OrderType) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong with the drafts of form and flow. 2 queries."""
    form_problems = form_check.check(type.form_draft)
    types = {} if form_problems else form_check.load(type.form_draft).types
    flow_problems = flow_check.check(type.flow_draft, types)
    if not form_problems and not flow_problems:
        flow_problems = _gone(type, types)
    return form_problems, flow_problems


def _gone(type: OrderType, types: Mapping[str, str]) -> list[Problem]:
    """Return the steps that name a person or a department that is not there."""
    flow = flows.build(type.flow_draft, types)
    people = set(
        User.objects.filter(tenant_id=type.tenant_id, is_active=True).values_list("pk", flat=True)
    )
    departments = set(
        Department.objects.filter(tenant_id=type.tenant_id).values_list("pk", flat=True)
    )
    found = []
    for step in flow.people_steps.values():
        named = {*step.approvers.ids, *step.fallback.ids}
        named |= {level.person for level in step.levels if level.person is not None}
        if named - people:
            found.append(Problem(step.key, "person_gone"))
        if step.approvers.department is not None and step.approvers.department not in departments:
            found.append(Problem(step.key, "department_gone"))
    return found


def order_type_publish(
    *, user: User, type: OrderType, seen_revision: int, note: str = ""
) -> OrderTypeVersion:
    """Freeze the drafts as the next version; orders that run keep theirs.

    Raises StaleError, DocumentRefusedError with what is wrong.
    """
    tenant_id = need_admin(user)
    with transaction.atomic():
        row = _lock(tenant_id, type)
        if row.draft_revision != seen_revision:
            raise StaleError(row.name)
        return _publish(row, user, note)


def _publish(row: OrderType, user: User | None, note: str) -> OrderTypeVersion:
    form_problems, flow_problems = order_type_problems(row)
    if form_problems or flow_problems:
        raise DocumentRefusedError(form_problems, flow_problems)
    last = row.versions.first()
    version: OrderTypeVersion = OrderTypeVersion.objects.create(
        tenant_id=row.tenant_id,
        type=row,
        number=last.number + 1 if last else 1,
        form=row.form_draft,
        flow=row.flow_draft,
        published_at=timezone.now(),
        published_by=user,
        note=note.strip()[:200],
    )
    _audit(row, user, "publish", {"version": version.number})
    return version


def order_type_dry_run(
    *,
    user: User,
    type: OrderType,
    values: Mapping[str, Any],
    submitter: User | None = None,
    decisions: Mapping[str, str] | None = None,
    actors: Mapping[str, int] | None = None,
) -> trial.DryRun:
    """Play the drafts with the company's people; nothing is written.

    Raises DocumentRefusedError, ValuesRefusedError. At most 5 queries.
    """
    need_admin(user)
    form_problems, flow_problems = order_type_problems(type)
    if form_problems or flow_problems:
        raise DocumentRefusedError(form_problems, flow_problems)
    form = form_check.load(type.form_draft)
    filled = fill(form, values, zone=ZoneInfo(type.tenant.timezone), is_draft=True)
    if filled.errors:
        raise ValuesRefusedError(filled.errors)
    now = timezone.now()
    return trial.dry_run(
        flow_check.load(type.flow_draft, form.types),
        filled.values,
        submitter=(submitter or user).pk,
        people=CompanyPeople(type.tenant_id, now),
        at=now,
        decisions=decisions,
        actors=actors,
    )


def _lock(tenant_id: int, type: OrderType) -> OrderType:
    found: OrderType | None = (
        OrderType.objects.select_for_update(no_key=True)
        .filter(pk=type.pk, tenant_id=tenant_id)
        .first()
    )
    if found is None:
        raise NotFoundError(f"work order type {type.pk}")
    return found


def _save(row: OrderType, user: User | None, action: str) -> None:
    sla = row.sla_minutes
    if (
        not 1 <= len(row.name) <= 60
        or "\x00" in row.name + row.description + row.calendar
        or not (row.prefix.isascii() and row.prefix.isalpha() and row.prefix.isupper())
        or len(row.prefix) > 6
        or not isinstance(sla, dict)
        or not all(
            key in Priority.values and is_whole(value, 1, MOST_MINUTES)
            for key, value in sla.items()
        )
    ):
        raise BadTypeError(row.name[:60])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NameTakenError(row.name) from error
    _audit(row, user, action, {"name": row.name, "prefix": row.prefix})


def _audit(row: OrderType, user: User | None, action: str, detail: dict[str, Any]) -> None:
    audit_record(
        actor=user,
        tenant_id=row.tenant_id,
        action=f"work_order_type.{action}",
        object_type="work_order_type",
        object_id=row.pk,
        detail=detail,
    )
