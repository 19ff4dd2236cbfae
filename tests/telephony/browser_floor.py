"""What tests with agents in Chromium have in common: the people, their desks, callers, a mobile.

`tests/telephony/conftest.py` makes the fixtures known.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.telephony.browser_phones import (
    BrowserPhone,
    SipVoice,
    browser_phone,
    chromium_started,
    closed,
)
from tests.telephony.failed import FAILED
from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import Run, Step, WaitBye, answerer_scenario, caller_scenario, ringing_scenario

__all__ = [
    "CARRIER",
    "CARRIER_PORT",
    "DID",
    "MOBILE",
    "MS",
    "Call",
    "Open",
    "call",
    "carrier_answers",
    "carrier_rings",
    "chromium",
    "colleague_party",
    "customer",
    "desk",
    "given",
    "ledger",
    "mobile",
]

# Straight to queue 7002, agents 1004 to 1006, lead 1102.
DID = "4008002000"
CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
MOBILE = "13900139000"
TONES = {"1001": 800, "1004": 900, "1005": 1300, "1102": 2100}
MS = 30_000

logger = logging.getLogger(__name__)
Open = Callable[[str], BrowserPhone]
Call = Callable[..., Run]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run one browser for a file."""
    with chromium_started() as browser:
        yield browser


@pytest.fixture
def desk(chromium: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open people's desks; complain of what their pages complained of."""
    phones: list[BrowserPhone] = []

    def enter(login: str) -> BrowserPhone:
        phones.append(browser_phone(chromium, stack, login, TONES[login]))
        return phones[-1]

    yield enter
    failed = request.node.stash.get(FAILED, False)
    if failed:
        for phone in phones:
            phone.keep_picture(request.node.name)
        logger.error(stack.asterisk.cli("core show channels verbose"))
    # While they still answer: a late goodbye would meet the next test's phone.
    stack.hang_up_all()
    for phone in phones:
        closed(phone)
    assert [fault for phone in phones for fault in phone.faults] == []


@pytest.fixture
def customer() -> Iterator[SipVoice]:
    """Give the customer's voice."""
    voice = SipVoice("customer", 500)
    yield voice
    voice.close()


@pytest.fixture
def mobile() -> Iterator[SipVoice]:
    """Give the voice of who is called outside."""
    voice = SipVoice("mobile", 1700)
    yield voice
    voice.close()


@pytest.fixture
def call(stack: Stack, customer: SipVoice) -> Call:
    """Let the customer call a number."""

    def begin(caller: str, did: str = DID) -> Run:
        steps: list[Step] = [WaitBye(200_000)]
        scenario = caller_scenario(steps, caller=caller, rtp_port=customer.port)
        return stack.sipp.start(scenario, service=did)

    return begin


def carrier_answers(stack: Stack, mobile: SipVoice, *, status: int = 200) -> Run:
    """Let the next call to a number outside be answered by the mobile, or refused."""
    return _at_the_carrier(
        stack, answerer_scenario([WaitBye(200_000)], rtp_port=mobile.port, status=status)
    )


def carrier_rings(stack: Stack) -> Run:
    """Let the next call to a number outside ring until the other side gives up."""
    return _at_the_carrier(stack, ringing_scenario(90_000))


def _at_the_carrier(stack: Stack, scenario: str) -> Run:
    def is_free() -> bool:
        return is_port_free(CARRIER_PORT, address=CARRIER, udp=True)

    until(is_free, 20, "the one before has gone")
    run = stack.sipp.start(scenario, ip=CARRIER, port=CARRIER_PORT, calls=1, at_once=1)
    until(lambda: not is_free(), 20, "the mobile listens")
    return run


def colleague_party(phone: BrowserPhone, kind: str = "agent") -> Locator:
    """Find who else is in the call on the agent's page."""
    return phone.page.locator(f'[data-testid="party"][data-kind="{kind}"]')


def given(phone: BrowserPhone) -> None:
    """Wait until the page shows that its customer is on his way to somebody."""
    expect(phone.at("sent-call")).to_be_visible(timeout=MS)


def ledger(stack: Stack, caller: str) -> dict[str, Any]:
    """Wait until a caller's call has ended; give what the ledger says of it."""
    query = (
        "SELECT c.outcome, a.number, c.hangup_by, c.id FROM calls_call c"
        " LEFT JOIN accounts_agent a ON a.id = c.agent_id"
        " WHERE c.caller = %s AND c.ended_at IS NOT NULL"
    )
    rows = until(lambda: stack.sql(query, caller), 40, f"the call of {caller} has ended")
    return dict(zip(("outcome", "agent", "hangup_by", "id"), rows[0], strict=True))
