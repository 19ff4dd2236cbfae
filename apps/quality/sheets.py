"""Write score sheets: a draft that is saved, and versions that are never changed."""

import copy
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.form_text import form_text
from apps.quality.engine.sheet import Problem, problems
from apps.quality.errors import BadSheetError, NameTakenError, SheetChangedError
from apps.quality.models import MAX_NAME, Sheet, SheetVersion
from apps.quality.selectors import manage_need

EMPTY: dict[str, Any] = {"pass_mark": 80, "fatal": "zero", "sections": []}
# A document of the most sections and items that there may be is smaller.
MOST_BYTES = 1_000_000


def sheet_create(*, user: User, name: str, document: dict[str, Any] | None = None) -> Sheet:
    """Make a sheet with a draft. Raises ForbiddenError, NameTakenError."""
    manage_need(user)
    assert user.tenant_id is not None  # noqa: S101 - who may manage is of a company
    kept = form_text(name, MAX_NAME)
    if not kept:
        raise BadSheetError("name")
    try:
        with transaction.atomic():
            sheet: Sheet = Sheet.objects.create(
                tenant_id=user.tenant_id,
                name=kept,
                draft=copy.deepcopy(document or EMPTY),
                edited_by=user,
            )
            _audit(sheet, user, "quality.sheet_create")
    except IntegrityError as error:
        raise NameTakenError(kept) from error
    return sheet


def sheet_save(*, sheet: Sheet, user: User, document: dict[str, Any], number: int) -> Sheet:
    """Keep the draft as it is written, whole or not. `number` is the one that the writer saw.

    Raises SheetChangedError when somebody else has saved since.
    """
    manage_need(user)
    changed = Sheet.objects.filter(pk=sheet.pk, number=number).update(
        draft=document, number=number + 1, edited_by=user, updated_at=timezone.now()
    )
    if not changed:
        raise SheetChangedError(str(sheet.pk))
    sheet.refresh_from_db()
    return sheet


def sheet_problems(sheet: Sheet) -> list[Problem]:
    """Return why the draft cannot be published yet."""
    return problems(sheet.draft)


def sheet_publish(*, sheet: Sheet, user: User, number: int) -> SheetVersion:
    """Make the draft the version that new inspections get; running ones keep theirs.

    Raises BadSheetError, SheetChangedError; what was published already is returned again.
    """
    manage_need(user)
    with transaction.atomic():
        locked: Sheet = Sheet.objects.select_for_update(no_key=True).get(pk=sheet.pk)
        if locked.number != number:
            raise SheetChangedError(str(sheet.pk))
        if problems(locked.draft):
            raise BadSheetError(str(sheet.pk))
        newest: SheetVersion | None = SheetVersion.objects.filter(sheet=locked).first()
        if newest is not None and newest.document == locked.draft:
            return newest
        version: SheetVersion = SheetVersion.objects.create(
            tenant_id=locked.tenant_id,
            sheet=locked,
            number=(newest.number if newest else 0) + 1,
            document=locked.draft,
            published_at=timezone.now(),
            published_by=user,
        )
        _audit(locked, user, "quality.sheet_publish", version=version.number)
    return version


def sheet_change(*, sheet: Sheet, user: User, name: str, is_active: bool) -> None:
    """Rename a sheet, take it out of use or back. Raises NameTakenError."""
    manage_need(user)
    kept = form_text(name, MAX_NAME)
    if not kept:
        raise BadSheetError("name")
    try:
        with transaction.atomic():
            Sheet.objects.filter(pk=sheet.pk).update(
                name=kept, is_active=is_active, updated_at=timezone.now()
            )
            _audit(sheet, user, "quality.sheet_change", name=kept, is_active=is_active)
    except IntegrityError as error:
        raise NameTakenError(kept) from error
    sheet.refresh_from_db()


def _audit(sheet: Sheet, user: User, action: str, **detail: Any) -> None:
    audit_record(
        actor=user,
        tenant_id=sheet.tenant_id,
        action=action,
        object_type="score_sheet",
        object_id=sheet.pk,
        detail=detail,
    )
