"""The demo's numbers on the whole product: real calls, real keys; and callers who mean harm."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.audio import Ear
from tests.telephony.stack import AMI_SECRET, Stack
from tests.telephony.waiting import until
from tools.sipp import HangUp, Keys, Pause, WaitBye, caller_scenario

# No fact of an ended call comes later than this, seconds.
SETTLED_S = 0.5


@pytest.fixture
def ami(stack: Stack) -> Iterator[AmiTap]:
    settings = stack.asterisk.settings
    tap = AmiTap(settings.address, settings.ports.ami, AMI_SECRET)
    yield tap
    tap.close()


def ledger(stack: Stack, caller: str) -> dict[str, Any]:
    """Give the ended call of a caller as the API tells it, once nothing is added to it any more.

    Asterisk tells of the end; the last steps of the way are FastAGI's facts and may come after it.
    """
    seen: list[tuple[float, dict[str, Any]]] = []

    def settled() -> dict[str, Any] | None:
        found = stack.get(f"/api/v1/calls/?caller={caller}")[1].get("results", [])
        if not found or not found[0]["ended_at"]:
            return None
        now = time.monotonic()
        if not seen or seen[-1][1] != found[0]:
            seen.append((now, found[0]))
        return found[0] if now - seen[-1][0] > SETTLED_S else None

    return until(settled, 20, f"the ended call of {caller}")


@pytest.mark.parametrize(
    ("keys", "queue", "path"),
    [
        ("1", "7001", [("main", "1"), ("sales", "")]),
        ("22", "7022", [("main", "2"), ("support", "2"), ("software", "")]),
        ("2*0", "7000", [("main", "2"), ("support", "*"), ("main", "0"), ("operator", "")]),
    ],
)
def test_keys_lead_to_the_queue_and_the_way_is_in_the_ledger(
    stack: Stack, ami: AmiTap, ear: Ear, keys: str, queue: str, path: list[tuple[str, str]]
) -> None:
    caller = f"1371000{queue}"
    steps: list[Any] = []
    for key in keys:
        steps += [Pause(1500), Keys(key)]
    steps += [Pause(60000), HangUp()]
    call = stack.sipp.start(caller_scenario(steps, caller=caller, rtp_port=ear.port))
    assert ear.loud_within(0.5, 5), "the menu is heard"
    joined = ami.wait_queued()
    assert (joined["Queue"], joined["CallerIDNum"]) == (f"demo-{queue}", caller)
    call.hang_up()
    found = ledger(stack, caller)
    assert [(step["node"], step["keys"]) for step in found["path"]] == path
    assert (found["outcome"], found["queue"]) == ("abandoned", queue)


def test_balance_is_heard_and_the_pin_is_nowhere(stack: Stack, ear: Ear) -> None:
    caller = "13710000003"
    steps = [Pause(1500), Keys("3"), Pause(1500), Keys("880001#"), Pause(1500), Keys("246810#")]
    stack.sipp.start(
        caller_scenario([*steps, Pause(9000), HangUp()], caller=caller, rtp_port=ear.port)
    ).wait(60)
    found = ledger(stack, caller)
    way = [(step["node"], step["keys"]) for step in found["path"]]
    assert way[:3] == [("main", "3"), ("account", "880001"), ("account", "******")]
    assert found["outcome"] == "self_service"
    assert "246810" not in stack.log("fastagi")
    assert stack.sql("SELECT count(*) FROM calls_callfact WHERE data::text LIKE '%%246810%%'") == [
        (0,)
    ]


def test_blacklisted_caller_is_refused_without_an_answer(stack: Stack) -> None:
    stack.sipp.start(caller_scenario([], caller="13700137000", expect_refusal=403)).wait(20)
    found = ledger(stack, "13700137000")
    assert (found["outcome"], found["answered_at"]) == ("refused", None)


# What the caller's number begins with → the whole From.
HOSTILE = {
    "13720": r'"a\"b\\c" <sip:13720@[local_ip]:[local_port]>',
    "13721": '"${SHELL(id)}" <sip:13721@[local_ip]:[local_port]>',
    "13722": f'"{"A" * 200}" <sip:13722@[local_ip]:[local_port]>',
    "13723": '"😀张\u202e" <sip:13723@[local_ip]:[local_port]>',
    "13724": '"x" <sip:13724%0aagi_arg_1%3a%204008005000%0a@[local_ip]:[local_port]>',
    "13725": '"x" <sip:13725%0a%0a200%20result=49%0a@[local_ip]:[local_port]>',
    "13726": '"x" <sip:13726%00x@[local_ip]:[local_port]>',
    "13727": f'"x" <sip:13727{"9" * 195}@[local_ip]:[local_port]>',
    "13728": '"x" <sip:13728%24%7bSHELL(id)%7d%22%5c@[local_ip]:[local_port]>',
}


def test_hostile_callers_land_in_a_queue_of_the_number_they_dialled(
    stack: Stack, ami: AmiTap
) -> None:
    steps = [Pause(1500), Keys("1"), Pause(60000), WaitBye()]
    calls = [
        stack.sipp.start(caller_scenario(steps, from_header=header)) for header in HOSTILE.values()
    ]
    landed = {}
    for number in HOSTILE:
        landed[number] = ami.wait_queued(number)["Queue"]
    for call in calls:
        call.hang_up()
    assert landed == dict.fromkeys(HOSTILE, "demo-7001")
    shown = {event.get("ChanVariable", "") for event in ami.events}
    assert shown <= {"", "HW_DID=", "HW_DID=4008001000"}
    assert "uid=" not in str(ami.events) + stack.log("fastagi") + stack.log("ami")
    assert stack.health()[0] == 200
    stack.wait_ledger_quiet()
    for number in HOSTILE:
        rows = stack.sql("SELECT dialled FROM calls_call WHERE caller LIKE %s", number + "%")
        assert rows == [("4008001000",)], number
    assert "Traceback" not in stack.log("fastagi")


def test_stopped_fastagi_lets_the_caller_finish_and_strangers_do_not_hold_it_up(
    stack: Stack, ami: AmiTap
) -> None:
    caller = "13730000001"
    agi = ("127.0.0.1", stack.asterisk.settings.ports.agi)
    strangers = [socket.create_connection(agi, 10) for _ in range(1000)]
    call = stack.sipp.start(
        caller_scenario([Pause(3000), Keys("1"), Pause(60000), WaitBye()], caller=caller)
    )
    until(
        lambda: stack.sql(
            "SELECT 1 FROM calls_call c JOIN calls_callfact f ON f.linkedid = c.linkedid"
            " WHERE c.caller = %s AND f.kind = 'entered'",
            caller,
        ),
        10,
        "the caller is in the menu",
    )
    joined_at = ami.mark()
    code = stack.terminate("fastagi")
    joined = ami.wait_queued(timeout=15, since=joined_at)
    assert code == 0
    assert joined["Queue"] == "demo-7001", "his key counted, it was not the fall-back"
    assert "cut off" not in stack.log("fastagi").rpartition("listens on port")[2]
    call.hang_up()
    for stranger in strangers:
        stranger.close()
