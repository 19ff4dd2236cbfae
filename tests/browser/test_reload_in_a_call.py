"""A page that is loaded anew in a talk keeps the other: music, then the talk goes on."""

import json
import time
from typing import Any

from playwright.sync_api import expect

from tests.browser.calls import call_sales, last_call
from tests.browser.conftest import People
from tests.browser.desk_page import Desk
from tests.browser.measured import measured
from tests.browser.office import Office
from tests.telephony.audio import tone_ulaw, write_pcap
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import Play, WaitBye, answerer_scenario

CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
OUTSIDE = "13760000009"


def facts(office: Office, linkedid: str, kind: str) -> list[dict[str, Any]]:
    """Give the data of a call's facts of one kind, in their order."""
    rows = office.sql(
        "SELECT data FROM calls_callfact WHERE linkedid = ? AND kind = ? ORDER BY at",
        linkedid,
        kind,
    )
    return [json.loads(data) for (data,) in rows]


def reload_in_talk(office: Office, desk: Desk, linkedid: str, times: int = 1) -> None:
    """Load the page anew, wait until the talk is back; print how long each side was without it."""
    began = time.monotonic()
    desk.page.reload(wait_until="commit")
    until(
        lambda: len(facts(office, linkedid, "rejoined")) == times,
        15,
        lambda: f"the phone is back in the talk: {office.asterisk.cli('core show channels')}",
    )
    seen = time.monotonic() - began
    desk.wait_call("talking")
    desk.wait_rtp_both_ways()
    gap_ms = int(facts(office, linkedid, "rejoined")[-1]["gap_ms"])
    measured(f"reload in a talk: {gap_ms} ms of music, {seen * 1000:.0f} ms from the reload")
    assert gap_ms < 5_000


def test_caller_hears_music_and_is_back_after_a_reload(office: Office, person: People) -> None:
    desk = person("1001")
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.take_calls()
    caller = "13760000001"
    line = call_sales(office, 60, caller=caller)
    desk.answer()
    desk.wait_rtp_both_ways()
    call_id, linkedid = last_call(office, caller)
    reload_in_talk(office, desk, linkedid)
    # He was talking all the time: no wrap-up, no other caller.
    desk.wait_state("talking")
    reload_in_talk(office, desk, linkedid, times=2)

    states = "SELECT state FROM acd_agentstatespan WHERE linkedid = ? ORDER BY started_at"
    desk.at("hangup").click()
    desk.wait_call("ended")
    # His queue has a survey: the agent has hung up first.
    line.hang_up()
    row = "SELECT outcome, talk_ms, ended_at FROM calls_call WHERE id = ?"
    until(lambda: office.sql(row, call_id)[0][2], 20, "the call has ended in the ledger")
    visits = "SELECT how FROM calls_queuevisit WHERE call_id = ?"
    assert office.sql(visits, call_id) == [("answered",)]
    (outcome, talk_ms, _ended) = office.sql(row, call_id)[0]
    assert outcome == "answered"
    whole, gaps = talked(office, call_id), sum_gaps(office, linkedid)
    measured(f"talk {talk_ms} ms, from answer to end {whole} ms, gaps {gaps} ms")
    # The music is no talk.
    assert whole - gaps - 1_500 < talk_ms <= whole - gaps + 500
    assert len(facts(office, linkedid, "recording_started")) == 3
    assert [state for (state,) in office.sql(states, linkedid)].count("wrap_up") <= 1


def talked(office: Office, call_id: int) -> int:
    """Give the milliseconds from the answer to the end."""
    query = (
        "SELECT CAST(round((julianday(ended_at) - julianday(answered_at)) * 86400000) AS INTEGER)"
        " FROM calls_call WHERE id = ?"
    )
    return int(office.sql(query, call_id)[0][0])


def sum_gaps(office: Office, linkedid: str) -> int:
    """Give the milliseconds of music in all."""
    return sum(int(fact["gap_ms"]) for fact in facts(office, linkedid, "rejoined"))


def test_who_was_called_by_the_agent_is_kept_too(office: Office, person: People) -> None:
    voice = write_pcap(office.sipp.folder / "kept.pcap", tone_ulaw(700, 40))
    office.sipp.start(
        answerer_scenario([Play(voice, 1), WaitBye()], ring_ms=300), ip=CARRIER, port=CARRIER_PORT
    )
    until(
        lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "the carrier listens"
    )
    desk = person("1001")
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.take_calls()
    desk.at("dial-input").fill(OUTSIDE)
    desk.at("dial").click()
    desk.wait_call("talking")
    desk.wait_rtp_both_ways()
    newest = "SELECT id, linkedid FROM calls_call WHERE dialled = ? ORDER BY id DESC LIMIT 1"
    call_id, linkedid = office.sql(newest, OUTSIDE)[0]
    reload_in_talk(office, desk, linkedid)
    desk.wait_state("talking")
    desk.at("hangup").click()
    desk.wait_call("ended")
    ended = "SELECT direction, outcome, talk_ms > 1000 FROM calls_call WHERE id = ? AND ended_at"
    until(lambda: office.sql(ended, call_id) == [("out", "answered", 1)], 20, "in the ledger")
    recorded = [fact["path"] for fact in facts(office, linkedid, "recording_started")]
    assert len(recorded) == 2
    assert all("/demo/" in path for path in recorded), recorded


def test_caller_goes_back_to_the_queue_when_the_phone_does_not_come(
    office: Office, person: People
) -> None:
    desk, colleague = person("1001"), person("1002")
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.take_calls()
    caller = "13760000002"
    call_sales(office, 60, caller=caller)
    desk.answer()
    _, linkedid = last_call(office, caller)
    desk.page.goto("about:blank")
    until(lambda: facts(office, linkedid, "phone_lost"), 10, "he hears music")
    colleague.take_calls()
    colleague.wait_call("ringing", 40_000)
    colleague.answer()
    colleague.wait_rtp_both_ways()
    assert len(facts(office, linkedid, "not_rejoined")) == 1
    expect(colleague.at("caller-number")).to_contain_text(caller)
