"""Two at once on PostgreSQL: one act is done, the other is refused, and nothing is half."""

from collections import Counter

import pytest
from django.utils import timezone

from apps.quality.drawing import plan_run
from apps.quality.errors import AlreadyDrawnError, WrongStateError
from apps.quality.models import Inspection
from apps.quality.plans import plan_save
from apps.quality.services import (
    inspection_appeal,
    inspection_decide,
    inspection_publish,
)
from tests.integration.at_once import at_once
from tests.integration.quality.office import (
    BEST,
    MIDDLE,
    office_scope,
    same_as_history,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_publications_at_once_one_is_done() -> None:
    with office_scope() as office:
        one = office.save(office.inspection(), MIDDLE)

        def publish() -> Inspection:
            fresh = Inspection.objects.get(pk=one.pk)
            return inspection_publish(inspection=fresh, user=office.first, number=one.number)

        answers = at_once(office.tenant.pk, publish, publish)
        kinds = Counter(type(answer) for answer in answers)
        assert kinds == {Inspection: 1, WrongStateError: 1}
        assert one.acts.filter(kind="publish").count() == 1
        same_as_history(one)


def test_of_two_decisions_at_once_one_stands() -> None:
    with office_scope() as office:
        one = office.published()
        inspection_appeal(inspection=one, user=office.agent.user, reason="x")

        def decide(user: object, answers: dict[str, object]) -> Inspection:
            fresh = Inspection.objects.get(pk=one.pk)
            return inspection_decide(inspection=fresh, user=user, answers=answers, reason="y")  # type: ignore[arg-type]  # a person

        answers = at_once(
            office.tenant.pk,
            lambda: decide(office.second, BEST),
            lambda: decide(office.third, MIDDLE),
        )
        assert Counter(type(answer) for answer in answers) == {Inspection: 1, WrongStateError: 1}
        same_as_history(one)


def test_plan_run_twice_at_once_draws_once() -> None:
    with office_scope() as office:
        plan = plan_save(user=office.lead, values=office.plan(department_id=office.sales.pk))
        for _ in range(6):
            office.recording()
        today = timezone.localdate()

        def run() -> object:
            return plan_run(plan=plan, first=today, last=today, user=office.lead)

        answers = at_once(office.tenant.pk, run, run)
        assert sorted(type(answer).__name__ for answer in answers) == [
            "AlreadyDrawnError",
            "PlanRun",
        ]
        assert AlreadyDrawnError in {type(answer) for answer in answers}
        assert Inspection.objects.count() == 2


def test_two_plans_at_once_draw_no_call_twice() -> None:
    with office_scope() as office:
        values = {"kind": "random", "count": 4, "department_id": office.sales.pk}
        plans = [
            plan_save(user=office.lead, values=office.plan(name=name, **values))
            for name in ("one", "two")
        ]
        for _ in range(6):
            office.recording()
        today = timezone.localdate()
        at_once(
            office.tenant.pk,
            *(
                lambda plan=plan: plan_run(plan=plan, first=today, last=today, user=office.lead)
                for plan in plans
            ),
        )
        calls = list(Inspection.objects.values_list("call", flat=True))
        assert (len(calls), len(set(calls))) == (6, 6)
