"""A team lead in an agent's call: who hears whom, by tones, and what the ledger says of it."""

from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.telephony.console_session import ConsoleSession
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import DID, offers, visit
from tests.telephony.voice import ABSENT, Voice
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import (
    HangUp,
    Pause,
    Run,
    Step,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
    ringing_scenario,
)

AGENT_HZ, CALLER_HZ, LEAD_HZ = 500, 800, 1300


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.heal()


class Phone:
    """A desk phone with a voice; `console` is its owner's browser."""

    def __init__(self, stack: Stack, number: str, hz: int, port: int) -> None:
        self.stack, self.number, self.port = stack, number, port
        self.voice = Voice(hz)
        register = register_scenario(number, f"demo-{number}", number)
        stack.sipp.start(register, ip="127.0.0.1", port=port).wait(15)
        self.console = ConsoleSession(stack, number)
        self.console.post("/settings/", language="zh-hans", phone_kind="desk")

    def answers(self, *steps: Step, calls: int = 1) -> Run:
        """Answer the next calls, with the voice."""
        scenario = answerer_scenario(list(steps), ring_ms=300, rtp_port=self.voice.port)
        return self._start(scenario, calls)

    def only_rings(self) -> Run:
        """Ring until the other side gives up; fail when it does not."""
        return self._start(ringing_scenario(), 1)

    def is_busy(self) -> Run:
        """Say busy to the next call, without ringing."""
        return self._start(answerer_scenario([], ring_ms=0, status=486), 1)

    def _start(self, scenario: str, calls: int) -> Run:
        run = self.stack.sipp.start(
            scenario, ip="127.0.0.1", port=self.port, calls=calls, at_once=2
        )
        until(lambda: not is_port_free(self.port, udp=True), 5, "the phone listens")
        return run


@pytest.fixture
def ports() -> dict[str, int]:
    """Give other ports to each test: a BYE sent again after a failure meets nobody else's phone."""
    return {number: free_phone_port("127.0.0.1") for number in ("1004", "1005", "1102")}


@pytest.fixture
def phones(stack: Stack, ports: dict[str, int]) -> Iterator[dict[str, Phone]]:
    """Give agent 1004, signed in, and his lead 1102."""
    found = {
        "1004": Phone(stack, "1004", AGENT_HZ, ports["1004"]),
        "1102": Phone(stack, "1102", LEAD_HZ, ports["1102"]),
    }
    sign_in(stack, found["1004"])
    yield found
    found["1004"].console.post("/desk/sign-out/")
    for phone in found.values():
        phone.voice.close()


def sign_in(stack: Stack, phone: Phone) -> None:
    phone.console.post("/desk/sign-in/")
    until(lambda: f"PJSIP/{phone.number}" in stack.asterisk.cli("queue show"), 10)


@pytest.fixture
def caller_voice() -> Iterator[Voice]:
    voice = Voice(CALLER_HZ, "127.0.0.2")
    yield voice
    voice.close()


def call_in(stack: Stack, caller: str, voice: Voice) -> Run:
    steps: list[Step] = [WaitBye()]
    scenario = caller_scenario(steps, caller=caller, rtp_port=voice.port)
    return stack.sipp.start(scenario, service=DID)


def row(stack: Stack, caller: str) -> tuple[Any, ...]:
    """Give (id, agent's number, outcome, talk_ms, ended?) of a caller's only call."""
    rows = stack.sql(
        "SELECT c.id, a.number, c.outcome, c.talk_ms, c.ended_at IS NOT NULL FROM calls_call c"
        " LEFT JOIN accounts_agent a ON a.id = c.agent_id WHERE c.caller = %s",
        caller,
    )
    return tuple(rows[0]) if rows else ()


def talking(stack: Stack, caller: str) -> int:
    """Give the id of a caller's call once an agent has him."""
    until(lambda: visit(stack, caller)[:1] == ("answered",), 30, "an agent has him")
    return int(row(stack, caller)[0])


def supervision(stack: Stack, call: int) -> tuple[Any, ...]:
    rows = stack.sql(
        "SELECT state, mode FROM supervision_supervision WHERE call_id = %s AND kind = 'listen'"
        " ORDER BY id DESC",
        call,
    )
    return tuple(rows[0]) if rows else ()


def is_running(stack: Stack, call: int, mode: str) -> None:
    until(
        lambda: supervision(stack, call) == ("running", mode),
        20,
        lambda: f"he is in as {mode}: {supervision(stack, call)}",
    )


def calls_in_ledger(stack: Stack) -> int:
    return int(stack.sql("SELECT count(*) FROM calls_call")[0][0])


def test_listen_whisper_barge_and_take_over(
    stack: Stack, phones: dict[str, Phone], caller_voice: Voice
) -> None:
    caller, agent, lead = "13608810001", phones["1004"], phones["1102"]
    at_agent = agent.answers(WaitBye())
    run = call_in(stack, caller, caller_voice)
    call = talking(stack, caller)
    until(lambda: caller_voice.hears(AGENT_HZ) and agent.voice.hears(CALLER_HZ), 20, "they talk")
    before = calls_in_ledger(stack)

    at_lead = lead.answers(WaitBye(), calls=2)
    lead.console.post(f"/live/calls/{call}/listen/", mode="listen")
    is_running(stack, call, "listen")
    until(lambda: lead.voice.hears(AGENT_HZ) and lead.voice.hears(CALLER_HZ), 20, "he hears both")
    assert agent.voice.part(LEAD_HZ) < ABSENT
    assert caller_voice.part(LEAD_HZ) < ABSENT
    assert 'data-testid="supervised"' in agent.console.get("/live/me/")

    lead.console.post(f"/live/calls/{call}/listen/", mode="whisper")
    is_running(stack, call, "whisper")
    until(lambda: agent.voice.hears(LEAD_HZ), 20, "the agent hears the lead")
    assert agent.voice.hears(CALLER_HZ), "and the caller still"
    assert caller_voice.part(LEAD_HZ) < ABSENT, "the caller does not"

    lead.console.post(f"/live/calls/{call}/listen/", mode="barge")
    is_running(stack, call, "barge")
    until(lambda: caller_voice.hears(LEAD_HZ) and agent.voice.hears(LEAD_HZ), 20, "both hear him")
    until(lambda: lead.voice.hears(AGENT_HZ) and lead.voice.hears(CALLER_HZ), 20, "he hears both")
    assert calls_in_ledger(stack) == before, "a supervisor's channel is no call"

    lead.console.post(f"/live/calls/{call}/take-over/")
    at_agent.wait(20)
    until(lambda: lead.voice.hears(CALLER_HZ) and caller_voice.hears(LEAD_HZ), 20, "they talk")
    until(lambda: lead.voice.part(AGENT_HZ) < ABSENT, 10, "the agent is gone")
    until(lambda: row(stack, caller)[1] == "1102", 10, "it is the lead's")
    run.hang_up()
    at_lead.wait(20)
    until(lambda: row(stack, caller)[4], 10, "it has ended")
    assert row(stack, caller)[2] == "answered"
    assert visit(stack, caller)[:2] == ("answered", "1004")
    assert visit(stack, caller)[3] == 1
    assert calls_in_ledger(stack) == before
    assert supervision(stack, call)[0] == "ended"


def test_a_phone_that_does_not_know_yet_that_it_is_free_is_rung_again(
    stack: Stack, phones: dict[str, Phone], caller_voice: Voice
) -> None:
    caller, agent, lead = "13608810009", phones["1004"], phones["1102"]
    at_agent = agent.answers(WaitBye())
    run = call_in(stack, caller, caller_voice)
    call = talking(stack, caller)
    busy = lead.is_busy()
    lead.console.post(f"/live/calls/{call}/take-over/")
    busy.wait(20)
    at_lead = lead.answers(WaitBye())
    at_agent.wait(20)
    until(lambda: lead.voice.hears(CALLER_HZ) and caller_voice.hears(LEAD_HZ), 30, "they talk")
    run.hang_up()
    at_lead.wait(20)
    until(lambda: row(stack, caller)[1:3] == ("1102", "answered"), 20, "it is the lead's")


def test_stop_leaves_the_talk_and_strangers_get_nothing(
    stack: Stack, phones: dict[str, Phone], caller_voice: Voice
) -> None:
    caller, agent, lead = "13608810002", phones["1004"], phones["1102"]
    at_agent = agent.answers(WaitBye())
    run = call_in(stack, caller, caller_voice)
    call = talking(stack, caller)
    for login in ("1001", "1101", "1004", "b-admin"):
        with pytest.raises(HTTPError, match="404"):
            ConsoleSession(stack, login).post(f"/live/calls/{call}/listen/", mode="listen")
    at_lead = lead.answers(WaitBye())
    lead.console.post(f"/live/calls/{call}/listen/", mode="listen")
    is_running(stack, call, "listen")
    lead.console.post("/live/stop/")
    at_lead.wait(20)
    until(lambda: supervision(stack, call)[0] == "ended", 10, "he is out")
    until(lambda: caller_voice.hears(AGENT_HZ) and agent.voice.hears(CALLER_HZ), 20, "they talk on")
    lead.console.post(f"/live/calls/{call}/hang-up/", reason="测试")
    at_agent.wait(20)
    run.wait(20)
    until(lambda: row(stack, caller)[4], 10, "it has ended")


def test_the_phones_keys_change_the_mode(
    stack: Stack, phones: dict[str, Phone], caller_voice: Voice
) -> None:
    caller, agent, lead = "13608810007", phones["1004"], phones["1102"]
    at_agent = agent.answers(WaitBye())
    run = call_in(stack, caller, caller_voice)
    call = talking(stack, caller)
    at_lead = lead.answers(WaitBye())
    lead.console.post(f"/live/calls/{call}/listen/", mode="listen")
    is_running(stack, call, "listen")
    until(lambda: lead.voice.hears(AGENT_HZ), 20, "he hears")
    lead.voice.press("5")
    is_running(stack, call, "whisper")
    until(lambda: agent.voice.hears(LEAD_HZ), 20, "the agent hears the lead")
    assert caller_voice.part(LEAD_HZ) < ABSENT
    lead.voice.press("4")
    is_running(stack, call, "listen")
    until(lambda: agent.voice.part(LEAD_HZ) < ABSENT, 20, "the agent hears him no more")
    run.hang_up()
    at_agent.wait(20)
    at_lead.wait(20)


def test_a_caller_on_hold_is_taken_over_and_his_agent_released(
    stack: Stack, phones: dict[str, Phone], caller_voice: Voice
) -> None:
    caller, agent, lead = "13608810008", phones["1004"], phones["1102"]
    at_agent = agent.answers(WaitBye())
    run = call_in(stack, caller, caller_voice)
    call = talking(stack, caller)
    until(lambda: caller_voice.hears(AGENT_HZ), 20, "they talk")
    agent.console.post(f"/calls/{call}/hold/")
    until(lambda: caller_voice.part(AGENT_HZ) < ABSENT, 20, "he is on hold")
    at_lead = lead.answers(Pause(4000), HangUp())
    lead.console.post(f"/live/calls/{call}/take-over/")
    at_agent.wait(20)
    until(lambda: lead.voice.hears(CALLER_HZ) and caller_voice.hears(LEAD_HZ), 20, "they talk")
    at_lead.wait(20)
    run.wait(20)
    until(lambda: row(stack, caller)[4], 20, "it has ended")
    assert row(stack, caller)[1] == "1102"
    assert visit(stack, caller)[:2] == ("answered", "1004")


def test_the_listener_is_out_when_the_call_ends(
    stack: Stack, phones: dict[str, Phone], caller_voice: Voice
) -> None:
    caller, agent, lead = "13608810003", phones["1004"], phones["1102"]
    at_agent = agent.answers(WaitBye())
    run = call_in(stack, caller, caller_voice)
    call = talking(stack, caller)
    at_lead = lead.answers(WaitBye())
    lead.console.post(f"/live/calls/{call}/listen/", mode="barge")
    is_running(stack, call, "barge")
    run.hang_up()
    at_agent.wait(20)
    at_lead.wait(20)
    until(lambda: supervision(stack, call)[0] == "ended", 10, "he is out")


def test_a_forced_sign_out_leaves_the_talk_until_its_end(
    stack: Stack, phones: dict[str, Phone], caller_voice: Voice
) -> None:
    caller, agent, lead = "13608810004", phones["1004"], phones["1102"]
    at_agent = agent.answers(WaitBye())
    call_in(stack, caller, caller_voice)
    talking(stack, caller)
    lead.console.post("/live/agents/1004/sign-out/", reason="测试")
    until(lambda: "PJSIP/1004" not in stack.asterisk.cli("queue show"), 10, "he is signed out")
    until(lambda: caller_voice.hears(AGENT_HZ), 20, "the talk goes on")
    assert at_agent.is_running()
    lead.console.post("/live/agents/1004/sign-out/", reason="测试", at_once="1")
    at_agent.wait(20)
    until(lambda: row(stack, caller)[4], 20, "it has ended")
    assert visit(stack, caller)[:2] == ("answered", "1004")


def test_a_colleague_picks_up_what_rings(
    stack: Stack, phones: dict[str, Phone], ports: dict[str, int], caller_voice: Voice
) -> None:
    caller, agent = "13608810005", phones["1004"]
    colleague = Phone(stack, "1005", LEAD_HZ, ports["1005"])
    try:
        rings = agent.only_rings()
        run = call_in(stack, caller, caller_voice)
        until(lambda: offers(stack, caller), 20, "it rings at 1004")
        sign_in(stack, colleague)
        at_colleague = colleague.answers(Pause(2500), HangUp())
        call = int(row(stack, caller)[0])
        assert f'data-call="{call}"' in colleague.console.get("/colleagues/")
        colleague.console.post(f"/calls/{call}/pick-up/")
        rings.wait(20)
        until(lambda: visit(stack, caller)[:2] == ("answered", "1005"), 20, "1005 has him")
        until(lambda: caller_voice.hears(LEAD_HZ), 20, "they talk")
        at_colleague.wait(20)
        run.wait(20)
        until(lambda: row(stack, caller)[4], 20, "it has ended")
        assert row(stack, caller)[1] == "1005"
        assert visit(stack, caller)[3] == 1
        assert [one for one in offers(stack, caller) if one[1] == "connected"] == [
            ("1005", "connected")
        ]
        # Nobody is stuck: the next caller is 1004's.
        again = agent.answers(Pause(500), HangUp())
        colleague.console.post("/desk/sign-out/")
        call_in(stack, "13608810006", caller_voice)
        again.wait(30)
    finally:
        colleague.console.post("/desk/sign-out/")
        colleague.voice.close()
