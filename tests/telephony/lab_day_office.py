"""What the day's office does after the calls: an inspector scores them, agents make work orders.

Tables, what becomes of each row, and by hand what the results come to. Nothing here asks the
product's code for a figure. The company takes its score sheet and its type of orders from here.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from python_calamine import CalamineWorkbook

from tests.telephony.console_session import ConsoleSession
from tests.telephony.lab_day import caller_start
from tests.telephony.lab_day_play import Desk
from tests.telephony.stack import Stack
from tests.telephony.waiting import until

SHEET, ORDER_TYPE, ORDER_STEP = "一日评分", "一日工单", "核准"
ITEMS = ("name", "tone", "rude", "solved")


def _item(key: str, kind: str = "yes_no", **more: Any) -> dict[str, Any]:
    return {"id": key, "title": key, "kind": kind, "weight": 10, **more}


DOCUMENT: dict[str, Any] = {
    "pass_mark": 80,
    "fatal": "zero",
    "sections": [
        {"id": "greeting", "title": "问候", "weight": 40, "items": [
            _item("name"), _item("tone", "scale", steps=4, allows_na=True)]},
        {"id": "care", "title": "关怀", "weight": 60, "items": [
            _item("rude", is_fatal=True), _item("solved", allows_na=True)]},
    ],
}  # fmt: skip
ORDER_FORM: dict[str, Any] = {
    "version": 1,
    "fields": [{"key": "fault", "type": "text", "label": "故障", "required": True}],
}
ORDER_FLOW: dict[str, Any] = {
    "version": 1,
    "start": {"editable": ["fault"]},
    "steps": [
        {
            "key": "check",
            "kind": "approval",
            "name": ORDER_STEP,
            "approvers": {"by": "role", "role": "admin"},
            "deadline_min": 60,
        }
    ],
}
# A low one has no deadline.
ORDER_SLA = {"normal": 120}


@dataclass(frozen=True)
class Inspected:
    """The score of an agent's call: answers to `ITEMS` in order, and what becomes of it then."""

    agent: str
    nth: int
    answers: tuple[str, str, str, str]
    then: str = "published"


INSPECTED = (
    Inspected("3001", 1, ("1", "4", "1", "1")),  # 40 + 60
    # Greeting (1 + 2/3) / 2 of 40, care 1/2 of 60: 33 1/3 + 30.
    Inspected("3001", 2, ("1", "3", "1", "0")),
    Inspected("3001", 3, ("1", "na", "1", "1")),  # of the greeting, only the name counts: 40 + 60
    # Greeting (1 + 1/3) / 2 of 40: 26 2/3 + 60.
    Inspected("3002", 1, ("1", "2", "1", "1")),
    Inspected("3002", 2, ("1", "4", "0", "1")),  # fatal: 0
    Inspected("3002", 3, ("1", "4", "1", "1"), then="taken back"),
    Inspected("3003", 1, ("0", "1", "1", "na")),  # 0 + 60
    # Greeting (0 + 2/3) / 2 of 40: 13 1/3 + 60.
    Inspected("3003", 2, ("0", "3", "1", "1"), then="appealed"),
    Inspected("3003", 3, ("1", "4", "1", "na")),  # 40 + 60
    Inspected("3003", 4, ("1", "4", "1", "1"), then="draft"),
)
Line = tuple[float, ...]
# Inspections, mean, passed, fatal, appealed, changed. 583.33 / 8 is 72.916.
TOTAL: Line = (8, 72.92, 4 / 8, 1, 1, 0)
AGENTS: Mapping[str, Line] = {
    "3001 坐席3001": (3, 87.78, 2 / 3, 0, 0, 0),  # (100 + 63.33 + 100) / 3
    "3002 坐席3002": (2, 43.34, 1 / 2, 1, 0, 0),  # (86.67 + 0) / 2 = 43.335
    "3003 坐席3003": (3, 77.78, 1 / 3, 0, 1, 0),  # (60 + 73.33 + 100) / 3
}
# On how many sheets, to how many applicable, earned, fatal.
BY_ITEM: Mapping[str, Line] = {
    f"{SHEET} · name": (8, 8, 6 / 8, 0),
    f"{SHEET} · tone": (8, 7, 2 / 3, 0),  # 1, 2/3, 1/3, 1, 0, 2/3, 1
    f"{SHEET} · rude": (8, 8, 7 / 8, 1),
    f"{SHEET} · solved": (8, 6, 5 / 6, 0),
}


def inspections_made(stack: Stack, admin: ConsoleSession, desks: Mapping[str, Desk]) -> None:
    """Let the admin score the calls of the table, and one agent appeal."""
    ((sheet,),) = stack.sql("SELECT id FROM quality_sheet WHERE name = %s", SHEET)
    for one in INSPECTED:
        recording = _recording(stack, one)
        admin.post(f"/quality/recordings/{recording}/inspect/", sheet=str(sheet))
        ((pk,),) = stack.sql("SELECT id FROM quality_inspection WHERE recording_id = %s", recording)
        url = f"/quality/inspections/{pk}"
        answers = {f"a_{key}": answer for key, answer in zip(ITEMS, one.answers, strict=True)}
        admin.post(f"{url}/save/", number="1", **answers)
        if one.then == "draft":
            continue
        admin.post(f"{url}/publish/", number="2")
        if one.then == "taken back":
            admin.post(f"{url}/undo/")
        if one.then == "appealed":
            desks[one.agent].console.post(f"{url}/appeal/", reason="态度没有问题")


def _recording(stack: Stack, one: Inspected) -> int:
    """Wait until the worker has made what the agent's call sounded like; return its id."""
    rows = until(
        lambda: stack.sql(
            "SELECT r.id FROM recordings_recording r JOIN calls_call c ON c.id = r.call_id"
            " JOIN accounts_agent a ON a.id = r.agent_id"
            " WHERE c.caller = %s AND a.number = %s AND r.state = 'ready'",
            f"{caller_start(one.agent)}{one.nth:03d}",
            one.agent,
        ),
        10,
        f"{one} can be heard",
    )
    return int(rows[0][0])


@dataclass(frozen=True)
class Ordered:
    """A work order: who makes it, how urgent, and what becomes of it."""

    agent: str
    priority: str
    then: str


ORDERED = (
    Ordered("3001", "normal", "approve"),
    Ordered("3001", "normal", "approve"),
    Ordered("3001", "normal", "reject"),
    Ordered("3002", "low", "approve"),
    Ordered("3002", "normal", ""),
    Ordered("3003", "normal", "draft"),
)
# Of six one is a draft, one waits, four are decided; one of these has no deadline as a whole.
_ORDERS: Mapping[str, float] = {
    "opened": 5, "still_open": 1, "closed": 4, "in_time": 3, "late": 0, "in_time_rate": 1.0,
}  # fmt: skip
_STEPS: Mapping[str, float] = {
    "begun": 5, "done": 4, "in_time": 4, "late": 0, "in_time_rate": 1.0
}  # fmt: skip
# By report: its only line, what that says, its mean time, how a row behind a figure is marked.
ORDER_REPORTS = {
    "orders": (ORDER_TYPE, _ORDERS, "mean_open_ms", "order-row"),
    "order_departments": ("客服中心", _ORDERS, "mean_open_ms", "order-row"),
    "order_steps": (f"{ORDER_TYPE} · {ORDER_STEP}", _STEPS, "mean_step_ms", "order-step-row"),
}


def orders_made(stack: Stack, admin: ConsoleSession, desks: Mapping[str, Desk]) -> float:
    """Let agents make the orders and the admin decide; return how many seconds were open, added."""
    ((type_,),) = stack.sql("SELECT id FROM workorders_ordertype WHERE name = %s", ORDER_TYPE)
    begun = {}
    for place, one in enumerate(ORDERED):
        desks[one.agent].console.post(
            f"/work-orders/new/{type_}/",
            **{"title": f"单 {place}", "priority": one.priority, "v-fault": "断电"},
            do="draft" if one.then == "draft" else "submit",
        )
        begun[place] = time.time()
    seconds = 0.0
    for place, one in enumerate(ORDERED):
        if one.then not in ("approve", "reject"):
            continue
        ((pk,),) = stack.sql("SELECT id FROM workorders_order WHERE title = %s", f"单 {place}")
        admin.post(f"/work-orders/{pk}/act/", kind=one.then, step="check", opinion="已看")
        seconds += time.time() - begun[place]
    return seconds


@dataclass(frozen=True)
class Results:
    """The page of results: texts by line, and what leads behind its first figure."""

    lines: Mapping[str, tuple[str, ...]]
    links: Mapping[str, str]


_LINE = re.compile(r'data-testid="results-(?:row|total)"[^>]*>(.*?)</tr>', re.DOTALL)
_HEAD = re.compile(r'<th scope="row">(.*?)</th>', re.DOTALL)
_CELL = re.compile(r'<td data-column="\w+">(?:<a href="([^"]*)">)?([^<]*)')


def results(session: ConsoleSession, by: str) -> Results:
    """Open today's results; the sum of all is the line `Total`."""
    html = session.get(f"/quality/results/?period=today&by={by}")
    lines: dict[str, tuple[str, ...]] = {}
    links: dict[str, str] = {}
    for inside in _LINE.findall(html):
        head = _HEAD.search(inside)
        assert head is not None
        name, cells = unescape(head[1]).strip(), _CELL.findall(inside)
        lines[name] = tuple(text for _link, text in cells)
        links.update((name, unescape(link)) for link, _text in cells if link)
    return Results(lines, links)


def inspections_behind(session: ConsoleSession, address: str) -> int:
    """Count the inspections behind a figure; all of the table are on one page."""
    return session.get(address).count('data-testid="inspection-row"')


def result_files(session: ConsoleSession, by: str) -> tuple[dict[str, Line], dict[str, Line]]:
    """Fetch the results as XLSX and as CSV: numbers by line."""
    path = f"/quality/results/file/?period=today&by={by}&format="
    book = CalamineWorkbook.from_filelike(io.BytesIO(session.fetch(f"{path}xlsx")))
    cells: list[list[Any]] = book.get_sheet_by_index(0).to_python()
    texts = csv.reader(io.StringIO(session.fetch(f"{path}csv").decode("utf-8-sig")))
    return _numbers(cells[1:]), _numbers(list(texts)[1:])


def _numbers(rows: list[list[Any]]) -> dict[str, Line]:
    return {str(name): tuple(map(float, values)) for name, *values in rows}


def shown(line: Line) -> tuple[str, ...]:
    """Return how a page writes a line of results."""
    if len(line) == len(BY_ITEM[f"{SHEET} · name"]):
        asked, applicable, earned, fatal = line
        return (f"{asked:.0f}", f"{applicable:.0f}", f"{earned:.1%}", f"{fatal:.0f}")
    count, mean, passed, *rest = line
    return (f"{count:.0f}", f"{mean:.2f}", f"{passed:.1%}", *(f"{one:.0f}" for one in rest))
