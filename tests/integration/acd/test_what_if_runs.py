"""What-if runs: who may ask, played in the background, stopped, killed in the middle, run again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd import what_if_runs as runs
from apps.acd.engine.what_if_day import Stay
from apps.acd.engine.what_if_draws import Draws
from apps.acd.engine.what_if_run import play
from apps.acd.errors import WhatIfBusyError, WhatIfEmptyError
from apps.acd.models import AgentSkill, Queue, Skill, WhatIfRun
from apps.acd.tasks import what_if_clean, what_if_play
from apps.acd.what_if_inputs import WhatIfInputs
from apps.acd.what_if_ledger import what_if_day
from apps.acd.what_if_models import SILENT, WhatIfState
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import DepartmentFactory, QueueFactory, UserFactory
from tests.integration.acd.what_if_rows import (
    NINE_MS,
    ON,
    ZONE,
    at_work,
    callers,
    company,
    write,
    write_stay,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue() -> Queue:
    """Give a queue of a company with a day of 80 calls."""
    with all_tenants("test"):
        first, second, agents = company()
        for agent in agents:
            at_work(agent, NINE_MS, NINE_MS + 7_200_000)
        with tenant_scope(first.tenant_id):
            empty = what_if_day(ON, ZONE).day
        made = replace(empty, arrivals=callers(3, [first, second], 80, 1.5))
        write(made, play(made, Draws(made.arrivals), 1), [first, second], agents)
    return first


def person(queue: Queue, role: str = Role.ADMIN, **fields: object) -> User:
    with all_tenants("test"):
        found: User = UserFactory(tenant=queue.tenant, role=role, **fields)
    return found


def inputs(**more: Any) -> WhatIfInputs:
    asked: WhatIfInputs = {
        "queues": ["7001"],
        "definition": "without_short",
        "plays": 3,
        "calls": 1.0,
        "talks": 1.0,
        "is_varied": False,
        "staff": [],
        "rules": [],
        "members": [],
        "skills": [],
    }
    return {**asked, **more}  # type: ignore[typeddict-item]  # what tests name


def asked(user: User, **more: Any) -> WhatIfRun:
    with tenant_scope(user.tenant_id):
        return runs.what_if_start(user=user, on=ON, inputs=inputs(**more))


def played(run: WhatIfRun) -> WhatIfRun:
    what_if_play(run.tenant_id, run.pk, run.job)
    with all_tenants("test"):
        run.refresh_from_db()
    return run


def test_unchanged_the_run_gives_the_recorded_day(queue: Queue) -> None:
    run = played(asked(person(queue)))
    assert (run.state, run.plays_done, run.percent) == (WhatIfState.DONE, 8, 100)
    assert run.result is not None
    assert run.result["deviation"]["is_near"]
    assert run.result["deviation"]["same_end"] == 1.0
    day = run.result["day"]
    assert day["recorded"]["offered"][0] > 20
    assert day["changed"]["service_level"][0] == day["recorded"]["service_level"][0]
    assert [row["queue"] for row in run.result["queues"]] == ["7001"]


def test_every_change_reaches_the_engine(queue: Queue) -> None:
    with all_tenants("test"):
        agent = Agent.objects.filter(tenant=queue.tenant).order_by("number").first()
        assert agent is not None
        skill = Skill.objects.create(tenant=queue.tenant, name="english")
        AgentSkill.objects.create(tenant=queue.tenant, skill=skill, agent=agent, level=10)
    run = played(
        asked(
            person(queue),
            queues=["7001", "7002"],
            calls=1.5,
            talks=1.2,
            is_varied=True,
            staff=[{"queue": "7001", "agents": -3, "since": "09:00", "until": ""}],
            rules=[
                {
                    "queue": "7001",
                    "strategy": "random",
                    "ring_s": 15,
                    "wrap_up_s": 30,
                    "max_wait_s": 40,
                    "level_s": 10,
                    "since": "",
                    "until": "24:00",
                    "overflow_to": "7002",
                }
            ],
            members=[{"agent": agent.number, "queue": "7002", "level": None}],
            skills=[{"agent": agent.number, "skill": "english", "level": 90}],
        )
    )
    assert run.state == WhatIfState.DONE, run.problem
    assert run.result is not None
    changed, before = run.result["day"]["changed"], run.result["day"]["recorded"]
    assert changed["offered"][0] > 1.3 * before["offered"][0]
    assert changed["service_level"][0] < before["service_level"][0]
    assert changed["service_level"][1] < changed["service_level"][2]
    assert run.result["day"]["erlang_c"]["service_level"] is not None


def test_shorter_hours_offer_fewer_calls(queue: Queue) -> None:
    rule = dict.fromkeys(("ring_s", "wrap_up_s", "max_wait_s", "level_s"))
    texts = {"strategy": "", "since": "", "until": "09:30", "overflow_to": ""}
    run = played(asked(person(queue), rules=[{"queue": "7001", **rule, **texts}]))
    assert run.result is not None
    halves = [row["changed"]["offered"] for row in run.result["half_hours"]]
    assert sum(one[0] for one in halves if one) < run.result["day"]["recorded"]["offered"][0]
    assert run.result["day"]["changed"]["offered"][0] == halves[0][0]


def test_a_queue_that_the_lead_does_not_see_is_not_found(queue: Queue) -> None:
    lead = person(queue, Role.TEAM_LEAD, department=queue.department)
    assert asked(lead).pk
    with tenant_scope(queue.tenant_id):
        other = {"queue": "7002", "agents": 1, "since": "", "until": ""}
        for more in ({"queues": ["7002"]}, {"queues": []}, {"staff": [other]}):
            with pytest.raises(NotFoundError):
                runs.what_if_start(user=lead, on=ON, inputs=inputs(**more))


@pytest.mark.parametrize("role", [Role.AGENT, Role.INSPECTOR])
def test_who_is_no_lead_may_not_ask(queue: Queue, role: str) -> None:
    run = asked(person(queue))
    low = person(queue, role)
    with tenant_scope(queue.tenant_id):
        with pytest.raises(ForbiddenError):
            runs.what_if_start(user=low, on=ON, inputs=inputs())
        for act in (runs.what_if_get_for, runs.what_if_again, runs.what_if_cancel):
            with pytest.raises(ForbiddenError):
                act(user=low, pk=run.pk)  # type: ignore[operator]  # three of one kind


def test_a_lead_sees_his_own_runs_an_admin_all_a_stranger_none(queue: Queue) -> None:
    admin = person(queue, department=queue.department)
    lead = person(queue, Role.TEAM_LEAD, department=queue.department)
    mine, his = asked(lead), asked(admin)
    with tenant_scope(queue.tenant_id):
        assert list(runs.what_if_list_for(lead)) == [mine]
        assert set(runs.what_if_list_for(admin)) == {mine, his}
        with pytest.raises(NotFoundError):
            runs.what_if_delete(user=lead, pk=his.pk)
    with all_tenants("test"):
        stranger = UserFactory(role=Role.ADMIN)
    with tenant_scope(stranger.tenant_id), pytest.raises(NotFoundError):
        runs.what_if_get_for(user=stranger, pk=mine.pk)


def test_a_day_without_calls_is_refused(queue: Queue) -> None:
    user = person(queue)
    with tenant_scope(user.tenant_id), pytest.raises(WhatIfEmptyError):
        runs.what_if_start(user=user, on=ON + timedelta(days=1), inputs=inputs())


def test_a_company_has_three_runs_under_way_at_most(queue: Queue) -> None:
    user = person(queue)
    first, _second, _third = (asked(user) for _run in range(3))
    with pytest.raises(WhatIfBusyError):
        asked(user)
    played(first)
    again = asked(user)
    with tenant_scope(user.tenant_id), pytest.raises(WhatIfBusyError):
        runs.what_if_again(user=user, pk=first.pk)
    # Another company's runs do not count.
    with all_tenants("test"):
        other = QueueFactory(number="7001")
        write_stay(Stay("c", "", NINE_MS, "abandoned", 3_000), other, {}, 20_000, 10_001)
    assert asked(person(other)).pk != again.pk


def test_a_task_that_comes_twice_plays_once(queue: Queue) -> None:
    run = played(asked(person(queue)))
    ended_at = run.ended_at
    assert not what_if_play(run.tenant_id, run.pk, run.job)
    assert played(run).ended_at == ended_at


def test_a_cancelled_run_stops_and_can_be_run_again(queue: Queue) -> None:
    user = person(queue)
    run = asked(user)
    old = run.job
    with tenant_scope(user.tenant_id):
        runs.what_if_cancel(user=user, pk=run.pk)
    assert played(run).state == WhatIfState.CANCELLED
    with tenant_scope(user.tenant_id):
        again = runs.what_if_again(user=user, pk=run.pk)
        assert runs.what_if_again(user=user, pk=run.pk).job == again.job
    # The old task, late, does nothing.
    assert not what_if_play(run.tenant_id, run.pk, old)
    assert played(again).state == WhatIfState.DONE


def test_a_run_that_is_cancelled_while_it_plays_writes_nothing(queue: Queue) -> None:
    user = person(queue)
    run = asked(user)
    with tenant_scope(user.tenant_id):
        WhatIfRun.objects.filter(pk=run.pk).update(state=WhatIfState.RUNNING)
        run.refresh_from_db()
        runs.what_if_cancel(user=user, pk=run.pk)
        with pytest.raises(runs._StoppedError):
            runs._played(run)
        run.refresh_from_db()
    assert (run.state, run.plays_done, run.result) == (WhatIfState.CANCELLED, 0, None)


def test_a_worker_killed_in_the_middle_is_told_and_it_can_be_run_again(queue: Queue) -> None:
    user = person(queue)
    run = asked(user)
    with all_tenants("test"):
        WhatIfRun.objects.filter(pk=run.pk).update(
            state=WhatIfState.RUNNING, plays_done=2, heartbeat_at=timezone.now()
        )
        run.refresh_from_db()
    # A moment later nobody can know: the task that comes again must not play beside it.
    assert run.is_open
    assert not what_if_play(run.tenant_id, run.pk, run.job)
    with all_tenants("test"):
        silent = timezone.now() - SILENT - timedelta(seconds=1)
        WhatIfRun.objects.filter(pk=run.pk).update(heartbeat_at=silent)
        run.refresh_from_db()
    assert (run.has_broken_off, run.is_open) == (True, False)
    assert what_if_clean() == 1
    with all_tenants("test"):
        run.refresh_from_db()
    assert (run.state, run.problem) == (WhatIfState.FAILED, runs.BROKE_OFF)
    with tenant_scope(user.tenant_id):
        again = runs.what_if_again(user=user, pk=run.pk)
    assert played(again).state == WhatIfState.DONE


def test_the_broker_gives_a_silent_run_to_another_worker(queue: Queue) -> None:
    run = asked(person(queue))
    with all_tenants("test"):
        silent = timezone.now() - SILENT - timedelta(seconds=1)
        WhatIfRun.objects.filter(pk=run.pk).update(
            state=WhatIfState.RUNNING, plays_done=2, heartbeat_at=silent
        )
    assert played(run).state == WhatIfState.DONE


def test_changes_that_do_not_fit_the_day_are_told(queue: Queue) -> None:
    run = asked(person(queue), members=[{"agent": "99", "queue": "7001", "level": 0}])
    assert (played(run).state, run.problem) == (WhatIfState.FAILED, runs.DOES_NOT_FIT)


def test_old_runs_go(queue: Queue) -> None:
    old, new = asked(person(queue)), asked(person(queue))
    with all_tenants("test"):
        WhatIfRun.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
        assert runs.what_if_clean() == 1
        assert list(WhatIfRun.objects.all()) == [new]


def test_done_without_a_result_cannot_be_written(queue: Queue) -> None:
    run = asked(person(queue))
    with all_tenants("test"), pytest.raises(IntegrityError), transaction.atomic():
        WhatIfRun.objects.filter(pk=run.pk).update(state=WhatIfState.DONE)


def test_a_lead_of_another_department_starts_nothing(queue: Queue) -> None:
    with all_tenants("test"):
        other = DepartmentFactory(tenant=queue.tenant)
    lead = person(queue, Role.TEAM_LEAD, department=other)
    with tenant_scope(queue.tenant_id), pytest.raises(NotFoundError):
        runs.what_if_start(user=lead, on=ON, inputs=inputs())


def test_a_run_whose_task_was_lost_is_handed_over_again(queue: Queue) -> None:
    lost, new = asked(person(queue)), asked(person(queue))
    with all_tenants("test"):
        WhatIfRun.objects.filter(pk=lost.pk).update(updated_at=timezone.now() - runs.LOST * 2)
    assert runs.what_if_waiting() == [lost]
    assert played(lost).state == WhatIfState.DONE
    assert runs.what_if_waiting(now=timezone.now() + runs.LOST * 2) == [new]


def test_a_day_is_the_companys(queue: Queue) -> None:
    user = person(queue)
    with all_tenants("test"):
        queue.tenant.timezone = "America/New_York"
        queue.tenant.save()
    user.refresh_from_db()
    # Nine o'clock in Shanghai is eight in the evening before in New York.
    with tenant_scope(user.tenant_id):
        run = runs.what_if_start(user=user, on=ON - timedelta(days=1), inputs=inputs())
    assert played(run).state == WhatIfState.DONE
    assert run.result is not None
    assert run.result["time_zone"] == "America/New_York"
    assert [row["half"] for row in run.result["half_hours"]][:2] == [40, 41]
