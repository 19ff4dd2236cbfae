"""Values from the network do nothing but be values, and Asterisk itself comes back."""

import contextlib
import sqlite3

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.lab import SECRET
from tests.telephony.sipp import HangUp, Pause, Sipp, caller_scenario
from tests.telephony.toy_agi import Session, ToyAgi
from tests.telephony.waiting import until
from tools.lab import Asterisk

# He hangs up when he is told to: for who sends no sound Answer() alone lasts half a second.
STAYS = [Pause(60_000), HangUp()]
NAMES = {
    "shell": "${SHELL(id)}",
    "expression": "$\\x5b1+1\\x5d",  # SIPp's way to write brackets
    "application": "a,b)&Hangup(16)",
    "quotes": "\\\"quoted\\\" 'single'",
    "emoji": "王芳 📞",
    "long": "x" * 200,
    "backslash": "a\\\\b",
}
SENT_AS = {"shell": "${SHELL(id)}", "expression": "$[1+1]", "emoji": "王芳 📞"}


def to_queue(session: Session) -> None:
    """Decide: queue lab-7001."""
    session.set(HW_QUEUE="lab-7001", HW_QUEUE_WAIT_S="60", HW_NEXT="queue")


@pytest.mark.parametrize("kind", NAMES)
def test_callers_name_is_never_evaluated(
    kind: str, sipp: Sipp, agi: ToyAgi, ami: AmiTap, asterisk: Asterisk
) -> None:
    agi.handler = to_queue
    log = asterisk.instance / "log/messages.log"
    before = log.stat().st_size
    call = sipp.start(caller_scenario(STAYS, name=NAMES[kind]))

    joined = ami.wait_event("QueueCallerJoin")
    call.hang_up()
    assert joined["Queue"] == "lab-7001"
    assert "uid=" not in joined["CallerIDName"]
    if kind in SENT_AS:
        assert joined["CallerIDName"] == SENT_AS[kind]
    written = log.read_text("utf-8", "replace")[before:]
    assert "ERROR" not in written
    assert "syntax error" not in written


def test_callers_number_is_never_evaluated(sipp: Sipp, agi: ToyAgi, ami: AmiTap) -> None:
    agi.handler = to_queue
    odd = "<sip:%24%7BSHELL(id)%7D@[local_ip]:[local_port]>"
    call = sipp.start(caller_scenario(STAYS, from_header=odd))

    joined = ami.wait_event("QueueCallerJoin")
    call.hang_up()
    assert "uid=" not in joined["CallerIDNum"]


def test_newline_in_the_callers_number_reaches_no_agi(sipp: Sipp, agi: ToyAgi, ami: AmiTap) -> None:
    agi.handler = to_queue
    odd = "<sip:138%0a%0a200%20result=49@[local_ip]:[local_port]>"
    call = sipp.start(
        caller_scenario(
            STAYS,
            from_header=odd,
            headers="Diversion: <sip:139%0a%0a200%20result=50@carrier>\n",
        )
    )

    joined = ami.wait_event("QueueCallerJoin")
    call.hang_up()
    env = agi.sessions[0].env
    assert env["agi_callerid"] == "138200result49"
    assert env["agi_rdnis"] in ("139200result50", "unknown")
    assert env["agi_arg_1"] == "4008001000"  # the greeting came whole
    assert joined["CallerIDNum"] == "138200result49"


@pytest.mark.parametrize("dialled", ["4008001000%0a%0a200%20result=1", "4008001000%22"])
def test_dialled_number_that_is_none_is_refused(dialled: str, sipp: Sipp, agi: ToyAgi) -> None:
    refused = caller_scenario([], expect_refusal=484)
    sipp.start(refused, service=dialled).wait()

    assert agi.sessions == []


def test_carriers_parameters_are_no_part_of_the_number(
    sipp: Sipp, agi: ToyAgi, ami: AmiTap
) -> None:
    agi.handler = to_queue
    scenario = caller_scenario(STAYS)
    call = sipp.start(scenario, service="4008001000;npdi=yes;cic=+8610")

    ami.wait_event("QueueCallerJoin")
    call.hang_up()
    assert agi.sessions[0].env["agi_arg_1"] == "4008001000"


def members_on_disk(asterisk: Asterisk) -> str:
    """Return what Asterisk's own database keeps of queues' members."""
    path = asterisk.instance / "lib" / "astdb.sqlite3"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT value FROM astdb WHERE key LIKE '/Queue/%'")
        return " ".join(value for (value,) in rows)


def test_calls_are_taken_again_after_asterisk_was_killed(
    asterisk: Asterisk, sipp: Sipp, agi: ToyAgi, ami: AmiTap
) -> None:
    member = {"Queue": "lab-7000", "Interface": "PJSIP/1002"}
    ami.action("QueueAdd", **member, MemberName="1002")
    # Asterisk writes its database up to a second later.
    until(lambda: "PJSIP/1002" in members_on_disk(asterisk), 10, "the member is on the disk")
    asterisk.kill()
    asterisk.start()

    again = AmiTap(asterisk.settings.address, asterisk.settings.ports.ami, SECRET)
    try:
        agi.handler = to_queue
        call = sipp.start(caller_scenario(STAYS))
        assert again.wait_event("QueueCallerJoin")["Queue"] == "lab-7001"
        call.hang_up()
        # Members outlive the crash: they are in Asterisk's own database.
        items = again.action("QueueStatus", Queue="lab-7000")
        assert [i["Name"] for i in items if i.get("Event") == "QueueMember"] == ["1002"]
        assert again.action("QueueRemove", **member)[0]["Response"] == "Success"
    finally:
        again.close()
