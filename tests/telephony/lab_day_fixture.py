"""The day of `lab_day.py` played once, with what it should have come to and who reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.telephony import lab_day_office as office
from tests.telephony import lab_day_pages as pages
from tests.telephony.console_session import ConsoleSession
from tests.telephony.lab_day import DIDS, MEMBERS, Call, every_call, lanes, moment, whole_day
from tests.telephony.lab_day_company import TOKEN, zone_name
from tests.telephony.lab_day_expected import (
    Figures,
    Sums,
    Times,
    figures_of,
    joinings,
    times_of,
    trunk_seconds,
)
from tests.telephony.lab_day_play import Desk, Played, play_day, play_moment
from tests.telephony.stack import Stack
from tests.telephony.waiting import until

MAKE = "from tests.telephony.lab_day_company import company_of_the_day as made; made({!r})"
PAUSE_S = 5.0


@dataclass(frozen=True)
class Day:
    """What was played, what it should have come to, and who reads it: the company's admin."""

    stack: Stack
    played: list[Played]
    desks: dict[str, Desk]
    figures: Figures
    times: Times
    admin: ConsoleSession
    pauses: dict[str, float]
    # What was seen live while one talked and two waited.
    moment: pages.Moment
    # How long the trunk's channels were there, by Asterisk's own record.
    trunk: Sums
    # How many seconds the work orders were open that were decided, by the test's clock, added up.
    orders_s: float


def company_made(stack: Stack) -> None:
    """Make the day's company, and wait until the exchange and the distributor know it."""
    before = stack.log("ami").count("queues read")
    stack.manage("shell", "--no-imports", "-c", MAKE.format(zone_name()))
    until(lambda: "day-8011" in stack.asterisk.cli("queue show"), 30, "the queues are rendered")
    shown = "pjsip show endpoints"
    until(lambda: all(one in stack.asterisk.cli(shown) for one in MEMBERS), 30, "the phones too")
    dids = "dialplan show huawu-dids"
    until(lambda: all(one in stack.asterisk.cli(dids) for one in DIDS.values()), 30, "the numbers")
    until(lambda: stack.log("ami").count("queues read") > before, 30, "the distributor knows")


def dispositions_chosen(stack: Stack, desks: dict[str, Desk]) -> None:
    """Let each agent say what became of his calls, as the table has it; some long after."""
    ids = dict(stack.sql("SELECT caller, id FROM calls_call WHERE caller LIKE '139770%%'"))
    one = next(iter(desks.values()))
    choices = pages.disposition_choices(one.console, ids[next(_said()).caller])
    for call in _said():
        desks[call.agent].console.post(
            f"/calls/{ids[call.caller]}/wrap-up/keep/", disposition=str(choices[call.said])
        )


def _said() -> Iterator[Call]:
    return (call for call in every_call(whole_day()) if call.said)


def paused(desk: Desk) -> float:
    """Let an agent be busy for some seconds; return how many, by the test's clock."""
    desk.console.post("/desk/pause/", reason="short_break")
    begun = time.time()
    time.sleep(PAUSE_S)  # his pause itself
    desk.console.post("/desk/ready/")
    return time.time() - begun


@pytest.fixture(scope="module")
def day(whole_stack: Stack) -> Iterator[Day]:
    """Play the day once for all tests of this file."""
    stack = whole_stack
    company_made(stack)
    desks = {number: Desk(stack, number) for number in MEMBERS}
    admin = ConsoleSession(stack, "day-admin")
    admin.post("/settings/", language="en")
    played = play_day(stack, lanes(), desks)
    last, seen = play_moment(stack, moment(), desks, lambda: pages.moment(stack, admin, TOKEN))
    played += last
    pauses = {number: paused(desks[number]) for number in ("3010", "3014")}
    dispositions_chosen(stack, desks)
    for desk in desks.values():
        desk.sign_out()
    stack.wait_ledger_quiet()
    office.inspections_made(stack, admin, desks)
    orders_s = office.orders_made(stack, admin, desks)
    stack.manage("rollups", "tend")
    log = stack.asterisk.instance / "log/cel-custom"
    yield Day(
        stack=stack,
        played=played,
        desks=desks,
        figures=figures_of(whole_day()),
        times=times_of(played, joinings(log.glob("Master.csv*"))),
        admin=admin,
        pauses=pauses,
        moment=seen,
        trunk=trunk_seconds(log.glob("Master.csv*"), played),
        orders_s=orders_s,
    )
    stack.sql("UPDATE acd_callback SET state = 'cancelled' WHERE state = 'waiting' RETURNING 1")
