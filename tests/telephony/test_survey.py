"""The agent has hung up, the caller is asked: real calls, real keys, the task at the team lead's.

A call in sales (main menu, 1) reaches the agent some 6 s after it began; he talks for 2 s.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.console_session import ConsoleSession
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import AMI_SECRET, Stack
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
)

# From the menu's key to well into the survey's question.
UNTIL_ASKED_MS = 10_000


class DeskPhone:
    """An agent's desk phone, signed in to his queues."""

    def __init__(self, stack: Stack, port: int, number: str = "1001") -> None:
        self.stack = stack
        self.port = port
        self.number = number
        register = register_scenario(number, f"demo-{number}", number)
        stack.sipp.start(register, ip="127.0.0.1", port=self.port).wait(15)
        self.console = ConsoleSession(stack, number)
        self.console.post("/settings/", language="zh-hans", phone_kind="desk")
        self.console.post("/desk/sign-in/")
        until(lambda: f"PJSIP/{number}" in stack.asterisk.cli("queue show"), 10)

    def talks(self, ms: int = 2000) -> Run:
        """Answer the next call, talk, hang up."""
        return self.answers(Pause(ms), HangUp())

    def answers(self, *steps: Step, calls: int = 1, status: int = 200, ring_ms: int = 300) -> Run:
        """Let the phone answer the next calls, one after the other, and do these steps."""
        scenario = answerer_scenario(list(steps), ring_ms=ring_ms, status=status)
        run = self.stack.sipp.start(
            scenario, ip="127.0.0.1", port=self.port, calls=calls, at_once=1
        )
        until(lambda: not is_port_free(self.port, udp=True), 5, "the desk phone listens")
        return run


@pytest.fixture(scope="module")
def phone_port() -> int:
    return free_phone_port("127.0.0.1")


@pytest.fixture
def phone(stack: Stack, phone_port: int) -> Iterator[DeskPhone]:
    desk = DeskPhone(stack, phone_port)
    yield desk
    desk.console.post("/desk/sign-out/")
    stack.sipp.stop_all()


@pytest.fixture
def ami(stack: Stack) -> Iterator[AmiTap]:
    settings = stack.asterisk.settings
    tap = AmiTap(settings.address, settings.ports.ami, AMI_SECRET)
    yield tap
    tap.close()


def survey_of(stack: Stack, caller: str) -> list[tuple[Any, ...]]:
    """Give (state, is bad, score) of the survey of a caller's call."""
    return stack.sql(
        "SELECT r.state, r.is_bad, a.score FROM surveys_surveyresult r"
        " JOIN calls_call c ON c.id = r.call_id"
        " JOIN surveys_surveyanswer a ON a.result_id = r.id WHERE c.caller = %s",
        caller,
    )


def call_of(stack: Stack, caller: str) -> dict[str, Any]:
    """Give the ended call of a caller as the API tells it."""

    def ended() -> dict[str, Any] | None:
        found = stack.get(f"/api/v1/calls/?caller={caller}")[1].get("results", [])
        return found[0] if found and found[0]["ended_at"] else None

    return until(ended, 20, f"the ended call of {caller}")


def test_score_of_1_puts_the_task_in_the_team_leads_list_within_5_s(
    stack: Stack, phone: DeskPhone, ami: AmiTap
) -> None:
    caller = "13606100001"
    lead = ConsoleSession(stack, "1101")
    agent = phone.talks()
    steps = [Pause(1500), Keys("1"), Pause(UNTIL_ASKED_MS), Keys("1"), WaitBye()]
    call = stack.sipp.start(caller_scenario(steps, caller=caller))
    ami.wait(
        lambda event: event.get("Event") == "Hangup" and event["Channel"].startswith("PJSIP/1001-"),
        30,
        what="the agent has hung up",
    )
    until(lambda: survey_of(stack, caller), 10, "the survey has begun")
    assert "PJSIP/1001-" not in stack.asterisk.cli("core show channels concise")
    until(lambda: "1001" in phone.console.get("/"), 5)

    until(lambda: survey_of(stack, caller)[0][2] == 1, 20, "the key is in the ledger")
    until(lambda: caller in lead.get("/tasks/"), 5, "the task is in 1101's list", is_promised=True)
    assert caller not in ConsoleSession(stack, "1102").get("/tasks/")
    assert caller not in ConsoleSession(stack, "b-admin").get("/tasks/")
    agent.wait()
    call.wait()

    found = call_of(stack, caller)
    assert (found["outcome"], found["queue"], found["agent"]) == ("answered", "7001", "1001")
    assert 1500 < found["talk_ms"] < 3500, "the survey is no talk"
    # FastAGI's last fact may come after the call's end.
    until(lambda: survey_of(stack, caller) == [("completed", True, 1)], 10)
    assert found["survey"]["answers"] == [
        {"position": 1, "text": "请对本次服务评分", "score": 1, "label": "非常不满意"}
    ]
    tasks = stack.sql(
        "SELECT u.username, t.state FROM tasks_task t JOIN calls_call c ON c.id = t.call_id"
        " JOIN accounts_user u ON u.id = t.assignee_id WHERE c.caller = %s",
        caller,
    )
    assert tasks == [("1101", "open")]


def test_caller_who_hangs_up_in_the_survey_leaves_it_unanswered(
    stack: Stack, phone: DeskPhone
) -> None:
    caller = "13606100002"
    phone.talks()
    steps = [Pause(1500), Keys("1"), Pause(UNTIL_ASKED_MS), HangUp()]
    stack.sipp.start(caller_scenario(steps, caller=caller)).wait()
    until(lambda: survey_of(stack, caller) == [("hung_up", False, None)], 10)
    assert call_of(stack, caller)["outcome"] == "answered"
    assert stack.sql("SELECT 1 FROM tasks_task WHERE number = %s", caller) == []


def test_caller_who_hangs_up_on_the_agent_is_asked_nothing(
    stack: Stack, phone: DeskPhone, ami: AmiTap
) -> None:
    caller = "13606100003"
    phone.talks(20_000)
    call = stack.sipp.start(
        caller_scenario([Pause(1500), Keys("1"), Pause(20_000), HangUp()], caller=caller)
    )
    ami.wait_event("DialEnd", 30, DialStatus="ANSWER")
    call.hang_up()
    assert call_of(stack, caller)["survey"] is None
    assert survey_of(stack, caller) == []


def test_silent_caller_is_thanked_and_let_go(stack: Stack, phone: DeskPhone) -> None:
    caller = "13606100004"
    phone.talks()
    steps = [Pause(1500), Keys("1"), WaitBye(90_000)]
    stack.sipp.start(caller_scenario(steps, caller=caller)).wait(90)
    until(lambda: survey_of(stack, caller) == [("completed", False, None)], 10)


def test_agent_who_hands_the_caller_over_is_released_and_the_caller_is_asked(
    stack: Stack, phone: DeskPhone, ami: AmiTap
) -> None:
    caller = "13606100006"
    phone.talks(60_000)
    call = stack.sipp.start(
        caller_scenario([Pause(1500), Keys("1"), WaitBye(90_000)], caller=caller)
    )
    ami.wait_event("DialEnd", 30, DialStatus="ANSWER")
    [(pk,)] = until(
        lambda: stack.sql(
            "SELECT id FROM calls_call WHERE caller = %s AND answered_at IS NOT NULL", caller
        ),
        10,
    )
    phone.console.post(f"/calls/{pk}/survey/")
    until(lambda: survey_of(stack, caller), 10, "the survey has begun")
    assert "PJSIP/1001-" not in stack.asterisk.cli("core show channels concise")
    call.wait(90)
    until(lambda: survey_of(stack, caller) == [("completed", False, None)], 10)


def test_fastagi_killed_in_the_survey_ends_the_call_with_a_goodbye(
    stack: Stack, phone: DeskPhone
) -> None:
    caller = "13606100005"
    phone.talks()
    steps = [Pause(1500), Keys("1"), WaitBye(60_000)]
    call = stack.sipp.start(caller_scenario(steps, caller=caller))
    until(lambda: survey_of(stack, caller), 30, "the survey has begun")
    stack.kill("fastagi")
    call.wait(30)
    stack.run("fastagi")
    until(lambda: survey_of(stack, caller) == [("cut_off", False, None)], 20)
    assert call_of(stack, caller)["outcome"] == "answered"
