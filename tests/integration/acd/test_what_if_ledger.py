"""A day from the ledger: who was there, who called, what is known; and it comes out as it was."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.acd.engine.floor import Membership, Need
from apps.acd.engine.what_if import Study
from apps.acd.engine.what_if_change import Changes
from apps.acd.engine.what_if_day import Arrival, Stay, Try
from apps.acd.engine.what_if_draws import Draws
from apps.acd.engine.what_if_figures import DAY, Scope, measure
from apps.acd.engine.what_if_run import play
from apps.acd.models import AgentSkill, AgentStateSpan, Queue, QueueMember, QueueSkill, Skill
from apps.acd.what_if_ledger import LedgerDay, what_if_day
from apps.calls.engine import facts as kinds
from apps.calls.models import CallFact, Leg, QueueVisit
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import AgentFactory, CallFactory, LegFactory
from tests.integration.acd.what_if_rows import (
    NINE_MS,
    ON,
    ZONE,
    at,
    at_work,
    callers,
    company,
    write,
    write_stay,
)

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


def loaded(queue: Queue) -> LedgerDay:
    with tenant_scope(queue.tenant_id):
        return what_if_day(ON, ZONE)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_of_the_engine_comes_out_of_the_ledger_as_it_was(seed: int) -> None:
    with all_tenants("test"):
        first, second, agents = company()
        for number, agent in enumerate(agents):
            pause = (NINE_MS + (number + 1) * 600_000, NINE_MS + (number + 1) * 900_000)
            at_work(agent, NINE_MS, NINE_MS + 2 * HOUR_MS, pause)
        empty = loaded(first).day
        # Some rings are missed, some refused; the ledger tells of both.
        calls = tuple(
            replace(one, tries=tuple(_try(agent.sip_username, n) for agent in agents))
            for n, one in enumerate(callers(seed, [first, second], 150, 1.9))
        )
        made = replace(empty, arrivals=calls)
        played = play(made, Draws(made.arrivals), seed)
        write(made, played, [first, second], agents)
        with CaptureQueriesContext(connection) as queries:
            found = loaded(first)
        assert len(queries) == 10
    assert len(found.day.arrivals) == 150
    again = play(found.day, Draws(found.day.arrivals), seed + 7)
    assert sorted(_end(stay) for stay in again.stays) == sorted(_end(stay) for stay in played.stays)
    assert sorted(again.busy) == sorted(played.busy)
    scope = Scope(frozenset(found.queues), "without_short")
    assert measure(found.day, again, scope)[DAY] == measure(made, played, scope)[DAY]
    study = Study(found.day, Changes(), scope)
    study.reproduce(1)
    study.replicate(1)
    assert study.answer()["deviation"] == {
        "service_level": 0.0,
        "answered": 0.0,
        "abandoned": 0.0,
        "same_end": 1.0,
        "is_near": True,
    }


def _try(agent: str, number: int) -> Try:
    ring_ms = [None, 4_000, 9_000][number % 3]
    return Try(agent, ring_ms, is_answered=ring_ms is not None and number % 5 > 1)


def _end(stay: Stay) -> tuple[object, ...]:
    return stay.joined_ms, stay.queue, stay.how, stay.wait_ms, stay.agent, stay.talk_ms


def test_a_day_without_calls_is_empty() -> None:
    with all_tenants("test"):
        first, _second, _agents = company()
    found = loaded(first)
    assert (found.day.arrivals, found.day.staff, found.incomplete) == ((), (), 0)
    assert set(found.queues.values()) == {"7001", "7002"}


def test_another_companys_day_is_not_loaded() -> None:
    with all_tenants("test"):
        first, _second, agents = company()
        at_work(agents[0], NINE_MS, NINE_MS + HOUR_MS)
        write_stay(Stay("c", "", NINE_MS, "abandoned", 3_000), first, {}, 20_000, 1)
        other, _other, _people = company()
    assert loaded(other).day.arrivals == ()
    assert loaded(other).day.staff == ()
    assert len(loaded(first).day.arrivals) == 1


def test_rules_members_and_skills_are_todays() -> None:
    with all_tenants("test"):
        first, _second, agents = company(2)
        at_work(agents[0], NINE_MS, NINE_MS + HOUR_MS)
        skill = Skill.objects.create(tenant=first.tenant, name="english")
        AgentSkill.objects.create(tenant=first.tenant, skill=skill, agent=agents[0], level=70)
        for after_s, level in ((0, 60), (30, 20)):
            QueueSkill.objects.create(
                tenant=first.tenant, queue=first, skill=skill, after_s=after_s, level=level
            )
    day = loaded(first).day
    rules = day.rules[first.asterisk_name]
    assert rules.needs == (Need("english", ((0.0, 60), (30.0, 20))),)
    assert (rules.wrap_up_ms, rules.max_wait_ms, rules.rest_ms) == (10_000, 90_000, 2_000)
    [staff] = day.staff
    assert staff.skills == {"english": 70}
    order = int(agents[0].number)
    assert staff.queues[first.asterisk_name] == Membership(0, order, 1)
    assert staff.spans == ((NINE_MS, NINE_MS + HOUR_MS),)


def test_who_was_signed_in_over_midnight_and_paused_is_there_when_he_was_ready() -> None:
    with all_tenants("test"):
        first, _second, agents = company(1)
        at_work(agents[0], -HOUR_MS, 30 * HOUR_MS, (-600_000, 2 * HOUR_MS))
    [staff] = loaded(first).day.staff
    assert staff.spans == ((2 * HOUR_MS, 24 * HOUR_MS),)


def test_other_calls_keep_an_agent_away() -> None:
    with all_tenants("test"):
        first, _second, agents = company(1)
        at_work(agents[0], NINE_MS, NINE_MS + HOUR_MS)
        started = at(NINE_MS + 600_000)
        call = CallFactory(tenant=first.tenant, direction="out", started_at=started)
        LegFactory(
            tenant=first.tenant,
            call=call,
            agent=agents[0],
            started_at=started,
            ended_at=started + timedelta(minutes=5),
        )
    [staff] = loaded(first).day.staff
    assert staff.spans == ((NINE_MS, NINE_MS + 600_000), (NINE_MS + 900_000, NINE_MS + HOUR_MS))


def test_who_answered_in_a_queue_was_its_member_then() -> None:
    with all_tenants("test"):
        first, _second, agents = company(1)
        at_work(agents[0], NINE_MS, NINE_MS + HOUR_MS)
        name = agents[0].sip_username
        answered = Stay(
            "c",
            "",
            NINE_MS + 1_000,
            "answered",
            4_000,
            agent=name,
            talk_ms=60_000,
            tries=(Try(name, 3_000, is_answered=True, after_ms=1_000),),
        )
        write_stay(answered, first, {name: agents[0]}, 20_000, 1)
        QueueMember.objects.all().delete()
    found = loaded(first)
    [staff] = found.day.staff
    assert list(staff.queues) == [first.asterisk_name]
    # The talk of a visit is not "another call".
    assert staff.spans == ((NINE_MS, NINE_MS + HOUR_MS),)
    [arrival] = found.day.arrivals
    assert (arrival.talk_ms, arrival.patience_ms, arrival.agent) == (60_000, None, name)
    assert arrival.tries == answered.tries


def test_a_second_queue_of_the_same_call_hangs_on_the_first() -> None:
    with all_tenants("test"):
        first, second, _agents = company(1)
        gone = Stay("c", "", NINE_MS, "flowed_out", 90_000, reason="timeout")
        call = write_stay(gone, first, {}, 20_000, 1)
        QueueVisit.objects.create(
            tenant=first.tenant,
            call=call,
            number=1,
            queue_name=second.asterisk_name,
            queue_number=second.number,
            joined_at=at(NINE_MS + 92_000),
            how="abandoned",
            left_at=at(NINE_MS + 99_000),
            wait_ms=7_000,
        )
    [arrival] = loaded(first).day.arrivals
    assert (arrival.how, arrival.reason, arrival.patience_ms) == ("flowed_out", "timeout", None)
    assert arrival.then is not None
    assert (arrival.then.queue, arrival.then_after_ms) == (second.asterisk_name, 2_000)
    assert arrival.then.patience_ms == 7_000


def test_what_the_distributor_knew_of_a_caller_is_known() -> None:
    with all_tenants("test"):
        first, _second, agents = company(1)
        call = write_stay(Stay("c", "", NINE_MS, "abandoned", 3_000), first, {}, 20_000, 1)
        told = {
            "id": "pbx1-77.1",
            "priority": 3,
            "needs": [["english", [[0, 60], [30, 0]]]],
            "wanted": agents[0].sip_username,
            "wanted_until": at(NINE_MS + 15_000).isoformat(),
        }
        for number, record in enumerate((told, {**told, "priority": 9}, "broken")):
            CallFact.objects.create(
                tenant=first.tenant,
                node=call.node,
                linkedid=call.linkedid,
                key=f"r{number}",
                kind=kinds.ROUTED,
                at=at(NINE_MS + number),
                source="acd",
                data={"queue": first.asterisk_name, "call": record},
            )
    [arrival] = loaded(first).day.arrivals
    assert arrival == Arrival(
        id="pbx1-77.1",
        queue=first.asterisk_name,
        at_ms=NINE_MS,
        priority=3,
        needs=(Need("english", ((0.0, 60), (30.0, 0))),),
        wanted=agents[0].sip_username,
        wanted_ms=15_000,
        how="abandoned",
        waited_ms=3_000,
        patience_ms=3_000,
    )


def test_a_ring_that_ended_with_the_visit_was_cut_and_a_short_one_refused() -> None:
    with all_tenants("test"):
        first, _second, agents = company(3)
        tries = (
            Try(agents[0].sip_username, None, after_ms=0),
            Try(agents[1].sip_username, 4_000, after_ms=22_000),
            Try(agents[2].sip_username, 6_000, is_cut=True, after_ms=28_000),
        )
        gone = Stay("c", "", NINE_MS, "abandoned", 34_000, tries=tries)
        people = {agent.sip_username: agent for agent in agents}
        write_stay(gone, first, people, 20_000, 1)
        assert Leg.objects.count() == 3
    [arrival] = loaded(first).day.arrivals
    assert arrival.tries == tries


def test_an_agent_who_served_nobody_and_signed_in_another_day_is_not_there() -> None:
    with all_tenants("test"):
        first, _second, agents = company(2)
        at_work(agents[0], 25 * HOUR_MS, 30 * HOUR_MS)
        at_work(agents[1], -9 * HOUR_MS, -HOUR_MS)
        AgentFactory(tenant=first.tenant)
    assert loaded(first).day.staff == ()


def test_what_the_distributor_saw_counts_gone_phones_and_real_wrap_ups() -> None:
    with all_tenants("test"):
        first, _second, agents = company(1)
        at_work(agents[0], NINE_MS, NINE_MS + HOUR_MS)
        name, people = agents[0].sip_username, {agents[0].sip_username: agents[0]}
        for number in range(3):
            answered = Stay(
                "c", "", NINE_MS + number * 60_000, "answered", 0, agent=name, talk_ms=20_000
            )
            write_stay(answered, first, people, 20_000, number)
        spans = [
            ("unreachable", 1_800_000, 2_100_000, ""),
            ("talking", 0, 20_000, "pbx1-0"),
            ("wrap_up", 20_000, 24_500, "pbx1-0"),
            ("talking", 60_000, 80_000, "pbx1-1"),
        ]
        for state, start, end, linkedid in spans:
            AgentStateSpan.objects.create(
                tenant=first.tenant,
                agent=agents[0],
                state=state,
                linkedid=linkedid,
                started_at=at(NINE_MS + start),
                ended_at=at(NINE_MS + end),
                source="test",
            )
    day = loaded(first).day
    # The third was not seen: the queue's wrap-up is all that is known.
    assert [one.wrap_up_ms for one in day.arrivals] == [4_500, 0, None]
    assert day.staff[0].spans == (
        (NINE_MS, NINE_MS + 1_800_000),
        (NINE_MS + 2_100_000, NINE_MS + HOUR_MS),
    )
