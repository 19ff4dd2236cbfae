"""Whom a call rings: forwards, do not disturb, the mobile of who is away, and loops."""

from hypothesis import given
from hypothesis import strategies as st

from apps.switchboard.engine.forwarding import (
    DISTURBED,
    NUMBER,
    PHONES,
    PhoneSettings,
    whom_to_ring,
)

MOBILE = "13900139000"


def ring(called: str, *settings: PhoneSettings) -> tuple[str, str, str]:
    by_number = {one.number: one for one in settings}
    found = whom_to_ring(called, by_number.get)
    return found.kind, found.number, found.payer


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
    still = PhoneSettings("1002", always=MOBILE, is_undisturbed=True)
    assert ring("1002", still)[0] == DISTURBED
    assert ring("1001", PhoneSettings("1001", always="1002"), still)[:2] == (DISTURBED, "1002")


def test_loop_rings_who_was_called() -> None:
    loop = [PhoneSettings("1001", always="1002"), PhoneSettings("1002", always="1001")]
    assert ring("1001", *loop) == (PHONES, "1001", "")
    assert ring("1001", PhoneSettings("1001", always="1001")) == (PHONES, "1001", "")


NUMBERS = st.sampled_from(["1001", "1002", "1003", "1004", "1005", "1006", "1007", MOBILE, ""])


@given(st.lists(NUMBERS, min_size=7, max_size=7), st.lists(st.booleans(), min_size=7, max_size=7))
def test_every_tangle_ends_and_rings_somebody_known(forwards: list[str], still: list[bool]) -> None:
    agents = {
        f"100{i + 1}": PhoneSettings(f"100{i + 1}", always=to, is_undisturbed=is_still)
        for i, (to, is_still) in enumerate(zip(forwards, still, strict=True))
    }
    found = whom_to_ring("1001", agents.get)
    assert found.number in agents if found.kind != NUMBER else found.number == MOBILE
    assert found.hops <= 5
    if found.kind == NUMBER:
        # Who pays is who forwards there himself: his class is asked.
        assert agents[found.payer].always == MOBILE
