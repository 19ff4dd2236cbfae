"""Read what the product says of the day: its pages, files and API, as their readers get them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time as clock_time
from datetime import timedelta
from html import unescape
from typing import Any

from python_calamine import CalamineWorkbook

from tests.pdf_tables import named, pdf_rows
from tests.telephony.board_socket import TEXT, BoardSocket, Rows
from tests.telephony.console_session import ConsoleSession
from tests.telephony.stack import Stack
from tests.telephony.waiting import until

Row = Mapping[str, float | None]
_ROW = re.compile(r'<tr[^>]*data-testid="(report-row|report-total)">(.*?)</tr>', re.DOTALL)
_HEAD = re.compile(r'<th scope="row">(.*?)</th>', re.DOTALL)
_CELL = re.compile(
    r'<td data-column="(\w+)" data-value="([^"]*)">(?:<a href="([^"]*)">)?([^<]*)', re.DOTALL
)
_TAG = re.compile(r"<[^>]+>")


def _text(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class ReportPage:
    """A report as its page has it: raw values by row and column, and what leads behind them."""

    rows: Mapping[str, Row]
    total: Row
    texts: Mapping[str, Mapping[str, str]]
    links: Mapping[tuple[str, str], str]
    html: str


def report_page(session: ConsoleSession, kind: str, query: str) -> ReportPage:
    """Open a report."""
    html = session.get(f"/reports/{kind}/?{query}")
    rows: dict[str, Row] = {}
    texts: dict[str, Mapping[str, str]] = {}
    links: dict[tuple[str, str], str] = {}
    total: Row = {}
    for which, inside in _ROW.findall(html):
        head = _HEAD.search(inside)
        assert head is not None
        name = _text(head[1])
        cells = _CELL.findall(inside)
        values = {column: _number(raw) for column, raw, _link, _shown in cells}
        texts[name] = {column: unescape(shown.strip()) for column, _raw, _link, shown in cells}
        if which == "report-total":
            total = values
            continue
        rows[name] = values
        links.update(
            {(name, column): unescape(link) for column, _raw, link, _shown in cells if link}
        )
    assert total, "the page has a total"
    return ReportPage(rows, total, texts, links, html)


def counts(row: Row, names: tuple[str, ...]) -> Counter[str]:
    """Return a row's counts without those that are 0."""
    return Counter({name: int(row[name] or 0) for name in names if row[name]})


def rows_behind(session: ConsoleSession, address: str, row: str = r'href="/calls/\d+/"') -> int:
    """Count the rows behind a figure, calls at first, page by page; a page lists what it has."""
    found, page = 0, 1
    while True:
        glue = "&" if "?" in address else "?"
        html = session.get(f"{address}{glue}page={page}")
        body = html.partition("<tbody")[2].partition("</tbody>")[0]
        rows = len(re.findall(row, body))
        found += rows
        if f"page={page + 1}" not in html:
            return found
        page += 1


def day_page(session: ConsoleSession, path: str) -> dict[str, float | None]:
    """Open an agent's day; return his figures, raw."""
    found = re.findall(r'data-testid="day-line" data-figure="(\w+)" data-value="([^"]*)"',
                       session.get(path))  # fmt: skip
    return {figure: _number(value) for figure, value in found}


def sheet(session: ConsoleSession, kind: str, query: str) -> dict[str, list[Any]]:
    """Fetch a report as XLSX and read it with another program's reader: cells by row's name."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(_bytes(session, kind, f"{query}&format=xlsx")))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return {str(row[0]): list(row[1:]) for row in rows}


def csv_rows(session: ConsoleSession, kind: str, query: str) -> dict[str, list[str]]:
    """Fetch a report as CSV: cells by row's name."""
    text = _bytes(session, kind, f"{query}&format=csv").decode("utf-8-sig")
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(text))}


def printed(session: ConsoleSession, kind: str, query: str, page: ReportPage) -> dict[str, Any]:
    """Fetch a report as PDF and read it with another program's reader: cells by row's name.

    It has to have the rows of the page in their order, and the period before: nothing else.
    """
    rows = pdf_rows(_bytes(session, kind, f"{query}&format=pdf"), len(page.total))
    return named(rows[:-1], list(page.texts))


def _bytes(session: ConsoleSession, kind: str, query: str) -> bytes:
    return session.fetch(f"/reports/{kind}/file/?{query}")


def means(session: ConsoleSession, query: str) -> dict[str, tuple[str, str, str]]:
    """Return (mean, answers, bad) by queue and by agent, as the page of surveys has them."""
    html = session.get(f"/surveys/?{query}")
    found = {}
    for table in re.findall(r'data-testid="survey-means">(.*?)</table>', html, re.DOTALL):
        for row in re.findall(r"<tr>(<td>.*?)</tr>", table, re.DOTALL):
            name, _question, mean, answers, bad = map(_text, re.findall(r"<td>(.*?)</td>", row))
            found[name] = (mean, answers, bad)
    return found


def flow_steps(session: ConsoleSession, flow: int) -> dict[str, dict[str, int]]:
    """Return today's figures of a flow's steps."""
    found: dict[str, dict[str, int]] = json.loads(
        session.get(f"/flows/{flow}/figures.json?days=1")
    )["nodes"]
    return found


def queue_board(session: ConsoleSession) -> dict[str, tuple[int, ...]]:
    """Return (waiting, offered, answered, abandoned, flowed out) of today by queue, live."""
    html = session.get("/queues/?period=today")
    found = {}
    for number, inside in re.findall(
        r'data-testid="queue-row" data-queue="(\d+)"[^>]*>(.*?)</tr>', html, re.DOTALL
    ):
        cells = [_text(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", inside, re.DOTALL)]
        found[number] = tuple(int(cells[place]) for place in (0, 5, 6, 7, 8))
    return found


def live_board(
    stack: Stack, session: ConsoleSession, condition: Callable[[Rows], bool]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Look at the live board until it is so: its rows by part and key."""
    viewer = BoardSocket(session, stack.http_port)
    try:
        return viewer.until(
            lambda rows: "queues" in rows and condition(rows), 5, "what was waited for"
        )
    finally:
        viewer.close()


class WallSocket(BoardSocket):
    """A screen on the wall: nobody is signed in, it says its token. Source as of `BoardSocket`."""

    def __init__(self, port: int, token: str) -> None:
        self._connect(port, "/ws/board/wall/")
        said = json.dumps({"type": "wall", "token": token}).encode()
        assert len(said) < 126, "its length is in one byte"
        # A client masks what it says; with zeros it stays as it is.
        self._socket.sendall(bytes((0x80 | TEXT, 0x80 | len(said))) + bytes(4) + said)


def wall(stack: Stack, session: ConsoleSession, queue: str) -> Rows:
    """Make a screen that shows one queue, and look at it; return what it showed."""
    html = session.post("/board/walls/", name="大屏", queues=queue, tiles="queues")
    link = re.search(r"/board/wall/\?language=\w+#([\w-]+)", unescape(html))
    assert link is not None, "the link is shown once"
    viewer = WallSocket(stack.http_port, link[1])
    try:
        return viewer.until(lambda rows: "queues" in rows, 5, "its queues")
    finally:
        viewer.close()


def api_calls(stack: Stack, token: str, query: str = "") -> list[dict[str, Any]]:
    """Return every call that the API lists, page by page."""
    found: list[dict[str, Any]] = []
    path = f"/api/v1/calls/?page_size=100{query}"
    while path:
        status, answer = stack.get(path, token=token)
        assert status == 200, answer
        found += answer["results"]
        following = answer["next"]
        path = "/" + following.split("/", 3)[3] if following else ""
    return found


# Columns that are times and do not say so by their name.
TIMES = frozenset({"talk", "hold", "wrap_up", "ready", "paused", "signed_in", "handling"})


def cell_ms(cell: Any) -> float:
    """Return the milliseconds of a time in a sheet: a part of a day, or what the reader made."""
    if isinstance(cell, timedelta):
        return cell.total_seconds() * 1000
    if isinstance(cell, clock_time):
        return (cell.hour * 3600 + cell.minute * 60 + cell.second) * 1000 + cell.microsecond / 1000
    return float(cell) * 86_400_000


def disposition_choices(session: ConsoleSession, call: int) -> dict[str, int]:
    """Return what an agent may choose after the call: {path: id}."""
    said = json.loads(session.get(f"/calls/{call}/wrap-up/"))
    return {one["path"]: one["id"] for one in said["choices"]}


@dataclass(frozen=True)
class Moment:
    """What is seen while it goes on: by API and on the pages, all asked when two callers wait."""

    queues: Mapping[str, Mapping[str, int]]
    calls: Mapping[str, tuple[str, str | None, str | None]]
    agents: Mapping[str, str]
    board: Mapping[str, tuple[int, ...]]
    live_board: Mapping[str, Mapping[str, Mapping[str, Any]]]
    page_calls: Mapping[str, int]
    page_agents: Mapping[str, str]


def moment(stack: Stack, session: ConsoleSession, token: str) -> Moment:
    """Wait until two wait in 8005, and look at everything that is live."""
    names = ("waiting", "signed_in", "idle")

    def listed(what: str) -> list[dict[str, Any]]:
        status, answer = stack.get(f"/api/v1/{what}/?page_size=100", token=token)
        assert status == 200, answer
        rows: list[dict[str, Any]] = answer["results"]
        return rows

    def queues() -> dict[str, dict[str, int]]:
        return {row["number"]: {name: row[name] for name in names} for row in listed("queues")}

    until(lambda: queues()["8005"]["waiting"] == 2, 3, "two wait")
    html = session.get("/live/")
    return Moment(
        queues=queues(),
        calls={
            row["caller"]: (row["state"], row["queue"], row["agent"])
            for row in listed("live/calls")
        },
        agents={row["number"]: row["state"] for row in listed("agents")},
        board=queue_board(session),
        live_board=live_board(stack, session, lambda rows: rows["queues"]["8005"]["waiting"] == 2),
        page_calls=Counter(re.findall(r'data-testid="live-call"[^>]*data-state="(\w+)"', html)),
        page_agents=dict(
            re.findall(r'data-testid="live-agent" data-agent="(\d+)" data-state="(\w+)"', html)
        ),
    )
