"""Staffing on pages and in files: the same figures, for who may see them."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.staffing.models import Assumptions
from tests.factories import UserFactory
from tests.integration.staffing.test_plan import MONDAY, House

WEEK = f"q=7001&week={MONDAY}&day={MONDAY}"
ASSUMED = {
    "level_s": "30", "level_percent": "90", "shrinkage_percent": "10", "least_seats": "2",
    "model": "erlang_c", "weeks": "8", "handling_s": "240",
}  # fmt: skip


@pytest.fixture
def house(db: Any) -> House:
    return House()


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def cells(text: str, clock: str) -> dict[str, str]:
    row = re.search(rf'<tr data-testid="staffing-row"><th scope="row">{clock}</th>.*?</tr>', text)
    assert row, clock
    return dict(re.findall(r'data-column="(\w+)">([^<]*)<', row[0]))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_week_in_both_languages(house: House, language: str) -> None:
    answer = browser(house.admin, language).get(f"/staffing/?{WEEK}")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert cells(text, "09:00")["calls"] == "40.0"
    assert cells(text, "09:00")["needed"] == "7"
    assert ("Suggested seats" if language == "en" else "建议席位") in text
    assert text.count('data-testid="staffing-day-row"') == 7


@pytest.mark.parametrize(
    "query", ["", "week=x&day=%00&n18=-1", "apply=1&level_s=abc", "apply=1", "week=2999-12-31",
              "week=1000-01-01", "n0=99999&n18=2&n99=1"],
)  # fmt: skip
def test_strange_addresses_are_answered(house: House, query: str) -> None:
    assert browser(house.admin).get(f"/staffing/?{query}").status_code == 200


def test_assumptions_are_tried_and_kept(house: House) -> None:
    client = browser(house.lead)
    form = {**ASSUMED, "q": "7001", "week": str(MONDAY), "day": str(MONDAY)}
    tried = client.post("/staffing/assume/", {**form, "act": "try"}, follow=True)
    assert cells(tried.content.decode(), "09:00")["handling"] == "240 s"
    with tenant_scope(house.tenant.pk):
        assert not Assumptions.objects.exists()
    assert "csrf" not in tried.redirect_chain[0][0]
    kept = client.post("/staffing/assume/", {**form, "act": "keep"}, follow=True)
    assert "The assumptions are kept." in kept.content.decode()
    assert cells(kept.content.decode(), "09:00")["handling"] == "240 s"
    with tenant_scope(house.tenant.pk):
        assert Assumptions.objects.get().level_s == 30
        assert AuditEntry.objects.filter(action="staffing.assume").count() == 1
    wrong = client.post(
        "/staffing/assume/", {**form, "level_percent": "400", "act": "keep"}, follow=True
    )
    assert "Not saved" in wrong.content.decode()


def test_what_if_says_what_other_seats_would_give(house: House) -> None:
    text = browser(house.admin).get(f"/staffing/?{WEEK}&n18=5").content.decode()
    level = float(cells(text, "09:00")["tried_level"].rstrip("%"))
    assert 0 < level < 80
    assert cells(text, "09:30")["tried_level"] == "—"


def test_files_have_real_numbers_of_the_whole_week(house: House) -> None:
    client = browser(house.admin)
    answer = client.get(f"/staffing/file/?{WEEK}&format=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    head, *rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 7 * 48
    named = dict(zip(head, rows[18], strict=True))
    assert (named["Day"], named["Time"]) == (str(MONDAY), "09:00")
    assert (named["Expected calls"], named["Suggested seats"]) == (40, 7)
    text = b"".join(
        client.get(f"/staffing/file/?{WEEK}&format=csv").streaming_content  # type: ignore[attr-defined]
    ).decode("utf-8-sig")
    line = list(csv.DictReader(io.StringIO(text)))[18]
    assert (line["Suggested seats"], line["Mean handling time (AHT) (s)"]) == ("7", "180.000")
    with tenant_scope(house.tenant.pk):
        assert AuditEntry.objects.filter(action="staffing.fetch").count() == 2


def test_who_may_what(house: House) -> None:
    lead, agent = browser(house.lead), browser(house.agent.user)
    with all_tenants("test"):
        stranger = browser(UserFactory(role=Role.ADMIN))
        inspector = browser(UserFactory(tenant=house.tenant, role=Role.INSPECTOR))
    assert lead.get(f"/staffing/?{WEEK}").status_code == 200
    assert lead.get("/staffing/?q=7002").status_code == 404
    assert agent.get(f"/staffing/?{WEEK}").status_code == 403
    assert inspector.get(f"/staffing/?{WEEK}").status_code == 403
    assert agent.get(f"/staffing/file/?{WEEK}").status_code == 403
    assert agent.post("/staffing/assume/", {**ASSUMED, "q": "7001"}).status_code == 403
    assert stranger.get(f"/staffing/?{WEEK}").status_code == 404
    assert stranger.post("/staffing/assume/", {**ASSUMED, "q": "7001"}).status_code == 404
    assert stranger.get("/staffing/").status_code == 200  # a company without queues
    assert stranger.get("/staffing/file/").status_code == 404
    assert Client().get("/staffing/").status_code == 302
    assert lead.get("/staffing/assume/").status_code == 405
