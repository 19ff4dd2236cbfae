"""What the distributor's callers and offers are in the ledger, whoever tells and how often."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.acd.engine.floor import Need
from apps.acd.engine.saying import Spoken
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.engine.fold import fold
from apps.telephony.ami.events import fact_from_event, joined_time
from apps.telephony.ami.floor_events import joined_from
from apps.telephony.cel import fact_from_cel
from apps.telephony.missing import KnownFact, missing_facts

JOINED = "1795513632258"
T0 = datetime.fromtimestamp(1795513632.258, UTC)
WAITING = {
    "Event": "UserEvent",
    "UserEvent": "HuawuWaiting",
    "Uniqueid": "n-1.0",
    "Linkedid": "n-1.0",
    "Channel": "PJSIP/trunk-lab-1",
    "Queue": "demo-7002",
    "Joined": JOINED,
    "Priority": "-1",
    "WaitS": "60",
    "Why": "joined",
}
DIAL = {
    "Event": "DialBegin",
    "Uniqueid": "n-1.0",
    "Linkedid": "n-1.0",
    "Context": "huawu-offer",
    "Exten": "demo-7002",
    "DestUniqueid": "n-1.1",
    "DestChannel": "PJSIP/1004-web-00000002",
}


def told(after_s: float, **fields: str) -> Fact | None:
    """Return the fact of an event that came this long after the joining."""
    at = T0 + timedelta(seconds=after_s)
    return fact_from_event(
        {**fields, "Timestamp": str(at.timestamp())}, node="n", received_at=T0 + timedelta(hours=1)
    )


def some(found: Fact | None) -> Fact:
    assert found is not None
    return found


def test_a_caller_told_of_twice_and_by_cel_has_joined_once() -> None:
    first, again = some(told(0.1, **WAITING)), some(told(40, **{**WAITING, "Why": "again"}))
    row = ["HuawuQueued", "1795513632.259353", "n-1.0", "n-1.0", "PJSIP/trunk-lab-1", "s"]
    row += ["huawu-wait", "1", "", "CELGenUserEvent", "", "", f'{{"extra":"demo-7002:{JOINED}"}}']
    cel = some(fact_from_cel(row, node="n"))
    assert first.key == again.key == cel.key
    assert (first.kind, first.at) == (kinds.QUEUED, T0)
    assert len(fold([first, again, cel]).visits) == 1


def cel_row(event: str, after_s: float, extra: str) -> list[str]:
    at = f"{(T0 + timedelta(seconds=after_s)).timestamp():.6f}"
    row = [event, at, "n-1.0", "n-1.0", "PJSIP/trunk-lab-1", "s", "huawu-wait", "1", ""]
    return [*row, "CELGenUserEvent", "", "", f'{{"extra":"{extra}"}}']


def test_who_went_on_while_nobody_listened_has_left_then_and_why() -> None:
    rows = [
        cel_row("CHAN_START", -1, ""),
        cel_row("HuawuQueued", 0.001, f"demo-7002:{JOINED}"),
        cel_row("HuawuQueueLeft", 10, "demo-7002:TIMEOUT"),
        # He spoke on the machine.
        cel_row("HANGUP", 60, ""),
    ]
    cel = [some(fact_from_cel(row, node="n")) for row in rows]
    (visit,) = fold(cel).visits
    assert (visit.how, visit.reason) == ("flowed_out", "timeout")
    assert visit.left_at == T0 + timedelta(seconds=10)
    # Heard, it is the same leaving; a second one of the same queue is another.
    left = {"UserEvent": "HuawuQueueLeft", "Queue": "demo-7002", "Status": "TIMEOUT"}
    heard = some(told(10.0004, **{**WAITING, **left}))
    known = KnownFact(heard.key, heard.kind, heard.uniqueid, heard.source, heard.at)
    assert list(missing_facts([cel[2]], [known], is_exact=True)) == []
    again = some(fact_from_cel(cel_row("HuawuQueueLeft", 30, "demo-7002:TIMEOUT"), node="n"))
    assert list(missing_facts([again], [known], is_exact=True)) == [again]


@pytest.mark.parametrize("joined", ["", "soon", "-1", "9" * 30, "1²", "nan"])
def test_a_place_that_is_no_time_is_no_fact_and_no_caller(joined: str) -> None:
    assert joined_time(joined) is None
    assert told(0, **{**WAITING, "Joined": joined}) is None
    assert joined_from({**WAITING, "Joined": joined}) is None


def test_a_caller_is_read_with_priority_and_limit() -> None:
    found = joined_from(WAITING)
    assert found is not None
    assert (found.call, found.queue, found.joined_at) == ("n-1.0", "demo-7002", T0)
    assert (found.priority, found.limit_at) == (-1, T0 + timedelta(seconds=60))
    asks = {"Needs": "english:0_50", "Wanted": "1002", "WantedS": "20"}
    asking = joined_from({**WAITING, **asks})
    assert asking is not None
    assert (asking.needs, asking.wanted) == ((Need("english", ((0.0, 50),)),), "1002")
    assert asking.wanted_s == 20
    odd = joined_from({**WAITING, "Priority": "high", "WaitS": ""})
    assert odd is not None
    assert (odd.priority, odd.limit_at) == (0, None)


def test_his_place_and_what_his_call_has_used_come_with_him() -> None:
    more = {"Place": "1795513600000", "Used": "7.12", "Spoken": "3.5", "Language": "en"}
    found = joined_from({**WAITING, **more, "Why": "again"})
    assert found is not None
    assert (found.place, found.is_new) == (datetime.fromtimestamp(1795513600, UTC), False)
    assert (found.used, found.spoken, found.language) == ({7, 12}, Spoken(3, 5), "en")
    plain = joined_from(WAITING)
    assert plain is not None
    assert (plain.place, plain.is_new, plain.used) == (T0, True, frozenset())
    assert (plain.spoken, plain.language) == (Spoken(), "zh")


@pytest.mark.parametrize(
    ("status", "kind"),
    [("ANSWER", kinds.CONNECTED), ("NOANSWER", kinds.NOT_ANSWERED), ("BUSY", kinds.NOT_ANSWERED)],
)
def test_an_offer_and_its_end(status: str, kind: str) -> None:
    begun = some(told(1, **DIAL))
    ended = some(told(3, **{**DIAL, "Event": "DialEnd", "DialStatus": status}))
    assert (begun.kind, begun.uniqueid, begun.data["endpoint"]) == ("offered", "n-1.1", "1004-web")
    assert (ended.kind, ended.data["queue"]) == (kind, "demo-7002")


def test_an_offer_that_the_caller_s_hang_up_ended_is_no_miss() -> None:
    assert told(3, **{**DIAL, "Event": "DialEnd", "DialStatus": "CANCEL"}) is None


def test_an_offer_that_is_announced_ends_where_it_is_announced() -> None:
    ended = some(
        told(
            3, **{**DIAL, "Event": "DialEnd", "DialStatus": "ANSWER", "Context": "huawu-introduced"}
        )
    )
    assert (ended.kind, ended.data["queue"]) == (kinds.CONNECTED, "demo-7002")


def test_other_dials_are_no_offers() -> None:
    assert told(1, **{**DIAL, "Context": "huawu-next"}) is None


def test_who_comes_back_out_of_app_queue_has_waited_all_the_time() -> None:
    queue = {"Uniqueid": "n-1.0", "Linkedid": "n-1.0", "Queue": "demo-7002"}
    facts = [
        some(told(0.1, **WAITING)),
        some(told(20, Event="QueueCallerJoin", **queue)),
        some(told(40, Event="QueueCallerLeave", **queue)),
        some(told(40.001, **{**WAITING, "Why": "back"})),
        some(told(50, **DIAL)),
        some(told(52, **{**DIAL, "Event": "DialEnd", "DialStatus": "ANSWER"})),
    ]
    for found in (facts, facts[::-1]):
        state = fold(found)
        assert [(one.how, one.joined_at) for one in state.visits] == [("answered", T0)]
        assert state.wait_ms == 52_000


def test_nobody_comes_back_to_a_queue_that_he_was_never_in() -> None:
    state = fold([some(told(5, **{**WAITING, "Why": "back"}))])
    assert [(one.queue, one.how) for one in state.visits] == [("demo-7002", "waiting")]
