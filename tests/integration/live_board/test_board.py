"""What the board says of a company, whose rows a person gets, and that its figures are exact."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Department, User
from apps.acd.agent_times import agents_for
from apps.acd.queue_figures import queue_counts, queues_for
from apps.acd.services import agent_sign_in
from apps.calls.models import QueueVisit
from apps.calls.selectors import call_list_for
from apps.core.line_states import line_states_set
from apps.core.node_status import NodeStatus, node_status_set
from apps.core.tenancy import tenant_scope
from apps.live_board.engine.parts import seen_by
from apps.live_board.selectors import board_now, scope_of
from apps.reports.dirty import times_changed
from apps.reports.rollups import rollup_tend
from apps.tenants.models import Tenant
from tests.factories import (
    AgentFactory,
    CallFactory,
    DidFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    TrunkFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
# 14:00 in Shanghai.
NOON = datetime(2026, 11, 30, 6, 7, 30, tzinfo=UTC)


def live_call(queue: Any, *, agent: Any = None, now: datetime = NOON, **values: Any) -> Any:
    """Make a live call of a queue: it waits, or talks with the agent."""
    started = now - timedelta(seconds=90)
    call = CallFactory(
        tenant=queue.tenant,
        queue_number=queue.number,
        queue_department=queue.department,
        agent=agent,
        status="talking" if agent else "queued",
        outcome="",
        started_at=started,
        queued_at=started + timedelta(seconds=10),
        answered_at=now - timedelta(seconds=30) if agent else None,
        ended_at=None,
        **values,
    )
    LegFactory(
        tenant=queue.tenant, call=call, kind="caller", channel=f"PJSIP/trunk-main-{call.pk:08x}"
    )
    if agent:
        LegFactory(tenant=queue.tenant, call=call, agent=agent, answered_at=call.answered_at)
    QueueVisit.objects.create(
        tenant=queue.tenant,
        call=call,
        number=0,
        queue_name=queue.asterisk_name,
        queue_number=queue.number,
        joined_at=started + timedelta(seconds=10),
        left_at=call.answered_at,
        how="answered" if agent else "waiting",
        wait_ms=50_000 if agent else None,
    )
    return call


def visit(queue: Any, joined_at: datetime, how: str, wait_ms: int) -> None:
    """Write one closed stay as the ledger's writer does: with its mark."""
    call = CallFactory(
        tenant=queue.tenant,
        queue_number=queue.number,
        queue_department=queue.department,
        started_at=joined_at,
        ended_at=joined_at + timedelta(milliseconds=wait_ms),
    )
    QueueVisit.objects.create(
        tenant=queue.tenant,
        call=call,
        number=0,
        queue_name=queue.asterisk_name,
        queue_number=queue.number,
        joined_at=joined_at,
        left_at=call.ended_at,
        how=how,
        wait_ms=wait_ms,
    )
    times_changed([(queue.tenant_id, joined_at, call.ended_at)])


@pytest.fixture
def tenant() -> Any:
    found = QueueFactory().tenant
    with tenant_scope(found.pk):
        yield found


def test_queue_says_who_waits_and_since_when(tenant: Tenant) -> None:
    queue = QueueFactory(tenant=tenant)
    first = live_call(queue)
    live_call(queue, now=NOON + timedelta(seconds=20))
    row = board_now(tenant, now=NOON)["queues"][queue.number]
    assert row["waiting"] == 2
    since = datetime.fromisoformat(row["longest_since"])
    assert since == first.started_at + timedelta(seconds=10)
    assert (row["offered"], row["is_balanced"], row["level_today"]) == (0, True, None)


def test_agents_are_counted_once_by_what_they_do(tenant: Tenant) -> None:
    queue = QueueFactory(tenant=tenant)
    ready, _out = (QueueMemberFactory(queue=queue, tenant=tenant).agent for _ in range(2))
    agent_sign_in(agent=ready)
    row = board_now(tenant)["queues"][queue.number]
    assert row["agents"]["ready"] == 1
    assert row["agents"]["signed_out"] == 1
    assert sum(row["agents"].values()) == 2


def test_talking_agent_names_his_call(tenant: Tenant) -> None:
    member = QueueMemberFactory(tenant=tenant)
    call = live_call(member.queue, agent=member.agent)
    board = board_now(tenant, now=NOON)
    assert board["agents"][member.agent.number]["call"] == call.pk
    assert board["calls"][str(call.pk)]["talks"]


@pytest.mark.parametrize(
    ("state", "is_up", "phone"),
    [("NOT_INUSE", True, True), ("UNAVAILABLE", False, False), ("UNKNOWN", None, None)],
)
def test_lines_are_as_the_exchange_says(
    tenant: Tenant, settings: Any, state: str, is_up: bool | None, phone: bool | None
) -> None:
    settings.HUAWU_TRUNK_QUALIFY_S = 30
    agent = AgentFactory(tenant=tenant)
    trunk = TrunkFactory(name="main", max_channels=30)
    DidFactory(tenant=tenant, trunk=trunk)
    live_call(QueueFactory(tenant=tenant))
    line_states_set(settings.HUAWU_NODE, {"trunk-main": state, agent.endpoint_web: state})
    board = board_now(tenant, now=NOON)
    assert board["trunks"]["main"] == {"name": "main", "busy": 1, "limit": 30, "is_up": is_up}
    assert board["agents"][agent.number]["phone"] is phone
    # A carrier that nobody asks is not known to be there.
    settings.HUAWU_TRUNK_QUALIFY_S = 0
    assert board_now(tenant, now=NOON)["trunks"]["main"]["is_up"] is None


def test_link_is_down_when_the_node_is_silent(tenant: Tenant, settings: Any) -> None:
    assert board_now(tenant)["link"]["link"]["is_up"] is False
    node_status_set(NodeStatus(settings.HUAWU_NODE, True, timezone.now().isoformat()))
    assert board_now(tenant)["link"]["link"]["is_up"] is True


@pytest.mark.parametrize("seed", range(4))
def test_todays_figures_are_the_ledgers_whatever_is_rolled_up(tenant: Tenant, seed: int) -> None:
    rand = random.Random(seed)
    queues = [QueueFactory(tenant=tenant, service_level_s=20) for _ in range(3)]
    midnight = datetime(2026, 11, 29, 16, tzinfo=UTC)  # of 30 November in Shanghai
    for turn in range(60):
        # Some of yesterday, which must not count.
        joined_at = midnight + timedelta(seconds=rand.randint(-3_600, 22_000))
        how = rand.choice(("answered", "abandoned", "flowed_out"))
        visit(rand.choice(queues), joined_at, how, rand.randint(0, 60_000))
        if rand.random() < 0.1 or turn == 40:
            rollup_tend(tenant.pk, most=rand.randint(1, 96))
        if turn % 20 == 19:
            board = board_now(tenant, now=NOON)
            truth = queue_counts([one.number for one in queues], midnight, NOON)
            for queue in queues:
                row, counts = board["queues"][queue.number], truth.get(queue.number)
                shown = (row["offered"], row["answered"], row["abandoned"], row["flowed_out"])
                assert counts is not None
                assert shown == (
                    counts.offered,
                    counts.answered,
                    counts.abandoned,
                    counts.flowed_out,
                )
                assert row["is_balanced"]


def test_a_very_long_list_of_marks_is_counted_at_once(
    tenant: Tenant, django_assert_max_num_queries: Any
) -> None:
    queue = QueueFactory(tenant=tenant)
    for hour in range(10):
        visit(queue, NOON - timedelta(minutes=30 * hour + 1), "answered", 1_000)
    with django_assert_max_num_queries(25):
        assert board_now(tenant, now=NOON)["queues"][queue.number]["offered"] == 10


def test_cost_does_not_grow_with_calls(tenant: Tenant, django_assert_num_queries: Any) -> None:
    member = QueueMemberFactory(tenant=tenant)
    queue = member.queue
    live_call(queue, agent=member.agent)
    with django_assert_num_queries(16):
        board_now(tenant, now=NOON)
    for _ in range(5):
        live_call(queue, agent=QueueMemberFactory(tenant=tenant, queue=queue).agent)
    with django_assert_num_queries(16):
        board_now(tenant, now=NOON)


@pytest.mark.parametrize("role", [Role.AGENT, Role.TEAM_LEAD, Role.INSPECTOR, Role.ADMIN])
def test_rows_are_those_of_every_other_list(tenant: Tenant, role: Role) -> None:
    person = QueueMemberFactory(tenant=tenant)
    other = QueueMemberFactory(tenant=tenant)
    user: User = person.agent.user
    user.role = role
    user.save()
    below = Department.objects.create(tenant=tenant, name="Below", parent=user.department)
    colleague = AgentFactory(tenant=tenant, user__department=below)
    QueueFactory(tenant=tenant, department=below)
    calls = [
        live_call(person.queue, agent=person.agent),
        live_call(other.queue, agent=other.agent),
        live_call(other.queue, agent=colleague),
        live_call(QueueFactory(tenant=tenant, department=below)),
        live_call(other.queue),
    ]
    # It rang at him, and somebody else took it.
    LegFactory(tenant=tenant, call=calls[1], agent=person.agent, ended_at=NOON)
    seen = seen_by(scope_of(user), board_now(tenant, now=NOON))
    assert sorted(seen["queues"]) == sorted(queues_for(user).values_list("number", flat=True))
    assert sorted(seen["agents"]) == sorted(agents_for(user).values_list("number", flat=True))
    live = call_list_for(user=user).filter(ended_at=None).values_list("pk", flat=True)
    assert sorted(map(int, seen["calls"])) == sorted(live)


def test_numbers_are_masked_for_whom_they_are_masked(tenant: Tenant) -> None:
    queue = QueueFactory(tenant=tenant)
    call = live_call(queue)
    admin = UserFactory(tenant=tenant, role=Role.ADMIN)
    masked = UserFactory(tenant=tenant, role=Role.ADMIN, has_numbers_masked=True)
    board = board_now(tenant, now=NOON)
    assert seen_by(scope_of(admin), board)["calls"][str(call.pk)]["number"] == "13800138000"
    shown = seen_by(scope_of(masked), board)
    assert shown["calls"][str(call.pk)]["number"] == "138****8000"
    assert "13800138000" not in str(shown)


def test_other_companies_rows_are_not_on_the_board(tenant: Tenant) -> None:
    stranger = QueueMemberFactory()
    live_call(stranger.queue, agent=stranger.agent)
    board = board_now(tenant, now=NOON)
    assert board["calls"] == {}
    assert stranger.queue.number not in board["queues"]
    assert stranger.agent.number not in board["agents"]
