"""The agent's number is announced before the talk: to whom the queue says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.audio import RATE, Ear
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.test_standard_answers import FLOW
from tests.telephony.test_survey import DeskPhone, call_of
from tests.telephony.waiting import until
from tools.sipp import Run, WaitBye, caller_scenario

QUIET = 60
SAYS = "huawu/agent-number&huawu/digit-1&huawu/digit-0"
ANNOUNCE = """
from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
with all_tenants("the test's queue"):
    queue = Queue.objects.get(tenant__slug="demo", number="7001")
    queue.announce_agent = {to!r}
    queue.save()
"""


@pytest.fixture(scope="module")
def phone_port() -> int:
    return free_phone_port("127.0.0.1")


def announce(stack: Stack, to: str) -> None:
    """Set whom the queue tells, and wait until Asterisk knows."""
    stack.manage("shell", "--no-imports", "-c", ANNOUNCE.format(to=to))
    line = f"__HW_ANNOUNCE={to}"

    def is_known() -> bool:
        shown = stack.asterisk.cli("dialplan show demo-7001@huawu-announcements")
        return (line in shown) if to else ("__HW_ANNOUNCE" not in shown)

    until(is_known, 20, f"Asterisk announces to {to!r}")


@pytest.fixture
def phone(stack: Stack, phone_port: int, tmp_path: Path) -> Iterator[DeskPhone]:
    publish(stack, tmp_path, FLOW)
    desk = DeskPhone(stack, phone_port)
    yield desk
    desk.console.post("/desk/sign-out/")
    stack.sipp.stop_all()
    announce(stack, "")
    publish(stack, tmp_path, DEMO_FLOWS["tone"])


def announced_on(stack: Stack, run: Run) -> list[str]:
    """Give whose channels played the number while the caller's run lasted, in their order."""
    found: list[str] = []
    while run.process.poll() is None:
        for line in stack.asterisk.cli("core show channels concise").splitlines():
            fields = line.split("!")
            if len(fields) > 6 and fields[5] == "Playback" and fields[6].startswith(SAYS):
                who = fields[0].removeprefix("PJSIP/").split("-")[0]
                found += [who] if who not in found else []
    return found


def longest_silence_s(ear: Ear) -> float:
    """Give the longest stretch without a sound, before the last sound."""
    pieces = [ear.heard[at : at + RATE // 10] for at in range(0, len(ear.heard), RATE // 10)]
    loud = [max(map(abs, piece)) > QUIET for piece in pieces]
    last = max((place for place, is_loud in enumerate(loud) if is_loud), default=0)
    longest = now = 0
    for is_loud in loud[:last]:
        now = 0 if is_loud else now + 1
        longest = max(longest, now)
    return longest / 10


@pytest.mark.parametrize(
    ("to", "heard_by"),
    [
        ("caller", ["trunk"]),
        ("agent", ["1001"]),
        # Both at once.
        ("both", ["1001", "trunk"]),
    ],
)
def test_number_is_announced_before_the_talk(
    stack: Stack, phone: DeskPhone, ear: Ear, to: str, heard_by: list[str]
) -> None:
    caller = f"136063000{len(to):02d}"
    announce(stack, to)
    # SIPp's agent says nothing: hung up soon after the announcements, what is heard is theirs.
    agent = phone.talks(5000 * len(heard_by))
    scenario = caller_scenario([WaitBye()], caller=caller, rtp_port=ear.port)
    run = stack.sipp.start(scenario, service=DID)
    assert sorted(announced_on(stack, run)) == heard_by
    agent.wait(60)
    # The talk itself, in which nobody speaks; whoever waits for the other's words has music.
    assert longest_silence_s(ear) < 6
    found = call_of(stack, caller)
    assert (found["outcome"], found["agent"]) == ("answered", "1001")
    assert found["wait_ms"] < 3000, "announcements are no waiting"
