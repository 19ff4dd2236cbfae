"""Callers whom a queue's rules send on, and what is said to who waits: real calls, real phones."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.audio import Ear, goertzel, tone_ulaw, write_pcap
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import AMI_SECRET, Stack
from tests.telephony.test_distributor import DID, Sign, calls, sign, takeovers
from tests.telephony.test_survey import call_of
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import (
    HangUp,
    Keys,
    Pause,
    SpeakUntilBye,
    WaitBye,
    answerer_scenario,
    caller_scenario,
)

__all__ = ["sign"]

# The demo's trunk.
CARRIER, CARRIER_PORT = "127.0.0.2", 5080
MOBILE = "13900139009"
NUMBERS = itertools.count(13609000001)
POSITIONS = itertools.count()


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {number: free_phone_port("127.0.0.1") for number in ("1001", "1004")}


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.sql("DELETE FROM acd_overflowrule RETURNING 1")
    change(whole_stack, says_place=False, says_wait=False, periodic_s=30)
    whole_stack.heal()


@pytest.fixture
def ami(stack: Stack) -> Iterator[AmiTap]:
    settings = stack.asterisk.settings
    tap = AmiTap(settings.address, settings.ports.ami, AMI_SECRET)
    yield tap
    tap.close()


def read_anew(stack: Stack, query: str, *values: object) -> None:
    """Run a query that changes queues or rules, and wait until the distributor has read it."""
    before = stack.log("ami").count("queues read")
    # Something always changes, so that there is always a line to wait for.
    stack.sql(f"UPDATE acd_queue SET ring_timeout_s = {20 + next(POSITIONS)} RETURNING 1")  # noqa: S608 - a number
    stack.sql(query, *values)
    until(lambda: stack.log("ami").count("queues read") > before, 10, "the queues are read")
    until(lambda: stack.sql("SELECT 1 FROM acd_overflowrule") is not None, 1)


def change(stack: Stack, **fields: Any) -> None:
    """Change queue 7002."""
    names = ", ".join(f"{name} = %s" for name in fields)
    query = f"UPDATE acd_queue SET {names} WHERE number = '7002' RETURNING 1"  # noqa: S608 - names
    read_anew(stack, query, *fields.values())


def rule(
    stack: Stack,
    when: str,
    then: str,
    *,
    limit: int | None = None,
    target: str = "",
    number: str = "",
    keeps: bool = False,
    queue: str = "7002",
) -> None:
    """Give queue 7002 (or another) a rule after those that it has."""
    read_anew(
        stack,
        'INSERT INTO acd_overflowrule (tenant_id, queue_id, position, is_active, "when", "limit",'
        ' "then", target_queue_id, keeps_place, number, created_at, updated_at)'
        " SELECT q.tenant_id, q.id, %s, true, %s, %s, %s, t.id, %s, %s, now(), now()"
        " FROM acd_queue q JOIN tenants_tenant c ON c.id = q.tenant_id AND c.slug = 'demo'"
        " LEFT JOIN acd_queue t ON t.tenant_id = q.tenant_id AND t.number = %s"
        " WHERE q.number = %s RETURNING 1",
        next(POSITIONS),
        when,
        limit,
        then,
        keeps,
        number,
        target,
        queue,
    )


def stays(stack: Stack, caller: str) -> list[tuple[str, str, str, str | None]]:
    """Give (queue, how, reason, agent) of a caller's stays in their order."""
    return [
        tuple(row)  # type: ignore[misc]  # four texts
        for row in stack.sql(
            "SELECT v.queue_number, v.how, v.reason, a.number FROM calls_queuevisit v"
            " JOIN calls_call c ON c.id = v.call_id LEFT JOIN accounts_agent a ON a.id = v.agent_id"
            " WHERE c.caller = %s ORDER BY v.number",
            caller,
        )
    ]


def reasons(stack: Stack, caller: str) -> list[dict[str, Any]]:
    """Give why a caller was sent on, each time."""
    return [
        data
        for (data,) in stack.sql(
            "SELECT f.data FROM calls_callfact f JOIN calls_call c ON c.linkedid = f.linkedid"
            " WHERE f.kind = 'overflowed' AND c.caller = %s ORDER BY f.at",
            caller,
        )
    ]


def new_caller() -> str:
    return str(next(NUMBERS))


def test_who_has_waited_long_enough_rings_in_the_other_queue(stack: Stack, sign: Sign) -> None:
    rule(stack, "waited", "queue", limit=3, target="7001")
    desk = sign("1001")
    agent = desk.answers(Pause(500), HangUp())
    caller = new_caller()
    run = calls(stack, caller, bye=True)
    agent.wait()
    run.wait()
    found = [("7002", "flowed_out", "overflow", None), ("7001", "answered", "", "1001")]
    until(lambda: stays(stack, caller) == found, 10, lambda: str(stays(stack, caller)))
    [why] = reasons(stack, caller)
    assert (why["when"], why["limit"], why["was"], why["target"]) == ("waited", 3, 3, "7001")
    [(waited_ms,)] = stack.sql(
        "SELECT v.wait_ms FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
        " WHERE c.caller = %s AND v.number = 0",
        caller,
    )
    assert 2900 <= waited_ms <= 3900, "at the time, not at the next look"


def test_nobody_signed_in_leads_to_voicemail_at_once(stack: Stack) -> None:
    rule(stack, "nobody", "voicemail")
    caller = new_caller()
    voice = write_pcap(stack.sipp.folder / "overflow.pcap", tone_ulaw(440, 30))
    steps = [Pause(1500), SpeakUntilBye(voice, 30)]
    run = stack.sipp.start(caller_scenario(steps, caller=caller), service=DID)
    found = [("7002", "flowed_out", "overflow", None)]
    until(lambda: stays(stack, caller) == found, 15, lambda: str(stays(stack, caller)))
    until(lambda: "Record" in stack.asterisk.cli("core show channels concise"), 20, "he may speak")
    until(lambda: f"{caller}" in stack.asterisk.cli("core show channels concise"), 5)
    run.hang_up()
    assert call_of(stack, caller)["queue"] == "7002"
    assert [why["when"] for why in reasons(stack, caller)] == ["nobody"]


def test_the_one_too_many_goes_to_the_mobile(stack: Stack) -> None:
    rule(stack, "length", "number", limit=0, number=MOBILE)
    first, second = new_caller(), new_caller()
    calls(stack, first)
    until(lambda: stays(stack, first) == [("7002", "waiting", "", None)], 20, "the first waits")
    answer = answerer_scenario([Pause(2000), HangUp()], ring_ms=500)
    mobile = stack.sipp.start(answer, ip=CARRIER, port=CARRIER_PORT)
    until(
        lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "the carrier listens"
    )
    run = calls(stack, second, bye=True)
    mobile.wait(30)
    run.wait()
    found = [("7002", "flowed_out", "overflow", None)]
    until(lambda: stays(stack, second) == found, 10, lambda: str(stays(stack, second)))
    assert stays(stack, first) == [("7002", "waiting", "", None)]
    [why] = reasons(stack, second)
    assert (why["when"], why["was"], why["target"]) == ("length", 1, MOBILE)
    call = call_of(stack, second)
    assert (call["outcome"], call["agent"]) == ("answered", None)


def test_a_kept_place_comes_before_who_joined_the_other_queue_later(
    stack: Stack, sign: Sign, ami: AmiTap
) -> None:
    rule(stack, "waited", "queue", limit=6, target="7001", keeps=True)
    moved, later = new_caller(), new_caller()
    moved_run = calls(stack, moved, bye=True)
    until(lambda: stays(stack, moved) == [("7002", "waiting", "", None)], 20, "he waits")
    # Straight into 7001 by the main menu's key, 3 s later.

    steps = [Pause(1500), Keys("1"), WaitBye()]
    later_run = stack.sipp.start(caller_scenario(steps, caller=later))
    until(lambda: [row[0] for row in stays(stack, moved)] == ["7002", "7001"], 20, "he moved")
    until(lambda: [row[0] for row in stays(stack, later)] == ["7001"], 20, "the later one waits")
    desk = sign("1001")
    desk.answers(Pause(500), HangUp(), calls=2).wait()
    moved_run.wait()
    later_run.wait()
    order = stack.sql(
        "SELECT caller FROM calls_call WHERE caller IN (%s, %s) ORDER BY answered_at", moved, later
    )
    assert order == [(moved,), (later,)]


def test_queues_that_overflow_into_each_other_let_him_go(stack: Stack) -> None:
    rule(stack, "nobody", "queue", target="7001")
    rule(stack, "nobody", "queue", target="7002", queue="7001")
    change(stack, max_wait_s=10)
    caller = new_caller()
    calls(stack, caller, ms=30_000)
    until(lambda: len(stays(stack, caller)) == 3, 20, "there and back")
    last = [("7002", "flowed_out", "overflow"), ("7001", "flowed_out", "overflow")]
    assert [row[:3] for row in stays(stack, caller)][:2] == last
    until(lambda: stays(stack, caller)[2][2] == "timeout", 30, "then the longest wait")
    assert len(reasons(stack, caller)) == 2
    change(stack, max_wait_s=60)


def played(stack: Stack, begins: str) -> str:
    """Give what a waiting caller is played now, '' nothing that begins so."""
    for line in stack.asterisk.cli("core show channels concise").splitlines():
        fields = line.split("!")
        is_played = len(fields) > 6 and (fields[1], fields[5]) == ("huawu-wait", "Playback")
        if is_played and fields[6].startswith(begins):
            return fields[6]
    return ""


PLACE = "huawu/queue-place&huawu/digit-1&huawu/queue-place-end"


def test_place_and_expected_wait_are_said_and_the_music_goes_on(stack: Stack, sign: Sign) -> None:
    change(stack, says_place=True, says_wait=True, says_first_s=4, says_every_s=12, periodic_s=10)
    desk = sign("1004")
    talk = desk.answers(Pause(45_000), HangUp())
    first, second = new_caller(), new_caller()
    calls(stack, first, bye=True)
    until(lambda: [row[1] for row in stays(stack, first)] == ["answered"], 20, "he talks")
    waiting = calls(stack, second)
    said = until(lambda: played(stack, PLACE), 20, "the place is said")
    # How long, depends on the talks that the tests before this one had in the queue.
    assert said.startswith(f"{PLACE}&huawu/queue-wait")
    until(lambda: not played(stack, "huawu/"), 20, "the music goes on")
    until(lambda: played(stack, "huawu/queue-still-waiting"), 20, "the periodic prompt too")
    until(lambda: played(stack, PLACE), 20, "and again")
    waiting.hang_up()
    until(lambda: [row[1] for row in stays(stack, second)] == ["abandoned"], 10)
    talk.hang_up()


def test_an_agent_who_comes_in_the_middle_of_a_word_is_rung(stack: Stack, sign: Sign) -> None:
    change(stack, says_place=True, says_first_s=2, says_every_s=10)
    desk = sign("1004")
    desk.console.post("/desk/pause/", reason="break")
    caller = new_caller()
    run = calls(stack, caller, bye=True)
    until(lambda: [row[1] for row in stays(stack, caller)] == ["waiting"], 20, "he waits")
    agent = desk.answers(Pause(500), HangUp())
    until(lambda: played(stack, PLACE), 20, "the place is being said")
    desk.console.post("/desk/ready/")
    agent.wait()
    run.wait()
    found = [("7002", "answered", "", "1004")]
    until(lambda: stays(stack, caller) == found, 10, lambda: str(stays(stack, caller)))


def test_a_rule_holds_through_a_kill_of_the_distributor(stack: Stack, sign: Sign) -> None:
    rule(stack, "waited", "queue", limit=8, target="7001")
    desk = sign("1001")
    caller = new_caller()
    run = calls(stack, caller, bye=True)
    until(lambda: [row[1] for row in stays(stack, caller)] == ["waiting"], 20, "he waits")
    agent = desk.answers(Pause(500), HangUp())
    stack.kill("ami")
    stack.run("ami")
    agent.wait()
    run.wait()
    found = [("7002", "flowed_out", "overflow", None), ("7001", "answered", "", "1001")]
    until(lambda: stays(stack, caller) == found, 20, lambda: str(stays(stack, caller)))


def test_without_the_distributor_only_the_longest_wait_holds(stack: Stack) -> None:
    rule(stack, "waited", "queue", limit=6, target="7001")
    change(stack, max_wait_s=20)
    before, caller = takeovers(stack), new_caller()
    calls(stack, caller)
    until(lambda: [row[1] for row in stays(stack, caller)] == ["waiting"], 20, "he waits")
    stack.kill("ami")
    until(lambda: takeovers(stack) > before, 25, "app_queue has him")
    until(lambda: played_anywhere(stack, "huawu/queue-timeout"), 25, "the longest wait is over")
    stack.run("ami")
    # Nobody heard how he left; Asterisk's own log tells, while he still speaks on the machine.
    found = [("7002", "flowed_out", "timeout", None)]
    until(lambda: stays(stack, caller) == found, 30, lambda: str(stays(stack, caller)))
    assert reasons(stack, caller) == []
    change(stack, max_wait_s=60)


def played_anywhere(stack: Stack, sound: str) -> bool:
    """Say whether the sound is being played on any channel."""
    return sound in stack.asterisk.cli("core show channels concise")


MUSIC = """
import math, wave
from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
from apps.prompts.files import asterisk_path
from apps.prompts.models import Prompt
from apps.tenants.models import Tenant
with all_tenants("the test's music"):
    demo = Tenant.objects.get(slug="demo")
    prompt, _ = Prompt.objects.get_or_create(
        tenant=demo, name="waltz", defaults={"number": 77, "revision": 1}
    )
    path = asterisk_path("zh", "demo", "waltz", 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        step = [int(9000 * math.sin(n * 6.28318 * 440 / 8000)) for n in range(16000)]
        file.writeframes(b"".join(one.to_bytes(2, "little", signed=True) for one in step))
    queue = Queue.objects.get(tenant=demo, number="7002")
    queue.music_prompt = "waltz"
    queue.save()
"""


def test_a_queues_own_music_is_heard(stack: Stack) -> None:
    stack.manage("shell", "--no-imports", "-c", MUSIC)
    known = "Set(HW_MUSIC=demo-7002)"
    shown = "dialplan show demo-7002@huawu-queues"
    until(lambda: known in stack.asterisk.cli(shown), 20, "rendered")
    ear = Ear()
    try:
        steps = [Pause(30_000), HangUp()]
        scenario = caller_scenario(steps, caller=new_caller(), rtp_port=ear.port)
        run = stack.sipp.start(scenario, service=DID)
        until(
            lambda: len(ear.heard) > 8000 and goertzel(ear.heard[-4000:], 440) > 0.8,
            30,
            "440 Hz, the company's tune",
        )
        run.hang_up()
    finally:
        ear.close()
        change(stack, music_prompt="")
