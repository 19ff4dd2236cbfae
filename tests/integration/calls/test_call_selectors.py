"""Who sees which calls, in how many queries; what is live for an agent."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from apps.accounts.choices import Role
from apps.calls.models import Call
from apps.calls.selectors import (
    call_few_for,
    call_get_for,
    call_list_for,
    call_list_with_number,
    call_live_count,
    call_live_for_agent,
    call_missed_count,
    call_timeline,
)
from apps.calls.services import facts_apply
from apps.core.errors import NotFoundError
from apps.core.tenancy import tenant_scope
from tests.factories import (
    AgentFactory,
    CallFactory,
    CustomerFactory,
    DepartmentFactory,
    LegFactory,
    RecordingFactory,
    TenantFactory,
    UserFactory,
)
from tests.fixtures import replay
from tests.integration.calls.conftest import Company

pytestmark = pytest.mark.django_db


def seen(user: Any) -> set[int]:
    with tenant_scope(user.tenant_id):
        return set(call_list_for(user=user).values_list("pk", flat=True))


def test_agent_sees_calls_answered_by_him_or_rung_on_his_phone_and_no_others(
    company: Company,
) -> None:
    first, second = company.agents["1001"], company.agents["1002"]
    his = CallFactory(tenant=company.tenant, agent=first)
    rung = CallFactory(tenant=company.tenant, agent=second)
    LegFactory(tenant=company.tenant, call=rung, agent=first, result="not_answered")
    other = CallFactory(tenant=company.tenant, agent=second)

    assert seen(first.user) == {his.pk, rung.pk}
    assert seen(second.user) == {rung.pk, other.pk}


@pytest.mark.parametrize("role", list(Role))
def test_few_calls_are_limited_as_the_list_of_all(company: Company, role: Role) -> None:
    first, second = company.agents["1001"], company.agents["1002"]
    below = DepartmentFactory(tenant=company.tenant, parent=first.user.department)
    person = UserFactory(tenant=company.tenant, role=role, department=first.user.department)
    own = AgentFactory(tenant=company.tenant, user=person, number="1999")
    customer = CustomerFactory(tenant=company.tenant)
    number = "+8613900000001"
    for agent in (first, second, own, None):
        for department in (first.user.department, below, DepartmentFactory(tenant=company.tenant)):
            for whose in (customer, None):
                call = CallFactory(
                    tenant=company.tenant,
                    agent=agent,
                    queue_department=department,
                    customer=whose,
                    caller_lookup=number,
                )
                if department != below:
                    LegFactory(tenant=company.tenant, call=call, agent=own if whose else second)
    CallFactory(tenant=company.tenant, agent=own)
    with tenant_scope(company.tenant.pk):
        for among in (Q(customer=customer), Q(customer=None, caller_lookup__in=[number])):
            wanted = set(call_list_for(user=person).filter(among).values_list("pk", flat=True))
            few = list(call_few_for(user=person, among=among).values_list("pk", flat=True))
            assert sorted(few) == sorted(wanted)
            assert wanted


def test_call_with_many_legs_is_listed_once(company: Company) -> None:
    agent = company.agents["1001"]
    call = CallFactory(tenant=company.tenant, agent=agent)
    LegFactory.create_batch(3, tenant=company.tenant, call=call, agent=agent)
    with tenant_scope(company.tenant.pk):
        assert [row.pk for row in call_list_for(user=agent.user)] == [call.pk]


def test_team_lead_sees_the_departments_queues_and_people(company: Company) -> None:
    agent = company.agents["1001"]
    lead = UserFactory(tenant=company.tenant, role=Role.TEAM_LEAD, department=agent.user.department)
    by_agent = CallFactory(tenant=company.tenant, agent=agent)
    by_queue = CallFactory(tenant=company.tenant, queue_department=agent.user.department)
    CallFactory(tenant=company.tenant, agent=company.agents["1002"])
    assert seen(lead) == {by_agent.pk, by_queue.pk}


def test_admin_sees_the_company_and_a_stranger_nothing_of_it(company: Company) -> None:
    call = CallFactory(tenant=company.tenant)
    admin = UserFactory(tenant=company.tenant, role=Role.ADMIN)
    stranger = UserFactory(tenant=TenantFactory(), role=Role.ADMIN)
    assert seen(admin) == {call.pk}
    assert seen(stranger) == set()
    with tenant_scope(stranger.tenant_id), pytest.raises(NotFoundError):
        call_get_for(user=stranger, pk=call.pk)
    with tenant_scope(company.tenant.pk), pytest.raises(NotFoundError):
        call_get_for(user=company.agents["1001"].user, pk=call.pk)
    with tenant_scope(company.tenant.pk):
        assert call_get_for(user=admin, pk=call.pk) == call


def test_list_costs_the_same_queries_for_two_and_for_fifty(
    company: Company, django_assert_num_queries: Any
) -> None:
    admin = UserFactory(tenant=company.tenant, role=Role.ADMIN)

    def make(count: int) -> None:
        for _ in range(count):
            call = CallFactory(
                tenant=company.tenant, agent=company.agents["1001"], customer=company.customer
            )
            RecordingFactory(tenant=company.tenant, call=call)

    for count in (2, 48):
        make(count)
        with tenant_scope(company.tenant.pk), django_assert_num_queries(2):
            for call in call_list_for(user=admin):
                assert str(call.agent)
                assert call.customer is not None
                assert len(call.recordings.all()) == 1


def test_newest_call_comes_first_and_equal_times_have_an_order(company: Company) -> None:
    admin = UserFactory(tenant=company.tenant, role=Role.ADMIN)
    now = timezone.now()
    old = CallFactory(tenant=company.tenant, started_at=now - timedelta(hours=1))
    twins = CallFactory.create_batch(2, tenant=company.tenant, started_at=now)
    with tenant_scope(company.tenant.pk):
        found = [call.pk for call in call_list_for(user=admin)]
    assert found == [twins[1].pk, twins[0].pk, old.pk]


@pytest.mark.parametrize(
    "number", ["13800138000", "+8613800138000", "138-0013-8000", "8613800138000"]
)
def test_caller_is_found_as_dialled_or_in_e164(company: Company, number: str) -> None:
    call = CallFactory(tenant=company.tenant)
    CallFactory(tenant=company.tenant, caller="13900139000", caller_lookup="+8613900139000")
    with tenant_scope(company.tenant.pk):
        assert list(call_list_with_number(Call.objects.all(), number)) == [call]


def test_number_without_digits_finds_nobody(company: Company) -> None:
    CallFactory(tenant=company.tenant, caller="", caller_lookup="")
    with tenant_scope(company.tenant.pk):
        assert list(call_list_with_number(Call.objects.all(), "anonymous")) == []


def cards_at_each_fact(company: Company, name: str, number: str) -> list[str]:
    states = []
    for fact in replay.facts(name):
        facts_apply([fact])
        with tenant_scope(company.tenant.pk):
            cards = call_live_for_agent(company.agents[number])
        assert len(cards) <= 1
        states.append(cards[0]["state"] if cards else "none")
    return [state for at, state in enumerate(states) if at == 0 or state != states[at - 1]]


def test_snapshot_of_an_agent_follows_his_own_part_of_the_call(company: Company) -> None:
    assert cards_at_each_fact(company, "held_twice", "1001") == [
        "none", "ringing", "talking", "held", "talking", "held", "talking", "none",
    ]  # fmt: skip


def test_snapshot_of_an_agent_whose_offer_is_over_is_empty(company: Company) -> None:
    assert cards_at_each_fact(company, "second_agent_answers", "1001") == [
        "none",
        "ringing",
        "none",
    ]


def test_own_call_out_is_live_for_its_agent(company: Company) -> None:
    assert cards_at_each_fact(company, "out_answered", "1001")[-2:] == ["talking", "none"]


def test_missed_are_calls_offered_and_answered_by_nobody(company: Company) -> None:
    agent, now = company.agents["1001"], timezone.now()
    facts_apply(replay.facts("abandoned"))
    with tenant_scope(company.tenant.pk):
        began = Call.objects.get().started_at
        assert call_missed_count(agent, since=began - timedelta(seconds=1)) == 1
        assert call_missed_count(agent, since=began + timedelta(hours=1)) == 0
        assert call_missed_count(company.agents["1002"], since=began) == 0
        facts_apply(replay.facts("second_agent_answers"))
        assert call_missed_count(agent, since=began - timedelta(hours=1)) == 1
    assert began < now


def test_timeline_is_in_the_order_of_what_happened(company: Company) -> None:
    facts_apply(list(reversed(replay.facts("answered_caller_ends"))))
    with tenant_scope(company.tenant.pk):
        kinds = [fact.kind for fact in call_timeline(Call.objects.get())]
    assert kinds[0] == "leg_started"
    assert kinds.index("queued") < kinds.index("offered") < kinds.index("connected")


def test_live_calls_of_a_node_are_counted(company: Company) -> None:
    facts_apply(replay.facts("tone")[:1])
    with tenant_scope(company.tenant.pk):
        assert call_live_count("lab-1") == 0  # a number that the company does not own
    facts_apply(replay.facts("menu_hangup")[:1])
    with tenant_scope(company.tenant.pk):
        assert (call_live_count("lab-1"), call_live_count("other")) == (1, 0)
