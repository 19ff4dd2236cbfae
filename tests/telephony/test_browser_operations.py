"""Every call operation and supervision with agents in real Chromium pages: who hears whom.

What the same operations do with desk phones is in test_call_control_desk.py and
test_supervision.py; here buttons and keys of the page are pressed and browser phones talk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.browser_phones import (
    BrowserPhone,
    SipVoice,
    browser_phone,
    chromium_started,
    closed,
    deaf,
    together,
)
from tests.telephony.failed import FAILED
from tests.telephony.stack import Stack
from tests.telephony.test_company_prompts import upload
from tests.telephony.test_ivr_nodes import DID as FLOW_DID
from tests.telephony.test_ivr_nodes import publish
from tests.telephony.test_survey import call_of
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import Run, Step, WaitBye, answerer_scenario, caller_scenario

# Straight to queue 7002, agents 1004 to 1006, lead 1102.
DID = "4008002000"
CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
MOBILE = "13900139000"
TONES = {"1001": 800, "1004": 900, "1005": 1300, "1102": 2100}
ANSWER, ANSWER_HZ = "how-to-return", 700
SALES = {
    "name": "测试音",
    "start": "sales",
    "nodes": {"sales": {"kind": "queue", "queue": "7001"}},
}
MS = 20_000

logger = logging.getLogger(__name__)
Open = Callable[[str], BrowserPhone]
Call = Callable[..., Run]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_started() as browser:
        yield browser


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.heal()


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
    stack.asterisk.cli("channel request hangup all")
    for phone in phones:
        closed(phone)
    assert [fault for phone in phones for fault in phone.faults] == []


@pytest.fixture
def customer() -> Iterator[SipVoice]:
    voice = SipVoice("customer", 500)
    yield voice
    voice.close()


@pytest.fixture
def mobile() -> Iterator[SipVoice]:
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
    scenario = answerer_scenario([WaitBye(200_000)], rtp_port=mobile.port, status=status)
    run = stack.sipp.start(scenario, ip=CARRIER, port=CARRIER_PORT, calls=1, at_once=1)
    until(
        lambda: not is_port_free(CARRIER_PORT, address=CARRIER, udp=True), 5, "the mobile listens"
    )
    return run


def test_asked_swapped_all_together_put_out_and_left(
    stack: Stack, desk: Open, call: Call, customer: SipVoice, mobile: SipVoice
) -> None:
    agent, colleague = desk("1004"), desk("1005")
    agent.be_ready()
    call("13615000001")
    agent.answer()
    together(customer, agent)

    agent.choose("1005", is_asked=True)
    colleague.answer()
    together(agent, colleague)
    deaf(customer, agent, colleague)
    agent.can("swap")
    agent.key("s")
    together(agent, customer)
    deaf(colleague, agent, customer)
    agent.can("conference")
    agent.key("j")
    together(customer, agent, colleague)

    # A fourth, outside, is asked aside while the others talk on.
    carrier_answers(stack, mobile)
    agent.can("invite")
    agent.choose(MOBILE, is_asked=True)
    together(agent, mobile)
    together(customer, colleague)
    deaf(customer, agent, mobile)
    agent.can("conference")
    agent.at("conference").click()
    together(customer, agent, colleague, mobile)

    outside = agent.page.locator('[data-testid="party"][data-kind="external"]')
    outside.get_by_test_id("drop").click()
    expect(outside).to_have_count(0, timeout=MS)
    together(customer, agent, colleague)
    agent.key("l")
    agent.idle()
    together(customer, colleague)
    # Who was asked into it conducts it now.
    colleague.can("transfer")
    colleague.at("hangup").click()
    found = call_of(stack, "13615000001")
    assert (found["outcome"], found["agent"]) == ("answered", "1005")


def test_three_with_a_mobile_and_the_customer_hangs_up_in_a_consultation(
    stack: Stack, desk: Open, call: Call, customer: SipVoice, mobile: SipVoice
) -> None:
    agent, colleague = desk("1004"), desk("1005")
    agent.be_ready()
    run = call("13615000003")
    agent.answer()
    carrier_answers(stack, mobile)
    agent.can("transfer")
    agent.choose(MOBILE, is_asked=True)
    together(agent, mobile)
    agent.can("conference")
    agent.key("j")
    together(customer, agent, mobile)
    # The mobile hangs up: the two go on as before.
    outside = agent.page.locator('[data-testid="party"][data-kind="external"]')
    outside.get_by_test_id("drop").click()
    expect(agent.at("parties")).not_to_contain_text(MOBILE, timeout=MS)
    together(customer, agent)

    agent.choose("1005", is_asked=True)
    colleague.answer()
    together(agent, colleague)
    run.hang_up()
    gone = agent.page.locator('[data-testid="party"][data-kind="customer"]')
    expect(gone).to_have_attribute("data-state", "gone", timeout=MS)
    together(agent, colleague)
    expect(agent.at("complete")).to_be_hidden()
    agent.can("cancel")
    agent.key("x")
    agent.idle()
    colleague.idle()
    found = call_of(stack, "13615000003")
    assert (found["outcome"], found["agent"]) == ("answered", "1004")
    row = "SELECT hangup_by FROM calls_call WHERE caller = '13615000003'"
    assert stack.sql(row) == [("caller",)]


def test_picked_up_listened_to_whispered_barged_into_and_taken_over(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    first, agent, lead = desk("1004"), desk("1005"), desk("1102")
    first.be_ready()
    agent.be_ready()
    agent.key("p")
    agent.wait_state("paused")
    agent.at("nav-colleagues").click()
    call("13615000004")
    first.wait_call("ringing")
    agent.at("pick-up").click(timeout=MS)
    agent.answer()
    together(customer, agent)
    first.idle()

    lead.at("nav-live").click()
    row = lead.at("live-call").first
    expect(row).to_have_attribute("data-state", "talking", timeout=MS)
    row.focus()
    lead.page.keyboard.press("l")
    expect(lead.at("answer")).to_be_enabled(timeout=MS)
    lead.key("a")
    expect(agent.at("supervised")).to_have_attribute("data-mode", "listen", timeout=MS)
    hears(lead, customer, agent)
    deaf(agent, lead)
    deaf(customer, lead)
    lead.page.keyboard.press("w")
    expect(agent.at("supervised")).to_have_attribute("data-mode", "whisper", timeout=MS)
    hears(agent, customer, lead)
    hears(lead, customer, agent)
    deaf(customer, lead)
    lead.page.keyboard.press("b")
    expect(agent.at("supervised")).to_have_attribute("data-mode", "barge", timeout=MS)
    together(customer, agent, lead)
    lead.page.keyboard.press("t")
    agent.idle()
    lead.answer()
    together(customer, lead)
    deaf(customer, agent)
    lead.at("hangup").click()
    found = call_of(stack, "13615000004")
    assert (found["outcome"], found["agent"]) == ("answered", "1102")


def hears(one: BrowserPhone, *others: SipVoice | BrowserPhone) -> None:
    """Wait until he hears these, whoever hears him."""
    since = one.mark()
    tones = [other.hz for other in others]
    until(
        lambda: min(one.parts(since, tones) or [0.0]) > 0.1,
        20,
        lambda: f"{one.name} hears {tones}: {one.parts(0, tones)}",
    )


@pytest.fixture(scope="module")
def uploaded(whole_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make a standard answer playable."""
    upload(whole_stack, tmp_path_factory.mktemp("answer"), ANSWER_HZ, ANSWER, "answer")


def test_a_standard_answer_and_the_survey(
    stack: Stack, uploaded: None, desk: Open, call: Call, customer: SipVoice, tmp_path: Path
) -> None:
    publish(stack, tmp_path, SALES)
    try:
        agent = desk("1001")
        agent.be_ready()
        call("13615000005", FLOW_DID)
        agent.answer()
        together(customer, agent)
        since = customer.mark()
        agent.key("z")
        agent.at("answer-name").select_option(ANSWER)
        agent.at("answer-back").click()
        until(
            lambda: max(customer.parts(since, [ANSWER_HZ]) or [0.0]) > 0.8,
            MS / 1000,
            "the customer hears the answer",
        )
        agent.answer()
        together(customer, agent)
        agent.can("to-survey")
        agent.key("y")
        agent.idle()
        deaf(customer, agent)
        asked = (
            "SELECT 1 FROM surveys_surveyresult r JOIN calls_call c ON c.id = r.call_id"
            " WHERE c.caller = '13615000005'"
        )
        until(lambda: stack.sql(asked), 20, "the customer is asked")
    finally:
        publish(stack, tmp_path, DEMO_FLOWS["tone"])
