"""Share one office among the browser tests; give people with browsers of their own."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Response,
    expect,
    sync_playwright,
)

from tests.browser.desk_page import Desk
from tests.browser.office import Office
from tests.browser.web_only import WebOnly
from tests.telephony.waiting import until
from tools.paths import ROOT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
# Three streams of tests share the processor.
expect.set_options(timeout=20_000)
SHOTS = ROOT / "test-results"
# `HUAWU_SCREENSHOTS=docs/images` renews the pictures of the documents.
PICTURES = Path(os.environ.get("HUAWU_SCREENSHOTS") or SHOTS)

People = Callable[..., Desk]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Run the small office for the session."""
    whole = Office(tmp_path_factory.mktemp("office"))
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    """Serve the console alone, for files that only look at pages."""
    whole = WebOnly(tmp_path_factory.mktemp("web"))
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()


# A module, not the session: Playwright's loop runs in this thread, and another module's
# asynchronous tests may come after it (random order).
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium without a screen, with a microphone that beeps."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember on the test whether it failed, for the screenshots."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture
def person(chromium: Browser, office: Office, request: pytest.FixtureRequest) -> Iterator[People]:
    """Give people who sign in: `person("1001")`; fail a test whose page complained."""
    desks: list[Desk] = []

    def enter(login: str = "", *, locale: str = "zh-CN", width: int = 1366) -> Desk:
        context = chromium.new_context(
            viewport={"width": width, "height": 768}, locale=locale, permissions=["microphone"]
        )
        desk = Desk(context.new_page(), office.url)
        desks.append(desk)
        desk.page.on("console", lambda message: _complained(desk, message))
        desk.page.on("pageerror", lambda error: desk.faults.append(f"page error: {error}"))
        desk.page.on("response", lambda response: _server_error(desk, response))
        if login:
            desk.sign_in(login)
        return desk

    yield enter
    failed = request.node.stash.get(FAILED, False)
    for number, desk in enumerate(desks):
        if failed:
            SHOTS.mkdir(exist_ok=True)
            with suppress(Error):
                desk.page.screenshot(path=SHOTS / f"{request.node.name}-{number}.png")
    _leave(office, desks)
    assert [fault for desk in desks for fault in desk.faults] == []


# Of the network that tests cut, and of parts that were asked for when the page was left: what the
# page shows of it is what those tests look at.
OF_THE_NETWORK = (
    "WebSocket",
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_INTERNET_DISCONNECTED",
    "htmx:sendError",
    "htmx:sendAbort",
    # htmx tells it beside each of the two; an answer of the server is told as htmx:responseError.
    "htmx:afterRequest",
)


def _complained(desk: Desk, message: ConsoleMessage) -> None:
    if message.type == "error" and not any(word in message.text for word in OF_THE_NETWORK):
        desk.faults.append(f"console: {message.text}")


def _server_error(desk: Desk, response: Response) -> None:
    if response.status >= 500 and response.status != 503:
        desk.faults.append(f"{response.status} {response.url}")


def _leave(office: Office, desks: list[Desk]) -> None:
    """Sign everybody out of the queues, so that the next test's caller finds only its agent."""
    office.asterisk.cli("channel request hangup all")
    office.sipp.stop_all()
    for desk in desks:
        with suppress(Error, AssertionError):
            # A page that another has taken the desk from cannot.
            if desk.at("sign-out").is_visible() and desk.at("sign-out").is_enabled():
                desk.at("sign-out").click()
                desk.wait_state("signed_out")
        desk.context.close()
    until(lambda: office.channels() == 0, 20, "no channel left")
