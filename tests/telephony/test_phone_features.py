"""The switchboard's features on real desk phones: codes, forwards, speed dial, barring, limits.

One stack, phones of 1001 (who calls), 1002 (who is called) and 1003 (who gets it instead).
"""

import csv
from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.audio import Ear, goertzel
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import (
    HangUp,
    Keys,
    Pause,
    Run,
    Step,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
    ringing_scenario,
)

CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
MOBILE = "13608200001"
BEEP_HZ = 1000


class Office:
    """The desk phones of three agents, registered; nobody is signed in to a queue."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.ports = {number: free_phone_port("127.0.0.1") for number in ("1001", "1002", "1003")}
        for number, port in self.ports.items():
            register = register_scenario(number, f"demo-{number}", number, expires=1200)
            stack.sipp.start(register, ip="127.0.0.1", port=port).wait(15)
        # Who is called for a colleague is rung at the phone with which he works.
        stack.sql(
            "UPDATE accounts_agent SET phone_kind = 'desk'"
            " WHERE sip_username IN ('1001', '1002', '1003') RETURNING 1"
        )

    def dials(
        self, service: str, *steps: Step, by: str = "1001", refused: int | None = None, **more: Any
    ) -> Run:
        """Dial from a desk phone; without steps wait for the other side's hang-up."""
        scenario = caller_scenario(
            list(steps) or [WaitBye()],
            caller=by,
            credentials=(by, f"demo-{by}"),
            expect_refusal=refused,
            answer_timeout_ms=40_000,
            **more,
        )
        return self.stack.sipp.start(scenario, ip="127.0.0.1", service=service)

    def code(self, dialled: str, by: str = "1002") -> None:
        """Dial a code and hear that it is saved."""
        self.dials(dialled, by=by).wait(30)
        self.told(dialled, "saved")

    def phone(self, number: str, scenario: str, calls: int = 1) -> Run:
        """Let an agent's desk phone (or the carrier's far end) wait for calls, one at a time."""
        is_mobile = number == MOBILE
        ip, port = (CARRIER, CARRIER_PORT) if is_mobile else ("127.0.0.1", self.ports[number])
        run = self.stack.sipp.start(scenario, ip=ip, port=port, calls=calls, at_once=1)
        until(lambda: not is_port_free(port, address=ip, udp=True), 5, f"{number} listens")
        return run

    def answers(self, number: str, *steps: Step, calls: int = 1, **more: Any) -> Run:
        """Let a phone answer its next calls; without steps talk for a second and hang up."""
        scenario = answerer_scenario(list(steps) or [Pause(1000), HangUp()], **more)
        return self.phone(number, scenario, calls)

    def told(self, dialled: str, wanted: str) -> None:
        """Insist that the call to this number ended with this sentence (CDR's last extension)."""
        log = self.stack.asterisk.instance / "log/cdr-custom/Master.csv"

        def last() -> str:
            lines = log.read_text("utf-8", "replace").splitlines()
            rows = [row for row in csv.reader(lines) if row[15] == dialled]
            return rows[-1][5] if rows else ""

        until(lambda: last() == wanted, 10, lambda: f"{dialled} hears {wanted}, not {last()}")

    def live(self, number: str, *, talks: bool) -> None:
        """Wait until the ledger knows that his phone talks, or rings."""
        query = (
            "SELECT count(*) FROM calls_leg l JOIN accounts_agent a ON a.id = l.agent_id"
            " WHERE a.sip_username = %s AND l.ended_at IS NULL AND (l.answered_at IS NULL) != %s"
        )
        until(lambda: self.stack.sql(query, number, talks)[0][0] > 0, 15, f"{number} in a call")

    def ended(self) -> list[tuple[Any, ...]]:
        """Give the last talk of two: caller, number dialled, outcome, who answered."""
        self.quiet()
        return self.stack.sql(
            "SELECT c.caller, c.dialled, c.outcome, a.number FROM calls_call c"
            " JOIN calls_leg l ON l.call_id = c.id AND l.result = 'connected'"
            " JOIN accounts_agent a ON a.id = l.agent_id"
            " WHERE l.uniqueid != c.linkedid ORDER BY c.started_at DESC, l.id LIMIT 1"
        )

    def quiet(self) -> None:
        self.stack.wait_ledger_quiet()


@pytest.fixture(scope="module")
def phones(whole_stack: Stack) -> Office:
    return Office(whole_stack)


@pytest.fixture
def office(stack: Stack, phones: Office) -> Iterator[Office]:
    yield phones
    stack.hang_up_all()
    stack.heal()
    stack.sql("DELETE FROM switchboard_phonerules RETURNING 1")
    stack.sql("DELETE FROM switchboard_dialpermission RETURNING 1")
    stack.sql("DELETE FROM switchboard_speeddial RETURNING 1")
    stack.sql("DELETE FROM supervision_pickupmember RETURNING 1")
    stack.sql("DELETE FROM supervision_pickupgroup RETURNING 1")
    stack.sql("DELETE FROM switchboard_campon RETURNING 1")


def test_forward_always_by_code_is_taken_and_taken_back(office: Office) -> None:
    office.code("*721003")
    taker = office.answers("1003")
    office.dials("1002").wait(30)
    taker.wait(20)
    office.code("*73")
    taker = office.answers("1002")
    office.dials("1002").wait(30)
    taker.wait(20)


def test_forward_on_busy_when_he_declines(office: Office) -> None:
    office.code("*901003")
    declines = office.phone("1002", answerer_scenario([], status=486))
    taker = office.answers("1003")
    office.dials("1002").wait(30)
    declines.wait(20)
    taker.wait(20)


def test_forward_on_no_answer_goes_to_a_colleague_and_on_to_his_mobile(office: Office) -> None:
    office.code("*921003*5")
    office.code(f"*92{MOBILE}*5", by="1003")
    rings = [office.phone(number, ringing_scenario(20_000)) for number in ("1002", "1003")]
    mobile = office.answers(MOBILE)
    office.dials("1002").wait(60)
    for one in (*rings, mobile):
        one.wait(20)
    office.quiet()
    rows = office.stack.sql(
        "SELECT caller, dialled, outcome FROM calls_call ORDER BY started_at DESC LIMIT 1"
    )
    assert rows == [("1001", "1002", "answered")]
    assert office.stack.sql(
        "SELECT count(*) FROM calls_callfact WHERE kind = 'forwarded' AND linkedid ="
        " (SELECT linkedid FROM calls_call ORDER BY started_at DESC LIMIT 1)"
    ) == [(2,)]


def test_do_not_disturb_is_told_as_busy(office: Office) -> None:
    office.code("*78")
    office.dials("1002", refused=486).wait(30)
    office.told("1002", "busy")
    office.code("*79")
    taker = office.answers("1002")
    office.dials("1002").wait(30)
    taker.wait(20)


def test_talk_ends_at_its_limit_with_a_tone_before(office: Office) -> None:
    office.stack.sql(
        "INSERT INTO switchboard_dialpermission"
        " (created_at, updated_at, tenant_id, agent_id, dial_class, limit_s)"
        " SELECT now(), now(), tenant_id, id, 3, 6 FROM accounts_agent"
        " WHERE sip_username = '1001' RETURNING 1"
    )
    ear = Ear("127.0.0.1")
    try:
        far_end = office.answers(MOBILE, WaitBye(20_000))
        call = office.dials(MOBILE, WaitBye(20_000), rtp_port=ear.port)
        until(lambda: goertzel(ear.heard[-1600:], BEEP_HZ) > 0.5, 20, "the tone before the end")
        call.wait(20)
        far_end.wait(20)
    finally:
        ear.close()
    office.quiet()
    [(talk_ms,)] = office.stack.sql(
        "SELECT talk_ms FROM calls_call WHERE dialled = %s ORDER BY started_at DESC LIMIT 1", MOBILE
    )
    assert 5_000 < talk_ms < 8_000


def test_speed_dial_calls_and_a_barred_number_is_refused_with_the_reason(office: Office) -> None:
    office.stack.sql(
        "INSERT INTO switchboard_speeddial"
        " (created_at, updated_at, tenant_id, agent_id, code, number, name)"
        " SELECT now(), now(), tenant_id, id, '07', %s, '' FROM accounts_agent"
        " WHERE sip_username = '1001' RETURNING 1",
        MOBILE,
    )
    far_end = office.answers(MOBILE)
    office.dials("*007").wait(30)
    far_end.wait(20)
    office.dials("0012125550123", refused=603).wait(30)
    office.told("0012125550123", "not-allowed")


def test_colleague_of_the_group_picks_up_and_others_hear_that_they_may_not(office: Office) -> None:
    office.stack.sql(
        "WITH made AS (INSERT INTO supervision_pickupgroup"
        " (created_at, updated_at, tenant_id, name) SELECT now(), now(), tenant_id, 'front'"
        " FROM accounts_agent WHERE sip_username = '1002'"
        " RETURNING id, tenant_id) INSERT INTO supervision_pickupmember"
        " (created_at, updated_at, tenant_id, group_id, agent_id)"
        " SELECT now(), now(), made.tenant_id, made.id, a.id FROM made, accounts_agent a"
        " WHERE a.sip_username IN ('1002', '1003') RETURNING 1"
    )
    office.dials("*8", by="1003", refused=480).wait(30)
    office.told("*8", "pick-up-nothing")
    rings = office.phone("1002", ringing_scenario(25_000))
    call = office.dials("1002")
    office.live("1002", talks=False)
    office.dials("*81002", refused=603).wait(30)
    office.told("*81002", "not-allowed")
    taker = office.answers("1003")
    office.dials("*81002", by="1003").wait(30)
    office.told("*81002", "picked")
    for one in (rings, call, taker):
        one.wait(30)
    assert office.ended() == [("1001", "1002", "answered", "1003")]


def test_call_waiting_off_is_busy_and_on_rings_while_he_talks(office: Office) -> None:
    talks = office.answers("1002", WaitBye(60_000))
    first = office.dials("1002", Pause(120_000), HangUp(), by="1003")
    office.live("1002", talks=True)
    # Offered to be called back, he presses nothing.
    office.dials("1002", WaitBye(20_000)).wait(30)
    office.told("1002", "busy")
    office.stack.sql(
        "INSERT INTO switchboard_phonerules (created_at, updated_at, tenant_id, agent_id,"
        " forward_always, forward_offline, forward_busy, forward_no_answer, no_answer_s,"
        " is_undisturbed, has_call_waiting) SELECT now(), now(), tenant_id, id, '', '', '', '', 20,"
        " false, true FROM accounts_agent WHERE sip_username = '1002' RETURNING 1"
    )
    talks.stop()
    second = office.answers("1002")
    office.dials("1002").wait(30)
    second.wait(20)
    first.stop()


def test_camp_on_by_key_rings_both_when_the_colleague_is_free(office: Office) -> None:
    colleague = office.answers("1002", WaitBye(90_000), calls=2)
    first = office.dials("1002", WaitBye(90_000), by="1003")
    office.live("1002", talks=True)
    office.dials("1002", Pause(1500), Keys("5"), WaitBye(20_000)).wait(40)
    assert office.stack.sql("SELECT state, tries FROM switchboard_campon") == [("waiting", 0)]
    # Both phones listen before the colleague is free: he is rung within seconds.
    orderer = office.answers("1001", Pause(6000), HangUp())
    office.stack.asterisk.cli("channel request hangup all")
    first.wait(30)
    for one in (orderer, colleague):
        one.wait(60)
    assert office.stack.sql("SELECT state FROM switchboard_campon") == [("taken",)]
    office.quiet()
