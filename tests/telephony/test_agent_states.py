"""What agents do, second by second, as real phones show it, and what a dead distributor leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_survey import DeskPhone
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import (
    HangUp,
    Hold,
    Pause,
    Run,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
)

# Straight to queue 7002, agents 1004 to 1006.
DID = "4008002000"
WRAP_UP_S = 4
CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
Span = tuple[str, bool, "datetime | None"]


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    whole_stack.sql(
        "UPDATE acd_queue SET wrap_up_s = %s WHERE number = '7002' RETURNING 1", WRAP_UP_S
    )
    yield whole_stack
    whole_stack.sql("UPDATE acd_queue SET wrap_up_s = 0 WHERE number = '7002' RETURNING 1")
    whole_stack.hang_up_all()
    whole_stack.heal()


@pytest.fixture(scope="module")
def port() -> int:
    return free_phone_port("127.0.0.1")


@pytest.fixture
def desk(stack: Stack, port: int) -> Iterator[DeskPhone]:
    made = DeskPhone(stack, port, "1004")
    until(lambda: now(stack) == "ready", 15, lambda: f"ready, is {told(stack, SINCE)}")
    yield made
    made.console.post("/desk/sign-out/")


SINCE = datetime.now(UTC)


def told(stack: Stack, since: datetime, number: str = "1004") -> list[tuple[str, bool]]:
    """Give (state, is uncertain) of an agent's spans that began since then, in their order."""
    rows = stack.sql(
        "SELECT s.state, s.is_uncertain FROM acd_agentstatespan s"
        " JOIN accounts_agent a ON a.id = s.agent_id"
        " WHERE a.number = %s AND s.started_at >= %s ORDER BY s.started_at",
        number,
        since,
    )
    return [(str(state), bool(is_uncertain)) for state, is_uncertain in rows]


def states(stack: Stack, since: datetime) -> list[str]:
    """Give the states that were seen since then."""
    return [state for state, _ in told(stack, since)]


def now(stack: Stack, number: str = "1004") -> str:
    """Give the state that an agent's open span has."""
    rows = stack.sql(
        "SELECT s.state FROM acd_agentstatespan s JOIN accounts_agent a ON a.id = s.agent_id"
        " WHERE a.number = %s AND s.ended_at IS NULL AND NOT s.is_uncertain",
        number,
    )
    return str(rows[0][0]) if rows else ""


def seconds(stack: Stack, since: datetime, state: str) -> float:
    """Give the sum of an agent's seconds in a state since then."""
    rows = stack.sql(
        "SELECT COALESCE(SUM(EXTRACT(EPOCH FROM s.ended_at - s.started_at)), 0)"
        " FROM acd_agentstatespan s JOIN accounts_agent a ON a.id = s.agent_id"
        " WHERE a.number = '1004' AND s.state = %s AND s.started_at >= %s",
        state,
        since,
    )
    return float(rows[0][0])


def seen_in(stack: Stack, since: datetime, state: str) -> bool:
    """Say whether the distributor has told that it still sees this state."""
    rows = stack.sql(
        "SELECT 1 FROM acd_agentstatespan s, acd_distributorbeat b"
        " WHERE s.state = %s AND s.started_at >= %s AND s.started_at < b.seen_at",
        state,
        since,
    )
    return bool(rows)


def whole(stack: Stack) -> bool:
    """Say whether no two spans of an agent overlap, and no session has a hole."""
    return (
        stack.sql(
            "SELECT 1 FROM acd_agentstatespan one JOIN acd_agentstatespan other"
            " ON one.agent_id = other.agent_id AND one.started_at < other.started_at"
            " AND (one.ended_at IS NULL OR one.ended_at > other.started_at)"
        )
        == []
        and stack.sql(
            "SELECT 1 FROM acd_agentsession s WHERE s.signed_out_at IS NOT NULL AND ABS("
            " EXTRACT(EPOCH FROM s.signed_out_at - s.signed_in_at) - COALESCE((SELECT SUM(EXTRACT("
            " EPOCH FROM p.ended_at - p.started_at)) FROM acd_agentstatespan p"
            " WHERE p.agent_id = s.agent_id"
            " AND p.started_at >= date_trunc('milliseconds', s.signed_in_at)"
            " AND p.started_at < s.signed_out_at), 0)) > 0.002"
        )
        == []
    )


def calls(stack: Stack, caller: str) -> Run:
    """Let a caller come to the queue and stay until somebody hangs up."""
    return stack.sipp.start(caller_scenario([WaitBye()], caller=caller), service=DID)


def test_a_call_with_hold_from_its_ringing_to_the_end_of_its_wrap_up(
    stack: Stack, desk: DeskPhone
) -> None:
    since = datetime.now(UTC)
    steps = (Pause(1500), Hold(), Pause(2000), Hold(is_on=False), Pause(1500), HangUp())
    phone = desk.answers(*steps, ring_ms=1000)
    caller = calls(stack, "13607100001")
    until(lambda: now(stack) == "held", 20, lambda: f"on hold: {told(stack, since)}")
    phone.wait()
    caller.wait()
    until(lambda: now(stack) == "wrap_up", 5, lambda: f"wrap-up: {told(stack, since)}")
    until(lambda: now(stack) == "ready", 8, lambda: f"ready: {told(stack, since)}")
    assert states(stack, since) == ["ringing", "talking", "held", "talking", "wrap_up", "ready"]
    assert seconds(stack, since, "wrap_up") == pytest.approx(WRAP_UP_S, abs=0.01)
    assert seconds(stack, since, "held") == pytest.approx(2.0, abs=0.5)
    assert seconds(stack, since, "ringing") == pytest.approx(1.0, abs=0.5)
    rows = stack.sql(
        "SELECT DISTINCT s.queue_number, c.caller FROM acd_agentstatespan s"
        " JOIN calls_call c ON c.linkedid = s.linkedid WHERE s.started_at >= %s",
        since,
    )
    assert rows == [("7002", "13607100001")]
    assert whole(stack)


def test_busy_pressed_in_a_talk_begins_after_it(stack: Stack, desk: DeskPhone) -> None:
    since = datetime.now(UTC)
    phone = desk.answers(Pause(4000), HangUp())
    caller = calls(stack, "13607100003")
    until(lambda: now(stack) == "talking", 20, lambda: f"talking: {told(stack, since)}")
    desk.console.post("/desk/pause/", reason="meal")
    phone.wait()
    caller.wait()
    until(lambda: now(stack) == "paused", 10, lambda: f"busy: {told(stack, since)}")
    assert states(stack, since) == ["ringing", "talking", "paused"]
    desk.console.post("/desk/ready/")
    until(lambda: now(stack) == "ready", 5, lambda: f"ready: {told(stack, since)}")


def test_a_wrap_up_is_lengthened_and_then_ended_by_the_agent(stack: Stack, desk: DeskPhone) -> None:
    since = datetime.now(UTC)
    phone = desk.answers(Pause(1000), HangUp())
    caller = calls(stack, "13607100004")
    until(lambda: now(stack) == "wrap_up", 25, lambda: f"wrap-up: {told(stack, since)}")
    desk.console.post("/desk/wrap-up-more/")
    phone.wait()
    caller.wait()
    until(
        lambda: stack.sql(
            "SELECT 1 FROM acd_agentstatespan WHERE state = 'wrap_up' AND ended_at IS NULL"
            " AND until_at - started_at > interval '60 seconds'"
        ),
        10,
        "it lasts longer",
    )
    desk.console.post("/desk/ready/")
    until(lambda: now(stack) == "ready", 5, lambda: f"ready: {told(stack, since)}")
    assert states(stack, since) == ["ringing", "talking", "wrap_up", "ready"]


def test_a_ring_that_is_missed_is_no_talk(stack: Stack, desk: DeskPhone) -> None:
    since = datetime.now(UTC)
    phone = desk.answers(status=486, ring_ms=1000)
    caller = calls(stack, "13607100005")
    until(lambda: "resting" in states(stack, since), 20, lambda: f"rests: {told(stack, since)}")
    phone.wait()
    caller.hang_up()
    assert states(stack, since)[:2] == ["ringing", "resting"]


def test_a_desk_phone_that_goes_is_unreachable_until_it_is_back(
    stack: Stack, desk: DeskPhone
) -> None:
    since = datetime.now(UTC)
    gone = register_scenario("1004", "demo-1004", "1004", expires=0)
    stack.sipp.start(gone, ip="127.0.0.1", port=desk.port).wait(15)
    until(lambda: now(stack) == "unreachable", 10, lambda: f"gone: {told(stack, since)}")
    back = register_scenario("1004", "demo-1004", "1004")
    stack.sipp.start(back, ip="127.0.0.1", port=desk.port).wait(15)
    until(lambda: now(stack) == "ready", 10, lambda: f"back: {told(stack, since)}")
    assert states(stack, since) == ["unreachable", "ready"]


def test_a_distributor_killed_in_a_talk_marks_what_it_did_not_see(
    stack: Stack, desk: DeskPhone
) -> None:
    since = datetime.now(UTC)
    phone = desk.answers(Pause(14_000), HangUp())
    caller = calls(stack, "13607100002")
    until(lambda: now(stack) == "talking", 20, lambda: f"talking: {told(stack, since)}")
    until(lambda: seen_in(stack, since, "talking"), 10, "the talk is seen for a while")
    stack.kill("ami")
    stack.run("ami")
    until(lambda: ("talking", True) in told(stack, since), 20, "what was not seen is marked")
    until(lambda: now(stack) == "talking", 10, lambda: f"seen again: {told(stack, since)}")
    phone.wait()
    caller.wait()
    until(lambda: now(stack) == "ready", 15, lambda: f"ready: {told(stack, since)}")
    assert told(stack, since) == [
        ("ringing", False),
        ("talking", False),
        ("talking", True),
        ("talking", False),
        ("wrap_up", False),
        ("ready", False),
    ]
    desk.console.post("/desk/sign-out/")
    until(lambda: whole(stack), 10, "the session is told from its beginning to its end")


def test_a_call_of_his_own_counts_as_talk(stack: Stack, desk: DeskPhone) -> None:
    since = datetime.now(UTC)
    carrier = stack.sipp.start(answerer_scenario([WaitBye()]), ip=CARRIER, port=CARRIER_PORT)
    is_there = lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True)  # noqa: E731
    until(is_there, 5, "the carrier listens")
    own = caller_scenario(
        [Pause(1500), HangUp()],
        caller="1004",
        credentials=("1004", "demo-1004"),
    )
    stack.sipp.start(own, service="13912345678", ip="127.0.0.1", port=desk.port).wait()
    carrier.stop()
    until(lambda: now(stack) == "ready", 10, lambda: f"ready: {told(stack, since)}")
    assert states(stack, since) == ["talking", "ready"]
