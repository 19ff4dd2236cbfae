"""The promises' page: figures with their calls, for who sees the whole company; its PDF."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.calls import card_events, resolve
from apps.calls.models import LinkGap
from apps.calls.services import facts_apply
from apps.console.promises.asked import choice_of
from apps.console.promises.texts import written
from apps.core.tenancy import all_tenants, tenant_scope
from apps.promises.engine.service import NEEDED, SLOT
from apps.promises.engine.verdicts import ALL
from apps.promises.heartbeat import beat
from apps.promises.measuring import promises_tend
from apps.promises.models import ServiceQuarter
from apps.promises.service_quarters import service_tend
from tests.factories import AgentFactory, QueueFactory, TenantFactory, UserFactory
from tests.integration.promises.told import AT, fallen_back, good, late, lost, never

MONTH = "of=month&at=2026-11-01"


class House:
    """A company with five callers of one day, and people of each role."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.tenant = TenantFactory(slug="lab", name="Lab", timezone="Asia/Shanghai")
            own = {"tenant": self.tenant}
            self.agent = AgentFactory(**own, number="1001", sip_username="1001")
            QueueFactory(**own, number="7001")
            self.admin: User = UserFactory(**own, role=Role.ADMIN)
            self.lead: User = UserFactory(**own, role=Role.TEAM_LEAD)
            self.inspector: User = UserFactory(**own, role=Role.INSPECTOR)
        for number, make in enumerate((good, lost, late, fallen_back, never)):
            facts_apply(make(number, AT + timedelta(minutes=number * 20)))
        for component in NEEDED:
            beat(component, "one", [AT + number * SLOT for number in range(30)])
        service_tend(AT + timedelta(minutes=20))
        promises_tend()


@pytest.fixture
def house(db: Any) -> Any:
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    yield House()
    resolve.caches_clear()


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def values(text: str) -> dict[str, tuple[str, str]]:
    return {
        name: (kept, value)
        for name, kept, value in re.findall(
            r'data-promise="(\w+)" data-kept="(\w+)">.*?data-testid="promise-value">([^<]*)<',
            text,
            re.S,
        )
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("of", ["month", "quarter", "year"])
def test_target_value_and_verdict_of_each_promise(house: House, language: str, of: str) -> None:
    text = browser(house.admin, language).get(f"/promises/?of={of}&at=2026-11-05").content.decode()
    assert values(text) == {
        "connect_time": ("yes", "3.67 s"),  # 1, 1 and 9 s
        "connected": ("no", "60.000 %"),
        "dropped": ("no", "25.000 %"),
        "available": values(text)["available"],
    }
    steps = {"month": 30, "quarter": 3, "year": 4}[of]
    assert text.count('data-testid="promise-step"') == steps


def test_a_time_without_calls_says_what_to_do(house: House) -> None:
    admin = browser(house.admin)
    assert "promises-empty" not in admin.get(f"/promises/?{MONTH}").content.decode()
    assert "promises-empty" in admin.get("/promises/?of=month&at=2026-07-05").content.decode()


def test_availability_counts_what_is_unknown(house: House) -> None:
    text = browser(house.admin).get(f"/promises/?{MONTH}").content.decode()
    kept, value = values(text)["available"]
    with tenant_scope(house.tenant.pk):
        rows = list(ServiceQuarter.objects.values_list("up", "unknown"))
    up, unknown = sum(row[0] for row in rows), sum(row[1] for row in rows)
    assert up == 30
    assert unknown > 0
    assert kept == "no"
    assert value == f"{int(up / (up + unknown) * 100_000) / 1000:.3f} %"


def test_each_number_opens_as_many_calls(house: House) -> None:
    client = browser(house.admin)
    text = client.get(f"/promises/?{MONTH}").content.decode()
    links = re.findall(r'href="(/promises/calls/[^"]+)"[^>]*>(?:[^<]*: |\()(\d+)', text)
    assert len(links) == 4 + 3  # by reason, and by promise of the one day
    for link, count in links:
        page = client.get(link.replace("&amp;", "&"))
        assert page.status_code == 200
        assert page.content.decode().count('data-testid="call-row"') == int(count), link
    assert client.get(f"/promises/calls/?{MONTH}&what=nothing").status_code == 404


def test_a_time_in_which_the_exchange_was_not_heard_is_told(house: House) -> None:
    LinkGap.objects.create(node="pbx1", epoch="x", reason="link lost", started_at=AT,
                           ended_at=AT + timedelta(seconds=42))  # fmt: skip
    text = browser(house.admin).get(f"/promises/?{MONTH}").content.decode()
    assert "not heard for 42 seconds" in text


def test_a_time_without_calls_has_no_values(house: House) -> None:
    text = browser(house.admin).get("/promises/?of=month&at=2025-01-01").content.decode()
    assert set(values(text).values()) == {("unknown", "—")}


def test_it_is_printed_as_pdf_in_both_languages(house: House) -> None:
    for language in ("en", "zh-hans"):
        answer = browser(house.admin, language).get(f"/promises/pdf/?{MONTH}")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert 'filename="promises-20261101-20261130.pdf"' in answer["Content-Disposition"]
    with tenant_scope(house.tenant.pk):
        assert AuditEntry.objects.filter(action="promises.fetch").count() == 2


def test_who_may_see_them(house: House) -> None:
    for address in ("/promises/", "/promises/pdf/", f"/promises/calls/?{MONTH}&what=dropped"):
        assert browser(house.inspector).get(address).status_code == 200
        assert browser(house.lead).get(address).status_code == 403
        assert browser(house.agent.user).get(address).status_code == 403
        assert Client().get(address).status_code == 302
    with all_tenants("test"):
        stranger = browser(UserFactory(role=Role.ADMIN))
    text = stranger.get(f"/promises/?{MONTH}").content.decode()
    assert values(text)["connected"] == ("unknown", "—")
    page = stranger.get(f"/promises/calls/?{MONTH}&what=dropped").content.decode()
    assert 'data-testid="call-row"' not in page


@pytest.mark.parametrize("query", ["of=week&at=x", "at=%00", "at=2999-12-31&of=year",
                                   "at=0001-01-01&of=quarter"])  # fmt: skip
def test_strange_addresses_are_answered(house: House, query: str) -> None:
    assert browser(house.admin).get(f"/promises/?{query}").status_code == 200


def test_times_follow_each_other(house: House) -> None:
    from django.http import QueryDict

    for of in ("month", "quarter", "year"):
        one = choice_of(QueryDict(f"of={of}&at=2026-11-30"), date(2026, 11, 30))
        after = choice_of(QueryDict(one.moved(1)), date(2026, 11, 30))
        assert after.period.first == one.period.last + timedelta(days=1)
        assert choice_of(QueryDict(after.moved(-1)), date(2026, 11, 30)) == one


def test_shares_are_cut_and_never_look_better() -> None:
    dropped, available = ALL[2], ALL[3]
    assert written(available, 0.999_989_9) == "99.998 %"
    assert written(available, 1.0) == "100 %"
    assert written(dropped, 0.0) == "0 %"
    assert datetime(2026, 11, 2, 3, tzinfo=UTC) == AT
