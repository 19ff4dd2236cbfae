"""Manager events to facts: stateless, bounded, unknown ones counted."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.calls.engine import facts as kinds
from apps.telephony.ami import events
from apps.telephony.ami.events import MAKERS, READ_ELSEWHERE, fact_from_event
from tests.fixtures import replay

RECEIVED = datetime(2026, 11, 23, 8, tzinfo=UTC)
MANAGER_CONF = Path(__file__).parents[3] / "asterisk/etc/manager.conf"


def fact(**fields: object) -> kinds.Fact | None:
    return fact_from_event(fields, node="n", received_at=RECEIVED)


def test_what_asterisk_is_asked_to_send_is_what_is_read() -> None:
    sent = {
        line.split("name(")[1].split(")")[0]
        for line in MANAGER_CONF.read_text().splitlines()
        if line.startswith("eventfilter(action(include)")
    }
    assert sent == set(MAKERS) | READ_ELSEWHERE


@pytest.mark.parametrize("name", replay.NAMES)
def test_every_recorded_event_is_known(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger=events.__name__):
        found = replay.facts(name)
    assert caplog.records == []
    assert {one.node for one in found} == {"lab-1"}
    assert all(one.kind in kinds.KINDS and one.linkedid and one.key for one in found)
    # Two happenings never share a key: the ledger would keep whichever it heard of first.
    assert len({(one.linkedid, one.key) for one in found}) == len(found)


def test_asterisks_own_time_counts() -> None:
    made = fact(Event="Newstate", ChannelState="6", Uniqueid="u", Timestamp="1795442239.037383")
    assert made is not None
    assert made.at == datetime.fromtimestamp(1795442239.037383, UTC)


@pytest.mark.parametrize("stamp", ["", "soon", "1e400", ["1", "2"]])
def test_without_a_time_the_time_of_receiving_counts(stamp: object) -> None:
    made = fact(Event="Newstate", ChannelState="6", Uniqueid="u", Timestamp=stamp)
    assert made is not None
    assert made.at == RECEIVED


def test_linkedid_falls_back_to_the_channel_and_nothing_at_all_is_no_fact() -> None:
    made = fact(Event="Newstate", ChannelState="5", Uniqueid="u")
    assert made is not None
    assert made.linkedid == "u"
    assert fact(Event="Newstate", ChannelState="5") is None


def test_event_whose_caller_is_gone_already_stays_in_his_call() -> None:
    """AgentComplete (22.10) lacks the caller's headers when he hung up as the talk began."""
    found = fact(
        Event="AgentComplete",
        Queue="demo-7001",
        Interface="PJSIP/1001",
        DestChannel="PJSIP/1001-00000003",
        DestUniqueid="n-2.2",
        DestLinkedid="n-1.1",
        Reason="caller",
    )
    assert found is not None
    assert (found.linkedid, found.key) == ("n-1.1", "n-2.2:completed")


def test_states_between_down_and_ringing_are_no_fact() -> None:
    assert fact(Event="Newstate", ChannelState="4", Uniqueid="u") is None


def test_offer_without_a_phones_channel_is_no_fact() -> None:
    assert fact(Event="AgentCalled", Queue="q", Interface="PJSIP/1001", Uniqueid="u") is None


def test_user_event_of_somebody_else_is_no_fact() -> None:
    assert fact(Event="UserEvent", UserEvent="Theirs", Uniqueid="u") is None


def test_text_of_an_event_is_bounded_and_clean() -> None:
    made = fact(Event="Newchannel", Uniqueid="u", CallerIDNum="1\r\n2\x00" * 200, Channel="c" * 999)
    assert made is not None
    assert "\n" not in made.data["caller"]
    assert len(made.data["caller"]) <= 80
    assert len(made.data["channel"]) <= 200


def test_name_is_what_the_caller_sent_not_how_ami_writes_it() -> None:
    made = fact(Event="Newchannel", Uniqueid="u", CallerIDName=r"\"a\" \\ \n b")
    assert made is not None
    assert made.data["caller_name"] == '"a" \\   b'


def test_repeated_header_gives_its_last_value() -> None:
    made = fact(Event="Newchannel", Uniqueid="u", Channel=["PJSIP/a-1", "PJSIP/b-2"])
    assert made is not None
    assert made.data["channel"] == "PJSIP/b-2"


def test_unknown_event_is_logged_once_and_counted_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = events.UNKNOWN._value.get()
    with caplog.at_level(logging.WARNING, logger=events.__name__):
        assert fact(Event="BrandNew") is None
        assert fact(Event="BrandNew") is None
    assert len(caplog.records) == 1
    assert events.UNKNOWN._value.get() == before + 2


def test_facts_of_our_dialplan_are_told_by_it() -> None:
    told = {one.kind: one for one in replay.facts("timeout_voicemail")}
    message = told[kinds.VOICEMAIL_LEFT]
    assert message.source == kinds.DIALPLAN
    assert message.data["box"] == "lab-7001"
    assert int(message.data["duration_ms"]) > 500
    assert message.data["path"].endswith(f"/lab-7001/{message.linkedid}.wav")
    assert told[kinds.QUEUE_LEFT].data["reason"] in ("left", "timeout")


@pytest.mark.parametrize("channel", ["CBAnn/call-7-00000001;2", "Surrogate/PJSIP/1004-00000002"])
def test_asterisks_own_channels_are_no_calls(channel: str) -> None:
    fields = {
        "Event": "BridgeEnter",
        "Channel": channel,
        "Uniqueid": "n-1.9",
        "Linkedid": "n-1.9",
        "BridgeUniqueid": "b",
    }
    assert fact_from_event(fields, node="n", received_at=datetime.now(UTC)) is None
