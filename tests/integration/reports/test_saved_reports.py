"""Saved, shared and scheduled reports: who finds them, what they then show, and what is sent."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone, translation
from python_calamine import CalamineWorkbook

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.calls import card_events, resolve
from apps.calls.services import facts_apply
from apps.console.reports.asked import choice_of
from apps.console.reports.files import heads_of, lines
from apps.console.reports.pdf import document_of
from apps.core.errors import NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.imports.exports import export_ask
from apps.reports import sending
from apps.reports.models import ReportChoice, ReportSchedule, ReportSending, SavedReport
from apps.reports.rollups import rollup_tend
from apps.reports.selectors import report
from apps.reports.sending import report_send, reports_send
from apps.tasks.models import Task
from tests.factories import UserFactory
from tests.integration.mailman import Mailman, mailman
from tests.integration.reports.test_report_pages import DAYS, browser, values
from tests.integration.reports.test_reports import House
from tests.integration.reports.test_rollups import call

__all__ = ["mailman"]


@pytest.fixture
def house(db: Any) -> Any:
    """Two callers of the lead's queue, one of the other department's."""
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    found = House()
    for number, queue in enumerate(["lab-7001", "lab-7001", "lab-7002"]):
        facts_apply(call(number, queue=queue).facts())
    with tenant_scope(found.tenant.pk):
        rollup_tend(found.tenant.pk)
    with all_tenants("test"):
        for user, address in ((found.admin, "boss@example.com"), (found.lead, "lead@example.com")):
            User.objects.filter(pk=user.pk).update(email=address)
            user.refresh_from_db()
    yield found
    resolve.caches_clear()


def keep(user: User, sharing: str = "own", name: str = "Queues", kind: str = "queues") -> int:
    answer = browser(user).post(
        "/reports/saved/",
        {"kind": kind, "query": DAYS, "name": name, "sharing": sharing},
        follow=True,
    )
    assert answer.status_code == 200
    with tenant_scope(user.tenant_id or 0):
        return SavedReport.objects.get(owner=user, name=name).pk


def plan(user: User, pk: int, **more: Any) -> Any:
    asked = {"every": "day", "at": "08:00", "form": "xlsx", "weekday": "0", "month_day": "1"}
    asked |= {"people": [str(user.pk)], **more}
    return browser(user).post(f"/reports/saved/{pk}/schedule/", asked, follow=True)


def make_due(house: House) -> ReportSchedule:
    with tenant_scope(house.tenant.pk):
        ReportSchedule.objects.update(next_at=timezone.now() - timedelta(minutes=1))
        return ReportSchedule.objects.get()


def test_a_shared_report_shows_each_what_he_may_see(house: House) -> None:
    keep(house.admin, "company")
    for user, offered in ((house.admin, "3"), (house.lead, "2"), (house.agent.user, "2")):
        text = browser(user).get("/reports/saved/").content.decode()
        link = text.split('data-testid="saved-row"')[1].split('href="')[1].split('"')[0]
        page = browser(user).get(link.replace("&amp;", "&")).content.decode()
        assert values(page, "report-total")["offered"] == offered


def test_who_finds_a_kept_report(house: House) -> None:
    keep(house.admin, "own", "Mine")
    keep(house.lead, "department", "Ours")
    keep(house.admin, "company", "Numbers of all", kind="numbers")
    with all_tenants("test"):
        stranger = UserFactory(role=Role.ADMIN)
    expected = {
        house.admin: {"Mine", "Numbers of all"},
        house.lead: {"Ours"},  # of numbers he has no report, whoever shares it
        house.agent.user: {"Ours"},
        house.other.user: set(),
        stranger: set(),
    }
    for user, names in expected.items():
        text = browser(user).get("/reports/saved/").content.decode()
        found = {one for one in ("Mine", "Ours", "Numbers of all") if one in text}
        assert found == names, user


def test_what_is_not_ones_own_is_not_found(house: House) -> None:
    pk = keep(house.admin, "company")
    assert plan(house.admin, pk).status_code == 200
    with tenant_scope(house.tenant.pk):
        schedule = ReportSchedule.objects.get().pk
    with all_tenants("test"):
        stranger = UserFactory(role=Role.ADMIN)
    for user in (house.lead, house.agent.user, stranger):
        client = browser(user)
        for address in (
            f"saved/{pk}/delete",
            f"saved/{pk}/schedule",
            f"schedules/{schedule}/stop",
            f"schedules/{schedule}/start",
            f"schedules/{schedule}/delete",
        ):
            assert client.post(f"/reports/{address}/", {}).status_code == 404, address
    # Agents share nothing, and keep no kind that they may not open.
    agent = browser(house.agent.user)
    shared = {"kind": "queues", "query": "", "name": "x", "sharing": "company"}
    agent.post("/reports/saved/", shared)
    assert agent.post("/reports/saved/", {**shared, "kind": "numbers"}).status_code == 404
    with tenant_scope(house.tenant.pk):
        assert not SavedReport.objects.filter(owner=house.agent.user).exists()
    assert agent.get("/reports/choice/").status_code == 403


@pytest.mark.parametrize("form", ["xlsx", "csv", "pdf"])
def test_a_due_report_is_sent_once_with_the_owners_view(
    house: House, mailman: Mailman, form: str
) -> None:
    pk = keep(house.lead)
    plan(house.lead, pk, form=form, people=[str(house.lead.pk), str(house.admin.pk)])
    before = make_due(house)
    assert [reports_send(), reports_send()] == [1, 0]
    ((to, mail),) = mailman.got
    assert sorted(to) == ["boss@example.com", "lead@example.com"]
    assert "boss@example.com" not in str(mail.items())
    (file,) = mail.iter_attachments()
    content = file.get_content()
    assert (file.get_filename() or "").endswith(form)
    if form == "xlsx":
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        # The lead's two callers, not the admin's three.
        assert [row[1] for row in sheet.to_python()][1:3] == [2, 2]
    if form == "pdf":
        assert content.startswith(b"%PDF-")
    with tenant_scope(house.tenant.pk):
        sent = ReportSending.objects.get()
        assert (sent.state, sent.sent_to, sent.tries) == ("sent", 2, 1)
        assert sent.due_at == before.next_at
        after = ReportSchedule.objects.get().next_at
        assert after is not None
        assert after > timezone.now()
        assert AuditEntry.objects.filter(action="report.schedule_sent").count() == 1


def test_a_failure_is_tried_again_and_at_last_told_to_the_owner(
    house: House, mailman: Mailman
) -> None:
    pk = keep(house.lead)
    plan(house.lead, pk)
    make_due(house)
    mailman.refusal = "451 not now"
    assert reports_send() == 0
    with tenant_scope(house.tenant.pk):
        sent = ReportSending.objects.get()
        assert (sent.state, sent.tries) == ("pending", 1)
        assert sent.next_try_at > timezone.now()
        assert not report_send(sent.pk)  # not due yet
        for _number in range(sending.MOST_TRIES):
            ReportSending.objects.update(next_try_at=timezone.now())
            report_send(sent.pk)
        sent.refresh_from_db()
        assert (sent.state, sent.tries) == ("failed", sending.MOST_TRIES)
        assert Task.objects.get(assignee=house.lead).title.startswith("A scheduled report was not")
    assert "SMTPDataError" in browser(house.lead).get("/reports/saved/").content.decode()
    mailman.refusal = ""
    make_due(house)
    assert reports_send() == 1  # the next due time has its own chance


@pytest.mark.parametrize("why", ["left", "no_right", "no_export"])
def test_an_owner_without_the_right_sends_no_more(house: House, mailman: Mailman, why: str) -> None:
    kind = "numbers" if why == "no_right" else "queues"
    pk = keep(house.admin, kind=kind)
    plan(house.admin, pk)
    make_due(house)
    with all_tenants("test"):
        changed = {
            "left": {"is_active": False},
            "no_right": {"role": Role.TEAM_LEAD, "view_tier": "department"},
            "no_export": {"role": Role.AGENT, "view_tier": "own"},
        }[why]
        User.objects.filter(pk=house.admin.pk).update(**changed)
    assert reports_send() == 0
    assert mailman.got == []
    with tenant_scope(house.tenant.pk):
        schedule = ReportSchedule.objects.get()
        assert schedule.stopped == ("owner_left" if why == "left" else "no_right")
        assert schedule.next_at is None
        assert Task.objects.filter(assignee=house.admin).exists() == (why != "left")


def test_only_people_of_the_company_and_allowed_domains_get_it(
    house: House, mailman: Mailman
) -> None:
    pk = keep(house.admin)
    with all_tenants("test"):
        stranger = UserFactory(role=Role.ADMIN, email="stranger@example.com")
    for more in (
        {"people": [str(stranger.pk)]},
        {"people": [], "addresses": "someone@outside.example"},
        {"people": []},
    ):
        plan(house.admin, pk, **more)
    with tenant_scope(house.tenant.pk):
        assert not ReportSchedule.objects.exists()
    admin = browser(house.admin)
    admin.post("/reports/choice/", {"level": "offered", "domains": "outside.example\nbad domain"})
    with tenant_scope(house.tenant.pk):
        assert ReportChoice.objects.get().outside_domains == ["outside.example"]
    plan(house.admin, pk, people=[], addresses="someone@outside.example")
    make_due(house)
    assert reports_send() == 1
    assert mailman.got[0][0] == ["someone@outside.example"]
    # The policy of the moment of sending counts.
    admin.post("/reports/choice/", {"level": "offered", "domains": ""})
    make_due(house)
    assert reports_send() == 0
    with tenant_scope(house.tenant.pk):
        assert ReportSchedule.objects.get().stopped == "nobody"


def test_the_company_and_a_queue_choose_their_service_level(house: House) -> None:
    admin = browser(house.admin)
    admin.post("/reports/choice/", {"level": "offered", "level-7002": "answered", "days": "14"})
    text = admin.get(f"/reports/queues/?{DAYS}").content.decode()
    assert "In time / offered (offered)." in text
    assert "<small>answered</small>" in text
    text = admin.get(f"/reports/queues/?{DAYS}&level=late_abandons_only").content.decode()
    assert "(late_abandons_only)." in text
    assert "<small>answered</small>" not in text
    with tenant_scope(house.tenant.pk):
        assert ReportChoice.objects.get().contact_days == 14


def test_a_pdf_holds_chinese_and_fetches_nothing(house: House) -> None:
    from apps.console.reports.pdf import FetchRefusedError, nothing_fetched

    with tenant_scope(house.tenant.pk):
        house.queue.name = '<img src="file:///etc/passwd">客服'
        house.queue.save()
    for kind in ("queues", "agents", "regions", "surveys"):
        answer = browser(house.admin, "zh-hans").get(f"/reports/{kind}/file/?{DAYS}&format=pdf")
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
    with pytest.raises(FetchRefusedError):
        nothing_fetched("http://127.0.0.1/")


def test_a_long_pdf_has_its_totals_and_says_what_is_left_out(house: House) -> None:
    query = "since=2026-09-26&until=2026-10-26&by=time&step=hour"
    with tenant_scope(house.tenant.pk), translation.override("en"):
        today = timezone.now().date()
        asked = choice_of("queues", QueryDict(query), today).asked
        found = report(user=house.admin, asked=asked)
        every = list(lines(found))
        text = document_of(
            found, heads=heads_of(found), lines=every, charts=[], company="华务", most=20
        )
    assert len(every) == 31 * 24 + 1 + 2
    assert "727 more rows are in the spreadsheet." in text
    assert text.count("<tr>") == 1 + 20
    assert ">Total<" in text


def test_rows_behind_a_figure_are_exported_as_many_and_as_the_person_sees(house: House) -> None:
    query = f"{DAYS}&kind=queues&figure=all"
    for user, many in ((house.admin, 3), (house.lead, 2)):
        with tenant_scope(house.tenant.pk):
            run = export_ask(
                user=user, source="report-visits", query=query, kind="csv", language="en"
            )
            assert (run.state, run.rows_all, run.rows_read) == ("done", many, many)
            other = export_ask(
                user=user, source="report-calls", query=query, kind="csv", language="en"
            )
            assert other.rows_all == 0
    for source, asked in (
        ("report-calls", f"{DAYS}&kind=numbers&figure=all"),
        ("report-visits", f"{DAYS}&kind=queues&figure=all&item=7002"),
        ("report-visits", f"{DAYS}&kind=nothing&figure=all"),
    ):
        with tenant_scope(house.tenant.pk), pytest.raises(NotFoundError):
            export_ask(user=house.lead, source=source, query=asked, kind="csv", language="en")
    page = browser(house.lead).get(f"/reports/queues/calls/?{DAYS}&figure=all").content.decode()
    assert 'value="report-visits"' in page
    assert "kind=queues" in page
