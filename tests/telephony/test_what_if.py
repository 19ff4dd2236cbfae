"""What-if of real calls: a day on Asterisk, played from the ledger, comes out the same."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.console_session import ConsoleSession
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import Sign, calls, ports, sign, visit
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause

__all__ = ["ports", "sign"]


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.heal()


def asked(stack: Stack, **changes: str) -> dict[str, Any]:
    """Ask about the day of the last caller, and wait for the answer."""
    [(day,)] = stack.sql(
        "SELECT MAX((joined_at AT TIME ZONE 'Asia/Shanghai')::date)::text FROM calls_queuevisit"
    )
    rows = {"staff": "3", "rules": "2", "members": "2", "skills": "2"}
    fields = {
        "on": str(day),
        "queues": "7002",
        "definition": "without_short",
        "calls": "100",
        "talks": "100",
        "plays": "5",
        **{f"{name}-TOTAL_FORMS": count for name, count in rows.items()},
        **{f"{name}-INITIAL_FORMS": "0" for name in rows},
        **changes,
    }
    before = stack.sql("SELECT COALESCE(MAX(id), 0) FROM acd_whatifrun")
    ConsoleSession(stack, "admin").post("/what-if/new/", **fields)
    query = "SELECT state, problem, result::text FROM acd_whatifrun WHERE id > %s"
    until(lambda: stack.sql(query, *before[0])[:1] != [], 10, "the run is there")
    until(
        lambda: stack.sql(query, *before[0])[0][0] not in ("waiting", "running"),
        60,
        lambda: f"the worker plays: {stack.sql(query, *before[0])} {stack.log('worker')[-2000:]}",
    )
    [(state, problem, result)] = stack.sql(query, *before[0])
    assert (state, problem) == ("done", "")
    answer: dict[str, Any] = json.loads(result)
    return answer


def test_a_day_of_real_calls_is_reproduced_and_fewer_agents_are_worse(
    stack: Stack, sign: Sign
) -> None:
    # given two agents, one of whom declines first, and callers who come faster than they are served
    first, second = sign("1004"), sign("1005")
    declined = first.answers(status=486)
    second.answers(Pause(2_500), HangUp(), calls=20)
    waiting = [calls(stack, "13609000001", bye=True)]
    declined.wait()
    first.answers(Pause(1_500), HangUp(), calls=20)
    # Busy for a moment: however slowly callers start here, they come before they are served.
    for desk in (first, second):
        desk.console.post("/desk/pause/", reason="short_break")
    waiting += [calls(stack, f"136090000{number:02}", bye=True) for number in range(2, 9)]
    impatient = calls(stack, "13609000009")
    until(lambda: visit(stack, "13609000009")[:1] == ("waiting",), 40, "he waits")
    impatient.hang_up()
    for desk in (first, second):
        desk.console.post("/desk/ready/")
    for run in waiting:
        run.wait()
    stack.wait_ledger_quiet()
    # when
    answer = asked(stack)
    # then
    day, deviation = answer["day"], answer["deviation"]
    assert day["recorded"]["offered"][0] >= 9
    assert deviation["same_end"] >= 0.85, answer
    assert abs(deviation["service_level"]) <= 0.1, answer
    assert abs(day["reproduced"]["asa_ms"][0] - day["recorded"]["asa_ms"][0]) < 1_500, answer
    # when one of the two is away all day
    fewer = asked(stack, **{"staff-0-queue": "7002", "staff-0-agents": "-1"})
    # then callers wait longer
    assert fewer["day"]["changed"]["asa_ms"][0] > day["recorded"]["asa_ms"][0], fewer
