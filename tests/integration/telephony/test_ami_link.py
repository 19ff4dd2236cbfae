"""The link to a manager that closes, freezes, refuses and stays silent."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from panoramisk.message import Message

from apps.telephony.ami import connection as connection_module
from apps.telephony.ami import protocol as protocol_module
from apps.telephony.ami.connection import AmiConfig, AmiError, AmiLink
from tests.fixtures import replay
from tests.fixtures.fake_manager import FakeManager
from tests.telephony.waiting import until


class Listener:
    """Remember what the link says."""

    def __init__(self, port: int) -> None:
        self.events: list[Message] = []
        self.ups: list[str] = []
        self.downs = 0
        self.on_up: Callable[[], None] = lambda: None
        self.link = AmiLink(
            AmiConfig("n", "127.0.0.1", port, "huawu", "secret"),
            on_event=self._event,
            on_up=self._up,
            on_down=self._down,
        )

    def _event(self, message: Message, received_at: datetime) -> None:
        self.events.append(message)

    def _up(self, epoch: str) -> None:
        self.ups.append(epoch)
        self.on_up()

    def _down(self) -> None:
        self.downs += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "FIRST_WAIT_S", 0.05)
    monkeypatch.setattr(connection_module, "LONGEST_WAIT_S", 0.1)
    monkeypatch.setattr(connection_module, "PING_S", 0.1)
    monkeypatch.setattr(connection_module, "PING_TIMEOUT_S", 0.3)
    monkeypatch.setattr(protocol_module, "LOGIN_TIMEOUT_S", 0.3)


@pytest.fixture
def manager() -> Iterator[FakeManager]:
    made = FakeManager()
    yield made
    made.close()


@pytest.fixture
def listener(manager: FakeManager) -> Iterator[Listener]:
    made = Listener(manager.port)
    made.link.start()
    yield made
    made.link.stop()
    assert not any(thread.name == "ami-link" for thread in threading.enumerate())


def up(listener: Listener, times: int = 1) -> None:
    until(lambda: len(listener.ups) >= times and listener.link.is_up, 5, "the link is up")


def test_events_come_in_order(manager: FakeManager, listener: Listener) -> None:
    up(listener)
    recorded = replay.ami_bytes("storm")
    for start in range(0, len(recorded), 777):
        manager.send(recorded[start : start + 777])
    expected = [line[7:] for line in recorded.decode().split("\r\n") if line.startswith("Event: ")]
    until(lambda: len(listener.events) >= len(expected), 10)
    assert [message.event for message in listener.events] == expected


def test_lost_link_comes_back_under_a_new_epoch(manager: FakeManager, listener: Listener) -> None:
    up(listener)
    manager.drop()
    up(listener, times=2)
    assert listener.downs == 1
    assert len(set(listener.ups)) == 2


def test_manager_that_is_not_there_yet_is_tried_until_it_is() -> None:
    gone = FakeManager()
    gone.close()
    listener = Listener(gone.port)
    listener.link.start()
    until(lambda: listener.link._attempts >= 3, 5)
    assert (listener.ups, listener.downs) == ([], 0)
    listener.link.stop()


def test_half_open_link_is_noticed(manager: FakeManager, listener: Listener) -> None:
    up(listener)
    manager.is_mute = True
    until(lambda: listener.downs == 1, 5, "the silence is noticed")
    assert not listener.link.is_up
    manager.is_mute = False
    up(listener, times=2)


def test_log_in_that_is_never_answered_is_given_up(
    manager: FakeManager, listener: Listener
) -> None:
    up(listener)
    manager.ignores.add("Login")
    manager.drop()
    until(lambda: len(manager.named("Login")) >= 4, 10, "it is tried again")
    manager.ignores.clear()
    up(listener, times=2)


def test_wrong_password_is_reported_and_tried_again(
    manager: FakeManager, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    up(listener)
    manager.refuses["Login"] = "Authentication failed"
    manager.drop()
    until(lambda: "log-in of user 'huawu' did not succeed" in caplog.text, 10)
    assert "secret" not in caplog.text
    manager.refuses.clear()
    up(listener, times=2)


def test_action_is_answered(manager: FakeManager, listener: Listener) -> None:
    up(listener)
    assert listener.link.action("CoreSettings").AsteriskVersion == "22.10.0"


def test_list_gives_its_items(manager: FakeManager, listener: Listener) -> None:
    up(listener)
    manager.channels = [{"Uniqueid": "n-1.0"}, {"Uniqueid": "n-1.1"}]
    items = listener.link.action_list("CoreShowChannels")
    assert [item.uniqueid for item in items] == ["n-1.0", "n-1.1"]
    manager.channels = []
    assert listener.link.action_list("CoreShowChannels") == []


def test_refused_action_says_why(manager: FakeManager, listener: Listener) -> None:
    up(listener)
    manager.refuses["Hangup"] = "No such channel"
    with pytest.raises(AmiError, match="Hangup: No such channel"):
        listener.link.action("Hangup", Channel="x")


def test_unanswered_action_ends_in_time_and_leaves_nothing(
    manager: FakeManager, listener: Listener
) -> None:
    up(listener)
    manager.ignores.add("Reload")
    with pytest.raises(AmiError, match="no answer"):
        listener.link.action("Reload", timeout_s=0.1, Module="x")
    assert listener.link.action("CoreSettings").success
    waiting = {action["Action"] for action in listener.link._manager.protocol.responses.values()}
    assert "Reload" not in waiting


def test_action_is_not_sent_again_after_a_reconnect(
    manager: FakeManager, listener: Listener
) -> None:
    up(listener)
    manager.ignores.add("Originate")
    failures: list[str] = []

    def originate() -> None:
        try:
            listener.link.action("Originate", timeout_s=20, Channel="PJSIP/1001")
        except AmiError as error:
            failures.append(str(error))

    thread = threading.Thread(target=originate)
    thread.start()
    until(lambda: manager.named("Originate"), 5)
    manager.drop()
    thread.join(5)
    assert failures == ["Originate: the link was lost"]
    up(listener, times=2)
    listener.link.action("CoreSettings")
    assert len(manager.named("Originate")) == 1


def test_action_without_a_link_fails_at_once() -> None:
    listener = Listener(1)
    listener.link.start()
    with pytest.raises(AmiError, match="no link"):
        listener.link.action("Ping")
    listener.link.stop()


def test_action_on_the_links_own_thread_is_refused(
    manager: FakeManager, listener: Listener
) -> None:
    failures: list[str] = []

    def ask() -> None:
        try:
            listener.link.action("Ping")
        except AmiError as error:
            failures.append(str(error))

    up(listener)
    listener.link.loop.call_soon_threadsafe(ask)
    until(lambda: failures, 5)
    assert "another thread" in failures[0]


def test_value_from_outside_cannot_become_a_second_header(
    manager: FakeManager, listener: Listener
) -> None:
    up(listener)
    hostile = "1001\r\nApplication: System\r\nData: id\r\n\r\nAction: Command"
    listener.link.action("Originate", CallerID=hostile)
    (sent,) = manager.named("Originate")
    assert "Application" not in sent
    assert manager.named("Command") == []
    assert sent["CallerID"] == "1001 Application: System Data: id Action: Command"
