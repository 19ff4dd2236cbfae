"""An agent in Chromium mutes himself, presses keys, holds and parks: what the customer hears."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.telephony.browser_floor import MS, Call, Open, ledger
from tests.telephony.browser_phones import SipVoice, deaf, hears, together
from tests.telephony.stack import Stack
from tests.telephony.waiting import until


def has_music(customer: SipVoice) -> None:
    """Insist that he hears something; who speaks is told by `deaf`."""
    assert customer.loud_within(0.5, 20), "the customer has music"


def test_muted_the_customer_hears_nothing_and_keys_reach_him(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    agent = desk("1004")
    agent.be_ready()
    call("13615000011")
    agent.answer()
    together(customer, agent)
    mute = agent.at("mute")
    spoken = agent.text("mute")
    expect(mute).to_have_attribute("aria-pressed", "false")
    agent.key("m")
    expect(mute).to_have_attribute("aria-pressed", "true")
    assert agent.text("mute") != spoken, "the button says what it does now"
    deaf(customer, agent)
    hears(agent, customer)
    agent.key("m")
    expect(mute).to_have_attribute("aria-pressed", "false")
    together(customer, agent)

    agent.key("k")
    for key in "40#":
        agent.page.locator(f'[data-testid="keypad"] [data-key="{key}"]').click()
    until(lambda: customer.pressed == "40#", 30, lambda: f"keys arrive: {customer.pressed!r}")
    together(customer, agent)
    agent.at("hangup").click()
    agent.idle()


def test_held_with_music_and_resumed_parked_and_fetched(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    agent, colleague = desk("1004"), desk("1005")
    agent.be_ready()
    call("13615000012")
    agent.answer()
    together(customer, agent)
    agent.can("hold")
    agent.key("o")
    agent.wait_call("held")
    expect(agent.at("hold")).to_have_attribute("aria-pressed", "true", timeout=MS)
    deaf(customer, agent)
    deaf(agent, customer)
    has_music(customer)
    agent.can("hold")
    agent.key("o")
    together(customer, agent)
    expect(agent.at("hold")).to_have_attribute("aria-pressed", "false", timeout=MS)

    # Parked, and fetched by who parked him.
    agent.can("park")
    agent.key("q")
    agent.idle()
    deaf(customer, agent)
    has_music(customer)
    expect(agent.at("unpark")).to_be_enabled(timeout=MS)
    agent.key("b")
    agent.answer()
    together(customer, agent)

    # Parked once more, and fetched by a colleague.
    agent.can("park")
    agent.at("park").click()
    agent.idle()
    colleague.at("nav-colleagues").click()
    row = colleague.at("parked-call")
    expect(row).to_contain_text("13615000012", timeout=MS)
    expect(row).to_contain_text("1004")
    row.get_by_test_id("fetch").click()
    colleague.answer()
    together(customer, colleague)
    deaf(customer, agent)
    expect(agent.at("unpark")).to_have_count(0, timeout=MS)
    expect(row).to_have_count(0, timeout=MS)
    colleague.can("transfer")
    colleague.at("hangup").click()
    colleague.idle()
    found = ledger(stack, "13615000012")
    assert (found["outcome"], found["agent"]) == ("answered", "1005")
