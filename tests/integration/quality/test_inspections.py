"""From the list to a score that stands: who may what, and what is written."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import tenant_scope
from apps.quality.coaching import coached_inspection, coaching_create
from apps.quality.comments import comment_add, comment_remove
from apps.quality.errors import (
    AlreadyInspectedError,
    AnswersChangedError,
    IncompleteError,
    JudgedError,
    NeedsReasonError,
    NoMoreAppealsError,
    NotHisError,
    NotInspectorError,
    OwnCaseError,
    TooLateError,
    WrongStateError,
)
from apps.quality.models import Inspection, QualityPolicy, QualityRules
from apps.quality.selectors import (
    appeal_list_for,
    inspection_get_for,
    inspection_list_for,
    inspection_todo_count_for,
)
from apps.quality.services import (
    inspection_acknowledge,
    inspection_appeal,
    inspection_cancel,
    inspection_correct,
    inspection_create,
    inspection_decide,
    inspection_give,
    inspection_publish,
    inspection_save,
    inspection_undo,
)
from apps.recordings.models import RecordingRight
from tests.factories import AgentFactory, UserFactory
from tests.integration.quality.office import BEST, MIDDLE, Office, office_scope, same_as_history

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Any:
    with office_scope() as made:
        yield made


def test_score_is_published_and_the_agent_sees_it_and_no_draft(office: Office) -> None:
    one = office.inspection()
    agent = office.agent.user
    saved = office.save(one, {"name": 1})
    assert (saved.state, inspection_list_for(user=agent).count()) == ("draft", 0)
    saved = office.save(saved, MIDDLE)
    published = inspection_publish(inspection=saved, user=office.first, number=saved.number)
    assert (published.state, published.score) == ("published", Decimal("60.00"))
    assert (published.is_passed, published.is_fatal) == (False, False)
    assert inspection_get_for(user=agent, pk=one.pk) == one
    assert inspection_todo_count_for(user=agent) == 1
    assert [row.kind for row in one.acts.all()] == ["assign", "save", "publish"]
    assert {row.item: row.share for row in one.items.all()} == {
        "name": 1,
        "tone": Decimal("0.5"),
        "rude": 1,
        "solved": 0,
    }
    assert AuditEntry.objects.filter(action="quality.publish", object_id=str(one.pk)).count() == 1
    same_as_history(one)


def test_incomplete_answers_are_kept_and_not_published(office: Office) -> None:
    one = office.save(office.inspection(), {"name": 1, "tone": "na", "nonsense": 3})
    assert one.answers == {"name": 1, "tone": "na"}
    with pytest.raises(IncompleteError):
        inspection_publish(inspection=one, user=office.first, number=one.number)
    same_as_history(one)


def test_second_page_does_not_write_over_the_first(office: Office) -> None:
    one = office.inspection()
    number = one.number
    office.save(one, MIDDLE)
    with pytest.raises(AnswersChangedError):
        inspection_save(inspection=one, user=office.first, answers={}, summary="", number=number)
    with pytest.raises(AnswersChangedError):
        inspection_publish(inspection=one, user=office.first, number=number)
    assert Inspection.objects.get(pk=one.pk).answers == MIDDLE


def test_nobody_inspects_himself_or_what_he_may_not_hear(office: Office) -> None:
    mine = AgentFactory(tenant=office.tenant, user=office.first)
    for inspector in (office.first, office.agent.user):
        with pytest.raises(NotInspectorError):
            inspection_create(
                recording=office.recording(mine),
                version=office.version,
                inspector=inspector,
                by=office.admin,
            )
    with pytest.raises(NotInspectorError):
        inspection_create(
            recording=office.recording(office.other),
            version=office.version,
            inspector=office.lead,
            by=office.admin,
        )
    one = office.inspection()
    with pytest.raises(NotInspectorError):
        inspection_give(inspection=one, user=office.first, to=office.support_lead)
    inspection_give(inspection=one, user=office.first, to=office.second)
    with pytest.raises(NotHisError):
        inspection_save(
            inspection=one, user=office.first, answers={}, summary="", number=one.number
        )
    same_as_history(one)


def test_recording_is_inspected_once_until_it_is_given_up(office: Office) -> None:
    one = office.inspection()
    again = {"recording": one.recording, "version": office.version, "by": office.second}
    with pytest.raises(AlreadyInspectedError):
        inspection_create(inspector=office.second, **again)
    with pytest.raises(NeedsReasonError):
        inspection_cancel(inspection=one, user=office.first, reason=" ")
    inspection_cancel(inspection=one, user=office.first, reason="wrong number")
    assert inspection_create(inspector=office.second, **again).state == "assigned"
    same_as_history(one)


def test_publication_is_taken_back_in_time_and_corrected_later(office: Office) -> None:
    one = office.published()
    inspection_undo(inspection=one, user=office.first)
    assert (one.state, one.published_at, one.told_at) == ("draft", None, None)
    assert inspection_list_for(user=office.agent.user).count() == 0
    one = inspection_publish(inspection=one, user=office.first, number=one.number)
    first = one.published_at
    one.acts.filter(kind="publish").update(at=timezone.now() - timedelta(hours=1))
    with pytest.raises(TooLateError):
        inspection_undo(inspection=one, user=office.first)
    with pytest.raises(NeedsReasonError):
        inspection_correct(inspection=one, user=office.first, answers=BEST, reason="")
    one = inspection_correct(inspection=one, user=office.first, answers=BEST, reason="Misheard")
    assert (one.state, one.score, one.published_at) == ("published", Decimal("100.00"), first)
    assert [row.score for row in one.acts.filter(kind__in=("publish", "correct"))] == [
        Decimal("60.00"),
        Decimal("60.00"),
        Decimal("100.00"),
    ]
    same_as_history(one)


def test_agent_appeals_and_a_second_inspector_decides(office: Office) -> None:
    one = office.published()
    agent = office.agent.user
    inspection_acknowledge(inspection=one, user=agent)
    with pytest.raises(NeedsReasonError):
        inspection_appeal(inspection=one, user=agent, reason="")
    inspection_appeal(inspection=one, user=agent, reason="I solved it")
    assert list(appeal_list_for(user=office.second)) == [one]
    assert list(appeal_list_for(user=office.first)) == []
    with pytest.raises(JudgedError):
        inspection_decide(inspection=one, user=office.first, answers=BEST, reason="No")
    with pytest.raises(ForbiddenError):
        inspection_decide(inspection=one, user=agent, answers=BEST, reason="Yes")
    inspection_decide(inspection=one, user=office.second, answers=BEST, reason="He did")
    assert (one.state, one.score) == ("decided", Decimal("100.00"))
    inspection_appeal(inspection=one, user=agent, reason="More")
    with pytest.raises(JudgedError):
        inspection_decide(inspection=one, user=office.second, answers=BEST, reason="No")
    inspection_decide(inspection=one, user=office.third, answers=BEST, reason="Enough")
    outcomes = one.acts.filter(kind="decide").values_list("outcome", flat=True)
    assert list(outcomes) == ["changed", "upheld"]
    with pytest.raises(NoMoreAppealsError):
        inspection_appeal(inspection=one, user=agent, reason="Again")
    same_as_history(one)


def test_company_sets_how_often_and_how_long_one_appeals(office: Office) -> None:
    one = office.published()
    rules = QualityRules.objects.create(tenant=office.tenant, most_appeals=0)
    with pytest.raises(NoMoreAppealsError):
        inspection_appeal(inspection=one, user=office.agent.user, reason="x")
    rules.most_appeals, rules.appeal_days = 1, 3
    rules.save()
    one.acts.filter(kind="publish").update(at=timezone.now() - timedelta(days=3, seconds=1))
    with pytest.raises(TooLateError):
        inspection_appeal(inspection=one, user=office.agent.user, reason="x")


def test_lead_who_was_inspected_does_not_decide_about_himself(office: Office) -> None:
    mine = AgentFactory(tenant=office.tenant, user=office.lead)
    one = office.inspection(mine)
    # Not even that he is being inspected does he see, though he manages.
    with pytest.raises(NotFoundError):
        inspection_get_for(user=office.lead, pk=one.pk)
    saved = office.save(one, MIDDLE)
    one = inspection_publish(inspection=saved, user=office.first, number=saved.number)
    inspection_appeal(inspection=one, user=office.lead, reason="x")
    assert list(appeal_list_for(user=office.lead)) == []
    with pytest.raises(OwnCaseError):
        inspection_decide(inspection=one, user=office.lead, answers=BEST, reason="x")


def test_scope_of_each(office: Office) -> None:
    mine, theirs = office.published(), office.published(office.other)
    draft = office.inspection(office.colleague)

    def seen(user: Any) -> set[int]:
        return set(inspection_list_for(user=user).values_list("pk", flat=True))

    assert seen(office.agent.user) == {mine.pk}
    assert seen(office.colleague.user) == set()
    assert seen(office.lead) == {mine.pk, draft.pk}
    assert seen(office.support_lead) == {theirs.pk}
    assert seen(office.admin) == {mine.pk, theirs.pk, draft.pk}
    # A colleague's unpublished draft is nobody's business but who manages.
    assert seen(office.second) == {mine.pk, theirs.pk}
    assert seen(office.first) == {mine.pk, theirs.pk, draft.pk}
    stranger = UserFactory(role="admin")
    with tenant_scope(stranger.tenant_id):
        assert seen(stranger) == set()


def test_role_without_rights_is_refused(office: Office) -> None:
    QualityPolicy.objects.create(
        tenant=office.tenant, role="inspector", may_inspect=False, may_decide=False
    )
    with pytest.raises(ForbiddenError):
        office.inspection()
    with pytest.raises(NotInspectorError):
        inspection_create(
            recording=office.recording(),
            version=office.version,
            inspector=office.first,
            by=office.admin,
        )


def test_twice_published_is_refused_the_second_time(office: Office) -> None:
    one = office.published()
    with pytest.raises(WrongStateError):
        inspection_publish(inspection=one, user=office.first, number=one.number)


def test_comments_are_the_inspectors_and_the_judges(office: Office) -> None:
    one = office.inspection()
    late = comment_add(inspection=one, user=office.first, text="Good", at_ms=61_000, item="tone")
    early = comment_add(inspection=one, user=office.first, text="Slow", at_ms=5_000, item="none")
    whole = comment_add(inspection=one, user=office.first, text="Well")
    assert list(one.comments.all()) == [whole, early, late]
    assert (late.item, early.item) == ("tone", "")
    with pytest.raises(NeedsReasonError):
        comment_add(inspection=one, user=office.first, text=" \0")
    for person in (office.second, office.agent.user):
        with pytest.raises(ForbiddenError):
            comment_add(inspection=one, user=person, text="x")
    with pytest.raises(ForbiddenError):
        comment_remove(comment=early, user=office.second)
    comment_remove(comment=early, user=office.first)
    assert one.comments.count() == 2


def test_coaching_is_a_task_of_the_agent_and_known_both_ways(office: Office) -> None:
    due = timezone.now() + timedelta(days=3)
    draft = office.inspection(office.colleague)
    with pytest.raises(ForbiddenError):
        coaching_create(inspection=draft, user=office.first, title="x", detail="", due_at=due)
    one = office.published()
    with pytest.raises(ForbiddenError):
        coaching_create(inspection=one, user=office.agent.user, title="x", detail="", due_at=due)
    task = coaching_create(
        inspection=one, user=office.first, title="Say your name", detail="Always", due_at=due
    )
    assert (task.assignee, task.call) == (office.agent.user, one.call)
    assert coached_inspection(task) == one.pk
    assert one.coachings.get().task == task


def test_agent_reads_his_result_where_he_may_not_hear_his_recordings(office: Office) -> None:
    RecordingRight.objects.create(tenant=office.tenant, agents_hear_own=False)
    one = office.published()
    assert inspection_get_for(user=office.agent.user, pk=one.pk) == one
