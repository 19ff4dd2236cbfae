"""A page is loaded anew, its machine sleeps, a process of ours dies in a call: nobody is lost.

With agents in real Chromium pages; who hears whom is told by tones. A plain talk and one process
for all of ours: tests/browser/test_reload_in_a_call.py, test_desk_survives.py, test_second_tab.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.measured import measured
from tests.telephony.browser_floor import DID, MS, Call, Open
from tests.telephony.browser_phones import (
    BrowserPhone,
    SipVoice,
    chromium_started,
    deaf,
    together,
)
from tests.telephony.browser_recovery import (
    RIGHT_AGAIN_S,
    SLEEPER,
    Listening,
    asleep,
    facts,
    has_music,
    is_right,
    right_again,
)
from tests.telephony.stack import Stack
from tests.telephony.test_agent_states import now
from tests.telephony.test_survey import call_of
from tests.telephony.waiting import until
from tools.sipp import Run, WaitBye, caller_scenario

WRAP_UP_S = 3
SLEEP_S = 60.0
# Who waits in the queue while the only agent sleeps is not to leave a message.
LONGEST_WAIT_S = 300
# Changing from one sound to another takes a moment, and a busy machine sends late.
LONGEST_SILENCE_S = 6


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_started(SLEEPER) as browser:
        yield browser


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    [before] = whole_stack.sql("SELECT wrap_up_s, max_wait_s FROM acd_queue WHERE number = '7002'")
    times = "UPDATE acd_queue SET wrap_up_s = %s, max_wait_s = %s WHERE number = '7002' RETURNING 1"
    whole_stack.sql(times, WRAP_UP_S, LONGEST_WAIT_S)
    yield whole_stack
    whole_stack.sql(times, *before)
    whole_stack.hang_up_all()
    whole_stack.heal()


@pytest.fixture
def call(stack: Stack, customer: SipVoice) -> Call:
    """Let the customer call the queue."""

    def begin(caller: str) -> Run:
        scenario = caller_scenario([WaitBye(280_000)], caller=caller, rtp_port=customer.port)
        return stack.sipp.start(scenario, service=DID)

    return begin


def ends_well(
    stack: Stack, agent: BrowserPhone, run: Run, caller: str, *, by: str = "1004"
) -> None:
    """Hang up: one call, answered by him; wrap-up, then he is free."""
    agent.at("hangup").click()
    agent.wait_call("ended")
    agent.idle()
    run.wait(20)
    found = call_of(stack, caller)
    assert (found["outcome"], found["agent"]) == ("answered", by)
    assert stack.sql("SELECT count(*) FROM calls_call WHERE caller = %s", caller) == [(1,)]
    until(lambda: now(stack, by) == "ready", 20, lambda: f"{by} is free, is {now(stack, by)}")
    agent.wait_state("ready")


def next_call(stack: Stack, call: Call, agent: BrowserPhone, customer: SipVoice, who: str) -> None:
    """Show that nothing is left of before: he is rung and talks."""
    run = call(who)
    agent.answer()
    together(customer, agent)
    ends_well(stack, agent, run, who)


def test_page_loaded_anew_while_he_holds_the_caller_holds_him_again(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    caller = "13616000001"
    agent = desk("1004")
    agent.be_ready()
    run = call(caller)
    agent.answer()
    together(customer, agent)
    agent.at("hold").click()
    expect(agent.at("hold")).to_have_attribute("aria-pressed", "true", timeout=MS)
    agent.wait_state("held")
    has_music(customer, agent)

    heard = Listening(customer)
    agent.page.reload(wait_until="commit")
    right_again(agent, "held", "held", "held", since=time.monotonic(), hold=True)
    until(lambda: facts(stack, caller, "rejoined") == 1, 20, "the phone is back")
    agent.can("hold")
    has_music(customer, agent)
    deaf(customer, agent)
    assert heard.without_sound_s() < LONGEST_SILENCE_S

    agent.at("hold").click()
    together(customer, agent)
    agent.wait_state("talking")
    # Once he is fetched a reload is one in a talk.
    agent.page.reload(wait_until="commit")
    until(lambda: facts(stack, caller, "rejoined") == 2, 20, "the phone is back in the talk")
    together(customer, agent)
    assert facts(stack, caller, "offered") == 1
    ends_well(stack, agent, run, caller)
    next_call(stack, call, agent, customer, "13616000011")


def in_conference(
    desk: Open, call: Call, customer: SipVoice, caller: str
) -> tuple[BrowserPhone, BrowserPhone, Run]:
    """Give agent and colleague, who both talk with the customer."""
    agent, colleague = desk("1004"), desk("1005")
    agent.be_ready()
    run = call(caller)
    agent.answer()
    together(customer, agent)
    agent.choose("1005", is_asked=True)
    colleague.answer()
    together(agent, colleague)
    agent.can("conference")
    agent.at("conference").click()
    together(customer, agent, colleague)
    return agent, colleague, run


def test_page_loaded_anew_in_a_conference_comes_back_into_it(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    caller = "13616000002"
    agent, colleague, run = in_conference(desk, call, customer, caller)
    heard = Listening(customer)
    agent.page.reload(wait_until="commit")
    right_again(agent, "conference", "talking", "talking", since=time.monotonic())
    until(lambda: facts(stack, caller, "rejoined") == 1, 20, "the phone is back")
    together(customer, agent, colleague)
    # The others talked on.
    assert heard.without_sound_s() < LONGEST_SILENCE_S
    expect(agent.at("parties").locator('[data-testid="party"]')).to_have_count(2, timeout=MS)

    # Whom he asked is loaded anew too; then that one leaves, and the two go on.
    colleague.page.reload(wait_until="commit")
    until(lambda: facts(stack, caller, "rejoined") == 2, 20, "the colleague's phone is back")
    together(customer, agent, colleague)
    colleague.can("leave")
    colleague.at("leave").click()
    colleague.idle()
    together(customer, agent)
    assert facts(stack, caller, "offered") == 1
    ends_well(stack, agent, run, caller)
    next_call(stack, call, agent, customer, "13616000012")


def test_caller_left_alone_in_a_conference_whose_agent_is_away_gets_him_back(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    caller = "13616000003"
    agent, colleague, run = in_conference(desk, call, customer, caller)
    agent.page.goto("about:blank")
    until(lambda: has_left(stack, caller), 20, "he is away")
    together(customer, colleague)
    colleague.can("leave")
    colleague.at("leave").click()
    colleague.idle()
    has_music(customer, agent, colleague)
    agent.page.goto(agent.url, wait_until="commit")
    right_again(agent, "alone in a conference", "talking", "talking", since=time.monotonic())
    together(customer, agent)
    ends_well(stack, agent, run, caller)


def test_caller_left_alone_in_a_conference_whose_agent_stays_away_goes_to_the_queue(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    caller = "13616000004"
    agent, colleague, run = in_conference(desk, call, customer, caller)
    agent.page.goto("about:blank")
    until(lambda: has_left(stack, caller), 20, "he is away")
    colleague.can("leave")
    colleague.at("leave").click()
    colleague.idle()
    heard = Listening(customer)
    has_music(customer, agent, colleague)
    until(lambda: facts(stack, caller, "not_rejoined") == 1, 60, "he is given up")
    colleague.be_ready()
    colleague.answer()
    together(customer, colleague)
    assert heard.without_sound_s() < LONGEST_SILENCE_S
    ends_well(stack, colleague, run, caller, by="1005")
    agent.page.goto(agent.url)
    # By himself: the wrap-up of what was his part of the call ends by its timer.
    agent.wait_state("ready")
    assert facts(stack, caller, "offered") == 2


def has_left(stack: Stack, caller: str) -> bool:
    """Say whether a phone's place in a conference is kept."""
    query = (
        "SELECT 1 FROM calls_callfact f JOIN calls_call c USING (node, linkedid)"
        " WHERE c.caller = %s AND f.kind = 'control' AND f.data->>'step' = 'rejoining'"
    )
    return bool(stack.sql(query, caller))


def passed(since: float, seconds: float) -> None:
    """Let so much time have passed since then: how long he sleeps is what the test is about."""
    until(lambda: time.monotonic() - since >= seconds, seconds + 5)


def test_caller_of_a_machine_that_sleeps_for_a_minute_has_music_and_is_served(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    caller = "13616000005"
    agent = desk("1004")
    agent.be_ready()
    run = call(caller)
    agent.answer()
    together(customer, agent)
    heard, begun = Listening(customer), time.monotonic()
    with asleep():
        until(lambda: facts(stack, caller, "phone_lost"), 30, "the sleep is noticed")
        measured(f"sleep: music {time.monotonic() - begun:.1f} s after the lid was closed")
        has_music(customer, agent)
        until(lambda: facts(stack, caller, "not_rejoined"), 40, "he is given up")
        until(lambda: now(stack) == "unreachable", 20, lambda: f"he is away, is {now(stack)}")
        passed(begun, SLEEP_S)
    woke = time.monotonic()
    # No talk is shown any more, and the state is the one that everybody sees.
    until(
        lambda: any(
            is_right(agent, now(stack), card, hold=False) for card in ("", "ended", "ringing")
        ),
        40,
        lambda: f"right after the sleep: {agent.text('desk-state')}, is {now(stack)}",
    )
    measured(f"60 s asleep: the page is right {time.monotonic() - woke:.1f} s after waking")
    assert time.monotonic() - woke < RIGHT_AGAIN_S
    # Only he serves the queue: the caller is offered to him as soon as his phone is there.
    agent.wait_call("ringing", MS)
    measured(f"60 s asleep: rung {time.monotonic() - woke:.1f} s after waking")
    agent.answer()
    together(customer, agent)
    expect(agent.at("call-card")).to_have_count(1)
    silence_s = heard.without_sound_s()
    measured(f"sleep: {silence_s:.1f} s without a sound")
    assert silence_s < 15
    assert facts(stack, caller, "offered") == 2
    ends_well(stack, agent, run, caller)
    next_call(stack, call, agent, customer, "13616000015")


def test_short_sleep_gives_the_caller_back_to_the_talk(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    caller = "13616000006"
    agent = desk("1004")
    agent.be_ready()
    run = call(caller)
    agent.answer()
    together(customer, agent)
    with asleep():
        until(lambda: facts(stack, caller, "phone_lost"), 30, "the sleep is noticed")
        has_music(customer, agent)
    right_again(agent, "short sleep", "talking", "talking", since=time.monotonic())
    until(lambda: facts(stack, caller, "rejoined") == 1, 20, "the phone is back")
    together(customer, agent)
    assert facts(stack, caller, "offered") == 1
    ends_well(stack, agent, run, caller)


@pytest.mark.parametrize(("name", "number"), [("ami", 7), ("web", 8)])
def test_talk_goes_on_when_one_process_of_ours_is_killed(
    stack: Stack, desk: Open, call: Call, customer: SipVoice, name: str, number: int
) -> None:
    caller = f"1361600000{number}"
    agent = desk("1004")
    agent.be_ready()
    run = call(caller)
    agent.answer()
    together(customer, agent)
    told = stack.log("ami").count("distributing")
    stack.kill(name)
    heard = Listening(customer)
    if name == "web":
        expect(agent.at("stale")).to_be_visible(timeout=MS)
    together(customer, agent)
    stack.run(name)
    if name == "ami":
        until(lambda: stack.log("ami").count("distributing") > told, 30, "the listener is back")
    else:
        until(lambda: stack.health()[0] == 200, 40, "the web server is back")
    right_again(agent, f"{name} killed", "talking", "talking", since=time.monotonic())
    expect(agent.at("stale")).to_be_hidden()
    together(customer, agent)
    assert heard.without_sound_s() < LONGEST_SILENCE_S
    assert facts(stack, caller, "offered") == 1
    ends_well(stack, agent, run, caller)
    next_call(stack, call, agent, customer, f"1361600001{number}")


def test_manager_link_cut_in_a_talk_costs_nobody_anything(
    stack: Stack, desk: Open, call: Call, customer: SipVoice
) -> None:
    caller = "13616000009"
    agent = desk("1004")
    agent.be_ready()
    run = call(caller)
    agent.answer()
    together(customer, agent)
    cut = stack.log("ami").count("link lost")
    shown = stack.asterisk.cli("manager show connected")
    for line in shown.splitlines():
        if line.split()[:1] == ["huawu"]:
            stack.asterisk.cli(f"manager kick session {line.split()[4]}")
    until(lambda: stack.log("ami").count("link lost") > cut, 20, "the cut was noticed")
    right_again(agent, "manager link cut", "talking", "talking", since=time.monotonic())
    together(customer, agent)
    ends_well(stack, agent, run, caller)
    next_call(stack, call, agent, customer, "13616000019")
