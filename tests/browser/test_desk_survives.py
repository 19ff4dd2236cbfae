"""Ours dies, freezes or is cut off under a talk: the talk goes on, the page says that it is old.

Then everything is right again, within a second of the recovery: measured, and asserted with room
for a slow machine.
"""

import os
import re
import signal
import time
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.calls import call_sales, last_call
from tests.browser.conftest import People
from tests.browser.desk_page import Desk
from tests.browser.measured import measured
from tests.browser.office import Office
from tests.telephony.waiting import until

STALE_MS = 15_000
RIGHT_AGAIN_S = 5.0
FROZEN_S = 20.0


def in_talk(office: Office, person: People, caller: str) -> Desk:
    """Give the desk of an agent who talks with a caller."""
    desk = person("1001")
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.take_calls()
    call_sales(office, 80, caller=caller)
    desk.answer()
    desk.wait_rtp_both_ways()
    desk.wait_state("talking")
    return desk


def right_again(desk: Desk, what: str, since: float) -> None:
    """Wait until the page is fresh and right; print how long it took from the recovery."""

    shown: list[str] = []

    def is_right() -> bool:
        shown[:] = desk.page.evaluate(
            "() => ['connection:mood', 'desk-state:state', 'call-card:state'].map((name) => {"
            "  const [id, key] = name.split(':');"
            "  return document.querySelector(`[data-testid=${id}]`).dataset[key]; })"
        )
        return shown == ["good", "talking", "talking"]

    until(is_right, 40, lambda: f"right after {what}: {shown}, {desk.text('connection')}")
    took = time.monotonic() - since
    measured(f"{what}: the page is right {took * 1000:.0f} ms after the recovery")
    assert took < RIGHT_AGAIN_S
    expect(desk.at("stale")).to_be_hidden()


def is_stale(desk: Desk) -> None:
    """Wait until the page says that it may be old, and asks nothing of the server."""
    expect(desk.at("stale")).to_be_visible(timeout=STALE_MS)
    expect(desk.at("sign-out")).to_be_disabled()


def ends_well(office: Office, desk: Desk, caller: str) -> None:
    """Hang up: the ledger has one answered visit, the agent is free again."""
    call_id, _ = last_call(office, caller)
    desk.at("hangup").click()
    desk.wait_call("ended")
    office.sipp.stop_all()
    office.asterisk.cli("channel request hangup all")
    ended = "SELECT outcome FROM calls_call WHERE id = ? AND ended_at IS NOT NULL"
    until(lambda: office.sql(ended, call_id) == [("answered",)], 40, "it ended in the ledger")
    visits = "SELECT how FROM calls_queuevisit WHERE call_id = ?"
    assert office.sql(visits, call_id) == [("answered",)]
    calls = "SELECT count(*) FROM calls_call WHERE caller = ?"
    assert office.sql(calls, caller) == [(1,)]
    if desk.at("ready").is_visible():
        desk.at("ready").click()  # ends the wrap-up
    desk.wait_state("ready")


def test_talk_goes_on_when_everything_of_ours_is_killed(office: Office, person: People) -> None:
    caller = "13760000004"
    desk = in_talk(office, person, caller)
    assert office.huawu is not None
    office.huawu.kill()
    office.huawu.wait()
    is_stale(desk)
    desk.wait_rtp_both_ways()
    office.run()
    right_again(desk, "web and listener killed", time.monotonic())
    desk.wait_rtp_both_ways()
    ends_well(office, desk, caller)


def test_page_loaded_while_we_were_dead_gets_its_caller_back(
    office: Office, person: People
) -> None:
    caller = "13760000005"
    desk = in_talk(office, person, caller)
    office.end()
    desk.page.goto("about:blank")
    office.run()
    desk.page.goto(office.url)
    desk.wait_call("talking", 30_000)
    desk.wait_rtp_both_ways()
    desk.wait_state("talking")
    ends_well(office, desk, caller)


def frozen(office: Office, seconds: float, during: Callable[[], None]) -> float:
    """Freeze our process for so long; give when it went on."""
    assert office.huawu is not None
    since = time.monotonic()
    os.kill(office.huawu.pid, signal.SIGSTOP)
    try:
        during()
        until(lambda: time.monotonic() - since >= seconds, seconds + 2)
    finally:
        os.kill(office.huawu.pid, signal.SIGCONT)
    return time.monotonic()


def test_frozen_server_is_noticed_and_believed_again(office: Office, person: People) -> None:
    caller = "13760000006"
    desk = in_talk(office, person, caller)
    since = frozen(office, FROZEN_S, lambda: is_stale(desk))
    right_again(desk, f"{FROZEN_S:.0f} s frozen", since)
    desk.wait_rtp_both_ways()
    ends_well(office, desk, caller)


def test_page_without_a_network_is_right_as_soon_as_it_is_back(
    office: Office, person: People
) -> None:
    caller = "13760000007"
    desk = in_talk(office, person, caller)
    desk.context.set_offline(True)
    is_stale(desk)
    desk.context.set_offline(False)
    right_again(desk, "network cut", time.monotonic())
    desk.wait_rtp_both_ways()
    ends_well(office, desk, caller)


def test_manager_link_cut_in_a_talk_costs_nobody_anything(office: Office, person: People) -> None:
    caller = "13760000008"
    desk = in_talk(office, person, caller)
    shown = office.asterisk.cli("manager show connected")
    sessions = re.findall(r"^\s*huawu\s+\S+\s+\d+\s+\d+\s+(\d+)", shown, re.MULTILINE)
    assert sessions, shown
    for session in sessions:
        office.asterisk.cli(f"manager kick session {session}")
    since = time.monotonic()
    until(lambda: "link lost" in office.log(), 10, "the cut was noticed")
    right_again(desk, "manager link cut", since)
    desk.wait_rtp_both_ways()
    ends_well(office, desk, caller)
