"""Call operations with agents in real Chromium pages: who hears whom.

Here: conferences, swaps, the survey. Others in test_browser_talk.py (mute, keys, hold, park),
test_browser_transfer.py and test_browser_supervision.py. What the same operations do with desk
phones is in test_call_control_desk.py and test_supervision.py; here buttons and keys of the page
are pressed and browser phones talk.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.browser_floor import MOBILE, MS, Call, Open, carrier_answers, ledger
from tests.telephony.browser_phones import SipVoice, deaf, together
from tests.telephony.stack import Stack
from tests.telephony.test_company_prompts import upload
from tests.telephony.test_ivr_nodes import DID as FLOW_DID
from tests.telephony.test_ivr_nodes import publish
from tests.telephony.waiting import until

ANSWER, ANSWER_HZ = "how-to-return", 700
SALES = {
    "name": "测试音",
    "start": "sales",
    "nodes": {"sales": {"kind": "queue", "queue": "7001"}},
}


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
    found = ledger(stack, "13615000001")
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
    found = ledger(stack, "13615000003")
    assert (found["outcome"], found["agent"]) == ("answered", "1004")
    assert found["hangup_by"] == "caller"


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
