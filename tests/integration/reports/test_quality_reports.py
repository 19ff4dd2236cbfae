"""Reports of inspections: the numbers of the results page, and as many rows behind each."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.calls.models import Call
from apps.core.tenancy import tenant_scope
from apps.quality import results
from apps.quality.models import Inspection
from apps.quality.services import inspection_appeal, inspection_decide
from apps.reports.behind import behind
from apps.reports.engine.columns import (
    COLUMNS,
    OF_INSPECTIONS,
    QUALITY_AGENTS,
    QUALITY_DEPARTMENTS,
    QUALITY_INSPECTORS,
    QUALITY_ITEMS,
    QUALITY_QUEUES,
)
from apps.reports.engine.ledger_columns import HUNDREDTHS, MILLIONTHS
from apps.reports.engine.periods import Period, bounds
from apps.reports.faces import NONE
from apps.reports.selectors import Asked, Report, report, zone_of
from tests.factories import UserFactory
from tests.integration.quality.office import BEST, Office, office_scope
from tests.integration.quality.test_results import history

pytestmark = pytest.mark.django_db
BY = {
    QUALITY_AGENTS: results.BY_AGENT,
    QUALITY_DEPARTMENTS: results.BY_DEPARTMENT,
    QUALITY_INSPECTORS: results.BY_INSPECTOR,
}
KINDS = (*OF_INSPECTIONS, QUALITY_ITEMS)


def period_of(user: User, days: int) -> Period:
    today = timezone.now().astimezone(zone_of(user)).date()
    return Period(today - timedelta(days=days - 1), today)


def on_the_page(user: User, period: Period) -> Any:
    """Return the inspections that the results page counts in these days."""
    since, until = bounds(period, zone_of(user))
    return results.result_list_for(user=user, asked=results.Asked(since, until))


def parts(sums: results.Sums) -> dict[str, int]:
    """Return what the results page adds up as a report does."""
    names = ("inspections", "passed", "fatal", "appealed", "changed", "scored", "judged")
    return {
        **{name: getattr(sums, name) for name in names},
        "points": int(sums.points * HUNDREDTHS),
    }


def agrees(found: Report, user: User) -> None:
    """Insist that a report by item says what the results page says of the same days."""
    kind, rows = found.asked.kind, on_the_page(user, found.asked.period)
    said = {str(row.item.key): row.sums for row in found.rows if row.item}
    if kind == QUALITY_ITEMS:
        lines = {line.key: line for line in results.by_item(rows)}
        assert set(said) == set(lines)
        for key, line in lines.items():
            assert vars(said[key]) == {
                "asked": line.asked,
                "applicable": line.applicable,
                "fatal": line.fatal,
                "earned": int(line.earned * MILLIONTHS),
            }
            earned = next(one for one in COLUMNS[kind] if one.id == "earned")
            assert earned.value(said[key]) == (line.mean and pytest.approx(line.mean))
        return
    whole = results.total(rows)
    assert vars(found.total) == parts(whole)
    if kind in BY:
        grouped = {
            NONE if line.key == results.NOBODY else line.key: line.sums
            for line in results.grouped(rows, BY[kind])
        }
        assert {key: vars(sums) for key, sums in said.items()} == {
            key: parts(sums) for key, sums in grouped.items()
        }
        for key, sums in grouped.items():
            values = {one.id: one.value(said[key]) for one in COLUMNS[kind]}
            assert values["mean"] == (None if sums.mean is None else float(sums.mean))
            assert values["pass_share"] == sums.pass_share


def has_rows_behind(found: Report, user: User) -> None:
    """Insist that behind each figure are as many rows, and that rows sum to the total."""
    kind = found.asked.kind
    for column in COLUMNS[kind]:
        if not column.behind:
            continue
        total = column.value(found.total)
        assert sum(column.value(row.sums) for row in found.rows) == total  # type: ignore[misc]
        for row in (*found.rows, None):
            since, until = bounds(found.asked.period, found.zone)
            if row is not None and row.bucket is not None:
                since, until = row.bucket.since, row.bucket.until
            item = str(row.item.key) if row is not None and row.item else found.asked.item
            rows = behind(
                user=user, kind=kind, figure=column.behind, item=item, since=since, until=until,
                period=found.asked.period,
            )  # fmt: skip
            value = total if row is None else column.value(row.sums)
            assert rows.count == value, (kind, column.id, item)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 10**6),
    days=st.integers(1, 100),
    step=st.sampled_from(["day", "week", "month"]),
    who=st.sampled_from(["admin", "lead", "first", "agent"]),
)
def test_reports_say_what_the_results_page_says(seed: int, days: int, step: str, who: str) -> None:
    with office_scope() as office:
        history(office, seed)
        chance = random.Random(seed)
        for call in Call.objects.all():
            Call.objects.filter(pk=call.pk).update(queue_number=chance.choice(["", "7001", "7002"]))
        user = office.agent.user if who == "agent" else getattr(office, who)
        period = period_of(user, days)
        for kind in KINDS:
            found = report(user=user, asked=Asked(kind, period))
            agrees(found, user)
            has_rows_behind(found, user)
            by_time = report(user=user, asked=Asked(kind, period, by="time", step=step))
            assert by_time.total == found.total
            has_rows_behind(by_time, user)


@pytest.fixture
def office() -> Any:
    with office_scope() as made:
        yield made


def everything(office: Office) -> None:
    """Make two inspections of the agent, one appealed with success; one of support's."""
    office.published(answers=BEST)
    one = office.published()
    inspection_appeal(inspection=one, user=office.agent.user, reason="x")
    inspection_decide(inspection=one, user=office.third, answers=BEST, reason="y")
    office.published(office.other, {**BEST, "rude": 0})


def values(found: Report, sums: Any) -> dict[str, Any]:
    return {one.id: one.value(sums) for one in COLUMNS[found.asked.kind]}


def test_three_inspections_worked_by_hand(office: Office) -> None:
    everything(office)
    Call.objects.update(queue_number="7001")
    period = period_of(office.admin, 1)
    found = report(user=office.admin, asked=Asked(QUALITY_QUEUES, period))
    [row] = found.rows
    assert row.item is not None
    assert row.item.key == "7001"
    assert values(found, row.sums) == {
        "inspections": 3, "passed": 2, "fatal": 1, "appealed": 1, "changed": 1,
        "mean": float(Decimal("66.67")), "pass_share": 2 / 3,
    }  # fmt: skip
    items = report(user=office.admin, asked=Asked(QUALITY_ITEMS, period))
    rude = next(row for row in items.rows if row.item and str(row.item.key).endswith(".rude"))
    assert values(items, rude.sums) == {
        "asked": 3, "applicable": 3, "fatal": 1, "earned": pytest.approx(2 / 3),
    }  # fmt: skip
    assert rude.item is not None
    assert rude.item.name.startswith("Service · ")


def test_who_sees_which_inspections(office: Office) -> None:
    everything(office)
    period = period_of(office.admin, 1)
    seen = {"admin": 3, "first": 3, "lead": 2, "support_lead": 1}
    for name, many in seen.items():
        user = getattr(office, name)
        for kind in OF_INSPECTIONS:
            found = report(user=user, asked=Asked(kind, period))
            assert found.total.inspections == many, (name, kind)
    # Asked for by name, another department's agent has nothing for this lead.
    other = Asked(QUALITY_AGENTS, period, item=str(office.other.pk))
    assert report(user=office.lead, asked=other).total.inspections == 0
    assert report(user=office.agent.user, asked=other).total.inspections == 0
    mine = report(user=office.agent.user, asked=Asked(QUALITY_AGENTS, period))
    assert mine.total.inspections == 2


def test_a_stranger_sees_no_inspections(office: Office) -> None:
    everything(office)
    stranger = UserFactory(role="admin")
    with tenant_scope(stranger.tenant_id):
        for kind in KINDS:
            found = report(user=stranger, asked=Asked(kind, period_of(stranger, 1)))
            assert found.rows == ()
            assert not any(vars(found.total).values())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_files_and_rows_behind(office: Office, language: str) -> None:
    everything(office)
    client = Client(headers={"accept-language": language})
    client.force_login(office.admin)
    for kind in KINDS:
        assert client.get(f"/reports/{kind}/?period=today").status_code == 200
        for form in ("xlsx", "csv", "pdf"):
            answer = client.get(f"/reports/{kind}/file/?period=today&format={form}")
            assert answer.status_code == 200
        figure, row = (
            ("asked", "item-score") if kind == QUALITY_ITEMS else ("changed", "inspection")
        )
        page = client.get(f"/reports/{kind}/calls/?period=today&figure={figure}")
        rows = page.content.decode().count(f'data-testid="{row}-row"')
        assert rows == (4 * 3 if kind == QUALITY_ITEMS else 1)
    first = Inspection.objects.order_by("pk")[0]
    assert client.get(f"/quality/inspections/{first.pk}/").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_behind_are_exported(office: Office, kind: str) -> None:
    everything(office)
    client = Client(headers={"accept-language": "en"})
    client.force_login(office.admin)
    figure, what, many = (
        ("fatal", "item_scores", 1) if kind == QUALITY_ITEMS else ("inspections", "inspections", 3)
    )
    query = f"kind={kind}&period=today&figure={figure}"
    made = client.post(
        "/exports/new/", {"source": f"report-{what}", "query": query, "kind": "csv"}, follow=True
    )
    file = client.get(f"{made.redirect_chain[-1][0]}file/")
    text = b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert len(text.splitlines()) == many + 1
