"""Agents in Chromium give customers away, to whoever answers or does not: who hears whom."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.telephony.browser_floor import (
    MOBILE,
    MS,
    Call,
    Open,
    carrier_answers,
    carrier_rings,
    colleague_party,
    given,
    ledger,
)
from tests.telephony.browser_phones import SipVoice, deaf, together
from tests.telephony.stack import Stack

# Two phones that ring out take their time beside all else.
pytestmark = pytest.mark.timeout(600)
# A phone rings 30 s; then a busy machine rings the agent.
RUNG_OUT_MS = 75_000


def test_given_to_a_colleague_and_by_him_to_a_queue(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    agent, colleague = desk("1004"), desk("1005")
    agent.be_ready()
    call("13615000031")
    agent.answer()
    together(customer, agent)
    agent.can("transfer")
    agent.choose("1005")
    colleague.wait_call("ringing")
    assert colleague.text("caller-number") == "13615000031"
    expect(colleague.at("transferred-by")).to_contain_text("1004", timeout=MS)
    colleague.answer()
    together(customer, colleague)
    agent.idle()
    deaf(customer, agent)

    agent.be_ready()
    colleague.can("transfer")
    colleague.choose("7021")
    colleague.idle()
    agent.answer()
    together(customer, agent)
    deaf(customer, colleague)
    agent.at("hangup").click()
    agent.idle()
    found = ledger(stack, "13615000031")
    assert (found["outcome"], found["agent"]) == ("answered", "1004")
    visits = "SELECT queue_number, how FROM calls_queuevisit WHERE call_id = %s ORDER BY number"
    assert stack.sql(visits, found["id"]) == [("7002", "answered"), ("7021", "answered")]


def test_taken_back_and_given_outside_where_nobody_answers_and_then_somebody(
    stack: Stack, desk: Open, call: Call, customer: SipVoice, mobile: SipVoice
) -> None:
    agent, colleague = desk("1004"), desk("1005")
    agent.be_ready()
    call("13615000032")
    agent.answer()
    together(customer, agent)
    agent.can("transfer")
    agent.choose("1005")
    colleague.wait_call("ringing")
    given(agent)
    agent.can("take-back")
    agent.key("b")
    agent.answer()
    together(customer, agent)
    colleague.idle()

    carrier_rings(stack)
    agent.can("transfer")
    agent.choose(MOBILE)
    agent.idle()
    given(agent)
    deaf(customer, agent)
    # Nobody comes: he is rung again with his customer.
    expect(agent.at("answer")).to_be_enabled(timeout=RUNG_OUT_MS)
    agent.answer()
    together(customer, agent)

    carrier_answers(stack, mobile)
    agent.can("transfer")
    agent.choose(MOBILE)
    together(customer, mobile)
    agent.idle()
    deaf(customer, agent)
    stack.sipp.stop_all()
    stack.asterisk.cli("channel request hangup all")
    assert ledger(stack, "13615000032")["outcome"] == "answered"


def test_a_mobile_that_is_busy_or_does_not_answer_leaves_the_customer_with_the_agent(
    stack: Stack, desk: Open, call: Call, customer: SipVoice, mobile: SipVoice
) -> None:
    agent = desk("1004")
    agent.be_ready()
    call("13615000033")
    agent.answer()
    together(customer, agent)
    # Asked first: busy, he is with the customer again by himself.
    carrier_answers(stack, mobile, status=486)
    agent.can("transfer")
    agent.choose(MOBILE, is_asked=True)
    together(customer, agent)
    agent.can("transfer")
    # It rings, and he does not want to wait.
    carrier_rings(stack)
    agent.choose(MOBILE, is_asked=True)
    outside = colleague_party(agent, "external")
    expect(outside).to_have_attribute("data-state", "ringing", timeout=MS)
    deaf(customer, agent)
    agent.can("cancel")
    agent.key("x")
    together(customer, agent)
    expect(outside).to_have_count(0, timeout=MS)
    # It rings out.
    carrier_rings(stack)
    agent.can("transfer")
    agent.choose(MOBILE, is_asked=True)
    expect(outside).to_have_attribute("data-state", "ringing", timeout=MS)
    expect(outside).to_have_count(0, timeout=RUNG_OUT_MS)
    together(customer, agent)


def test_a_busy_mobile_gives_him_back_and_then_three_talk(
    stack: Stack, desk: Open, call: Call, customer: SipVoice, mobile: SipVoice
) -> None:
    agent = desk("1004")
    agent.be_ready()
    call("13615000035")
    agent.answer()
    together(customer, agent)
    # Given away unasked: he is rung again with his customer.
    carrier_answers(stack, mobile, status=486)
    agent.can("transfer")
    agent.choose(MOBILE)
    agent.answer()
    together(customer, agent)
    # And at last all three, from which the agent goes.
    carrier_answers(stack, mobile)
    agent.can("transfer")
    agent.choose(MOBILE, is_asked=True)
    together(agent, mobile)
    deaf(customer, agent, mobile)
    agent.can("conference")
    agent.key("j")
    together(customer, agent, mobile)
    agent.can("leave")
    agent.key("l")
    agent.idle()
    together(customer, mobile)
    deaf(customer, agent)


def test_a_colleague_declines_and_the_giver_reads_why(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    agent, colleague = desk("1004"), desk("1005")
    agent.be_ready()
    call("13615000034")
    agent.answer()
    together(customer, agent)
    # Asked first.
    agent.can("transfer")
    agent.choose("1005", is_asked=True)
    colleague.can("answer")
    colleague.key("n")
    colleague.page.locator('[data-decline="technical"]').click()
    colleague.idle()
    why = agent.at("declined")
    expect(why).to_contain_text("1005", timeout=MS)
    expect(why).to_contain_text("电话或电脑故障", timeout=MS)
    together(customer, agent)
    # Given away unasked: the giver is rung again, and reads it before he answers.
    agent.can("transfer")
    agent.choose("1005")
    colleague.can("answer")
    colleague.key("n")
    colleague.page.locator('[data-decline="busy"]').click()
    agent.can("answer")
    expect(why).to_contain_text("正在处理其他客户", timeout=MS)
    agent.answer()
    together(customer, agent)
    # Told and done: when the colleague has him after all, it is no news any more.
    agent.can("transfer")
    agent.choose("1005")
    colleague.answer()
    together(customer, colleague)
    expect(colleague.at("declined")).to_be_hidden()
    colleague.at("hangup").click()
    colleague.idle()
    assert ledger(stack, "13615000034")["agent"] == "1005"
