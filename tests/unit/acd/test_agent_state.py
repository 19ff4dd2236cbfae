"""What an agent is doing, from his phones and his wish."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from apps.acd.engine.agent_state import (
    EXITS,
    HELD,
    PAUSED,
    READY,
    RESTING,
    RINGING,
    SIGNED_OUT,
    STATES,
    TALKING,
    TRANSITIONS,
    UNREACHABLE,
    WRAP_UP,
    Live,
    Signs,
    busiest,
    derive,
    is_allowed,
)
from tests.unit.acd.floors import NOW

LATER = NOW + timedelta(seconds=10)
IDLE = {"device": "NOT_INUSE", "phone": "NOT_INUSE"}


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (Signs(**IDLE), Live(READY)),
        (
            Signs(device="INUSE", is_held=True, is_paused=True, queue="q", call="c"),
            Live(HELD, queue="q", call="c"),
        ),
        (Signs(device="INUSE", phone="INUSE"), Live(TALKING)),
        # The other side holds him: he still talks.
        (Signs(device="ONHOLD", phone="ONHOLD"), Live(TALKING)),
        (Signs(**IDLE, is_held=True), Live(READY)),
        # Our phones are BUSY when they ring.
        (Signs(device="BUSY", phone="BUSY", is_rung=True), Live(RINGING)),
        (Signs(device="BUSY", phone="BUSY"), Live(TALKING)),
        (Signs(**IDLE, is_rung=True), Live(READY)),
        (Signs(has_call=True, queue="q", call="c"), Live(TALKING, queue="q", call="c")),
        (
            Signs(**IDLE, is_offered=True, offer="c", offer_queue="q"),
            Live(RINGING, queue="q", call="c"),
        ),
        (Signs(device="RINGING", phone="RINGING", is_paused=True), Live(RINGING)),
        (
            Signs(**IDLE, is_paused=True, reason="meal", pause_until=LATER),
            Live(PAUSED, until=LATER, reason="meal"),
        ),
        (Signs(device="UNAVAILABLE", phone="UNAVAILABLE"), Live(UNREACHABLE)),
        # The browser's phone is there, but he signed in at the desk's.
        (Signs(device="NOT_INUSE", phone="UNAVAILABLE"), Live(UNREACHABLE)),
        (
            Signs(**IDLE, wrap_up_until=LATER, rests_until=LATER, queue="q", call="c"),
            Live(WRAP_UP, until=LATER, queue="q", call="c"),
        ),
        (Signs(**IDLE, wrap_up_until=NOW, rests_until=LATER), Live(RESTING, until=LATER)),
        (Signs(**IDLE, rests_until=NOW), Live(READY)),
    ],
)
def test_the_first_sign_that_is_there_counts(signs: Signs, expected: Live) -> None:
    assert derive(signs, NOW) == expected


def test_one_person_with_two_phones_is_as_busy_as_the_busier() -> None:
    assert busiest(["NOT_INUSE", "INUSE"]) == "INUSE"
    assert busiest(["ONHOLD", "RINGING"]) == "ONHOLD"
    assert busiest(["UNAVAILABLE", "NOT_INUSE"]) == "UNAVAILABLE"
    assert busiest([]) == ""


def test_every_state_has_an_exit_and_a_way_to_ready_and_out() -> None:
    assert set(EXITS) == set(TRANSITIONS) == set(STATES)
    for state in STATES:
        assert {READY, SIGNED_OUT} & TRANSITIONS[state]
        assert all(EXITS.values())
    assert not is_allowed(READY, WRAP_UP)
    assert is_allowed(TALKING, WRAP_UP)


def test_a_timed_state_ends_at_its_time_whatever_else_there_is() -> None:
    times: list[datetime | None] = [None, NOW, LATER]
    for device, wrap_up, rest, paused in product(
        ["NOT_INUSE", "UNAVAILABLE"], times, times, [False, True]
    ):
        signs = Signs(
            device=device,
            phone=device,
            is_paused=paused,
            wrap_up_until=wrap_up,
            rests_until=rest,
        )
        assert derive(signs, LATER).state in {READY, PAUSED, UNREACHABLE}
