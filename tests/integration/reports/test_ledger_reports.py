"""Reports of surveys, flows, work orders and contacts: a figure is the count of its rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.choices import Role
from apps.calls import card_events, resolve
from apps.calls.models import Call, CallFact
from apps.core.errors import NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.reports.behind import behind, cities
from apps.reports.engine.columns import (
    COLUMNS,
    CONTACTS,
    IVR,
    IVR_STEPS,
    KINDS,
    ORDER_DEPARTMENTS,
    ORDER_STEPS,
    ORDERS,
    REGIONS,
    SURVEY_AGENTS,
    SURVEY_QUESTIONS,
    SURVEYS,
)
from apps.reports.engine.periods import Period, bounds
from apps.reports.rollups import rollup_rebuild
from apps.reports.selectors import Asked, Report, report
from apps.surveys.models import SurveyAnswer, SurveyResult
from apps.workorders.models import Order, OrderStep
from tests.factories import (
    CallFactory,
    CustomerFactory,
    LegFactory,
    OrderTypeVersionFactory,
    UserFactory,
)
from tests.integration.reports.ledger_writer import NIGHT
from tests.integration.reports.test_reports import LATER, PERIOD, House

OF_LEDGER = (
    SURVEYS,
    SURVEY_AGENTS,
    SURVEY_QUESTIONS,
    IVR,
    IVR_STEPS,
    ORDERS,
    ORDER_DEPARTMENTS,
    ORDER_STEPS,
    CONTACTS,
)


class Rows:
    """Write rows of a company, each at some minute of the night in which the clocks go back."""

    def __init__(self, house: House) -> None:
        self.house, self.tenant = house, house.tenant
        with tenant_scope(self.tenant.pk):
            self.version = OrderTypeVersionFactory(tenant=self.tenant, flow={"steps": []})
            self.customers = [CustomerFactory(tenant=self.tenant) for _one in range(2)]
        self.number = 0

    def call(self, minute: int, **more: Any) -> Call:
        self.number += 1
        at = NIGHT + timedelta(minutes=minute)
        values = {
            "linkedid": f"row-{self.number}",
            "started_at": at,
            "ended_at": at + timedelta(minutes=1),
            "outcome": "answered",
            "direction": "in",
            "queue_number": "7001",
            "queue_department": self.house.queue.department,
            **more,
        }
        found: Call = CallFactory(tenant=self.tenant, **values)
        return found

    def survey(self, minute: int, scores: list[int | None], *, of_other: bool = False) -> None:
        agent = self.house.other if of_other else self.house.agent
        result = SurveyResult.objects.create(
            tenant=self.tenant,
            call=self.call(minute, queue_number="7002" if of_other else "7001"),
            name="After the call",
            queue_number="7002" if of_other else "7001",
            department=agent.user.department,
            agent=agent,
            state="completed",
            is_bad=any(score is not None and score < 3 for score in scores),
            started_at=NIGHT + timedelta(minutes=minute),
        )
        for place, score in enumerate(scores, start=1):
            SurveyAnswer.objects.create(
                tenant=self.tenant,
                result=result,
                position=place,
                text=f"Question {place}",
                score=score,
                is_bad=score is not None and score < 3,
            )

    def step(self, minute: int, node: str, keys: str, *, is_first: bool = True) -> None:
        call = self.call(minute)
        CallFact.objects.create(
            tenant=self.tenant,
            node=call.node,
            linkedid=call.linkedid,
            key=f"node-{node}",
            kind="node",
            at=call.started_at,
            source="agi",
            data={
                "flow": "main",
                "node": node,
                "kind": "menu",
                "keys": keys,
                "is_first": is_first,
                "timeouts": 1,
                "invalid": 0,
                "ms": 1500,
            },
        )

    def order(self, minute: int, *, open_m: int | None, due_m: int | None) -> None:
        self.number += 1
        at = NIGHT + timedelta(minutes=minute)
        due = None if due_m is None else at + timedelta(minutes=due_m)
        ended = None if open_m is None else at + timedelta(minutes=open_m)
        order = Order.objects.create(
            tenant=self.tenant,
            type=self.version.type,
            version=self.version,
            number=f"T-{self.number:06d}",
            title="Repair",
            department=self.house.agent.user.department,
            creator=self.house.agent.user,
            state="running" if ended is None else "completed",
            submitted_at=at,
            due_at=due,
            closed_at=ended,
        )
        OrderStep.objects.create(
            tenant=self.tenant,
            order=order,
            key="check",
            name="Check",
            round=1,
            state="active" if ended is None else "approved",
            started_at=at,
            ended_at=ended,
            due_at=due,
        )

    def contact(self, minute: int, who: int) -> None:
        self.call(minute, customer=self.customers[who])


@pytest.fixture
def house(db: Any) -> Any:
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    yield House()
    resolve.caches_clear()


def compare(house: House, found: Report) -> int:
    """Compare each figure that can be opened with what is behind it; return how many were."""
    kind, compared = found.asked.kind, 0
    whole = bounds(found.asked.period, found.zone)
    for row in (*found.rows, None):
        since, until, item = *whole, found.asked.item
        if row is not None and row.bucket is not None:
            since, until = row.bucket.since, row.bucket.until
        if row is not None and row.item is not None:
            item = str(row.item.key)
        sums = found.total if row is None else row.sums
        for column in COLUMNS[kind]:
            if not column.behind or (row is not None and not column.value(sums)):
                continue
            with tenant_scope(house.tenant.pk):
                rows = behind(
                    user=house.admin,
                    kind=kind,
                    figure=column.behind,
                    item=item,
                    since=since,
                    until=until,
                    period=PERIOD,
                )
                said = rows.count if rows.ms is None else rows.ms
                assert said == column.value(sums), (kind, column.id, row)
            compared += 1
    return compared


minutes = st.integers(0, 60 * 40)
surveys = st.tuples(minutes, st.lists(st.sampled_from([None, 0, 2, 3, 5]), max_size=3))
steps = st.tuples(minutes, st.sampled_from(["menu", "hours"]), st.sampled_from(["", "1", "2"]))
orders = st.tuples(minutes, st.sampled_from([None, 5, 3000]), st.sampled_from([None, 5, 10, 2000]))
contacts = st.tuples(st.integers(0, 60 * 24 * 9), st.integers(0, 1))


@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    asked=st.lists(surveys, max_size=4),
    walked=st.lists(steps, max_size=4),
    worked=st.lists(orders, max_size=4),
    called=st.lists(contacts, max_size=5),
    step=st.sampled_from(["hour", "day", "week"]),
)
def test_rows_behind_any_figure_are_as_many(
    house: House, asked: list[Any], walked: list[Any], worked: list[Any], called: list[Any],
    step: str,
) -> None:  # fmt: skip
    with transaction.atomic():
        with all_tenants("test"):
            rows = Rows(house)
            for minute, scores in asked:
                rows.survey(minute, scores)
            for minute, node, keys in walked:
                rows.step(minute, node, keys)
            for minute, open_m, due_m in worked:
                rows.order(minute, open_m=open_m, due_m=due_m)
            for minute, who in called:
                rows.contact(minute, who)
        for kind in OF_LEDGER:
            by_item = house.read(kind)
            compare(house, by_item)
            by_time = house.read(kind, by="time", step=step)
            compare(house, by_time)
            assert by_item.total == by_time.total
            for column in COLUMNS[kind]:
                if column.behind:
                    total = column.value(by_time.total)
                    for found in (by_item, by_time):
                        assert sum(column.value(row.sums) for row in found.rows) == total  # type: ignore[misc]
        transaction.set_rollback(True)


def values_of(found: Report, sums: Any) -> dict[str, Any]:
    return {one.id: one.value(sums) for one in COLUMNS[found.asked.kind]}


def values(found: Report) -> dict[str, Any]:
    return values_of(found, found.total)


def report_of(house: House, agent: int) -> Report:
    """Read one agent's work."""
    with tenant_scope(house.tenant.pk):
        asked = Asked("agents", PERIOD, item=str(agent))
        return report(user=house.admin, asked=asked, now=LATER)


def test_a_day_of_surveys_worked_by_hand(house: House) -> None:
    with all_tenants("test"):
        rows = Rows(house)
        for minute, scores in enumerate([[5, 4], [1, None], [None, None], []]):
            rows.survey(minute, scores)
        rows.survey(9, [3], of_other=True)
    found = values(house.read(SURVEYS))
    assert (found["asked"], found["responded"], found["bad_results"]) == (5, 3, 1)
    assert found["response_rate"] == 3 / 5
    assert (found["answers"], found["bad_answers"]) == (4, 1)
    assert found["mean_score"] == (5 + 4 + 1 + 3) / 4
    questions = house.read(SURVEY_QUESTIONS)
    assert [
        (row.item.key, row.sums.asked, row.sums.answers) for row in questions.rows if row.item
    ] == [
        ("Question 1", 4, 3),
        ("Question 2", 3, 1),
    ]
    # The lead of one department has no look at the other's, whatever he asks for.
    mine = house.read(SURVEYS, house.lead)
    assert [row.item.key for row in mine.rows if row.item] == ["7001"]
    assert house.read(SURVEYS, house.lead, item="7002").total.asked == 0
    other = str(house.other.pk)
    assert house.read(SURVEY_AGENTS, house.lead, item=other).total.asked == 0
    assert house.read(SURVEYS, house.agent.user).total.asked == 4


def test_steps_and_orders_worked_by_hand(house: House) -> None:
    with all_tenants("test"):
        rows = Rows(house)
        rows.step(1, "menu", "1")
        rows.step(2, "menu", "")
        rows.step(3, "hours", "", is_first=False)
        rows.order(1, open_m=30, due_m=60)
        rows.order(2, open_m=90, due_m=60)
        rows.order(3, open_m=None, due_m=None)
    flow = values(house.read(IVR))
    assert (flow["entered"], flow["keyed"], flow["hung_up"], flow["timeouts"]) == (2, 1, 3, 3)
    assert (flow["ms"], flow["mean_step_ms"]) == (4500, 2250)
    found = values(house.read(ORDERS))
    assert (found["opened"], found["still_open"], found["closed"]) == (3, 1, 2)
    assert (found["in_time"], found["late"], found["in_time_rate"]) == (1, 1, 0.5)
    assert found["mean_open_ms"] == 3_600_000
    assert values(house.read(ORDER_STEPS))["mean_step_ms"] == 3_600_000
    for kind in (IVR, IVR_STEPS, REGIONS):
        with pytest.raises(NotFoundError):
            house.read(kind, house.lead)


def test_a_contact_is_resolved_when_he_does_not_call_again_within_seven_days(house: House) -> None:
    day = 24 * 60
    with all_tenants("test"):
        rows = Rows(house)
        rows.contact(0, 0)
        rows.contact(7 * day, 0)  # within seven days of the first
        rows.contact(1, 1)
        rows.contact(7 * day + 2, 1)  # a minute after seven days
        rows.call(5, customer=None)
    found = house.read(CONTACTS)
    assert values(found) == {"contacts": 2, "resolved": 1, "repeated": 1, "fcr": 0.5}


def test_regions_and_their_places(house: House) -> None:
    with all_tenants("test"):
        rows = Rows(house)
        callers = [
            ("+8613800755500", "广东省江门市"),
            ("+8675512345678", "广东省深圳市"),
            ("+8675512345679", "广东省深圳市"),
            ("+85221234567", "香港"),
            ("+16502530000", "美国"),
            ("1001", ""),
        ]
        for minute, (number, place) in enumerate(callers):
            rows.call(minute, caller_lookup=number, caller_region=place)
    with tenant_scope(house.tenant.pk):
        rollup_rebuild(house.tenant.pk, first=PERIOD.first, last=PERIOD.last)
        found = report(user=house.admin, asked=Asked(REGIONS, PERIOD), now=LATER)
        places = cities(user=house.admin, code="GD", period=PERIOD)
        with pytest.raises(NotFoundError):
            cities(user=house.lead, code="GD", period=PERIOD)
    by_code = {row.item.key: row.sums.calls for row in found.rows if row.item}
    assert by_code == {"GD": 3, "HK": 1, "foreign": 1, "unknown": 1}
    assert places == [("深圳市", 2), ("江门市", 1)]
    compare(house, found)


def test_transfers_rings_and_trunks_worked_by_hand(house: House) -> None:
    at = NIGHT
    with all_tenants("test"):
        rows = Rows(house)
        for number, (kind, mine_s, other_s) in enumerate(
            [("agent", 30, 90), ("agent", 60, 40), ("external", 30, 90), ("agent", 60, 60)]
        ):
            call = rows.call(number, agent=house.agent)
            begun = call.started_at
            call.visits.create(
                tenant=house.tenant,
                number=0,
                queue_name="lab-7001",
                queue_number="7001",
                joined_at=begun,
                left_at=begun + timedelta(seconds=5),
                how="answered",
                wait_ms=5000,
                agent=house.agent,
            )
            for place, (of, agent, up_s, gone_s) in enumerate(
                [
                    ("agent", house.agent, 5, mine_s),
                    (kind, house.other if kind == "agent" else None, 20, other_s),
                ]
            ):
                LegFactory(
                    tenant=house.tenant,
                    call=call,
                    uniqueid=f"{call.linkedid}.{place}",
                    kind=of,
                    channel="PJSIP/trunk-main-00000001" if of == "external" else "",
                    agent=agent,
                    offered_at=begun if agent else None,
                    started_at=begun,
                    answered_at=begun + timedelta(seconds=up_s),
                    ended_at=begun + timedelta(seconds=gone_s),
                    result="connected" if place == 0 else "not_answered",
                )
    with tenant_scope(house.tenant.pk):
        rollup_rebuild(house.tenant.pk, first=PERIOD.first, last=PERIOD.last)
        queues = report(user=house.admin, asked=Asked("queues", PERIOD), now=LATER)
        agents = report(user=house.admin, asked=Asked("agents", PERIOD), now=LATER)
        trunks = report(user=house.admin, asked=Asked("trunks", PERIOD), now=LATER)
    # To a colleague and outside; the third came back, the last was a conference to the end.
    assert (queues.total.answered, queues.total.transferred) == (4, 2)
    assert values(queues)["transfer_rate"] == 0.5
    assert values(agents)["rona_rate"] == 3 / 7
    # The same two calls are given away by their agent, of four that he answered.
    given = {row.item.key: values_of(agents, row.sums) for row in agents.rows if row.item}
    mine = given[house.agent.pk]
    assert (mine["answered"], mine["transferred"], mine["transfer_rate"]) == (4, 2, 0.5)
    assert given[house.other.pk]["transferred"] == 0
    one = report_of(house, house.agent.pk)
    assert compare(house, one) > 5
    assert trunks.total.busy_ms == 90_000
    assert compare(house, trunks) > 5
    assert at < LATER


def test_a_stranger_reads_nothing(house: House) -> None:
    with all_tenants("test"):
        rows = Rows(house)
        rows.survey(1, [5])
        rows.step(1, "menu", "1")
        rows.order(1, open_m=3, due_m=5)
        rows.contact(1, 0)
        stranger = UserFactory(role=Role.ADMIN)
    with tenant_scope(stranger.tenant_id):
        for kind in KINDS:
            found = report(user=stranger, asked=Asked(kind, PERIOD), now=LATER)
            assert found.rows == ()
            some = Period(PERIOD.first, PERIOD.last)
            for item in ("7001", str(house.agent.pk), "main", str(house.queue.pk)):
                if kind in OF_LEDGER:
                    asked = Asked(kind, some, item=item)
                    total = report(user=stranger, asked=asked, now=LATER).total
                    assert not any(vars(total).values())
