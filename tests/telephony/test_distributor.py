"""Our own distributor on the whole product: real callers and phones, and what kills it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_survey import DeskPhone
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, Run, WaitBye, caller_scenario

# Straight to queue 7002, agents 1004 to 1006.
DID = "4008002000"
Sign = Callable[..., DeskPhone]


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.heal()


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {number: free_phone_port("127.0.0.1") for number in ("1004", "1005", "1006")}


@pytest.fixture
def sign(stack: Stack, ports: dict[str, int]) -> Iterator[Sign]:
    """Sign agents in, one after the other; out again at the end."""
    desks: list[DeskPhone] = []

    def sign_in(number: str) -> DeskPhone:
        desks.append(DeskPhone(stack, ports[number], number))
        return desks[-1]

    yield sign_in
    for desk in desks:
        desk.console.post("/desk/sign-out/")


def calls(stack: Stack, caller: str, *, ms: int = 60_000, bye: bool = False) -> Run:
    """Let a caller ring the queue's number and wait."""
    last = WaitBye() if bye else HangUp()
    steps = [last] if bye else [Pause(ms), last]
    return stack.sipp.start(caller_scenario(steps, caller=caller), service=DID)


def takeovers(stack: Stack) -> int:
    """Count how often app_queue took over a caller, by Asterisk's own log."""
    log = stack.asterisk.instance / "log/messages.log"
    return log.read_text("utf-8").count("app_queue serves")


def paused(stack: Stack, number: str) -> bool:
    """Say whether an agent's session is paused."""
    query = (
        "SELECT s.state FROM acd_agentsession s JOIN accounts_agent a ON a.id = s.agent_id"
        " WHERE a.number = %s AND s.signed_out_at IS NULL"
    )
    return stack.sql(query, number) == [("paused",)]


def visit(stack: Stack, caller: str) -> tuple[Any, ...]:
    """Give (how, agent, seconds waited, number of visits) of a caller's stay in the queue."""
    rows = stack.sql(
        "SELECT v.how, a.number, EXTRACT(EPOCH FROM v.left_at - v.joined_at), COUNT(*) OVER ()"
        " FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
        " LEFT JOIN accounts_agent a ON a.id = v.agent_id WHERE c.caller = %s",
        caller,
    )
    return tuple(rows[0]) if rows else ()


def offers(stack: Stack, caller: str) -> list[tuple[str, str]]:
    """Give (agent, result) of a call's offers in their order."""
    return [
        (str(number), str(result))
        for number, result in stack.sql(
            "SELECT a.number, l.result FROM calls_leg l JOIN calls_call c ON c.id = l.call_id"
            " JOIN accounts_agent a ON a.id = l.agent_id WHERE c.caller = %s"
            " AND l.offered_at IS NOT NULL ORDER BY l.offered_at",
            caller,
        )
    ]


def test_a_caller_is_answered_and_the_ledger_says_so(stack: Stack, sign: Sign) -> None:
    before = takeovers(stack)
    desk = sign("1004")
    agent = desk.answers(Pause(1500), HangUp())
    caller = calls(stack, "13607000001", bye=True)
    agent.wait()
    caller.wait()
    until(lambda: visit(stack, "13607000001")[:2] == ("answered", "1004"), 10, "the ledger knows")
    assert visit(stack, "13607000001")[3] == 1
    assert offers(stack, "13607000001") == [("1004", "connected")]
    assert takeovers(stack) == before


def test_who_declines_rests_and_the_next_one_takes_him(stack: Stack, sign: Sign) -> None:
    first, second = sign("1004"), sign("1005")
    declined = first.answers(status=486)
    taken = second.answers(Pause(1000), HangUp())
    caller = calls(stack, "13607000002", bye=True)
    declined.wait()
    taken.wait()
    caller.wait()
    found = [("1004", "not_answered"), ("1005", "connected")]
    until(lambda: offers(stack, "13607000002") == found, 10, "both offers are in the ledger")


def test_a_caller_who_waits_gets_the_agent_who_comes(stack: Stack, sign: Sign) -> None:
    caller = calls(stack, "13607000003", bye=True)
    until(lambda: visit(stack, "13607000003")[:1] == ("waiting",), 10, "he waits")
    desk = sign("1004")
    desk.answers(Pause(500), HangUp()).wait()
    caller.wait()
    until(lambda: visit(stack, "13607000003")[:2] == ("answered", "1004"), 10, "answered")


def test_who_hangs_up_while_waiting_has_abandoned(stack: Stack) -> None:
    caller = calls(stack, "13607000004")
    until(lambda: visit(stack, "13607000004")[:1] == ("waiting",), 20, "he waits")
    caller.hang_up()
    until(lambda: visit(stack, "13607000004")[:1] == ("abandoned",), 10, "abandoned")
    assert visit(stack, "13607000004")[3] == 1


def test_without_the_distributor_app_queue_serves(stack: Stack, sign: Sign) -> None:
    desk = sign("1004")
    busy = desk.answers(Pause(12_000), HangUp())
    talking = calls(stack, "13607000005", bye=True)
    until(lambda: visit(stack, "13607000005")[:1] == ("answered",), 20, "the agent talks")
    waiting = calls(stack, "13607000007", bye=True)
    until(lambda: visit(stack, "13607000007")[:1] == ("waiting",), 20, "the second waits")
    before = takeovers(stack)
    stack.kill("ami")
    busy.wait()
    talking.wait()
    desk.answers(Pause(500), HangUp()).wait()
    waiting.wait()
    assert takeovers(stack) == before + 1
    stack.run("ami")
    until(lambda: visit(stack, "13607000007")[:2] == ("answered", "1004"), 30, "in the ledger")
    assert visit(stack, "13607000007")[3] == 1


def test_ten_who_wait_through_a_kill_are_served_in_their_order(stack: Stack, sign: Sign) -> None:
    desk = sign("1004")
    desk.console.post("/desk/pause/", reason="break")
    until(lambda: paused(stack, "1004"), 10, "he is paused")
    callers = [f"1360710000{number}" for number in range(10)]
    waiting = []
    for caller in callers:
        waiting.append(calls(stack, caller, bye=True))
        until(
            lambda: stack.sql(
                "SELECT 1 FROM calls_call WHERE caller = %s", callers[len(waiting) - 1]
            )
        )
    until(lambda: all(visit(stack, caller)[:1] == ("waiting",) for caller in callers), 20)
    taken = desk.answers(Pause(200), HangUp(), calls=10)
    stack.kill("ami")
    desk.console.post("/desk/ready/")
    stack.run("ami")
    taken.wait(60)
    for run in waiting:
        run.wait()
    until(lambda: all(visit(stack, caller)[:2] == ("answered", "1004") for caller in callers), 20)
    assert [visit(stack, caller)[3] for caller in callers] == [1] * 10
    by = (
        "SELECT c.caller FROM calls_call c JOIN calls_queuevisit v ON v.call_id = c.id"
        " WHERE c.caller LIKE '1360710000%%' ORDER BY "
    )
    assert stack.sql(by + "c.answered_at") == stack.sql(by + "v.joined_at")


def test_a_new_distributor_takes_over_who_waits(stack: Stack, sign: Sign) -> None:
    caller = calls(stack, "13607000006", bye=True)
    until(lambda: visit(stack, "13607000006")[:1] == ("waiting",), 10, "he waits")
    stack.kill("ami")
    stack.run("ami")
    desk = sign("1004")
    desk.answers(Pause(500), HangUp()).wait()
    caller.wait()
    until(lambda: visit(stack, "13607000006")[:2] == ("answered", "1004"), 10, "answered")
    assert visit(stack, "13607000006")[3] == 1
