"""The agent sends his caller to a recorded explanation, and gets him back or not: real calls."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.ami_tap import AmiTap, is_queued
from tests.telephony.audio import Ear
from tests.telephony.console_session import ConsoleSession
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import AMI_SECRET, Stack
from tests.telephony.test_company_prompts import share, upload
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.test_survey import DeskPhone, call_of
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, Run, WaitBye, caller_scenario

NAME = "how-to-pay"
HZ = 700
FLOW = {
    "name": "测试音",
    "start": "sales",
    "nodes": {"sales": {"kind": "queue", "queue": "7001"}},
}


@pytest.fixture(scope="module")
def phone_port() -> int:
    return free_phone_port("127.0.0.1")


@pytest.fixture(scope="module")
def uploaded(whole_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make the answer playable."""
    upload(whole_stack, tmp_path_factory.mktemp("answer"), HZ, NAME, "answer")


@pytest.fixture
def phone(stack: Stack, phone_port: int, tmp_path: Path, uploaded: None) -> Iterator[DeskPhone]:
    publish(stack, tmp_path, FLOW)
    desk = DeskPhone(stack, phone_port)
    yield desk
    desk.console.post("/desk/sign-out/")
    stack.sipp.stop_all()
    publish(stack, tmp_path, DEMO_FLOWS["tone"])


@pytest.fixture
def ami(stack: Stack) -> Iterator[AmiTap]:
    settings = stack.asterisk.settings
    tap = AmiTap(settings.address, settings.ports.ami, AMI_SECRET)
    yield tap
    tap.close()


def talking(stack: Stack, caller: str) -> int:
    """Give the id of the caller's call once an agent talks with him."""
    rows = until(
        lambda: stack.sql(
            "SELECT id FROM calls_call WHERE caller = %s AND answered_at IS NOT NULL", caller
        ),
        20,
        f"{caller} is answered",
    )
    return int(rows[0][0])


@pytest.fixture
def begin(stack: Stack, phone: DeskPhone, ear: Ear) -> Callable[[str], tuple[int, Run]]:
    """Call, be answered by 1001; give the call's id and the caller."""

    def call(caller: str) -> tuple[int, Run]:
        agent = phone.answers(WaitBye())
        steps = [Pause(60_000), HangUp()]
        run = stack.sipp.start(
            caller_scenario(steps, caller=caller, rtp_port=ear.port), service=DID
        )
        found = talking(stack, caller)
        assert NAME in phone.console.get("/"), "the desk offers the answer"
        assert share(ear, HZ, 0) < 0.1
        phone.console.post(f"/calls/{found}/standard-answer/", name=NAME, back="1")
        agent.wait(10)
        return found, run

    return call


def test_caller_hears_the_answer_and_comes_back_to_the_agent(
    stack: Stack, phone: DeskPhone, ear: Ear, begin: Callable[[str], tuple[int, Run]]
) -> None:
    caller = "13606200001"
    _id, run = begin(caller)
    again = phone.answers(Pause(1500), HangUp())
    until(lambda: share(ear, HZ, 0) > 0.9, 20, "the answer is heard")
    again.wait(30)
    run.stop()
    found = call_of(stack, caller)
    assert (found["outcome"], found["queue"], found["agent"]) == ("answered", "7001", "1001")
    legs = stack.sql(
        "SELECT l.answered_at, l.ended_at FROM calls_leg l JOIN calls_call c ON c.id = l.call_id"
        " JOIN accounts_agent a ON a.id = l.agent_id WHERE c.caller = %s ORDER BY l.answered_at",
        caller,
    )
    assert len(legs) == 2
    spoken_ms = sum((ended - answered).total_seconds() * 1000 for answered, ended in legs)
    assert found["talk_ms"] == pytest.approx(spoken_ms, abs=600), "the explanation is no talk"
    rows = stack.sql(
        "SELECT detail FROM audit_auditentry WHERE action = 'answer.transfer' AND object_id = %s",
        str(_id),
    )
    assert len(rows) == 1


def test_agent_who_does_not_come_back_leaves_the_caller_in_the_queue(
    stack: Stack, phone: DeskPhone, ami: AmiTap, begin: Callable[[str], tuple[int, Run]]
) -> None:
    caller = "13606200002"
    _id, run = begin(caller)
    phone.console.post("/desk/pause/", reason="short_break")
    # He declines. A phone that is gone would leave an INVITE that rings the next test's.
    busy = phone.answers(status=486)
    until(lambda: sum(map(is_queued, ami.events)) == 2, 60, "the caller is in the queue again")
    run.hang_up()
    busy.wait(10)
    visits = until(
        lambda: stack.sql(
            "SELECT v.how FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
            " WHERE c.caller = %s AND c.ended_at IS NOT NULL ORDER BY v.joined_at",
            caller,
        ),
        20,
    )
    assert [how for (how,) in visits] == ["answered", "abandoned"]


def test_answer_of_another_company_or_without_a_sound_is_refused(
    stack: Stack, phone: DeskPhone, ear: Ear
) -> None:
    caller = "13606200003"
    agent = phone.answers(WaitBye())
    run = stack.sipp.start(
        caller_scenario([Pause(60_000), HangUp()], caller=caller, rtp_port=ear.port), service=DID
    )
    call = talking(stack, caller)
    path = f"/calls/{call}/standard-answer/"
    with pytest.raises(HTTPError, match="409"):
        phone.console.post(path, name="nothing", back="1")
    for login in ("b-admin", "1002"):
        with pytest.raises(HTTPError, match=r"40[34]"):
            ConsoleSession(stack, login).post(path, name=NAME, back="1")
    assert stack.sql("SELECT ended_at FROM calls_call WHERE id = %s", call) == [(None,)]
    run.hang_up()
    agent.wait(10)
