"""Plans draw what they say, fairly, once a period, and only what inspectors may hear."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core.errors import ForbiddenError
from apps.core.tenancy import tenant_scope
from apps.quality.drawing import (
    last_period,
    plan_preview,
    plan_run,
    plans_due,
    this_period,
)
from apps.quality.errors import (
    AlreadyDrawnError,
    BadPlanError,
    NameTakenError,
    NotPublishedError,
)
from apps.quality.models import Inspection, Plan, PlanRun
from apps.quality.plans import plan_save
from apps.quality.selectors import plan_list_for
from apps.quality.sheets import sheet_create
from apps.recordings.models import Recording, RecordingSound
from apps.surveys.models import SurveyAnswer, SurveyResult
from tests.factories import AgentFactory
from tests.integration.quality.office import Office, days_ago, office_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Any:
    with office_scope() as made:
        yield made


def drawn(office: Office, **values: Any) -> list[Recording]:
    """The recordings that a plan of these values would draw of the last month."""
    plan = plan_save(user=office.admin, values=office.plan(**values))
    today = timezone.localdate()
    found = plan_preview(plan=plan, first=today - timedelta(days=30), last=today)
    return [found.recordings[one.recording] for one, _person in found.draw.picks]


def test_each_agent_gets_his_number_and_lists_are_even(office: Office) -> None:
    for agent in (office.agent, office.colleague, office.other):
        for _ in range(4):
            office.recording(agent)
    plan = plan_save(user=office.admin, values=office.plan())
    today = timezone.localdate()
    run = plan_run(plan=plan, first=today, last=today, user=office.admin)
    rows = list(Inspection.objects.all())
    assert (run.candidates, run.drawn, run.nobody, len(rows)) == (12, 6, 0, 6)
    assert Counter(row.agent_id for row in rows) == dict.fromkeys(
        (office.agent.pk, office.colleague.pk, office.other.pk), 2
    )
    assert Counter(row.inspector_id for row in rows) == {office.first.pk: 3, office.second.pk: 3}
    assert {row.due_on for row in rows} == {today + timedelta(days=7)}


def test_preview_is_what_is_drawn_and_writes_nothing(office: Office) -> None:
    for _ in range(9):
        office.recording()
    plan = plan_save(user=office.admin, values=office.plan(kind="random", count=4))
    today = timezone.localdate()
    found = plan_preview(plan=plan, first=today, last=today)
    assert (Inspection.objects.count(), PlanRun.objects.count()) == (0, 0)
    plan_run(plan=plan, first=today, last=today, user=office.admin)
    kept = set(Inspection.objects.values_list("recording", "inspector"))
    assert kept == {(one.recording, person) for one, person in found.draw.picks}


def test_what_was_drawn_before_the_period_is_over_counts_when_it_is(office: Office) -> None:
    plan = plan_save(user=office.admin, values=office.plan(kind="random", count=5, period="day"))
    for _ in range(3):
        office.recording()
    today = timezone.localdate()
    first = plan_run(plan=plan, first=today, last=today, user=office.admin)
    assert (first.is_whole, first.drawn) == (False, 3)
    for _ in range(9):
        office.recording()
    with pytest.raises(AlreadyDrawnError):
        plan_run(plan=plan, first=today, last=today, user=office.admin)
    assert plans_due(timezone.now() + timedelta(days=1)) == 1
    assert Inspection.objects.count() == 5
    assert plans_due(timezone.now() + timedelta(days=1)) == 0


def test_clock_draws_once_a_period_and_not_before_the_plan_was_made(office: Office) -> None:
    plan_save(user=office.admin, values=office.plan())
    office.recording(started_at=days_ago(8))
    assert plans_due() == 0
    assert plans_due(timezone.now() + timedelta(days=7)) == 1
    assert plans_due(timezone.now() + timedelta(days=7)) == 0


def test_sheet_without_a_version_is_drawn_for_nobody(office: Office) -> None:
    draft = sheet_create(user=office.admin, name="Draft")
    plan = plan_save(user=office.admin, values=office.plan(sheet=draft))
    with pytest.raises(NotPublishedError):
        plan_run(plan=plan, first=date(2026, 1, 1), last=date(2026, 1, 7), user=office.admin)
    assert plans_due(timezone.now() + timedelta(days=7)) == 0


def test_by_queue_and_length_and_department(office: Office) -> None:
    short = office.recording(duration_ms=10_000)
    office.recording(state="missing")
    here = office.recording()
    here.call.queue_number = "7001"
    here.call.save()
    there = office.recording(office.other)
    assert drawn(office, name="a", kind="queue", queue_number="7001", count=9) == [here]
    found = drawn(office, name="b", kind="random", count=9, department_id=office.support.pk)
    assert found == [there]
    assert set(drawn(office, name="c", kind="random", count=9)) == {here, there}
    found = drawn(office, name="d", kind="random", count=9, least_talk_s=0)
    assert set(found) == {short, here, there}


def test_by_outlier_and_its_reason(office: Office) -> None:
    office.recording()
    plain, silent, loud = office.recording(), office.recording(), office.recording()
    for one, why in ((plain, ""), (silent, ",much_silence,"), (loud, ",crosstalk,clipped,")):
        RecordingSound.objects.create(tenant=office.tenant, recording=one, version=1, reasons=why)
    assert set(drawn(office, name="a", kind="outlier", count=9)) == {silent, loud}
    assert drawn(office, name="b", kind="outlier", count=9, reason="clipped") == [loud]


def test_by_survey_score_of_the_agent_who_was_scored(office: Office) -> None:
    good, bad = office.recording(), office.recording()
    # The call went on to a colleague: of him the caller spoke.
    before = office.recording(office.colleague, call=bad.call)
    for one, score in ((good, 5), (bad, 1)):
        result = SurveyResult.objects.create(
            tenant=office.tenant,
            call=one.call,
            agent=office.agent,
            name="s",
            is_bad=score < 3,
            started_at=timezone.now(),
        )
        SurveyAnswer.objects.create(
            tenant=office.tenant, result=result, position=1, text="q", score=score
        )
    assert drawn(office, name="a", kind="survey", count=9) == [bad]
    assert drawn(office, name="b", kind="survey", count=9, score_up_to=0) == []
    found = drawn(office, name="c", kind="survey", count=9, score_up_to=5)
    assert set(found) == {good, bad}
    assert before not in found


def test_inspector_gets_only_what_he_may_hear_and_not_himself(office: Office) -> None:
    mine = AgentFactory(tenant=office.tenant, user=office.lead)
    own, sold, supported = (office.recording(who) for who in (mine, office.agent, office.other))
    plan = plan_save(
        user=office.admin,
        values=office.plan(kind="random", count=9, inspectors=[office.lead.pk]),
    )
    today = timezone.localdate()
    run = plan_run(plan=plan, first=today, last=today, user=office.admin)
    assert [row.recording for row in Inspection.objects.all()] == [sold]
    assert (run.drawn, run.nobody) == (1, 2)
    assert not Inspection.objects.filter(recording__in=(own, supported)).exists()


def test_periods_are_the_last_whole_ones() -> None:
    wednesday = date(2026, 12, 2)
    assert last_period(Plan(period="day"), wednesday) == (date(2026, 12, 1),) * 2
    assert last_period(Plan(period="week"), wednesday) == (date(2026, 11, 23), date(2026, 11, 29))
    assert last_period(Plan(period="month"), wednesday) == (date(2026, 11, 1), date(2026, 11, 30))
    assert this_period(Plan(period="month"), wednesday) == (date(2026, 12, 1), wednesday)


def test_lead_plans_for_his_departments_only(office: Office) -> None:
    with pytest.raises(BadPlanError):
        plan_save(user=office.lead, values=office.plan())
    with pytest.raises(BadPlanError):
        plan_save(user=office.lead, values=office.plan(department_id=office.support.pk))
    mine = plan_save(user=office.lead, values=office.plan(department_id=office.sales.pk))
    theirs = plan_save(user=office.admin, values=office.plan(name="All"))
    assert list(plan_list_for(user=office.lead)) == [mine]
    assert set(plan_list_for(user=office.admin)) == {mine, theirs}
    for person in (office.first, office.agent.user):
        with pytest.raises(ForbiddenError):
            plan_save(user=person, values=office.plan(name="x"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"kind": "moon"},
        {"period": "hour"},
        {"count": 0},
        {"count": 501},
        {"inspectors": []},
        {"kind": "queue"},
        {"kind": "outlier", "reason": "ugly"},
        {"score_up_to": 10},
        {"seed": -1},
        {"due_days": 0},
    ],
)
def test_plan_that_cannot_be_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadPlanError):
        plan_save(user=office.admin, values=office.plan(**wrong))


def test_inspectors_are_of_the_company_and_may_inspect(office: Office) -> None:
    other = Office()
    with tenant_scope(office.tenant.pk):
        for strange in (other.first.pk, office.agent.user_id):
            with pytest.raises(BadPlanError):
                plan_save(user=office.admin, values=office.plan(inspectors=[strange]))
        plan_save(user=office.admin, values=office.plan())
        with pytest.raises(NameTakenError):
            plan_save(user=office.admin, values=office.plan())
