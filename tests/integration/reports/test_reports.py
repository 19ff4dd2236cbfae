"""Reports: the rows behind a figure are as many as it says, and nobody sees more than he may."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.agent_times import agents_between
from apps.acd.engine.agent_state import PAUSED, READY, Live
from apps.acd.engine.spans import Span
from apps.acd.state_spans import spans_apply
from apps.calls import card_events, resolve
from apps.calls.models import Call, LinkGap
from apps.calls.services import facts_apply
from apps.core.errors import NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.dispositions.models import Disposition
from apps.dispositions.services import WrapUp, wrap_up_save
from apps.reports.behind import HourOfWeek, behind
from apps.reports.engine.columns import (
    AGENTS,
    ATTENDANCE,
    CALLS,
    COLUMNS,
    DISPOSITIONS,
    KINDS,
    NUMBERS,
    OF_COMPANY,
    QUEUES,
    REGIONS,
    RINGS,
    SUMS,
    TRUNKS,
)
from apps.reports.engine.periods import Period, bounds
from apps.reports.rollups import rollup_tend
from apps.reports.selectors import (
    Asked,
    Report,
    ReportRow,
    hours_of_week,
    kinds_for,
    report,
    zone_of,
)
from apps.tenants.models import Tenant
from tests.factories import (
    AgentFactory,
    DepartmentFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    UserFactory,
)
from tests.integration.reports.ledger_writer import NIGHT, MadeCall, spans_of
from tests.integration.reports.test_rollups import call, calls, states

PERIOD = Period(date(2026, 10, 24), date(2026, 10, 26))
LATER = NIGHT + timedelta(days=5)


class House:
    """A company with two queues, an agent in each of two departments, and their leads."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.tenant: Tenant = TenantFactory(slug="lab", timezone="Europe/Berlin")
            mine, other = (DepartmentFactory(tenant=self.tenant) for _one in range(2))
            self.agent, self.other = (
                AgentFactory(
                    tenant=self.tenant,
                    number=number,
                    sip_username=number,
                    user__department=department,
                )
                for number, department in (("1001", mine), ("1002", other))
            )
            self.queue = QueueFactory(tenant=self.tenant, number="7001", department=mine)
            QueueFactory(tenant=self.tenant, number="7002", department=other)
            QueueMemberFactory(tenant=self.tenant, queue=self.queue, agent=self.agent)
            self.admin = self.person(Role.ADMIN)
            self.lead = self.person(Role.TEAM_LEAD, department=mine)

    def person(self, role: str, **more: Any) -> User:
        found: User = UserFactory(tenant=self.tenant, role=role, **more)
        return found

    def dispose(self, name: str) -> None:
        """Give every other call a disposition, as its agent's wrap-up does."""
        with tenant_scope(self.tenant.pk):
            leaf = Disposition.objects.create(tenant=self.tenant, name=name)
            for one in Call.objects.order_by("linkedid")[::2]:
                wrap_up_save(call=one, user=self.admin, agent=None, kept=WrapUp(leaf.pk))

    def read(self, kind: str, user: User | None = None, **more: Any) -> Report:
        asked = Asked(kind, more.pop("period", PERIOD), **more)
        with tenant_scope(self.tenant.pk):
            rollup_tend(self.tenant.pk)
            return report(user=user or self.admin, asked=asked, now=LATER)

    def hour(self, kind: str, day: int, hour: int) -> int:
        """Return how many are behind an hour of the week."""
        with tenant_scope(self.tenant.pk):
            since, until = bounds(PERIOD, zone_of(self.admin))
            return behind(
                user=self.admin,
                kind=kind,
                figure="all",
                item="",
                since=since,
                until=until,
                period=PERIOD,
                week=HourOfWeek(day, hour),
            ).count

    def count(self, kind: str, figure: str, item: str, since: Any, until: Any) -> int:
        """Return how many are behind a figure; of a time, for how long they lasted."""
        with tenant_scope(self.tenant.pk):
            found = behind(
                user=self.admin,
                kind=kind,
                figure=figure,
                item=item,
                since=since,
                until=until,
                period=PERIOD,
            )
            return found.count if found.ms is None else found.ms


@pytest.fixture
def house(db: Any) -> Any:
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    yield House()
    resolve.caches_clear()


def compare(house: House, found: Report) -> int:
    """Compare each figure that can be opened with what is behind it; return how many were."""
    compared = 0
    # Rows of nothing need no question: those of something are the total, and so is what is behind.
    some = [row for row in found.rows if row.sums != SUMS[found.asked.kind]()]
    if found.asked.kind != AGENTS or found.asked.item:
        some.append(ReportRow(found.total))
    for row in some:
        since, until = bounds(found.asked.period, found.zone)
        if row.bucket is not None:
            since, until = row.bucket.since, row.bucket.until
        item = str(row.item.key) if row.item else found.asked.item
        for column in COLUMNS[found.asked.kind]:
            if column.behind:
                value = column.value(row.sums)
                args = (found.asked.kind, column.behind, item, since, until)
                assert house.count(*args) == value, (column.id, row)
                compared += 1
    return compared


@settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    made=st.lists(calls, min_size=1, max_size=6, unique_by=lambda call: call.number),
    mine=states,
    step=st.sampled_from(["day", "hour", "month"]),
)
def test_rows_behind_any_figure_are_as_many(
    house: House, made: list[MadeCall], mine: list[Any], step: str
) -> None:
    with transaction.atomic():
        for one in made:
            facts_apply(one.facts())
        for spans in spans_of("1001", 0, mine):
            spans_apply(spans, None)
        agent = str(house.agent.pk)
        period = Period(PERIOD.first, PERIOD.first) if step == "hour" else PERIOD
        house.dispose(step)
        for kind in (QUEUES, NUMBERS, TRUNKS, AGENTS, CALLS, DISPOSITIONS, REGIONS):
            compare(house, house.read(kind))
        for kind, item in (
            (QUEUES, ""),
            (QUEUES, "7001"),
            (NUMBERS, ""),
            (AGENTS, agent),
            (CALLS, "in"),
            (TRUNKS, ""),
            (REGIONS, "BJ"),
        ):
            found = house.read(kind, item=item, by="time", step=step, period=period)
            compare(house, found)
            # Rows of time are the whole period, so they are the total.
            for column in COLUMNS[kind]:
                if column.behind:
                    total = sum(column.value(row.sums) for row in found.rows)  # type: ignore[misc]
                    assert total == column.value(found.total)
        queues = house.read(QUEUES)
        for kind in (QUEUES, CALLS):
            found = house.read(kind)
            with tenant_scope(house.tenant.pk):
                week = hours_of_week(found)
            counted = found.total.offered if kind == QUEUES else found.total.calls
            assert sum(map(sum, week)) == counted
            for day, hour in [(day, hour) for day in range(7) for hour in range(24)]:
                # Two hours of nothing stand for the others.
                if week[day][hour] or hour in (2, 23):
                    assert house.hour(kind, day, hour) == week[day][hour]
        rings = house.read(AGENTS)
        for figure in RINGS:
            # Of all agents together there are as many: a ring is at one phone.
            everywhere = house.count(AGENTS, figure, "", *bounds(PERIOD, rings.zone))
            assert everywhere == getattr(rings.total, figure)
        for sums in (queues.total, *(row.sums for row in queues.rows)):
            assert sums.offered == sums.answered + sums.abandoned + sums.flowed_out
        transaction.set_rollback(True)


def test_a_disposition_that_is_chosen_later_is_counted_where_its_call_began(house: House) -> None:
    for number in range(3):
        facts_apply(call(number).facts())
    assert house.read(DISPOSITIONS).rows == ()
    house.dispose("Complaint")
    (row,) = house.read(DISPOSITIONS).rows
    assert (row.item.name if row.item else "", row.sums.calls) == ("Complaint", 2)


def test_a_day_worked_by_hand(house: House) -> None:
    """Four callers of 7001: answered after 4 and 24 s, gave up after 3 s, moved on after 60 s."""
    for number, (end, wait_ms) in enumerate(
        [("answered", 4_000), ("answered", 24_000), ("abandoned", 3_000), ("timeout", 60_000)]
    ):
        facts_apply(call(number, end=end, wait_ms=wait_ms, begins_s=number * 60).facts())
    found = house.read(QUEUES)
    (row,) = found.rows
    values = {one.id: one.value(row.sums) for one in COLUMNS[QUEUES]}
    assert values["offered"] == 4
    assert (values["answered"], values["abandoned"], values["flowed_out"]) == (2, 1, 1)
    assert values["service_level"] == 1 / 2  # 1 in time of 2 answered + 1 abandoned - 1 short
    assert values["abandon_rate"] == 1 / 4
    assert values["asa_ms"] == 14_000
    assert values["longest_wait_ms"] == 60_000
    assert (values["within_10"], values["within_30"], values["within_60"]) == (0.5, 1, 1)
    numbers = house.read(NUMBERS)
    assert [(one.item.name, one.sums.calls) for one in numbers.rows if one.item] == [
        ("4008001000", 4)
    ]
    trunks = house.read(TRUNKS)
    assert [(one.item.name, one.sums.answered) for one in trunks.rows if one.item] == [("main", 2)]


def test_states_that_last_are_counted_up_to_now(house: House) -> None:
    span = Span("1001", NIGHT, Live(READY), ended_at=NIGHT + timedelta(minutes=20))
    paused = Live(PAUSED, reason="tea")
    spans_apply([span, Span("1001", NIGHT + timedelta(minutes=20), paused)], None)
    now = NIGHT + timedelta(minutes=50)
    with tenant_scope(house.tenant.pk):
        rollup_tend(house.tenant.pk)
        asked = Asked(ATTENDANCE, PERIOD, item=str(house.agent.pk))
        found = report(user=house.admin, asked=asked, now=now)
        day = agents_between([house.agent], *bounds(PERIOD, found.zone), now=now)
    times = day[house.agent.pk].times
    assert found.total.times.by_state[READY] == times.ms(READY) == 1_200_000
    assert found.total.paused_ms == times.ms(PAUSED) == 1_800_000
    assert found.pauses == {"tea": 1_800_000}
    assert (found.total.first_at, found.total.last_at) == (NIGHT, now)


def test_times_in_which_the_exchange_was_not_heard_are_marked(house: House) -> None:
    for name, minutes, long_s in (("a", 0, 90), ("b", 1, 60), ("c", 60 * 24 * 10, 5)):
        start = NIGHT + timedelta(minutes=minutes)
        LinkGap.objects.create(
            node="pbx1", epoch=name, started_at=start, ended_at=start + timedelta(seconds=long_s)
        )
    found = house.read(QUEUES, by="time", step="hour", period=Period(PERIOD.first, PERIOD.first))
    # 23:50:00 to 23:52:00, what both missed once; the third is of another day.
    assert found.unheard_s == 120
    assert [row.unheard_s for row in found.rows if row.unheard_s] == [120]
    assert found.rows[-1].unheard_s == 120


def test_it_is_compared_with_the_period_before(house: House) -> None:
    facts_apply(call(1).facts())
    found = house.read(QUEUES, period=Period(date(2026, 10, 27), date(2026, 10, 29)))
    assert found.earlier == PERIOD
    assert (found.total.offered, found.earlier_total.offered) == (0, 1)
    assert found.rows == ()


@pytest.mark.parametrize("who", ["lead", "agent"])
def test_lower_tiers_see_their_own(house: House, who: str) -> None:
    for number, (queue, agent) in enumerate([("lab-7001", "1001"), ("lab-7002", "1002")]):
        facts_apply(call(number, queue=queue, agents=(agent,)).facts())
    user = house.lead if who == "lead" else house.agent.user
    assert [row.item.key for row in house.read(QUEUES, user).rows if row.item] == ["7001"]
    assert house.read(QUEUES, user).total.offered == 1
    agents = house.read(AGENTS, user)
    assert [row.item.key for row in agents.rows if row.item] == [house.agent.pk]
    assert set(kinds_for(user)) == set(KINDS) - OF_COMPANY
    for kind, item in ((NUMBERS, ""), (QUEUES, "7002"), (AGENTS, str(house.other.pk))):
        with pytest.raises(NotFoundError):
            house.read(kind, user, item=item)
        since, until = bounds(PERIOD, agents.zone)
        figure = "all" if kind != AGENTS else "answered"
        with tenant_scope(house.tenant.pk), pytest.raises(NotFoundError):
            behind(
                user=user,
                kind=kind,
                figure=figure,
                item=item,
                since=since,
                until=until,
                period=PERIOD,
            )


def test_a_stranger_sees_nothing(house: House) -> None:
    facts_apply(call(1).facts())
    house.read(QUEUES)
    with all_tenants("test"):
        stranger: User = UserFactory(role=Role.ADMIN)
        other: Agent = AgentFactory(tenant=stranger.tenant)
    assert stranger.tenant_id is not None
    with tenant_scope(stranger.tenant_id):
        for kind in (QUEUES, AGENTS, NUMBERS, TRUNKS):
            found = report(user=stranger, asked=Asked(kind, PERIOD), now=LATER)
            assert found.rows == ()
        assert other.tenant_id == stranger.tenant_id
