"""Imports in Chromium, with a real worker: from the upload to the undo; who may not."""

import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Response, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk_page import Desk
from tests.browser.web_only import WebOnly
from tests.celery_worker import CeleryWorker

# Not those of the tests themselves and of other workers.
REDIS_NUMBER = 12
WORK_MS = 60_000
HEADERS = {
    "zh-hans": ["客户姓名", "手机", "邮箱", "标签", "内部编码"],
    "en": ["Customer name", "Mobile number", "E-mail", "Tags", "Internal code"],
}
FAULT = {"zh-hans": "不是电话号码", "en": "Not a telephone number"}
GOOD, BAD = 28, 2
PAGE_ROWS = 25


@dataclass
class WebAndWorker(WebOnly):
    """The console, and the worker that it hands imports to."""

    worker: CeleryWorker = field(init=False)

    @property
    def env(self) -> dict[str, str]:
        server = os.environ["HUAWU_TEST_REDIS_URL"].rpartition("/")[0]
        return {**super().env, "HUAWU_REDIS_URL": f"{server}/{REDIS_NUMBER}"}

    def start(self) -> None:
        super().start()
        self.worker = CeleryWorker(self.env, self.folder / "worker.log")
        self.worker.start()

    def stop(self) -> None:
        self.worker.kill()
        super().stop()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebAndWorker]:
    whole = WebAndWorker(tmp_path_factory.mktemp("imports"))
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()


@contextmanager
def at_desk(chromium: Browser, web: WebOnly, login: str, language: str) -> Iterator[Desk]:
    desk = Desk(chromium.new_page(viewport={"width": 1366, "height": 768}), web.url)
    desk.context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    desk.page.on("pageerror", lambda error: desk.faults.append(f"page error: {error}"))
    desk.page.on("response", lambda response: wrong(desk, response))
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.sign_in(login)
    yield desk
    assert desk.faults == []
    desk.context.close()


def wrong(desk: Desk, response: Response) -> None:
    if response.status >= 500:
        desk.faults.append(f"{response.status} {response.url}")


def rows(language: str, first: int) -> list[list[str]]:
    """Return a header and customers; two of them have no number that could be dialled."""
    found = [HEADERS[language]]
    for at in range(GOOD + BAD):
        number = "no number" if at % 15 == 7 else str(first + at)
        found.append([f"王芳{at}", number, f"w{first + at}@example.com", "a;b" if at else "", "x"])
    return found


def as_csv(table: list[list[str]], encoding: str, delimiter: str) -> bytes:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(table)
    return target.getvalue().encode(encoding)


def file_of(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": data}


def upload(desk: Desk, payload: FilePayload) -> None:
    """Choose the target and a file, and send it by the keyboard alone."""
    desk.page.locator("#import-target").select_option("customers")
    desk.page.locator("#import-file").set_input_files([payload])
    desk.page.locator("#import-file").focus()
    while not desk.at("import-upload").evaluate("it => it === document.activeElement"):
        desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")


def in_state(desk: Desk, state: str) -> None:
    expect(desk.at("import")).to_have_attribute("data-state", state, timeout=WORK_MS)


def counted(desk: Desk) -> list[str]:
    expect(desk.at("account")).to_have_attribute("data-balanced", "yes")
    return [desk.text(f"count-{name}") for name in ("read", "created", "skipped", "failed")]


def press(page: Page, name: str) -> None:
    """Press a button as who has no mouse does."""
    button = page.locator(f'[data-testid="{name}"]')
    button.focus()
    page.keyboard.press("Enter")


def faults_file(desk: Desk) -> list[list[str]]:
    with desk.page.expect_download() as found:
        desk.at("import-errors").click()
    text = Path(found.value.path()).read_text("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("language", "encoding", "delimiter", "first"),
    [("zh-hans", "gb18030", ",", 13_100_000_000), ("en", "utf-8", ";", 13_200_000_000)],
)
def test_admin_imports_a_file_corrects_the_faults_and_takes_it_back(
    language: str, encoding: str, delimiter: str, first: int, chromium: Browser, web: WebAndWorker
) -> None:
    shot = Shots(language)
    with at_desk(chromium, web, "admin", language) as admin:
        page = admin.page
        admin.at("nav-imports").click()
        expect(admin.at("import-form")).to_be_visible()
        shot(page, "1-list")
        # A program with a table's name is refused where he is.
        upload(admin, file_of("customers.csv", b"MZ\x90\x00\x03" + b"\x00" * 400))
        expect(page.locator("#work .alert").first).to_be_visible()
        shot(page, "2-refused")

        table = rows(language, first)
        upload(admin, file_of("客户.csv", as_csv(table, encoding, delimiter)))
        in_state(admin, "ready")
        expect(page.locator("#encoding")).to_have_value(encoding)
        expect(page.locator("#delimiter")).to_have_value(delimiter)
        fields = ["name", "numbers", "emails", "tags", ""]
        for at, key in enumerate(fields):
            expect(page.locator(f'[name="column-{at}"]')).to_have_value(key)
        # By hand, and by keyboard: the column that nothing fits goes to the note.
        page.locator('[name="column-4"]').focus()
        page.locator('[name="column-4"]').select_option("note")
        press(page, "import-preview")
        # The row's number, five fields now, what is wrong.
        expect(admin.at("preview").locator("th")).to_have_count(7)
        expect(admin.at("preview")).to_contain_text("王芳0")
        expect(page.locator('[name="column-4"]')).to_have_value("note")
        expect(admin.at("preview")).to_contain_text(FAULT[language])
        shot(page, "3-columns")

        press(page, "import-check")
        expect(admin.at("checked")).to_be_visible(timeout=WORK_MS)
        assert counted(admin) == [str(GOOD + BAD), str(GOOD), "0", str(BAD)]
        shot(page, "4-checked")
        press(page, "import-start")
        in_state(admin, "done")
        assert counted(admin) == [str(GOOD + BAD), str(GOOD), "0", str(BAD)]
        shot(page, "5-done")
        faults = faults_file(admin)
        assert [line[0] for line in faults[1:]] == ["9", "24"]
        # In the language of the account, which is not always that of the browser.
        assert all(any(word in line[3] for word in FAULT.values()) for line in faults[1:]), faults
        assert faults[0][4:] == table[0]
        admin.at("import-rows").click()
        expect(admin.at("imported-row")).to_have_count(min(GOOD, PAGE_ROWS))
        shot(page, "6-rows")

        # The file of faults, corrected, goes in as it is.
        for at, line in enumerate(faults[1:]):
            line[5] = str(first + 900 + at)
        admin.at("nav-imports").click()
        upload(admin, file_of("faults.csv", as_csv(faults, "utf-8-sig", ",")))
        in_state(admin, "ready")
        press(page, "import-start")
        in_state(admin, "done")
        assert counted(admin) == [str(BAD), str(BAD), "0", "0"]

        # The same file once more creates nobody; only the bad rows are told again.
        admin.at("nav-imports").click()
        upload(admin, file_of("again.csv", as_csv(table, encoding, delimiter)))
        in_state(admin, "ready")
        press(page, "import-start")
        in_state(admin, "done")
        assert counted(admin) == [str(GOOD + BAD), "0", str(GOOD), str(BAD)]
        expect(admin.at("import-undo")).to_have_count(0)

        admin.at("nav-imports").click()
        page.get_by_role("link", name="客户.csv").first.click()
        admin.at("import-undo").click()
        in_state(admin, "undone")
        expect(admin.at("import-undone")).to_contain_text(str(GOOD))
        shot(page, "7-undone")
        admin.at("import-delete").click()
        expect(admin.at("import-form")).to_be_visible()
        expect(page.get_by_role("link", name="客户.csv")).to_have_count(0)


@dataclass
class Shots:
    """Pictures of each step, when somebody wants to look at them (HUAWU_SCREENSHOTS)."""

    language: str

    def __call__(self, page: Page, name: str) -> None:
        if os.environ.get("HUAWU_SCREENSHOTS"):
            page.screenshot(path=PICTURES / f"imports-{self.language}-{name}.png", full_page=True)


def test_lead_sees_his_own_imports_and_agent_none(chromium: Browser, web: WebAndWorker) -> None:
    shot = Shots("who")
    with at_desk(chromium, web, "admin", "en") as admin:
        admin.at("nav-imports").click()
        upload(admin, file_of("admin.csv", as_csv(rows("en", 13_300_000_000), "utf-8", ",")))
        in_state(admin, "ready")
        address = admin.page.url.removeprefix(web.url)
        with at_desk(chromium, web, "1101", "zh-hans") as lead:
            lead.at("nav-imports").click()
            expect(lead.at("import-form")).to_be_visible()
            expect(lead.at("policy-form")).to_have_count(0)
            # An empty list says so.
            expect(lead.at("import-row")).to_have_count(0)
            expect(lead.page.locator("#work tbody")).to_contain_text("CSV")
            shot(lead.page, "lead-empty")
            for end in ("", "errors/", "rows/"):
                assert lead.status_of(f"{address}{end}") == 404
            upload(
                lead, file_of("mine.csv", as_csv(rows("zh-hans", 13_400_000_000), "gb18030", ","))
            )
            in_state(lead, "ready")
            own = lead.page.url.removeprefix(web.url)
            assert lead.status_of(own) == 200
            assert admin.status_of(own) == 200
            press(lead.page, "import-start")
            in_state(lead, "done")
            lead.at("nav-tasks").click()
            lead.at("export").click()
            expect(lead.at("export-page")).to_have_attribute("data-state", "done")
            shot(lead.page, "lead-export")
            with lead.page.expect_download() as found:
                lead.at("export-file").click()
            assert found.value.suggested_filename.endswith(".xlsx")

            with at_desk(chromium, web, "1001", "zh-hans") as agent:
                expect(agent.at("nav-imports")).to_have_count(0)
                for path in ("/imports/", "/exports/", own, address):
                    assert agent.status_of(path) in (403, 404), path
                agent.page.goto(f"{web.url}/imports/")
                shot(agent.page, "agent")
                agent.page.goto(f"{web.url}/tasks/")
                expect(agent.page.locator("#task-list")).to_be_visible()
                expect(agent.at("export")).to_have_count(0)

            # The admin keeps imports to admins: what the lead has open is closed to him.
            admin.at("nav-imports").click()
            form = admin.at("policy-form")
            admin.page.locator("#work summary").click()
            form.locator("#policy-importing").select_option("admin")
            form.get_by_role("button").click()
            expect(admin.page.locator("#work .alert").first).to_be_visible()
            assert lead.status_of("/imports/") == 403
            assert lead.status_of(own) == 403
            lead.page.goto(f"{web.url}/")
            shot(lead.page, "lead-denied")
