"""After a gap the ledger believes what Asterisk has, and says that it did not hear."""

from datetime import UTC, datetime, timedelta

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AMI, CEL, Fact
from apps.calls.engine.fold import fold
from apps.telephony.ami.actions import LiveChannel, Waiting, seconds
from apps.telephony.ami.resync import Believed, Gap, resync_facts

UP_AT = datetime(2026, 11, 23, 8, 1, tzinfo=UTC)
GAP = Gap("n", "e1", UP_AT - timedelta(seconds=30), UP_AT, "link lost")
CALLER, AGENT = "n-1.0", "n-1.1"
TALK = [
    LiveChannel(CALLER, CALLER, "PJSIP/trunk-lab-00000001", bridge="b", is_answered=True, age_s=40),
    LiveChannel(AGENT, CALLER, "PJSIP/1001-00000002", bridge="b", is_answered=True, age_s=20),
]


def believed(*open_legs: tuple[str, str], linkedids: tuple[str, ...] = ()) -> Believed:
    calls = frozenset(linkedid for linkedid, _ in open_legs)
    return Believed(calls | frozenset(linkedids), frozenset(open_legs), calls)


def test_call_that_asterisk_lacks_has_ended() -> None:
    found = resync_facts(believed((CALLER, CALLER), (CALLER, AGENT)), [], [], GAP)
    assert {(one.kind, one.uniqueid) for one in found} == {
        (kinds.LEG_ENDED, CALLER),
        (kinds.LEG_ENDED, AGENT),
        (kinds.GAP, ""),
    }
    assert {one.source for one in found} == {kinds.RESYNC}


def test_call_that_lives_is_only_marked() -> None:
    found = resync_facts(believed((CALLER, CALLER), (CALLER, AGENT)), TALK, [], GAP)
    assert [one.kind for one in found] == [kinds.GAP]
    assert found[0].data == {"started_at": GAP.started_at.isoformat(), "reason": "link lost"}


def test_leg_that_ended_during_the_gap_is_closed_while_the_call_goes_on() -> None:
    found = resync_facts(believed((CALLER, CALLER), (CALLER, AGENT)), TALK[:1], [], GAP)
    assert [(one.kind, one.uniqueid) for one in found[:-1]] == [(kinds.LEG_ENDED, AGENT)]


def test_call_known_only_by_our_agi_ends_too() -> None:
    found = resync_facts(believed(linkedids=(CALLER,)), [], [], GAP)
    assert (found[0].kind, found[0].uniqueid) == (kinds.LEG_ENDED, CALLER)


def test_call_that_began_during_the_gap_is_taken_up_where_it_is() -> None:
    state = fold(resync_facts(believed(), TALK, [], GAP))
    assert state.status == "talking"
    assert state.agent_endpoint == "1001"
    assert state.is_incomplete
    assert state.started_at == UP_AT - timedelta(seconds=40)


def test_caller_who_began_to_wait_during_the_gap_is_queued_since_then() -> None:
    caller = LiveChannel(CALLER, CALLER, "PJSIP/trunk-lab-00000001", is_answered=True, age_s=9)
    state = fold(resync_facts(believed(), [caller], [Waiting("lab-7001", CALLER, 7)], GAP))
    assert (state.status, state.queue) == ("queued", "lab-7001")
    assert state.queued_at == UP_AT - timedelta(seconds=7)


def test_caller_whose_waiting_is_known_is_not_queued_again() -> None:
    caller = LiveChannel(CALLER, CALLER, "PJSIP/trunk-lab-00000001")
    waiting = [Waiting("lab-7001", CALLER, 7)]
    found = resync_facts(believed((CALLER, CALLER)), [caller], waiting, GAP)
    assert [one.kind for one in found] == [kinds.GAP]


def test_extension_counts_as_number_dialled_only_at_the_entrance() -> None:
    inside = LiveChannel(CALLER, CALLER, "PJSIP/trunk-lab-1", context="huawu-next", exten="queue")
    entering = LiveChannel(
        CALLER, CALLER, "PJSIP/trunk-lab-1", context="huawu-from-trunk", exten="4008001000"
    )
    assert fold(resync_facts(believed(), [inside], [], GAP)).dialled == ""
    assert fold(resync_facts(believed(), [entering], [], GAP)).dialled == "4008001000"


def test_true_end_told_later_by_cel_counts() -> None:
    bound = resync_facts(believed((CALLER, CALLER)), [], [], GAP)
    true_end = UP_AT - timedelta(seconds=20)
    began = Fact("n", CALLER, f"{CALLER}:started", kinds.LEG_STARTED, UP_AT - timedelta(60), AMI,
                 CALLER, {"channel": "PJSIP/trunk-lab-1"})  # fmt: skip
    ended = Fact("n", CALLER, f"{CALLER}:ended", kinds.LEG_ENDED, true_end, CEL, CALLER,
                 {"cause": "16"})  # fmt: skip
    for told in ([began, *bound, ended], [ended, began, *bound]):
        state = fold(told)
        assert (state.ended_at, state.hangup_cause) == (true_end, 16)
    assert ended.key not in {one.key for one in bound}


def test_second_gap_of_one_call_is_another_fact() -> None:
    first = resync_facts(believed((CALLER, CALLER)), TALK[:1], [], GAP)
    other = Gap("n", "e2", UP_AT, UP_AT, "link lost")
    again = resync_facts(believed((CALLER, CALLER)), TALK[:1], [], other)
    assert first[0].key != again[0].key


def test_duration_is_read_in_seconds() -> None:
    assert seconds("01:02:03") == 3723
    assert seconds("") == 0
    assert seconds("a:b:c") == 0
