"""One node's process against a fake manager and a real database: facts, gaps, members, commands."""

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.db import connection

from apps.acd.models import AgentSession
from apps.calls import card_events, resolve
from apps.calls.models import Call, CallFact, LinkGap
from apps.core.events import publisher, user_stream
from apps.core.node_status import node_status
from apps.core.tenancy import all_tenants
from apps.telephony.ami import connection as connection_module
from apps.telephony.ami.connection import AmiConfig
from apps.telephony.ami.service import AmiService
from apps.telephony.commands import CALL_HANGUP, CALL_ORIGINATE, Command, group_of
from tests.factories import AgentFactory, DidFactory, QueueFactory, QueueMemberFactory
from tests.fixtures import replay
from tests.fixtures.fake_manager import FakeManager
from tests.telephony.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
ENDED = {"answered", "abandoned", "voicemail"}


@pytest.fixture(autouse=True)
def scratch(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HUAWU_DATA_DIR = tmp_path / "data"
    settings.HUAWU_ASTERISK_DIR = tmp_path / "asterisk"
    monkeypatch.setattr(connection_module, "FIRST_WAIT_S", 0.05)
    monkeypatch.setattr(connection_module, "LONGEST_WAIT_S", 0.1)
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()


@pytest.fixture
def manager() -> Iterator[FakeManager]:
    made = FakeManager()
    yield made
    made.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(publisher, "send", lambda group, envelope: found.append((group, envelope)))
    return found


@pytest.fixture
def service(manager: FakeManager, sent: Any) -> Iterator[AmiService]:
    before = {thread.name for thread in threading.enumerate()}
    made = AmiService(AmiConfig("lab-1", "127.0.0.1", manager.port, "huawu", "secret"))
    yield made
    made.stop()
    left = {thread.name for thread in threading.enumerate()} - before
    assert not {name for name in left if name.startswith(("ami", "fact", "conf"))}


def started(service: AmiService, manager: FakeManager) -> AmiService:
    service.start()
    until(lambda: gaps() == 1, 10, "the first resynchronisation")
    return service


def gaps() -> int:
    return LinkGap.objects.count()


def calls() -> list[Call]:
    with all_tenants("test"):
        return list(Call.objects.order_by("linkedid"))


def test_recorded_calls_reach_the_ledger(service: AmiService, manager: FakeManager) -> None:
    started(service, manager)
    manager.send(replay.ami_bytes("storm"))
    until(lambda: len([call for call in calls() if call.ended_at]) == 20, 30, "20 calls ended")
    assert {call.outcome for call in calls()} <= ENDED
    assert not any(call.is_incomplete for call in calls())


def test_health_is_told_while_the_link_is_up(service: AmiService, manager: FakeManager) -> None:
    started(service, manager)
    until(lambda: node_status("lab-1").is_up, 5)
    assert node_status("lab-1").asterisk_version == "22.10.0"
    manager.close()
    until(lambda: not node_status("lab-1").is_up, 5)


def test_signed_in_agents_are_told_that_the_link_went_and_came_back(
    service: AmiService, manager: FakeManager, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    agent, _ = signed_in_agent()
    AgentFactory(tenant=agent.tenant)  # signed out: nobody to tell

    def told() -> list[tuple[str, bool]]:
        return [(g, e["data"]["up"]) for g, e in sent if e["kind"] == "link.changed"]

    started(service, manager)
    until(lambda: told()[-1:] == [(f"stream.user.{agent.user_id}", True)], 5)
    manager.close()
    until(lambda: told()[-1:] == [(f"stream.user.{agent.user_id}", False)], 5)
    assert {group for group, _ in told()} == {f"stream.user.{agent.user_id}"}


def test_call_that_ended_while_the_link_was_down_is_closed_and_marked(
    service: AmiService, manager: FakeManager
) -> None:
    started(service, manager)
    data = replay.ami_bytes("answered_caller_ends")
    manager.send(data[: data.index(b"Event: Hangup\r\n")])
    until(lambda: [call.status for call in calls()] == ["talking"], 10)

    manager.drop()
    until(lambda: gaps() == 2, 10)

    until(lambda: [call.status for call in calls()] == ["ended"], 10)
    (call,) = calls()
    assert call.is_incomplete
    assert call.outcome == "answered"
    gap = LinkGap.objects.order_by("-pk")[0]
    assert gap.reason == "link lost"
    assert gap.ended_at is not None
    assert gap.started_at < gap.ended_at


def test_call_that_lives_on_is_marked_and_goes_on(
    service: AmiService, manager: FakeManager
) -> None:
    started(service, manager)
    data = replay.ami_bytes("answered_caller_ends")
    cut = data.index(b"Event: Hangup\r\n")
    manager.send(data[:cut])
    until(lambda: [call.status for call in calls()] == ["talking"], 10)
    linkedid = calls()[0].linkedid
    agent_leg = linkedid.replace(".0", ".1")
    manager.channels = [
        {"Uniqueid": uniqueid, "Linkedid": linkedid, "Channel": "PJSIP/x", "ChannelState": "6"}
        for uniqueid in (linkedid, agent_leg)
    ]
    manager.drop()
    until(lambda: gaps() == 2 and calls()[0].is_incomplete, 10)
    assert calls()[0].status == "talking"

    manager.send(data[cut:])
    until(lambda: calls()[0].status == "ended", 10)
    assert calls()[0].talk_ms == pytest.approx(1796, abs=5)


def test_calls_missed_while_down_are_repaired_from_cel_and_cdr(
    service: AmiService, manager: FakeManager, settings: Any
) -> None:
    for kind in ("cel", "cdr"):
        log = settings.HUAWU_ASTERISK_DIR / "log" / f"{kind}-custom"
        log.mkdir(parents=True)
        source = replay.HERE / "cel" / f"second_agent_answers.{kind}.csv"
        shutil.copy(source, log / "Master.csv")

    started(service, manager)

    until(lambda: [call.status for call in calls()] == ["ended"], 10)
    (call,) = calls()
    assert (call.outcome, call.hangup_by) == ("answered", "caller")
    assert call.talk_ms == pytest.approx(7989, abs=5)


def test_what_cel_tells_again_is_not_written_again(
    service: AmiService, manager: FakeManager, settings: Any
) -> None:
    started(service, manager)
    manager.send(replay.ami_bytes("held_twice"))
    until(lambda: [call.status for call in calls()] == ["ended"], 10)
    with all_tenants("test"):
        heard = set(CallFact.objects.values_list("key", flat=True))
    log = settings.HUAWU_ASTERISK_DIR / "log" / "cel-custom"
    log.mkdir(parents=True)
    shutil.copy(replay.HERE / "cel" / "held_twice.cel.csv", log / "Master.csv")

    manager.drop()
    until(lambda: gaps() == 2, 10)
    service.writer.wait_idle(5)

    with all_tenants("test"):
        assert set(CallFact.objects.values_list("key", flat=True)) == heard


def test_resynchronisation_is_tried_until_the_database_lets_it(
    service: AmiService, manager: FakeManager
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE calls_linkgap RENAME TO calls_linkgap_away")
    try:
        service.start()
        until(lambda: len(manager.named("CoreShowChannels")) >= 2, 15, "a second try")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE calls_linkgap_away RENAME TO calls_linkgap")
    until(lambda: gaps() == 1, 10)


def signed_in_agent() -> Any:
    agent = AgentFactory(number="1001", sip_username="1001")
    queue = QueueFactory(tenant=agent.tenant, number="7001")
    QueueMemberFactory(tenant=agent.tenant, queue=queue, agent=agent)
    now = datetime.now(UTC)
    with all_tenants("test"):
        AgentSession.objects.create(
            tenant=agent.tenant, agent=agent, phone_kind="desk", state="ready",
            signed_in_at=now, state_since=now,
        )  # fmt: skip
    return agent, queue


def test_sessions_are_applied_again_after_asterisk_forgot_them(
    service: AmiService, manager: FakeManager
) -> None:
    _, queue = signed_in_agent()
    started(service, manager)
    until(lambda: manager.named("QueueAdd"), 5)
    added = manager.named("QueueAdd")[0]
    assert added["Queue"] == queue.asterisk_name
    assert added["Interface"] == "PJSIP/1001"
    assert added["Paused"] == "false"

    manager.members = [
        {"Queue": queue.asterisk_name, "Location": "PJSIP/9", "Name": "9", "Paused": "0"}
    ]
    manager.drop()
    until(lambda: manager.named("QueueRemove"), 10, "the stranger is taken out")
    assert manager.named("QueueRemove")[0]["Interface"] == "PJSIP/9"
    until(lambda: len(manager.named("QueueAdd")) >= 2, 5, "the agent is added again")


def failed(sent: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [envelope["data"] for _, envelope in sent if envelope["kind"] == "command.failed"]


def test_command_hangs_up_the_channel(service: AmiService, manager: FakeManager) -> None:
    started(service, manager)
    manager.channels = [{"Uniqueid": "n-1.1", "Linkedid": "n-1.0", "Channel": "PJSIP/1001-2"}]
    service.take(Command(CALL_HANGUP, {"uniqueid": "n-1.1"}))
    until(lambda: manager.named("Hangup"), 5)
    assert manager.named("Hangup")[0]["Channel"] == "PJSIP/1001-2"


def test_expired_command_is_refused_and_its_sender_told(
    service: AmiService, manager: FakeManager, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    agent = AgentFactory()
    started(service, manager)
    late = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    args = {"endpoint": "1001", "number": "10086", "caller_id": "4008001000"}
    command = Command(CALL_ORIGINATE, args, user_stream(agent.user_id), deadline=late)
    service.take(command)
    until(lambda: failed(sent), 5)
    assert failed(sent)[0]["code"] == "telephony.too_late"
    assert failed(sent)[0]["command_id"] == command.id
    assert manager.named("Originate") == []


def test_refused_command_is_told_to_its_sender(
    service: AmiService, manager: FakeManager, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    agent = AgentFactory()
    started(service, manager)
    manager.refuses["Originate"] = "Originate failed"
    args = {"endpoint": "1001", "number": "10086", "caller_id": "4008001000"}
    service.take(Command(CALL_ORIGINATE, args, user_stream(agent.user_id)))
    until(lambda: failed(sent), 5)
    assert failed(sent)[0]["code"] == "telephony.refused"


def test_unknown_command_is_an_error_line_and_nothing_else(
    service: AmiService, manager: FakeManager, caplog: pytest.LogCaptureFixture
) -> None:
    started(service, manager)
    service.take(Command("format_disk", {}))
    until(lambda: "unknown command 'format_disk'" in caplog.text, 5)
    assert service.link.is_up


async def test_command_of_another_process_arrives_over_redis(
    manager: FakeManager, settings: Any
) -> None:
    from asgiref.sync import sync_to_async

    service = AmiService(AmiConfig("lab-1", "127.0.0.1", manager.port, "huawu", "secret"))
    manager.channels = [{"Uniqueid": "n-1.1", "Linkedid": "n-1.0", "Channel": "PJSIP/1001-2"}]
    await sync_to_async(service.start)()
    layer = get_channel_layer()
    command = {"action": CALL_HANGUP, "args": {"uniqueid": "n-1.1"}}

    def hung_up() -> bool:
        return bool(manager.named("Hangup"))

    try:
        await sync_to_async(until)(lambda: service.link.is_up, 5)
        for _ in range(50):  # the group is joined a moment after the link is up
            await layer.group_send(group_of("lab-1"), {"type": "ami.command", "command": command})
            if await sync_to_async(_soon)(hung_up):
                break
        assert manager.named("Hangup")[0]["Channel"] == "PJSIP/1001-2"
    finally:
        await sync_to_async(service.stop)()


def _soon(condition: Any) -> bool:
    try:
        until(condition, 0.2)
    except AssertionError:
        return False
    return True


def test_did_of_the_company_gives_the_call_its_company(
    service: AmiService, manager: FakeManager
) -> None:
    did = DidFactory(number="4008001000")
    started(service, manager)
    manager.send(replay.ami_bytes("menu_hangup"))
    until(lambda: [call.status for call in calls()] == ["ended"], 10)
    assert calls()[0].tenant_id == did.tenant_id
    assert calls()[0].outcome == "self_service"
