"""Whom a call rings: forwards of every kind, do not disturb, call waiting, and circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.switchboard.engine.forwarding import (
    BUSY,
    DISTURBED,
    MOST_HOPS,
    NUMBER,
    PHONES,
    PhoneSettings,
    Target,
    whom_next,
    whom_to_ring,
)

MOBILE = "13900139000"


def ring(called: str, *settings: PhoneSettings) -> tuple[str, str, str]:
    found = whom_to_ring(called, {one.number: one for one in settings}.get)
    return found.kind, found.number, found.payer


def after(status: str, seen: tuple[str, ...], *settings: PhoneSettings) -> Target | None:
    return whom_next(seen, status, {one.number: one for one in settings}.get)


def test_without_settings_his_own_phones_ring() -> None:
    assert ring("1001", PhoneSettings("1001")) == (PHONES, "1001", "")


def test_forward_to_a_colleague_follows_his_forward_and_the_last_one_pays() -> None:
    first = PhoneSettings("1001", always="1002")
    assert ring("1001", first, PhoneSettings("1002")) == (PHONES, "1002", "")
    second = PhoneSettings("1002", always=MOBILE)
    assert ring("1001", first, second) == (NUMBER, MOBILE, "1002")


def test_mobile_rings_only_while_he_is_signed_out() -> None:
    away = PhoneSettings("1001", offline=MOBILE, is_signed_in=False)
    assert ring("1001", away) == (NUMBER, MOBILE, "1001")
    here = PhoneSettings("1001", offline=MOBILE)
    assert ring("1001", here) == (PHONES, "1001", "")


def test_do_not_disturb_comes_before_forwards_and_holds_for_who_is_forwarded_to() -> None:
    still = PhoneSettings("1002", always=MOBILE, busy=MOBILE, is_undisturbed=True)
    assert ring("1002", still)[0] == DISTURBED
    assert ring("1001", PhoneSettings("1001", always="1002"), still)[:2] == (DISTURBED, "1002")


def test_second_call_finds_him_busy_unless_he_wants_call_waiting() -> None:
    talks = PhoneSettings("1001", is_talking=True)
    assert ring("1001", talks) == (BUSY, "1001", "")
    assert ring("1001", PhoneSettings("1001", is_talking=True, has_call_waiting=True))[0] == PHONES


def test_forward_on_busy_is_for_who_talks_and_for_who_declines() -> None:
    free = PhoneSettings("1001", busy="1002")
    assert ring("1001", free, PhoneSettings("1002"))[:2] == (PHONES, "1001")
    talks = PhoneSettings("1001", busy="1002", is_talking=True)
    assert ring("1001", talks, PhoneSettings("1002"))[:2] == (PHONES, "1002")
    found = after("BUSY", ("1001",), free, PhoneSettings("1002"))
    assert found is not None
    assert (found.kind, found.number, found.seen) == (PHONES, "1002", ("1001", "1002"))
    assert after("NOANSWER", ("1001",), free, PhoneSettings("1002")) is None


def test_always_comes_before_busy() -> None:
    both = PhoneSettings("1001", always="1002", busy="1003", is_talking=True)
    assert ring("1001", both, PhoneSettings("1002"), PhoneSettings("1003"))[1] == "1002"


@pytest.mark.parametrize("status", ["NOANSWER", "CHANUNAVAIL", "CONGESTION"])
def test_forward_on_no_answer_is_for_who_does_not_come_and_for_a_phone_that_is_away(
    status: str,
) -> None:
    away = PhoneSettings("1001", no_answer=MOBILE, no_answer_s=8)
    first = whom_to_ring("1001", {"1001": away}.get)
    assert (first.ring_s, first.goes_on) == (8, True)
    assert after(status, first.seen, away) == Target(NUMBER, MOBILE, "1001", ("1001",))
    assert after("BUSY", first.seen, away) is None


@pytest.mark.parametrize("status", ["ANSWER", "CANCEL", "", "nonsense"])
def test_who_answered_or_hung_up_is_not_forwarded(status: str) -> None:
    both = PhoneSettings("1001", no_answer=MOBILE, busy=MOBILE)
    assert after(status, ("1001",), both) is None


def test_loop_rings_who_was_called_and_when_he_does_not_answer_it_is_over() -> None:
    loop = [PhoneSettings("1001", always="1002"), PhoneSettings("1002", always="1001")]
    assert ring("1001", *loop) == (PHONES, "1001", "")
    assert ring("1001", PhoneSettings("1001", always="1001")) == (PHONES, "1001", "")
    silent = [PhoneSettings("1001", no_answer="1002"), PhoneSettings("1002", no_answer="1001")]
    second = after("NOANSWER", ("1001",), *silent)
    assert second is not None
    assert second.seen == ("1001", "1002")
    assert after("NOANSWER", second.seen, *silent) is None


def test_who_talks_in_a_loop_of_forwards_is_busy() -> None:
    loop = [
        PhoneSettings("1001", always="1002", is_talking=True),
        PhoneSettings("1002", always="1001"),
    ]
    assert ring("1001", *loop)[0] == BUSY


NUMBERS = st.sampled_from(["1001", "1002", "1003", "1004", "1005", "1006", "1007", MOBILE, ""])
FORWARDS = st.lists(st.tuples(*[NUMBERS] * 3, *[st.booleans()] * 3), min_size=7, max_size=7)
STATUSES = st.lists(st.sampled_from(["BUSY", "NOANSWER", "CHANUNAVAIL"]), min_size=9, max_size=9)


@given(FORWARDS, STATUSES)
def test_every_tangle_ends_and_rings_nobody_twice(
    wishes: list[tuple[str, str, str, bool, bool, bool]], statuses: list[str]
) -> None:
    agents = {
        f"100{i + 1}": PhoneSettings(
            f"100{i + 1}",
            always=one[0],
            busy=one[1],
            no_answer=one[2],
            is_undisturbed=one[3],
            is_talking=one[4],
            has_call_waiting=one[5],
        )
        for i, one in enumerate(wishes)
    }
    found: Target | None = whom_to_ring("1001", agents.get)
    rung, turns = [], 0
    while found is not None:
        assert len(found.seen) <= MOST_HOPS
        assert len(set(found.seen)) == len(found.seen)
        if found.kind == NUMBER:
            # Who pays is who forwards there himself: his class is asked.
            payer = agents[found.payer]
            assert MOBILE in (payer.always, payer.busy, payer.no_answer)
            break
        rung += [found.number] if found.kind == PHONES else []
        if found.kind != PHONES or not found.goes_on:
            break
        found = whom_next(found.seen, statuses[turns], agents.get)
        turns += 1
    assert len(set(rung)) == len(rung)
    assert turns <= MOST_HOPS
