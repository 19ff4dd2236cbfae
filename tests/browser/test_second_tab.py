"""One desk for a person: the page opened last has the phone, the older one says so."""

from playwright.sync_api import expect

from tests.browser.calls import call_sales
from tests.browser.conftest import People
from tests.browser.desk_page import Desk
from tests.browser.office import Office
from tests.telephony.waiting import until

OPEN_MS = 15_000


def contacts(office: Office) -> int:
    """Give how many browsers are registered as 1001's phone."""
    shown = office.asterisk.cli("pjsip show aor 1001-web")
    return sum(line.strip().startswith("Contact:  1001-web/") for line in shown.splitlines())


def is_elsewhere(desk: Desk) -> None:
    """Wait until the page says that it is not the desk any more, and can do nothing."""
    expect(desk.at("elsewhere")).to_be_visible(timeout=OPEN_MS)
    expect(desk.at("phone-state")).to_have_attribute("data-mood", "bad", timeout=OPEN_MS)
    expect(desk.at("dial")).to_be_disabled()
    expect(desk.at("stale")).to_be_hidden()


def test_second_page_rings_alone_and_the_first_takes_the_call_back(
    office: Office, person: People
) -> None:
    older = person("1001")
    older.take_calls()
    newer = person("1001")
    is_elsewhere(older)
    expect(older.at("sign-out")).to_be_disabled()
    newer.take_calls()
    until(lambda: contacts(office) == 1, 15, "one phone is registered")

    call_sales(office, 50, caller="13760000003")
    newer.wait_call("ringing")
    expect(older.at("answer")).to_be_disabled()
    newer.answer()
    newer.wait_rtp_both_ways()
    # The older one wants it: the talk goes over with the desk.
    older.at("use-here").click()
    is_elsewhere(newer)
    expect(older.at("elsewhere")).to_be_hidden()
    older.wait_call("talking")
    older.wait_rtp_both_ways()
    older.wait_state("talking")
    until(lambda: contacts(office) == 1, 15, "one phone is registered")
    older.at("hangup").click()
    older.wait_call("ended")


def test_page_that_was_away_takes_nothing_from_a_newer_one(office: Office, person: People) -> None:
    older = person("1001")
    older.take_calls()
    older.context.set_offline(True)
    expect(older.at("stale")).to_be_visible(timeout=OPEN_MS)
    newer = person("1001")
    newer.take_calls()
    older.context.set_offline(False)
    is_elsewhere(older)
    expect(newer.at("connection")).to_have_attribute("data-mood", "good")
    expect(newer.at("elsewhere")).to_be_hidden()
