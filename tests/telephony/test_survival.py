"""Parts die under calls: no caller meets silence, and every finished call is in the ledger."""

import array
import re
import time

from tests.telephony.audio import RATE, rms
from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.sipp import HangUp, Keys, Pause, WaitBye, caller_scenario


def calls_known(stack: Stack, prefix: str) -> dict[str, tuple[str, bool]]:
    """Give caller → (outcome, incomplete) of the ended calls whose caller begins so."""
    rows = stack.sql(
        "SELECT caller, outcome, is_incomplete FROM calls_call"
        " WHERE caller LIKE %s AND ended_at IS NOT NULL",
        prefix + "%",
    )
    return {caller: (outcome, incomplete) for caller, outcome, incomplete in rows}


def twenty_calls(stack: Stack, prefix: str, seconds: float) -> None:
    """Start 20 calls to the support queue that hang up by themselves after `seconds`."""
    stack.sipp.start(
        caller_scenario([Pause(int(seconds * 1000)), HangUp()], caller=prefix + "[call_number]"),
        service="4008002000",
        calls=20,
        rate=20,
        at_once=20,
    )


def in_asterisk(stack: Stack) -> int:
    """Give the number of channels that Asterisk holds now; a waiting caller is one."""
    found = re.search(r"(\d+) active channel", stack.asterisk.cli("core show channels count"))
    return int(found.group(1)) if found else -1


def in_queue(stack: Stack, queue: str) -> int:
    """Give the number of callers who wait in a queue."""
    rows = stack.sql(
        "SELECT count(*) FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
        " WHERE v.how = 'waiting' AND c.ended_at IS NULL AND v.queue_number = %s",
        queue,
    )
    return int(rows[0][0])


def test_listener_killed_under_twenty_calls_misses_none(stack: Stack) -> None:
    twenty_calls(stack, "136010", 14)
    until(lambda: in_queue(stack, "7002") == 20, 14, "twenty callers wait")
    stack.kill("ami")
    until(lambda: in_asterisk(stack) == 0, 30, "the calls ended while nobody listened")
    stack.run("ami")
    until(
        lambda: list(calls_known(stack, "136010").values()) == [("abandoned", True)] * 20,
        30,
        "twenty abandoned calls, each marked with the gap",
    )
    gaps = stack.sql("SELECT ended_at > started_at FROM calls_linkgap ORDER BY id DESC LIMIT 1")
    assert gaps == [(True,)]


def test_listener_back_after_ten_seconds_finds_twenty_calls_still_live(stack: Stack) -> None:
    twenty_calls(stack, "136011", 26)
    until(lambda: in_queue(stack, "7002") == 20, 14, "twenty callers wait")
    stack.kill("ami")
    passed(10)
    assert in_asterisk(stack) == 20
    stack.run("ami")
    until(
        lambda: list(calls_known(stack, "136011").values()) == [("abandoned", True)] * 20,
        40,
        "twenty abandoned calls, each marked with the gap",
    )


def passed(seconds: float) -> None:
    """Let so much time pass: how long a part is away is what the test is about."""
    since = time.monotonic()
    until(lambda: time.monotonic() - since >= seconds, seconds + 2)


def hears_something(stack: Stack) -> bool:
    """Say whether Asterisk plays something to the one caller: recorded on his channel.

    (Not heard at the caller: SIPp sends keys from another port than it names, and Asterisk's
    audio follows the keys.)
    """
    shown = stack.asterisk.cli("core show channels concise")
    channel = next(line.split("!")[0] for line in shown.splitlines() if "trunk-carrier" in line)
    heard = stack.asterisk.instance / "spool" / "heard.raw"
    stack.asterisk.cli(f"mixmonitor start {channel} {heard}")

    def is_loud() -> bool:
        samples = array.array("h")
        if heard.exists():
            raw = heard.read_bytes()
            samples.frombytes(raw[: len(raw) // 2 * 2])
        blocks = range(0, len(samples) - RATE // 10, RATE // 10)
        return sum(rms(samples[start : start + RATE // 10]) > 200 for start in blocks) >= 5

    return until(is_loud, 10, "half a second of sound")


def test_fastagi_killed_between_two_keys_leads_to_the_fallback_queue(stack: Stack) -> None:
    call = stack.sipp.start(
        caller_scenario(
            [Pause(1500), Keys("2"), Pause(16000), HangUp()],
            caller="13602000001",
        )
    )
    until(lambda: stack.sql("SELECT 1 FROM calls_callfact WHERE data->>'keys' = '2'"), 15)
    stack.kill("fastagi")
    until(lambda: in_queue(stack, "7000") == 1, 10, "the caller waits in the fall-back")
    assert hears_something(stack)
    stack.run("fastagi")
    call.wait(30)
    until(lambda: "13602000001" in calls_known(stack, "13602"), 20)
    assert calls_known(stack, "13602")["13602000001"][0] == "abandoned"


def test_database_stopped_under_calls_loses_no_call(stack: Stack) -> None:
    twenty_calls(stack, "136030", 10)
    until(lambda: in_asterisk(stack) == 20, 15)
    stack.postgres.stop()
    since = time.monotonic()
    stack.sipp.start(
        caller_scenario([Pause(4000), HangUp()], caller="136031[call_number]"),
        calls=5,
        rate=5,
        at_once=5,
    )
    until(lambda: in_asterisk(stack) >= 5, 10, "new callers are answered without a database")
    until(lambda: in_asterisk(stack) == 0, 30)
    passed(max(0.0, 20 - (time.monotonic() - since)))
    stack.postgres.start()
    until(lambda: len(calls_known(stack, "13603")) == 25, 40)


def test_redis_stopped_under_a_call_loses_nothing(stack: Stack) -> None:
    stack.redis.stop()
    call = stack.sipp.start(
        caller_scenario([Pause(2000), HangUp()], caller="13604000001"), service="4008002000"
    )
    call.wait(20)
    until(lambda: "13604000001" in calls_known(stack, "13604"), 20)
    assert stack.health()[1]["checks"]["channel_layer"] == "failed"
    stack.redis.start()


def test_asterisk_restarted_ends_its_calls_in_the_ledger(stack: Stack) -> None:
    stack.sipp.start(
        caller_scenario([Pause(60000), WaitBye()], caller="136050[call_number]"),
        service="4008002000",
        calls=5,
        rate=5,
        at_once=5,
    )
    until(lambda: in_asterisk(stack) == 5, 15)
    until(
        lambda: stack.sql("SELECT count(*) FROM calls_call WHERE caller LIKE '136050%%'") == [(5,)],
        10,
    )
    stack.asterisk.kill()
    stack.sipp.stop_all()
    stack.asterisk.start()
    until(lambda: len(calls_known(stack, "136050")) == 5, 30)
    assert all(incomplete for _, incomplete in calls_known(stack, "136050").values())
    call = stack.sipp.start(
        caller_scenario([Pause(1500), HangUp()], caller="13605900001"), service="4008002000"
    )
    call.wait(20)
    until(lambda: "13605900001" in calls_known(stack, "136059"), 20)
