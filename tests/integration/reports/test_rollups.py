"""Rollups are what the ledger says, whatever the order in which it was told."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.acd.engine.agent_state import READY, TALKING, Live
from apps.acd.engine.spans import Span
from apps.acd.models import Queue
from apps.acd.queue_figures import queue_figures
from apps.acd.state_spans import spans_apply
from apps.calls import card_events, resolve
from apps.calls.models import Call
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants, tenant_scope
from apps.reports.check import rollup_check
from apps.reports.engine.periods import Period, bounds
from apps.reports.models import ROLLUPS, Grain, QueueRollup, RollupDirty
from apps.reports.rollups import rollup_rebuild, rollup_tend, rollup_waiting, rollups_tend
from apps.tenants.models import Tenant
from tests.factories import AgentFactory, QueueFactory, TenantFactory, UserFactory
from tests.integration.reports.ledger_writer import ENDS, NIGHT, STATES, MadeCall, spans_of

DAYS = (date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26))


@pytest.fixture
def company(db: Any) -> Any:
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    with all_tenants("test"):
        tenant = TenantFactory(slug="lab", timezone="Europe/Berlin")
        for number in ("1001", "1002"):
            AgentFactory(tenant=tenant, number=number, sip_username=number)
        QueueFactory(tenant=tenant, number="7001", service_level_s=20, short_abandon_s=5)
        QueueFactory(tenant=tenant, number="7002", service_level_s=10, short_abandon_s=3)
    yield tenant
    resolve.caches_clear()


calls = st.builds(
    MadeCall,
    number=st.integers(0, 9),
    begins_s=st.integers(0, 6 * 3600),
    wait_ms=st.sampled_from([0, 2_999, 3_000, 4_999, 5_000, 9_999, 10_000, 20_000, 20_001]),
    talk_s=st.sampled_from([0, 5, 900, 4_000]),
    queue=st.sampled_from(["lab-7001", "lab-7002"]),
    end=st.sampled_from(ENDS),
    agents=st.lists(st.sampled_from(["1001", "1002"]), max_size=3).map(tuple),
    moved_s=st.sampled_from([0, 0, 1, 1_000, -1_000]),
)
states = st.lists(
    st.tuples(st.sampled_from(STATES), st.integers(1, 5_000), st.booleans()), max_size=8
)


def kept() -> list[list[tuple[Any, ...]]]:
    return [
        sorted(
            row[1:]  # without the key, that a row made anew has not
            for row in model.objects.values_list(
                "pk", "grain", "start", *model.KEY, *model.SUMS.__dataclass_fields__
            )
        )
        for model in ROLLUPS
    ]


def differences(tenant: Tenant) -> list[Any]:
    return [one for day in DAYS for one in rollup_check(tenant.pk, day)]


@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    made=st.lists(calls, max_size=6, unique_by=lambda call: call.number),
    mine=states,
    order=st.randoms(use_true_random=False),
)
def test_any_order_corrections_and_a_rebuild_give_what_the_ledger_says(
    company: Tenant, made: list[MadeCall], mine: list[Any], order: Any
) -> None:
    told = [fact for call in made for fact in call.facts()]
    told += told[::4]
    order.shuffle(told)
    written = spans_of("1001", 100, mine)
    with transaction.atomic(), tenant_scope(company.pk):
        while told or written:
            size = order.randint(1, 12)
            facts_apply(told[:size])
            told = told[size:]
            for spans in written[: order.randint(0, 3)]:
                spans_apply(spans, None)
                written.remove(spans)
            if order.random() < 0.4:
                rollup_tend(company.pk, most=order.randint(1, 30))
        while rollup_tend(company.pk):
            pass
        assert rollup_waiting() == 0
        assert differences(company) == []
        before = kept()
        rollup_rebuild(company.pk, first=DAYS[0], last=DAYS[-1])
        assert kept() == before
        for one in QueueRollup.objects.all():
            assert one.offered == one.answered + one.abandoned + one.flowed_out
        transaction.set_rollback(True)


def call(number: int, **fields: Any) -> MadeCall:
    return MadeCall(
        **{
            "number": number,
            "begins_s": 0,
            "wait_ms": 4_000,
            "talk_s": 30,
            "queue": "lab-7001",
            "end": "answered",
            "agents": ("1001",),
            **fields,
        }
    )


def test_rollups_are_the_queue_pages_figures(company: Tenant) -> None:
    admin = UserFactory(tenant=company, role="admin")
    ends = ["answered", "abandoned", "timeout", "live", "abandoned", "answered"]
    for number, end in enumerate(ends):
        facts_apply(call(number, begins_s=number * 700, end=end, wait_ms=number * 6_000).facts())
    since, until = NIGHT, NIGHT + timedelta(hours=2)
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
        page = {
            one.number: one.counts for one in queue_figures(user=admin, since=since, until=until)
        }
        rows = QueueRollup.objects.filter(grain=Grain.QUARTER, queue_number="7001")
        assert sum(one.offered for one in rows) == page["7001"].offered == 5
        assert sum(one.answered_in_time for one in rows) == page["7001"].answered_in_time
        assert sum(one.abandoned_short for one in rows) == page["7001"].abandoned_short
        assert max(one.longest_wait_ms for one in rows) == page["7001"].longest_wait_ms == 30_000


def test_a_late_call_and_a_changed_limit_are_followed(company: Tenant) -> None:
    facts_apply(call(1, wait_ms=15_000).facts())
    with tenant_scope(company.pk):
        assert rollup_tend(company.pk) > 0
        day = QueueRollup.objects.get(grain=Grain.DAY)
        assert (day.offered, day.answered_in_time, day.waits_15) == (1, 1, 1)
        Queue.objects.filter(number="7001").update(service_level_s=10)
    facts_apply(call(2, begins_s=60, end="abandoned", wait_ms=1_000).facts())
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
        day = QueueRollup.objects.get(grain=Grain.DAY)
        assert (day.offered, day.answered_in_time, day.abandoned_short) == (2, 0, 1)
        assert differences(company) == []


def test_days_are_the_companys_and_follow_its_time_zone(company: Tenant) -> None:
    facts_apply(call(1, begins_s=0).facts())  # 23:50 in Berlin, 05:50 of the next day in Shanghai
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
        start = bounds(Period(DAYS[0], DAYS[0]), ZoneInfo("Europe/Berlin"))[0]
        assert QueueRollup.objects.get(grain=Grain.DAY).start == start
        Tenant.objects.filter(pk=company.pk).update(timezone="Asia/Shanghai")
        rollups_tend()
        start = bounds(Period(DAYS[1], DAYS[1]), ZoneInfo("Asia/Shanghai"))[0]
        assert QueueRollup.objects.get(grain=Grain.DAY).start == start
        assert differences(company) == []


def test_a_sign_out_that_is_read_late_takes_time_back(company: Tenant) -> None:
    live = Live(READY)
    spans_apply([Span("1001", NIGHT, live, ended_at=NIGHT + timedelta(hours=2))], None)
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
    spans_apply([Span("1001", NIGHT, live, ended_at=NIGHT + timedelta(hours=1))], None)
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
        assert differences(company) == []
    spans_apply([Span("1001", NIGHT, live, ended_at=NIGHT)], None)
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
        assert kept() == [[], [], [], []]


def test_a_wrong_row_is_found_and_a_rebuild_mends_it(
    company: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    facts_apply(call(1).facts())
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
        QueueRollup.objects.filter(grain=Grain.QUARTER).update(answered=7)
        (wrong,) = differences(company)
        assert (wrong.kept.answered, wrong.ledger.answered) == (7, 1)
    days = ["--since", "2026-10-24", "--until", "2026-10-25"]
    call_command("rollups", "rebuild", "--tenant", "lab", *days)
    call_command("rollups", "check", "--tenant", "lab", *days)
    said = capsys.readouterr().out
    assert "lab: 2026-10-25 made anew, 2 of 2 days" in said
    assert "lab: 2 days compared, 0 rows differ" in said


def test_a_batch_costs_one_query_more(company: Tenant) -> None:
    facts = call(1).facts()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        facts_apply(facts)
    marks = [query for query in asked.captured_queries if "rollupdirty" in query["sql"]]
    assert len(marks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_while_its_quarter_is_rolled_up_stays_marked() -> None:
    """A second connection marks and commits between the reading of the marks and the end."""
    resolve.caches_clear()
    with all_tenants("test"):
        tenant = TenantFactory(slug="lab", timezone="Europe/Berlin")
        QueueFactory(tenant=tenant, number="7001")
        AgentFactory(tenant=tenant, number="1001", sip_username="1001")
    facts_apply(call(1).facts())

    def late() -> None:
        facts_apply(call(2).facts())
        connection.close()

    with tenant_scope(tenant.pk):
        with transaction.atomic():
            marks = RollupDirty.objects.count()
            assert rollup_tend(tenant.pk) > 0
            other = threading.Thread(target=late)
            other.start()
            other.join(30)
            assert not other.is_alive(), "who writes a call waits for who rolls up"
        assert marks > 0
        assert rollup_waiting() > 0
        rollup_tend(tenant.pk)
        assert QueueRollup.objects.get(grain=Grain.DAY).offered == 2
        assert Call.objects.count() == 2
    resolve.caches_clear()


def test_what_is_nobodys_marks_nothing(db: Any) -> None:
    resolve.caches_clear()
    at = datetime(2026, 10, 24, tzinfo=UTC)
    facts = [fact for fact in call(1).facts() if fact.kind == "leg_started"]
    facts_apply(facts)
    assert at < NIGHT
    with all_tenants("test"):
        assert not RollupDirty.objects.exists()


def test_talk_of_a_queue_is_its_handling_time(company: Tenant) -> None:
    live = Live(TALKING, queue="lab-7001")
    spans_apply([Span("1001", NIGHT, live, ended_at=NIGHT + timedelta(minutes=20))], None)
    with tenant_scope(company.pk):
        rollup_tend(company.pk)
        rows = QueueRollup.objects.filter(grain=Grain.QUARTER).order_by("start")
        assert [one.handled_ms for one in rows] == [600_000, 600_000]
