"""Figures and the rows behind them are one: for any filter, grouping and set of inspections."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from apps.quality.models import Inspection
from apps.quality.results import (
    BY_ITEM,
    BY_TIME,
    GROUPS,
    NOBODY,
    Asked,
    Sums,
    behind_group,
    by_item,
    by_time,
    grouped,
    narrowed,
    result_list_for,
    summed,
    total,
)
from apps.quality.services import inspection_appeal, inspection_decide, inspection_undo
from apps.reports.engine.periods import Period, bounds, buckets
from tests.integration.quality.office import BEST, Office, office_scope

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
NOTHING_APPLIES = {"name": 1, "tone": "na", "rude": 1, "solved": "na"}


def by_hand(rows: list[Inspection]) -> Sums:
    """Count again, one by one."""
    scores = [row.score for row in rows if row.score is not None]
    decided = [{act.outcome for act in row.acts.filter(kind="decide")} for row in rows]
    return Sums(
        inspections=len(rows),
        scored=len(scores),
        points=sum(scores, Decimal(0)),
        passed=sum(row.is_passed is True for row in rows),
        judged=sum(row.is_passed is not None for row in rows),
        fatal=sum(row.is_fatal for row in rows),
        appealed=sum(row.appeals_made > 0 for row in rows),
        changed=sum("changed" in one for one in decided),
    )


def history(office: Office, seed: int) -> None:
    """Make inspections of all kinds, over three months."""
    chance = random.Random(seed)
    agents = (office.agent, office.colleague, office.other)
    inspectors = (office.first, office.second)
    for _ in range(chance.randint(3, 14)):
        answers = {
            "name": chance.choice([1, 0]),
            "tone": chance.choice([1, 2, 3, 4, 5, "na"]),
            "rude": chance.choice([1, 1, 1, 0]),
            "solved": chance.choice([1, 0, "na"]),
        }
        one = office.published(chance.choice(agents), answers, inspector=chance.choice(inspectors))
        if chance.random() < 0.3:
            inspection_appeal(inspection=one, user=one.agent.user, reason="x")
            given_ = chance.choice([answers, BEST])
            inspection_decide(inspection=one, user=office.third, answers=given_, reason="y")
        elif chance.random() < 0.2:
            inspection_undo(inspection=one, user=one.inspector)
        at = timezone.now() - timedelta(minutes=chance.randint(0, 90 * 24 * 60))
        Inspection.objects.filter(pk=one.pk).exclude(published_at=None).update(published_at=at)
    office.inspection()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 10**6),
    by=st.sampled_from(GROUPS),
    step=st.sampled_from(["day", "week", "month"]),
    days=st.integers(1, 100),
    who=st.sampled_from(["admin", "lead", "first", "agent"]),
    only=st.sampled_from(["", "agent", "department", "inspector", "sheet"]),
)
def test_rows_behind_sum_to_the_figure(
    seed: int, by: str, step: str, days: int, who: str, only: str
) -> None:
    with office_scope() as office:
        history(office, seed)
        user = office.agent.user if who == "agent" else getattr(office, who)
        today = timezone.now().astimezone(ZONE).date()
        period = Period(today - timedelta(days=days - 1), today)
        since, until = bounds(period, ZONE)
        chosen = {
            "agent": office.agent.pk,
            "department": office.sales.pk,
            "inspector": office.first.pk,
            "sheet": office.sheet.pk,
        }
        asked = Asked(since, until, **({only: chosen[only]} if only else {}))
        rows = result_list_for(user=user, asked=asked)
        whole = total(rows)
        assert whole == by_hand(list(rows))
        if by == BY_ITEM:
            for item in by_item(rows):
                assert behind_group(rows, by, item.key).count() == item.asked
            return
        if by == BY_TIME:
            steps = buckets(period, step, ZONE)
            found = by_time(rows, [one.since for one in steps], ZONE)
            for one, sums in zip(steps, found, strict=True):
                behind = result_list_for(user=user, asked=narrowed(asked, one.since, one.until))
                assert by_hand(list(behind)) == sums
            assert summed(found) == whole
            return
        lines = grouped(rows, by)
        for line in lines:
            assert by_hand(list(behind_group(rows, by, line.key))) == line.sums
        assert summed(line.sums for line in lines) == whole


@pytest.fixture
def office() -> Any:
    with office_scope() as made:
        yield made


def everything(office: Office, user: Any = None) -> Any:
    asked = Asked(datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC))
    return result_list_for(user=user or office.admin, asked=asked)


def test_figures_by_hand(office: Office) -> None:
    office.published()
    office.published(answers=BEST)
    office.published(office.other, {**BEST, "rude": 0})
    found = {row.name.split()[0]: row.sums for row in grouped(everything(office), "agent")}
    mine, theirs = found[office.agent.number], found[office.other.number]
    assert (mine.inspections, mine.mean, mine.pass_share) == (2, Decimal("80.00"), 0.5)
    assert (theirs.mean, theirs.fatal, theirs.pass_share) == (Decimal("0.00"), 1, 0.0)
    items = {row.title: row for row in by_item(everything(office))}
    assert (items["tone"].applicable, items["tone"].earned) == (3, Decimal("2.5"))
    assert items["rude"].fatal == 1


def test_no_score_is_no_zero(office: Office) -> None:
    sheet = office.sheet
    row = office.published(answers=NOTHING_APPLIES)
    assert row.score is not None
    Inspection.objects.filter(pk=row.pk).update(score=None, is_passed=None)
    sums = total(everything(office))
    assert (sums.inspections, sums.mean, sums.pass_share) == (1, None, None)
    assert Sums().mean is None
    assert sheet.is_active


def test_department_that_is_gone_has_a_line(office: Office) -> None:
    office.agent.user.department = None
    office.agent.user.save()
    office.published()
    (line,) = grouped(everything(office), "department")
    assert (line.key, line.name) == (NOBODY, "—")
    assert behind_group(everything(office), "department", line.key).count() == 1


def test_appeal_that_changes_the_score_changes_the_figure_and_is_counted(office: Office) -> None:
    one = office.published()
    inspection_appeal(inspection=one, user=office.agent.user, reason="x")
    inspection_decide(inspection=one, user=office.second, answers=BEST, reason="y")
    sums = total(everything(office))
    assert (sums.points, sums.appealed, sums.changed) == (Decimal("100.00"), 1, 1)
    tone = next(row for row in by_item(everything(office)) if row.title == "solved")
    assert tone.mean == 1


def test_files_say_what_the_page_says(office: Office) -> None:
    office.published()
    office.published(answers=BEST)
    client = Client(headers={"accept-language": "en"})
    client.force_login(office.admin)
    answer = client.get("/quality/results/file/?by=agent&period=today&format=xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == [
        "Agent",
        "Inspections",
        "Mean score",
        "Passed",
        "Fatal",
        "Appealed",
        "Changed",
    ]
    assert rows[-1] == ["Total", 2.0, 80.0, 0.5, 0.0, 0.0, 0.0]
    text = b"".join(
        client.get("/quality/results/file/?by=item&period=today&format=csv").streaming_content
    ).decode("utf-8-sig")
    assert "tone" in text
    assert "0.750000" in text
    client.force_login(office.lead)
    assert client.get("/quality/results/file/?by=time&period=today").status_code == 200
