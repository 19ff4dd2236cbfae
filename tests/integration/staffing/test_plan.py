"""A week's plan: what it learns from, what it says of the past, and who may see it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.calls.models import LinkGap, QueueVisit
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.ivr.models import QueueHours
from apps.staffing.models import Assumptions, WaitModel
from apps.staffing.selectors import Plan, assumptions_of, plan, queues_chosen
from apps.staffing.services import assumptions_save
from apps.tenants.models import Tenant
from tests.factories import (
    AgentFactory,
    CalendarFactory,
    CallFactory,
    DepartmentFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    UserFactory,
)
from tests.integration.staffing.past import past, sat

# A plain week of weekdays; the public holiday (1 to 7 October) lies in the eight weeks before.
MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 18, 4, 10, tzinfo=UTC)  # Wednesday 12:10 on the company's clock


class House:
    """A company with two queues of two departments, an agent in the first, and their people."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.tenant: Tenant = TenantFactory(timezone="Asia/Shanghai")
            self.sales = DepartmentFactory(tenant=self.tenant)
            own = {"tenant": self.tenant, "department": self.sales}
            self.queue = QueueFactory(**own, number="7001", service_level_s=20, short_abandon_s=5)
            self.other = QueueFactory(tenant=self.tenant, number="7002")
            self.agent = AgentFactory(tenant=self.tenant, user__department=self.sales)
            QueueMemberFactory(tenant=self.tenant, queue=self.queue, agent=self.agent)
            self.admin: User = UserFactory(tenant=self.tenant, role=Role.ADMIN)
            self.lead: User = UserFactory(**own, role=Role.TEAM_LEAD)
        self.days = [MONDAY - timedelta(days=back) for back in range(1, 57)]
        self.days += [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)]
        with tenant_scope(self.tenant.pk):
            past(self.tenant, "7001", self.days, lambda day, _q: 0 if day.weekday() > 4 else 20)

    def plan(self, user: User | None = None, *numbers: str, **changed: Any) -> Plan:
        user = user or self.admin
        monday = changed.pop("monday", MONDAY)
        with tenant_scope(self.tenant.pk):
            queues = queues_chosen(user, list(numbers or ("7001",)))
            assumed = changed.pop("assumed", None) or assumptions_of(queues[0].key)
            return plan(user=user, queues=queues, monday=monday, assumed=assumed, now=NOW,
                        **changed)  # fmt: skip


@pytest.fixture
def house(db: Any) -> House:
    return House()


def test_a_plain_week_is_as_the_weeks_before(house: House) -> None:
    found = house.plan()
    monday, saturday = found.days[0], found.days[5]
    rows = {row.clock: row for row in monday.rows}
    # Two quarter-hours of 20: 40 calls of 180 s in a half-hour are 4 Erlangs.
    assert rows["09:00"].calls == pytest.approx(40)
    assert rows["09:00"].handling_s == pytest.approx(180)
    assert rows["08:30"].calls == 0
    needed = rows["09:00"].needed
    assert needed is not None
    assert needed.seats == 7  # Erlang C (nobody is known to give up): 80 % in 20 s
    assert needed.expected.level is not None
    assert needed.expected.level >= 0.8
    assert rows["08:30"].needed is not None
    assert rows["08:30"].needed.seats == 0
    assert saturday.forecast.total == 0
    # The forecast of a week knows nothing of that week; public holidays are no plain days.
    assert monday.forecast.days == 7
    assert found.fault.wape == pytest.approx(0)


def test_beside_it_stands_what_was(house: House) -> None:
    with tenant_scope(house.tenant.pk):
        sat(house.agent, MONDAY, range(9, 11))
    found = house.plan()
    rows = {row.clock: row for row in found.days[0].rows}
    assert rows["09:00"].staffed == pytest.approx(1.0)
    assert rows["11:30"].staffed == 0
    assert rows["09:00"].came == 40
    served = rows["09:00"].served
    assert served is not None
    assert (served.service_level, served.asa_ms) == (pytest.approx(0.9), 6_000)
    today = {row.clock: row for row in found.days[2].rows}
    assert today["11:30"].came == 40
    assert today["12:00"].came is None  # it lasts until 12:30
    assert found.days[3].came is None


def test_holidays_are_learned_from_holidays_only(house: House) -> None:
    week = house.plan(monday=date(2026, 9, 28))
    feast = week.days[3]  # 1 October 2026
    assert feast.forecast.kind == "holiday"
    # The three days of Mid-Autumn: one Friday with calls, a weekend without.
    assert feast.forecast.days == 3
    assert feast.rows[18].calls == pytest.approx(40 / 3)
    assert house.plan(monday=date(2026, 9, 21)).days[4].forecast.calls is None
    with tenant_scope(house.tenant.pk):
        calendar = CalendarFactory(tenant=house.tenant, follows_holidays=False)
        QueueHours.objects.create(tenant=house.tenant, queue=house.queue, calendar=calendar)
    assert house.plan(monday=MONDAY).days[0].forecast.days == 8


def test_a_year_without_known_holidays_is_told(house: House) -> None:
    found = house.plan(monday=date(2027, 12, 27))
    assert found.unknown_years == (2027, 2028)


def test_days_of_which_much_was_not_heard_are_not_learned_from(house: House) -> None:
    start = datetime(2026, 11, 9, 2, 0, tzinfo=UTC)
    LinkGap.objects.create(node="pbx1", epoch="x", started_at=start,
                           ended_at=start + timedelta(minutes=31), reason="link lost")  # fmt: skip
    assert house.plan().days[0].forecast.days == 6


def test_patience_is_estimated_from_own_callers(house: House) -> None:
    with tenant_scope(house.tenant.pk):
        call = CallFactory(tenant=house.tenant)
        for number in range(20):
            QueueVisit.objects.create(
                tenant=house.tenant, call=call, number=number, queue_name="x",
                queue_number="7001", joined_at=NOW - timedelta(days=7),
                how="abandoned" if number < 4 else "answered", wait_ms=20_000,
            )  # fmt: skip
    found = house.plan()
    assert found.patience_s == pytest.approx(20 * 20 / 4)
    row = found.days[0].rows[18]
    assert row.needed is not None
    # One fewer than if nobody gave up.
    assert row.needed.seats == 6
    assert row.needed.expected.abandoned
    with tenant_scope(house.tenant.pk):
        assumed = assumptions_of("7001")
        assumed.model = WaitModel.ERLANG_C
    assert house.plan(assumed=assumed).patience_s is None


def test_seats_of_ones_own_say_what_they_would_give(house: House) -> None:
    few = house.plan(tried={(MONDAY, 18): 5, (MONDAY, 19): 9}).days[0].rows
    assert few[18].tried is not None
    assert few[19].tried is not None
    assert few[20].tried is None
    assert (few[18].tried.seats, few[19].tried.seats) == (5, 9)
    assert few[18].tried.expected.level is not None
    assert few[19].tried.expected.level is not None
    assert few[18].tried.expected.level < 0.8 < few[19].tried.expected.level


def test_two_queues_together_need_less_than_each_alone(house: House) -> None:
    with tenant_scope(house.tenant.pk):
        past(house.tenant, "7002", house.days, lambda *_: 10)
    both = house.plan(None, "7001", "7002", alone_on=MONDAY)
    row = both.days[0].rows[18]
    assert row.calls == pytest.approx(60)
    assert row.needed is not None
    assert row.needed_alone is not None
    assert row.needed.seats < row.needed_alone
    assert both.days[1].rows[18].needed_alone is None


def test_a_queue_without_history_says_nothing(house: House) -> None:
    found = house.plan(None, "7002")
    assert found.first is None
    assert all(day.forecast.calls is None for day in found.days)
    assert found.handling_s is None
    assert found.fault.days == 0


def test_a_plan_costs_the_same_with_more_history(house: House) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as told:
            house.plan()
        return len(told)

    before = queries()
    with tenant_scope(house.tenant.pk):
        older = [MONDAY - timedelta(days=back) for back in range(57, 200)]
        past(house.tenant, "7001", older, lambda *_: 5)
    assert queries() == before


def test_who_may_plan_what(house: House) -> None:
    with tenant_scope(house.tenant.pk):
        assert [one.key for one in queues_chosen(house.lead, [])] == ["7001"]
        with pytest.raises(NotFoundError):
            queues_chosen(house.lead, ["7002"])
        with pytest.raises(ForbiddenError):
            queues_chosen(house.agent.user, ["7001"])
    with all_tenants("test"):
        stranger = UserFactory(role=Role.ADMIN)
    with tenant_scope(stranger.tenant_id), pytest.raises(NotFoundError):
        queues_chosen(stranger, ["7001"])


def test_assumptions_are_kept_for_a_queue(house: House) -> None:
    with tenant_scope(house.tenant.pk):
        assumed = assumptions_of("7001")
        assert assumed.pk is None
        assumed.level_percent = 90  # type: ignore[assignment]
        assumed.shrinkage_percent = 25
        assumptions_save(user=house.lead, assumed=assumed)
        assumptions_save(user=house.admin, assumed=assumed)
        assert Assumptions.objects.count() == 1
        kept = assumptions_of("7001")
        assert (kept.level_percent, kept.shrinkage_percent) == (90, 25)
        with pytest.raises(NotFoundError):
            assumptions_save(user=house.lead, assumed=assumptions_of("7002"))
    row = house.plan().days[0].rows[18]
    assert row.needed is not None
    assert row.needed.people > row.needed.seats
