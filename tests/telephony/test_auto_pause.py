"""An agent's phone that declines call after call: he is made busy, the caller goes on waiting."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.test_standard_answers import FLOW
from tests.telephony.test_survey import DeskPhone
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, caller_scenario

MISSES = """
from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
with all_tenants("the test's queue"):
    Queue.objects.filter(tenant__slug="demo", number="7001").update(auto_pause_misses={most})
"""


@pytest.fixture(scope="module")
def phone_port() -> int:
    return free_phone_port("127.0.0.1")


@pytest.fixture
def phone(stack: Stack, phone_port: int, tmp_path: Path) -> Iterator[DeskPhone]:
    publish(stack, tmp_path, FLOW)
    stack.manage("shell", "--no-imports", "-c", MISSES.format(most=2))
    desk = DeskPhone(stack, phone_port)
    yield desk
    stack.manage("shell", "--no-imports", "-c", MISSES.format(most=0))
    desk.console.post("/desk/sign-out/")
    stack.sipp.stop_all()
    publish(stack, tmp_path, DEMO_FLOWS["tone"])


def test_an_agent_who_declines_twice_is_made_busy(stack: Stack, phone: DeskPhone) -> None:
    first = phone.answers(status=486)
    caller = stack.sipp.start(
        caller_scenario([Pause(60_000), HangUp()], caller="13606500001"), service=DID
    )
    first.wait(20)
    phone.answers(status=486).wait(20)
    until(lambda: "paused:missed" in shown(stack), 10, "Asterisk rings him no more")
    changes = stack.sql(
        "SELECT c.to_state, c.reason FROM acd_agentstatechange c JOIN accounts_agent a"
        " ON a.id = c.agent_id WHERE a.number = '1001' ORDER BY c.id DESC LIMIT 1"
    )
    assert changes == [("paused", "missed")]
    assert "13606500001" in stack.asterisk.cli("core show channels concise"), "still waiting"
    caller.hang_up()


def shown(stack: Stack) -> str:
    """Give what Asterisk says of the queue's agents, blanks left out."""
    return stack.asterisk.cli("queue show demo-7001").replace(" ", "")
