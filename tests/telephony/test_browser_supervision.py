"""A lead in Chromium in the calls of agents in Chromium: who hears whom, and who is sent away."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.telephony.browser_floor import MS, Call, Open, ledger
from tests.telephony.browser_phones import (
    REASON,
    BrowserPhone,
    SipVoice,
    deaf,
    hears,
    together,
)
from tests.telephony.stack import Stack
from tests.telephony.waiting import until


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
    found = ledger(stack, "13615000004")
    assert (found["outcome"], found["agent"]) == ("answered", "1102")


def agent_row(lead: BrowserPhone, number: str) -> Locator:
    return lead.page.locator(f'[data-testid="live-agent"][data-agent="{number}"]')


def audited(stack: Stack, action: str) -> list[str]:
    """Give the reasons with which a lead did something."""
    rows = stack.sql(
        "SELECT detail ->> 'reason' FROM audit_auditentry WHERE action = %s ORDER BY id", action
    )
    return [reason for (reason,) in rows]


def test_made_busy_made_ready_hung_up_and_signed_out_by_the_lead(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    agent, lead = desk("1004"), desk("1102")
    agent.be_ready()
    lead.at("nav-live").click()
    row = agent_row(lead, "1004")
    expect(row).to_have_attribute("data-state", "ready", timeout=MS)
    lead.page.locator("#busy-reason").select_option("training")
    row.get_by_test_id("force-busy").click()
    agent.wait_state("paused")
    expect(row).to_have_attribute("data-state", "paused", timeout=MS)
    row.get_by_test_id("force-ready").click()
    agent.wait_state("ready")

    call("13615000021")
    agent.answer()
    together(customer, agent)
    talk = lead.at("live-call").first
    expect(talk).to_have_attribute("data-state", "talking", timeout=MS)
    talk.focus()
    lead.page.keyboard.press("h")
    agent.idle()
    deaf(customer, agent)
    assert ledger(stack, "13615000021")["agent"] == "1004"
    assert audited(stack, "supervision.hang_up")[-1] == REASON

    # Signed out in a talk he talks on; at once his talk ends too.
    agent.be_ready()
    call("13615000022")
    agent.answer()
    together(customer, agent)
    row.get_by_test_id("force-sign-out").click()
    expect(agent.at("sign-in")).to_be_visible(timeout=MS)
    together(customer, agent)
    assert audited(stack, "supervision.sign_out")[-1] == REASON
    # Asked for once more while he is out: nothing is pressed for who is signed out.
    expect(row.get_by_test_id("force-sign-out")).to_have_count(0, timeout=MS)
    agent.at("hangup").click()
    agent.idle()
    ledger(stack, "13615000022")
    agent.be_ready()
    call("13615000023")
    agent.answer()
    together(customer, agent)
    row.get_by_test_id("force-sign-out-now").click(timeout=MS)
    agent.idle()
    deaf(customer, agent)
    agent.wait_state("signed_out")
    until(
        lambda: len(audited(stack, "supervision.sign_out")) >= 2, 20, "both are in the audit trail"
    )
    ledger(stack, "13615000023")
