"""A big report is made by the worker: told how far it is, for who asked, cancelled, gone."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.reports import background, pdf, sizes
from apps.console.reports.files import heads_of, lines
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.imports import files, services
from apps.imports.choices import State
from apps.imports.exports import export_work
from apps.imports.models import ExportRun
from apps.imports.tasks import export_work_task
from apps.reports.engine.columns import OF_COMPANY
from apps.reports.selectors import Asked, report, zone_of
from tests.factories import UserFactory
from tests.integration.reports.test_report_pages import DAYS, House, browser, house

__all__ = ["house"]
# Three days by hour, one of them of 25 hours: 73 rows, and a page on which 100 are shown at once.
HOURS = f"{DAYS}&by=time&step=hour"
WEEK = "since=2026-10-20&until=2026-10-26&by=time&step=hour"
ROWS_OF_WEEK = 7 * 24 + 1


def ask(client: Client, form: str, query: str = WEEK, kind: str = "queues") -> Any:
    """Ask for a file in the background, as the page's button does."""
    values = {"source": f"reports-{kind}", "query": f"{query}&format={form}"}
    return client.post("/exports/new/", values)


def newest(house: House) -> ExportRun:
    with tenant_scope(house.tenant.pk):
        found: ExportRun = ExportRun.objects.latest("pk")
        return found


def made(house: House, form: str, user: User | None = None) -> ExportRun:
    """Ask, and let the worker work."""
    assert ask(browser(user or house.admin), form).status_code == 302
    export_work_task(house.tenant.pk, newest(house).pk)
    return newest(house)


def content(house: House, run: ExportRun) -> bytes:
    answer = browser(house.admin).get(f"/exports/{run.pk}/file/")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_a_pdf_of_many_rows_is_offered_in_the_background_and_never_cut(house: House) -> None:
    client = browser(house.admin)
    few = client.get(f"/reports/queues/?{HOURS}").content.decode()
    assert 'format=pdf">PDF</a>' in few
    many = client.get(f"/reports/queues/?{WEEK}").content.decode()
    assert 'data-testid="report-file-pdf"' in many
    assert "PDF in the background" in many
    assert 'format=xlsx">XLSX</a>' in many
    # Whoever has the old address is told, and gets no half of it.
    answer = client.get(f"/reports/queues/file/?{WEEK}&format=pdf", follow=True)
    says = f"PDF of {ROWS_OF_WEEK} rows is made in the background: ask for it below."
    assert says in answer.content.decode()


def test_a_table_of_many_rows_is_made_in_the_background_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "SMALL_ROWS", ROWS_OF_WEEK - 1)
    client = browser(house.admin)
    page = client.get(f"/reports/queues/?{WEEK}").content.decode()
    for form in ("xlsx", "csv"):
        assert f'data-testid="report-file-{form}"' in page
        assert client.get(f"/reports/queues/file/?{WEEK}&format={form}").status_code == 302
    one_less = WEEK.replace("-20&", "-21&")
    assert client.get(f"/reports/queues/file/?{one_less}&format=csv").status_code == 200


def test_the_pdf_holds_every_row_and_its_pages_are_numbered_on(house: House) -> None:
    run = made(house, "pdf")
    assert (run.state, run.rows_read, run.kind) == (State.DONE, ROWS_OF_WEEK, "pdf")
    reader = PdfReader(io.BytesIO(content(house, run)))
    texts = [page.extract_text() for page in reader.pages]
    assert [text.split()[-1] for text in texts] == [str(at + 1) for at in range(len(texts))]
    # A name is broken where its column is narrow.
    whole = " ".join(" ".join(texts).split())
    with tenant_scope(house.tenant.pk):
        asked = background.ReportFile("queues")._choice(house.admin, QueryDict(WEEK)).asked
        found = report(user=house.admin, asked=asked)
        names = [name for name, _values in lines(found)]
    at = -1
    for name in names[:-2]:
        at = whole.index(name, at + 1)
    assert whole.count("Offered (offered)") == 1


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_tables_hold_every_row_of_a_year_by_hour(house: House, form: str) -> None:
    query = "since=2026-01-01&until=2026-12-31&by=time&step=hour"
    client = browser(house.admin)
    page = client.get(f"/reports/queues/?{query}").content.decode()
    # The page shows its last month, and offers all of it as a file.
    assert "From 2026-01-01 to 2026-12-31, made in the background:" in page
    ask(client, form, query)
    export_work_task(house.tenant.pk, newest(house).pk)
    run = newest(house)
    assert (run.state, run.rows_read, run.rows_all) == (State.DONE, 365 * 24, 365 * 24)
    whole = content(house, run)
    if form == "csv":
        rows = [line.split(",") for line in whole.decode("utf-8-sig").splitlines()]
    else:
        book = CalamineWorkbook.from_filelike(io.BytesIO(whole))
        rows = book.get_sheet_by_index(0).to_python()
    offered = rows[0].index("Offered")
    counts = [int(row[offered]) for row in rows[1:]]
    assert len(counts) == 365 * 24 + 2
    assert sum(counts[:-2]) == counts[-2] == 4


def test_it_tells_how_far_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PIECE_LINES", 50)
    monkeypatch.setattr(background, "BEAT_LINES", 50)
    every = ROWS_OF_WEEK
    for form, wanted in (
        ("pdf", [0, 50, 100, 150, every]),
        ("csv", [0, 50, 100, 150]),
    ):
        told: list[tuple[int, int]] = []

        def tell(done: int, in_all: int, told: list[tuple[int, int]] = told) -> bool:
            told.append((done, in_all))
            return True

        path = files.part_path(files.new_name(), "out")
        query = QueryDict(f"{WEEK}&format={form}")
        with tenant_scope(house.tenant.pk):
            background.ReportFile("queues").write(house.admin, query, path, tell)
        path.unlink()
        assert told == [(done, every) for done in wanted], form


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_cancelled_one_stops_and_leaves_no_file(
    house: House, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "PIECE_LINES", 50)
    monkeypatch.setattr(background, "BEAT_LINES", 50)
    client = browser(house.admin)
    ask(client, form)
    run = newest(house)
    laid_out: list[str] = []
    real = background.lines

    def cancelled(found: Any) -> Any:
        for at, line in enumerate(real(found)):
            if at == 60:
                assert client.post(f"/exports/{run.pk}/cancel/").status_code == 302
            laid_out.append(line[0])
            yield line

    monkeypatch.setattr(background, "lines", cancelled)
    before = set(files.folder().iterdir())
    export_work_task(house.tenant.pk, run.pk)
    assert newest(house).state == State.CANCELLED
    assert set(files.folder().iterdir()) == before
    # A table stops at its next look; a PDF has its lines before it is laid out.
    assert len(laid_out) == (101 if form == "xlsx" else ROWS_OF_WEEK + 2)
    assert "Cancelled before it was done." in client.get(f"/exports/{run.pk}/").content.decode()


def test_one_that_broke_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(house.admin)
    ask(client, "pdf")
    run = newest(house)

    def breaks(_found: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(background, "lines", breaks)
    with pytest.raises(OperationalError):
        export_work_task(house.tenant.pk, run.pk)
    failed = newest(house)
    assert (failed.state, failed.stored) == (State.FAILED, "")
    page = client.get(f"/exports/{run.pk}/").content.decode()
    assert "Something went wrong on our side. Ask for it again." in page


def test_only_who_asked_takes_it(house: House) -> None:
    run = made(house, "csv")
    with all_tenants("test"):
        colleague = UserFactory(tenant=house.tenant, role=Role.ADMIN)
        stranger = UserFactory(role=Role.ADMIN)
    for user in (colleague, stranger, house.lead, house.agent.user):
        client = browser(user)
        for address in ("", "file/"):
            assert client.get(f"/exports/{run.pk}/{address}").status_code in (403, 404)
        assert client.post(f"/exports/{run.pk}/cancel/").status_code in (403, 404)
    assert content(house, run)


def test_who_may_not_asks_in_vain(house: House) -> None:
    lead = browser(house.lead)
    for kind in OF_COMPANY:
        assert ask(lead, "csv", kind=kind).status_code == 404
    assert ask(browser(house.agent.user), "csv").status_code == 403
    assert ask(browser(house.admin), "csv", kind="nothing").status_code == 404
    assert ask(lead, "csv", kind="queues").status_code == 302
    # His right is looked at again when it is written, and so is what he may see.
    run = newest(house)
    User.objects.filter(pk=house.lead.pk).update(role=Role.AGENT)
    with tenant_scope(house.tenant.pk), pytest.raises(ForbiddenError):
        export_work(run.pk)
    assert newest(house).state == State.FAILED


def test_a_lead_gets_his_own_figures(house: House) -> None:
    lead = browser(house.lead)
    ask(lead, "csv", f"{WEEK}&item=7002")
    run = newest(house)
    # The other department's queue is none of his, also when the worker reads it.
    with tenant_scope(house.tenant.pk), pytest.raises(NotFoundError):
        export_work(run.pk)
    ask(lead, "csv", f"{WEEK}&item=7001")
    export_work_task(house.tenant.pk, newest(house).pk)
    assert newest(house).state == State.DONE


def test_it_is_of_the_days_of_asking_and_goes_after_its_time(house: House) -> None:
    client = browser(house.admin)
    ask(client, "csv", "period=yesterday")
    run = newest(house)
    yesterday = timezone.now().astimezone(report_zone(house)).date() - timedelta(days=1)
    assert f"since={yesterday}&until={yesterday}" in run.query
    export_work_task(house.tenant.pk, run.pk)
    path = files.part_path(newest(house).stored, "out")
    assert path.is_file()
    days = timedelta(days=settings.HUAWU_IMPORT_KEEP_DAYS)
    services.imports_clean(now=timezone.now() + days + timedelta(hours=1))
    assert not path.exists()
    assert client.get(f"/exports/{run.pk}/file/").status_code == 404


def report_zone(house: House) -> Any:
    return zone_of(house.admin)


def test_a_long_pdf_says_what_it_leaves_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PIECE_LINES", 20)
    with tenant_scope(house.tenant.pk):
        choice = background.ReportFile("queues")._choice(house.admin, QueryDict(HOURS))
        found = report(user=house.admin, asked=Asked(**vars(choice.asked)))
    assert not sizes.is_big(found, "pdf")
    # Another test's request may have left its language in this thread.
    with translation.override("en"):
        said = list(lines(found))
        long = pdf.LongPdf(
            found, heads=heads_of(found), lines=said, charts=[], company="Lab", most=30
        )
        assert list(long.pieces()) == [20, 30]
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(long.pdf())).pages)
    assert f"{len(found.rows) + sizes.TOTALS - 30} more rows are in the spreadsheet." in text
    assert "\nTotal 4 2 1 1 " in text
