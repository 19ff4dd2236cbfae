"""The product's AMI user may do what it needs and no more, and only used events come."""

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.sipp import HangUp, Pause, Sipp, caller_scenario
from tests.telephony.toy_agi import Session, ToyAgi
from tests.telephony.waiting import until

MEMBER = {"Queue": "lab-7001", "Interface": "PJSIP/1002"}
# Answers that mean "you may, but there is no such thing": the right is there.
NO_SUCH_CHANNEL = ("No such channel", "Channel does not exist", "Extension")


def to_queue(session: Session) -> None:
    """Decide: queue lab-7001."""
    session.set(HW_TENANT="lab", HW_QUEUE="lab-7001", HW_QUEUE_WAIT_S="60", HW_NEXT="queue")


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("CoreShowChannels", {}),
        ("CoreStatus", {}),
        ("QueueStatus", {}),
        ("QueueSummary", {}),
        ("DeviceStateList", {}),
        ("PJSIPShowContacts", {}),
        ("PJSIPShowEndpoints", {}),
        ("BridgeList", {}),
        ("Ping", {}),
        ("Reload", {"Module": "app_queue.so"}),
        ("Reload", {"Module": "res_pjsip.so"}),
        ("Reload", {"Module": "pbx_config.so"}),
        ("ModuleCheck", {"Module": "res_http_websocket.so"}),
        ("DBGet", {"Family": "none", "Key": "none"}),
    ],
)
def test_what_the_product_asks_is_answered(
    ami: AmiTap, action: str, headers: dict[str, str]
) -> None:
    answer = ami.action(action, **headers)[0]

    assert answer.get("Message") != "Permission denied"


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Command", {"Command": "core show version"}),
        ("UpdateConfig", {"SrcFilename": "a.conf", "DstFilename": "a.conf"}),
        ("AGI", {"Channel": "x", "Command": "answer"}),
        ("MessageSend", {"To": "pjsip:1001", "From": "x"}),
    ],
)
def test_what_the_product_does_not_need_is_denied(
    ami: AmiTap, action: str, headers: dict[str, str]
) -> None:
    answer = ami.action(action, **headers)[0]

    assert answer["Response"] == "Error"
    assert answer["Message"] == "Permission denied"


@pytest.mark.parametrize("action", ["Hangup", "Redirect", "Setvar", "MixMonitor", "Atxfer"])
def test_commands_on_channels_are_allowed(ami: AmiTap, action: str) -> None:
    headers = {"Channel": "PJSIP/none-00000000", "Context": "huawu-next", "Exten": "hangup"}
    headers |= {"Priority": "1", "Variable": "HW_X", "Value": "1", "File": "x.raw"}
    answer = ami.action(action, **headers)[0]

    assert answer["Response"] == "Error"
    assert "ermission" not in answer["Message"]


def test_program_cannot_be_originated(ami: AmiTap) -> None:
    answer = ami.action(
        "Originate", Channel="Local/1@huawu-next", Application="System", Data="touch /tmp/x"
    )[0]

    assert answer["Response"] == "Error"


def test_members_are_added_paused_and_removed(ami: AmiTap) -> None:
    added = ami.action("QueueAdd", **MEMBER, MemberName="1002")[0]
    paused = ami.action("QueuePause", **MEMBER, Paused="true", Reason="break")[0]
    listed = ami.action("QueueStatus", Queue="lab-7001")
    removed = ami.action("QueueRemove", **MEMBER)[0]

    assert [a["Response"] for a in (added, paused, removed)] == ["Success"] * 3
    member = next(item for item in listed if item.get("Event") == "QueueMember")
    assert (member["Name"], member["Paused"], member["PausedReason"]) == ("1002", "1", "break")
    assert ami.wait_event("QueueMemberAdded")["MemberName"] == "1002"
    assert ami.wait_event("QueueMemberPause")["PausedReason"] == "break"
    assert ami.wait_event("QueueMemberRemoved")["MemberName"] == "1002"


def test_lists_are_complete_although_events_are_filtered(
    ami: AmiTap, agi: ToyAgi, sipp: Sipp
) -> None:
    agi.handler = to_queue
    call = sipp.start(caller_scenario([Pause(1500), HangUp()]))
    joined = ami.wait_event("QueueCallerJoin")

    channels = ami.action("CoreShowChannels")
    waiting = ami.action("QueueStatus", Queue="lab-7001")
    call.wait()

    assert [c["Linkedid"] for c in channels[1:-1]] == [joined["Linkedid"]]
    entry = next(item for item in waiting if item.get("Event") == "QueueEntry")
    assert entry["Uniqueid"] == joined["Uniqueid"]


def test_events_that_nobody_reads_are_not_sent(ami: AmiTap, agi: ToyAgi, sipp: Sipp) -> None:
    agi.handler = to_queue
    call = sipp.start(caller_scenario([Pause(1500), HangUp()]))
    ami.wait_event("Hangup")
    call.wait()
    until(lambda: not sipp.runs[-1].is_running(), 5)

    unread = {"Newexten", "VarSet", "RTCPSent", "RTCPReceived", "MusicOnHoldStart", "NewCallerid"}
    assert unread.isdisjoint(ami.names())
    assert "Newchannel" in ami.names()
    # The ledger's times are Asterisk's; FullyBooted is an answer to the login and has none.
    assert all(e.get("Timestamp") for e in ami.events if e["Event"] != "FullyBooted")


def test_wrong_secret_is_refused(ami: AmiTap) -> None:
    address, port = ami.peer
    with pytest.raises(PermissionError):
        AmiTap(address, port, "wrong")
