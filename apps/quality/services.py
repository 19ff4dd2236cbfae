"""Inspect: every act is decided by the pure engine and written as a row of history.

An act locks its inspection, folds its history, asks `engine/appeals.py`, and writes act and row in
one transaction; the engine's answer is the only way into another state.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.form_text import form_text
from apps.quality.alerts import NOT_SEEN
from apps.quality.choices import Outcome
from apps.quality.engine import appeals
from apps.quality.engine.appeals import Act, Case, NotPossibleError
from apps.quality.engine.sheet import Score, known_answers, score
from apps.quality.errors import (
    REFUSED,
    AlreadyInspectedError,
    AnswersChangedError,
    IncompleteError,
    NeedsReasonError,
    NobodysRecordingError,
    NotInspectorError,
)
from apps.quality.models import (
    MAX_TEXT,
    Inspection,
    InspectionAct,
    ItemScore,
    PlanRun,
    SheetVersion,
)
from apps.quality.selectors import (
    appeal_list_for,
    case_of,
    document_of,
    inspection_todo_count_for,
    inspectors_for,
    may_hear,
    rights_of,
    rules_of,
)
from apps.recordings.models import Recording


def inspection_create(
    *,
    recording: Recording,
    version: SheetVersion,
    inspector: User,
    by: User | None,
    run: PlanRun | None = None,
    due_on: date | None = None,
) -> Inspection:
    """Put a recording on an inspector's list. `by` None: a plan's draw.

    Raises NobodysRecordingError, NotInspectorError (rights, scope, himself), AlreadyInspectedError.
    """
    if recording.agent is None or recording.tenant_id != version.tenant_id:
        raise NobodysRecordingError(str(recording.pk))
    if by is not None and not rights_of(by).may_inspect:
        raise ForbiddenError(by.username)
    if not _may_inspect(inspector, recording):
        raise NotInspectorError(inspector.username)
    try:
        with transaction.atomic():
            inspection: Inspection = Inspection.objects.create(
                tenant_id=recording.tenant_id,
                call=recording.call,
                recording=recording,
                agent=recording.agent,
                version=version,
                inspector=inspector,
                run=run,
                due_on=due_on,
            )
            one = Act(appeals.ASSIGN, by.pk if by else None, to=inspector.pk)
            _write(inspection, Case(), one, by=by)
    except IntegrityError as error:
        raise AlreadyInspectedError(str(recording.pk)) from error
    return inspection


def _may_inspect(person: User, recording: Recording) -> bool:
    assert recording.agent is not None  # noqa: S101 - looked at before
    return (
        person.tenant_id == recording.tenant_id
        and person.is_active
        and rights_of(person).may_inspect
        and recording.agent.user_id != person.pk
        and may_hear(person, recording)
    )


def inspection_give(*, inspection: Inspection, user: User, to: User) -> None:
    """Give what is not published yet to another inspector. For its inspector and who manages."""
    if inspection.inspector_id != user.pk and not rights_of(user).may_manage:
        raise ForbiddenError(user.username)
    if inspection.recording is None or not _may_inspect(to, inspection.recording):
        raise NotInspectorError(to.username)
    with transaction.atomic():
        before = inspection.inspector
        locked, case = _locked(inspection)
        _write(locked, case, Act(appeals.GIVE, user.pk, to=to.pk), by=user, also=[before])
    inspection.refresh_from_db()


def inspection_cancel(*, inspection: Inspection, user: User, reason: str) -> None:
    """Take what is not published yet off the list; its recording may be drawn again."""
    if inspection.inspector_id != user.pk and not rights_of(user).may_manage:
        raise ForbiddenError(user.username)
    _act(inspection, user, appeals.CANCEL, text=_reason(reason))


def inspection_save(
    *, inspection: Inspection, user: User, answers: object, summary: str, number: int
) -> Inspection:
    """Keep the inspector's answers as far as they are; `number` is the one that he saw.

    Raises AnswersChangedError when another page has saved since, and the engine's refusals.
    """
    with transaction.atomic():
        locked, case = _locked(inspection)
        if locked.number != number:
            raise AnswersChangedError(str(inspection.pk))
        one = _now(Act(appeals.SAVE, user.pk))
        if case.state == appeals.DRAFT and not appeals.refusal(case, one, _rules(locked)):
            # It was begun before: no step of its history, only the answers.
            pass
        else:
            _write(locked, case, one, by=user)
        sheet = document_of(locked.version)
        known = known_answers(sheet, answers)
        _keep(locked, known, score(sheet, known), number=number + 1, summary=summary)
    inspection.refresh_from_db()
    return inspection


def inspection_publish(*, inspection: Inspection, user: User, number: int) -> Inspection:
    """Publish the score as it was saved: it counts, and the agent is told.

    Raises IncompleteError, AnswersChangedError, and the engine's refusals: of two at once the
    second finds it published.
    """
    with transaction.atomic():
        locked, case = _locked(inspection)
        result = score(document_of(locked.version), locked.answers)
        one = Act(appeals.PUBLISH, user.pk)
        _refuse(locked, case, _now(one))
        if locked.number != number:
            raise AnswersChangedError(str(inspection.pk))
        if not result.is_complete:
            raise IncompleteError(str(inspection.pk))
        _write(locked, case, one, by=user, result=result)
    inspection.refresh_from_db()
    return inspection


def inspection_undo(*, inspection: Inspection, user: User) -> None:
    """Take a publication back within the company's time: a draft again, it counts nowhere."""
    with transaction.atomic():
        locked, case = _locked(inspection)
        _write(locked, case, Act(appeals.UNDO, user.pk), by=user)
        ItemScore.objects.filter(inspection=locked).delete()
        Inspection.objects.filter(pk=locked.pk).update(
            published_at=None, told_at=None, seen_at=None
        )
    inspection.refresh_from_db()


def inspection_correct(
    *, inspection: Inspection, user: User, answers: object, reason: str
) -> Inspection:
    """Change a published score, with a reason that the agent reads; the history keeps the old."""
    return _rescore(inspection, user, appeals.CORRECT, answers=answers, reason=reason)


def inspection_acknowledge(*, inspection: Inspection, user: User) -> None:
    """Say as the agent that one has seen it."""
    _act(inspection, user, appeals.ACKNOWLEDGE)


def inspection_appeal(*, inspection: Inspection, user: User, reason: str) -> None:
    """Appeal as the agent, with a reason. Raises NeedsReasonError and the engine's refusals."""
    _act(inspection, user, appeals.APPEAL, text=_reason(reason))


def inspection_decide(
    *, inspection: Inspection, user: User, answers: object, reason: str
) -> Inspection:
    """Decide an appeal as a second inspector: the answers as they shall stand, and why.

    Whether the score was changed is seen by the answers. Raises ForbiddenError for who may not
    decide, JudgedError for who set the score.
    """
    if not rights_of(user).may_decide:
        raise ForbiddenError(user.username)
    return _rescore(inspection, user, appeals.DECIDE, answers=answers, reason=reason)


def inspection_seen(*, inspection: Inspection, user: User) -> bool:
    """Note when the agent first opened what he was last told; say whether it was now. 1 query."""
    if inspection.agent.user_id != user.pk or not inspection.is_shown:
        return False
    mine = Inspection.objects.filter(NOT_SEEN, pk=inspection.pk)
    return bool(mine.update(seen_at=timezone.now()))


def _rescore(
    inspection: Inspection, user: User, kind: str, *, answers: object, reason: str
) -> Inspection:
    text = _reason(reason)
    with transaction.atomic():
        locked, case = _locked(inspection)
        one = Act(kind, user.pk)
        _refuse(locked, case, _now(one))
        sheet = document_of(locked.version)
        known = known_answers(sheet, answers)
        result = score(sheet, known)
        if not result.is_complete:
            raise IncompleteError(str(inspection.pk))
        outcome = ""
        if kind == appeals.DECIDE:
            is_same = known == locked.answers
            outcome = Outcome.UPHELD if is_same else Outcome.CHANGED
        _keep(locked, known, result, number=locked.number + 1)
        _write(locked, case, one, by=user, text=text, outcome=outcome, result=result)
    inspection.refresh_from_db()
    return inspection


def _act(inspection: Inspection, user: User, kind: str, *, text: str = "") -> None:
    with transaction.atomic():
        locked, case = _locked(inspection)
        _write(locked, case, Act(kind, user.pk), by=user, text=text)
    inspection.refresh_from_db()


def _reason(text: str) -> str:
    kept = form_text(text, MAX_TEXT)
    if not kept:
        raise NeedsReasonError
    return kept


def _locked(inspection: Inspection) -> tuple[Inspection, Case]:
    """Return the row, locked until the transaction ends, and where it stands."""
    rows = Inspection.objects.select_for_update(no_key=True, of=("self",))
    locked: Inspection = rows.select_related("agent__user", "version", "inspector").get(
        pk=inspection.pk
    )
    return locked, case_of(locked)


def _rules(inspection: Inspection) -> appeals.Rules:
    return rules_of(inspection.tenant_id)


def _now(one: Act) -> Act:
    return Act(one.kind, one.by, timezone.now().timestamp(), one.to, one.agent)


def _refuse(inspection: Inspection, case: Case, one: Act) -> None:
    why = appeals.refusal(case, one, _rules(inspection))
    if why:
        raise REFUSED[why](f"{inspection.pk} {one.kind}")


def _keep(
    inspection: Inspection,
    answers: Mapping[str, Any],
    result: Score,
    *,
    number: int,
    summary: str | None = None,
) -> None:
    """Write answers and what they are worth."""
    values: dict[str, Any] = {
        "answers": dict(answers),
        "score": result.value,
        "is_passed": result.is_passed,
        "is_fatal": bool(result.fatal),
        "number": number,
        "updated_at": timezone.now(),
    }
    if summary is not None:
        values["summary"] = form_text(summary, MAX_TEXT)
    Inspection.objects.filter(pk=inspection.pk).update(**values)
    inspection.refresh_from_db()


def _write(
    inspection: Inspection,
    case: Case,
    one: Act,
    *,
    by: User | None,
    text: str = "",
    outcome: str = "",
    result: Score | None = None,
    also: Iterable[User] = (),
) -> Case:
    """Let the engine decide an act; write it, the state, and tell whom it concerns."""
    now = timezone.now()
    tried = Act(one.kind, one.by, now.timestamp(), one.to, inspection.agent.user_id)
    try:
        after = appeals.act(case, tried, _rules(inspection))
    except NotPossibleError as error:
        raise REFUSED[error.why](f"{inspection.pk} {one.kind}") from error
    count = InspectionAct.objects.filter(inspection=inspection).count()
    InspectionAct.objects.create(
        tenant_id=inspection.tenant_id,
        inspection=inspection,
        number=count + 1,
        kind=one.kind,
        by=by,
        to_id=one.to,
        at=now,
        text=text,
        outcome=outcome,
        answers=inspection.answers if result is not None else None,
        score=result.value if result is not None else None,
    )
    _project(inspection, after, now, result)
    audit_record(
        actor=by,
        tenant_id=inspection.tenant_id,
        action=f"quality.{one.kind}",
        object_type="inspection",
        object_id=inspection.pk,
        detail={"state": after.state, "score": _text(result)},
    )
    _tell(inspection, one.kind, also)
    return after


def _text(result: Score | None) -> str:
    return "" if result is None or result.value is None else str(result.value)


def _project(inspection: Inspection, case: Case, now: datetime, result: Score | None) -> None:
    """Write the row's columns from the case, and the items of a score that counts."""
    values: dict[str, Any] = {
        "state": case.state,
        "inspector_id": case.inspector,
        "appeals_made": case.appeals,
        "updated_at": now,
    }
    if result is not None:
        values |= {
            "told_at": now,
            "published_at": inspection.published_at or now,
            "score": result.value,
            "is_passed": result.is_passed,
            "is_fatal": bool(result.fatal),
        }
        _items_write(inspection, result)
    Inspection.objects.filter(pk=inspection.pk).update(**values)
    inspection.refresh_from_db()


def _items_write(inspection: Inspection, result: Score) -> None:
    sheet = document_of(inspection.version)
    ItemScore.objects.filter(inspection=inspection).delete()
    rows = []
    for item in sheet.items:
        share = item.share(inspection.answers[item.id])
        rows.append(
            ItemScore(
                tenant_id=inspection.tenant_id,
                inspection=inspection,
                sheet_id=inspection.version.sheet_id,
                item=item.id,
                title=item.title,
                share=None
                if share is None
                else round(Decimal(share.numerator) / Decimal(share.denominator), 6),
                is_fatal=item.id in result.fatal,
            )
        )
    ItemScore.objects.bulk_create(rows)


def _tell(inspection: Inspection, kind: str, also: Iterable[User]) -> None:
    """Tell the agent's page, the inspector's, and of appeals those who may decide. Last of all."""
    people = {inspection.inspector_id: inspection.inspector}
    people |= {person.pk: person for person in also}
    if kind not in (appeals.ASSIGN, appeals.GIVE, appeals.SAVE, appeals.CANCEL):
        people[inspection.agent.user_id] = inspection.agent.user
    if kind in (appeals.APPEAL, appeals.DECIDE) and inspection.recording is not None:
        people |= {person.pk: person for person in inspectors_for(inspection.recording)}
    agent_id = inspection.agent.user_id

    def is_alert(person: User) -> bool:
        # News for the agent; an appeal for who may decide it.
        if person.pk == agent_id:
            return kind in (appeals.PUBLISH, appeals.CORRECT, appeals.DECIDE)
        return (
            kind == appeals.APPEAL
            and appeal_list_for(user=person).filter(pk=inspection.pk).exists()
        )

    publish_on_commit(
        StreamEvent(
            stream=user_stream(person.pk),
            kind="inspection.changed",
            tenant_id=inspection.tenant_id,
            data={
                "id": inspection.pk,
                "state": inspection.state,
                "inspections_todo": inspection_todo_count_for(user=person),
                "is_alert": is_alert(person),
            },
        )
        for person in people.values()
    )
