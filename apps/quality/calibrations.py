"""Calibration: several score the same without seeing each other, then they compare."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.form_text import form_text
from apps.quality.engine.agreement import Agreement, agreement
from apps.quality.engine.sheet import known_answers, score
from apps.quality.errors import (
    AnswersChangedError,
    FewInspectorsError,
    HandedInError,
    IncompleteError,
    NeedsReasonError,
    NobodysRecordingError,
)
from apps.quality.models import MAX_NAME, Calibration, CalibrationScore, SheetVersion
from apps.quality.selectors import (
    document_of,
    inspection_todo_count_for,
    inspectors_for,
    manage_need,
)
from apps.recordings.models import Recording

FEWEST = 2


@dataclass(frozen=True)
class Comparison:
    """What those who handed in said: by item, kappa, and how far their scores lie apart."""

    scores: tuple[CalibrationScore, ...]
    agreement: Agreement
    spread: Decimal | None
    mean: Decimal | None


def calibration_create(
    *,
    user: User,
    title: str,
    recording: Recording,
    version: SheetVersion,
    inspectors: Collection[int],
) -> Calibration:
    """Open a calibration of a recording that the person may hear; each inspector is told.

    Raises FewInspectorsError when fewer than two of them may inspect and hear it.
    """
    manage_need(user)
    if recording.agent is None or recording.tenant_id != version.tenant_id:
        raise NobodysRecordingError(str(recording.pk))
    kept = form_text(title, MAX_NAME)
    if not kept:
        raise NeedsReasonError
    people = [one for one in inspectors_for(recording) if one.pk in set(inspectors)]
    if len(people) < FEWEST or len(people) != len(set(inspectors)):
        raise FewInspectorsError(str(len(people)))
    with transaction.atomic():
        made: Calibration = Calibration.objects.create(
            tenant_id=recording.tenant_id,
            title=kept,
            call=recording.call,
            recording=recording,
            version=version,
            created_by=user,
        )
        CalibrationScore.objects.bulk_create(
            CalibrationScore(tenant_id=made.tenant_id, calibration=made, inspector=person)
            for person in people
        )
        _audit(made, user, "quality.calibration_create")
        _tell(made, people)
    return made


def calibration_part(*, calibration: Calibration, user: User) -> CalibrationScore:
    """Return the person's own part; NotFoundError for who takes no part. 1 query."""
    found: CalibrationScore | None = CalibrationScore.objects.filter(
        calibration=calibration, inspector=user
    ).first()
    if found is None:
        raise NotFoundError(f"calibration {calibration.pk}")
    return found


def calibration_save(
    *, calibration: Calibration, user: User, answers: object, number: int
) -> CalibrationScore:
    """Keep one's answers as far as they are. Raises HandedInError, AnswersChangedError."""
    with transaction.atomic():
        part = _locked(calibration, user)
        if part.number != number:
            raise AnswersChangedError(str(part.pk))
        sheet = document_of(calibration.version)
        known = known_answers(sheet, answers)
        result = score(sheet, known)
        CalibrationScore.objects.filter(pk=part.pk).update(
            answers=known,
            score=result.value,
            is_fatal=bool(result.fatal),
            number=number + 1,
            updated_at=timezone.now(),
        )
    part.refresh_from_db()
    return part


def calibration_hand_in(*, calibration: Calibration, user: User, number: int) -> None:
    """Hand one's part in, as it was saved; only then one sees the others'."""
    with transaction.atomic():
        part = _locked(calibration, user)
        if part.number != number:
            raise AnswersChangedError(str(part.pk))
        if not score(document_of(calibration.version), part.answers).is_complete:
            raise IncompleteError(str(part.pk))
        CalibrationScore.objects.filter(pk=part.pk).update(handed_in_at=timezone.now())
        _audit(calibration, user, "quality.calibration_hand_in")


def calibration_close(*, calibration: Calibration, user: User) -> None:
    """End a calibration: who has not handed in does not count. For who made it or manages."""
    if calibration.created_by_id != user.pk:
        manage_need(user)
    with transaction.atomic():
        closed = Calibration.objects.filter(pk=calibration.pk, closed_at=None).update(
            closed_at=timezone.now()
        )
        if closed:
            _audit(calibration, user, "quality.calibration_close")
    calibration.refresh_from_db()


def may_compare(calibration: Calibration, user: User) -> bool:
    """Say whether the person may see what others answered: blind until he has handed in himself.

    Who only made it sees it when it is closed, or when all have handed in.
    """
    parts = list(CalibrationScore.objects.filter(calibration=calibration))
    mine = next((one for one in parts if one.inspector_id == user.pk), None)
    if calibration.closed_at is not None:
        return True
    if mine is not None:
        return mine.handed_in_at is not None
    return all(one.handed_in_at is not None for one in parts)


def comparison(calibration: Calibration, user: User) -> Comparison:
    """Compare what was handed in. Raises ForbiddenError while it is blind for the person."""
    if not may_compare(calibration, user):
        raise ForbiddenError(user.username)
    parts = tuple(
        CalibrationScore.objects.filter(
            calibration=calibration, handed_in_at__isnull=False
        ).select_related("inspector")
    )
    points = [one.score for one in parts if one.score is not None]
    found = agreement(document_of(calibration.version), [one.answers for one in parts])
    return Comparison(
        scores=parts,
        agreement=found,
        spread=max(points) - min(points) if points else None,
        mean=(sum(points, Decimal(0)) / len(points)).quantize(Decimal("0.01")) if points else None,
    )


def _locked(calibration: Calibration, user: User) -> CalibrationScore:
    part: CalibrationScore | None = (
        CalibrationScore.objects.select_for_update(no_key=True, of=("self",))
        .filter(calibration=calibration, inspector=user)
        .first()
    )
    if part is None:
        raise NotFoundError(f"calibration {calibration.pk}")
    is_closed = Calibration.objects.filter(pk=calibration.pk, closed_at__isnull=False).exists()
    if is_closed or part.handed_in_at is not None:
        raise HandedInError(str(part.pk))
    return part


def _audit(calibration: Calibration, user: User, action: str) -> None:
    audit_record(
        actor=user,
        tenant_id=calibration.tenant_id,
        action=action,
        object_type="calibration",
        object_id=calibration.pk,
    )


def _tell(calibration: Calibration, people: Collection[User]) -> None:
    publish_on_commit(
        StreamEvent(
            stream=user_stream(person.pk),
            kind="inspection.changed",
            tenant_id=calibration.tenant_id,
            data={
                "id": None,
                "state": "calibration",
                "inspections_todo": inspection_todo_count_for(user=person),
            },
        )
        for person in people
    )
