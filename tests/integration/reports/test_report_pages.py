"""Reports on pages and in files: the same figures, for who may see them."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.engine.agent_state import READY, TALKING, Live
from apps.acd.engine.spans import Span
from apps.acd.state_spans import spans_apply
from apps.audit.models import AuditEntry
from apps.calls import card_events, resolve
from apps.calls.services import facts_apply
from apps.console.reports.asked import choice_of
from apps.core.tenancy import all_tenants, tenant_scope
from apps.reports.engine.columns import KINDS
from apps.reports.rollups import rollup_tend
from tests.factories import UserFactory
from tests.integration.reports.ledger_writer import NIGHT
from tests.integration.reports.test_reports import House
from tests.integration.reports.test_rollups import call
from tests.pdf_tables import named, pdf_rows

DAYS = "since=2026-10-24&until=2026-10-26"


@pytest.fixture
def house(db: Any) -> Any:
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    found = House()
    ends = [("answered", 4_000), ("answered", 24_000), ("abandoned", 3_000), ("timeout", 60_000)]
    for number, (end, wait_ms) in enumerate(ends):
        facts_apply(call(number, end=end, wait_ms=wait_ms, begins_s=number * 900).facts())
    spans_apply(
        [
            Span("1001", NIGHT, Live(TALKING, queue="lab-7001"), ended_at=NIGHT + timedelta(0, 90)),
            Span("1001", NIGHT + timedelta(0, 90), Live(READY), ended_at=NIGHT + timedelta(0, 900)),
        ],
        None,
    )
    with tenant_scope(found.tenant.pk):
        rollup_tend(found.tenant.pk)
    yield found
    resolve.caches_clear()


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def values(text: str, row: str) -> dict[str, str]:
    """Return the raw values of the first row of this test id."""
    found = re.search(rf'<tr[^>]*data-testid="{row}">.*?</tr>', text, re.S)
    assert found, row
    return dict(re.findall(r'data-column="(\w+)" data-value="([^"]*)"', found[0]))


def test_a_queues_report_says_figures_definitions_and_the_period_before(house: House) -> None:
    text = browser(house.admin).get(f"/reports/queues/?{DAYS}").content.decode()
    row = values(text, "report-row")
    assert row == values(text, "report-total")
    assert (row["offered"], row["answered"], row["abandoned"]) == ("4", "2", "1")
    assert row["flowed_out"] == "1"
    assert row["service_level"] == "0.5"
    assert row["aht_ms"] == "45000.0"
    assert "In time / (answered + abandoned − short abandons) (without_short)." in text
    assert "2026-10-21 – 2026-10-23" in text
    assert 'data-chart="{&quot;kind&quot;: &quot;bar&quot;' in text


def test_each_link_of_a_row_opens_as_many_rows(house: House) -> None:
    client = browser(house.admin)
    for query in (f"{DAYS}&by=item", f"{DAYS}&by=time&step=hour", f"{DAYS}&by=time&step=day"):
        for kind in ("queues", "agents", "numbers", "trunks"):
            item = f"&item={house.agent.pk}" if kind == "agents" else ""
            text = client.get(f"/reports/{kind}/?{query}{item}").content.decode()
            links = re.findall(r'data-value="(\d+)"><a href="(/reports/\w+/calls/\?[^"]+)">', text)
            assert len(links) > 3, (kind, query)
            for count, link in links:
                page = client.get(link.replace("&amp;", "&"))
                assert page.status_code == 200
                body = page.content.decode()
                if "figure=busy_ms" in link:
                    assert f'data-testid="behind-time" data-value="{count}"' in body
                    continue
                assert body.count("-row") == int(count), link


def test_each_hour_of_the_week_opens_as_many_rows(house: House) -> None:
    client = browser(house.admin)
    for kind in ("queues", "calls"):
        text = client.get(f"/reports/{kind}/?{DAYS}").content.decode()
        week = text.partition('data-testid="report-week"')[2].partition("</details>")[0]
        links = re.findall(r'<td><a href="([^"]+)">(\d+)</a></td>', week)
        # From 23:50 on, each a quarter of an hour later.
        assert [int(many) for _link, many in links] == [1, 3], kind
        for link, many in links:
            page = client.get(link.replace("&amp;", "&")).content.decode()
            assert page.count("-row") == int(many)
            assert ("Saturday 23:00" if many == "1" else "Sunday 00:00") in page


def test_a_strange_hour_of_the_week_is_none(house: House) -> None:
    client = browser(house.admin)
    for strange in ("7.0", "0.24", "x", "-1.3", "1"):
        page = client.get(f"/reports/queues/calls/?{DAYS}&figure=all&week={strange}")
        assert page.content.decode().count("-row") == 4
    assert client.get(f"/reports/numbers/calls/?{DAYS}&figure=all&week=0.3").status_code == 404


def test_rings_are_listed_for_all_agents_together(house: House) -> None:
    client = browser(house.admin)
    text = client.get(f"/reports/agents/?{DAYS}").content.decode()
    total = text.partition('data-testid="report-total"')[2]
    found = re.search(r'data-column="legs_offered" data-value="(\d+)"><a href="([^"]+)"', total)
    assert found is not None
    page = client.get(found[2].replace("&amp;", "&")).content.decode()
    assert page.count('data-testid="ring-row"') == int(found[1]) > 0


def test_a_night_of_25_hours_names_the_hour_that_comes_twice(house: House) -> None:
    text = browser(house.admin).get(
        "/reports/queues/?since=2026-10-25&until=2026-10-25&by=time&step=hour"
    )
    names = re.findall(r'<th scope="row">(10-25 \d\d:\d\d[^<]*)', text.content.decode())
    assert len(names) == 25
    assert [one for one in names if "02:00" in one] == ["10-25 02:00 +0200", "10-25 02:00 +0100"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_report_opens_in_both_languages(house: House, kind: str, language: str) -> None:
    client = browser(house.admin, language)
    for query in ("", DAYS, f"{DAYS}&by=time&step=week", "period=nonsense&step=x&since=%00"):
        assert client.get(f"/reports/{kind}/?{query}").status_code == 200


def test_files_have_real_numbers(house: House) -> None:
    client = browser(house.admin)
    answer = client.get(f"/reports/queues/file/?{DAYS}&format=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    head, row, total, earlier = book.get_sheet_by_index(0).to_python()
    named = dict(zip(head, row, strict=True))
    assert (named["Offered"], named["Answered"], named["Service level"]) == (4, 2, 0.5)
    assert named["Longest wait"] == timedelta(minutes=1)
    assert total[1:] == row[1:]
    assert str(earlier[0]).startswith("Before: 2026-10-21")
    definitions = book.get_sheet_by_index(1).to_python()
    assert definitions[0][:2] == ["Offered", "offered"]
    text = b"".join(
        client.get(f"/reports/queues/file/?{DAYS}&format=csv").streaming_content  # type: ignore[attr-defined]
    ).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["Offered"], rows[0]["Longest wait (s)"]) == ("4", "60.000")
    with tenant_scope(house.tenant.pk):
        assert AuditEntry.objects.filter(action="report.fetch").count() == 2


@pytest.mark.parametrize("kind", ["queues", "agents", "numbers"])
def test_the_pdf_says_exactly_what_the_page_says(house: House, kind: str) -> None:
    client = browser(house.admin)
    page = client.get(f"/reports/{kind}/?{DAYS}").content.decode()
    rows: dict[str, list[str]] = {}
    for row in re.findall(r'<tr data-testid="report-row">.*?</tr>', page, re.S) + re.findall(
        r'<tr[^>]*data-testid="report-total">.*?</tr>', page, re.S
    ):
        head, *cells = (
            unescape(re.sub(r"<[^>]+>", "", one)).strip()
            for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        )
        rows[head] = cells
    assert len(rows) > 1
    many = len(rows["Total"])
    pdf = pdf_rows(client.get(f"/reports/{kind}/file/?{DAYS}&format=pdf").content, many)
    *shown, (before, _cells) = pdf
    assert named(shown, list(rows)) == rows
    assert "Before:2026-10-21–2026-10-23" in before


def test_who_may_what(house: House) -> None:
    lead, agent = browser(house.lead), browser(house.agent.user)
    with all_tenants("test"):
        stranger = browser(UserFactory(role=Role.ADMIN))
    assert lead.get("/reports/numbers/").status_code == 404
    assert agent.get("/reports/queues/?item=7002").status_code == 404
    assert agent.get(f"/reports/agents/?item={house.other.pk}").status_code == 404
    assert agent.get("/reports/queues/file/").status_code == 403
    assert lead.get("/reports/queues/file/").status_code == 200
    assert lead.get("/reports/nothing/").status_code == 404
    text = stranger.get(f"/reports/queues/?{DAYS}").content.decode()
    assert values(text, "report-total")["offered"] == "0"
    assert stranger.get(f"/reports/queues/calls/?{DAYS}&figure=all&item=7001").status_code == 404
    assert Client().get("/reports/queues/").status_code == 302


def test_a_report_costs_as_many_queries_whatever_it_shows(house: House) -> None:
    client = browser(house.admin)

    def asked(query: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/reports/agents/?{query}").status_code == 200
        return len(found)

    assert asked(f"{DAYS}&by=time&step=day") == asked("since=2025-11-01&until=2026-10-26&by=time")


def test_what_waits_is_told(house: House) -> None:
    with tenant_scope(house.tenant.pk):
        spans_apply([Span("1002", NIGHT, Live(READY), ended_at=NIGHT + timedelta(hours=3))], None)
    text = browser(house.admin).get(f"/reports/queues/?{DAYS}").content.decode()
    assert "13 quarter-hours are not counted yet." in text


def test_a_period_too_long_for_its_steps_is_cut_and_says_so(house: House) -> None:
    query = "since=2026-01-01&until=2026-10-26&by=time&step=hour"
    text = browser(house.admin).get(f"/reports/queues/?{query}").content.decode()
    assert "the report begins on 2026-09-26" in text
    assert text.count('data-testid="report-row"') == 31 * 24 + 1


def test_an_address_keeps_what_was_chosen() -> None:
    from django.http import QueryDict

    today = datetime(2026, 11, 29, tzinfo=UTC).date()
    choice = choice_of("queues", QueryDict("period=last_month&by=time&step=week&item=7001"), today)
    again = choice_of("queues", QueryDict(choice.address()), today)
    assert again == choice
