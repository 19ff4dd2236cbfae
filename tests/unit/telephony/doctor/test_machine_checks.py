"""Folders, prompts, files and sockets that are not as they must be are named."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.core.node_status import NodeStatus
from apps.recordings.choices import Trouble
from apps.recordings.health import Health, TroubleCount
from apps.telephony.doctor.machine_checks import (
    check_agi,
    check_folder,
    check_prompts,
    check_rendered,
    check_websocket,
)
from apps.telephony.doctor.manager import LoginRefusedError, ManagerConnection, NotAsteriskError
from apps.telephony.doctor.report import State, as_json, bad, doubtful, good, is_healthy
from apps.telephony.doctor.service_checks import (
    check_listener,
    check_recordings,
    check_settings,
    check_worker,
)


@contextmanager
def server(*answers: bytes, first: bytes = b"") -> Iterator[int]:
    """Listen on a free port; greet, then answer each request with the next answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(first)
                for answer in answers:
                    peer.recv(65536)
                    peer.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_fastagi_that_listens_is_fine() -> None:
    with server() as port:
        (finding,) = check_agi("", port)
    assert finding.state is State.OK


def test_fastagi_that_does_not_listen_is_told() -> None:
    (finding,) = check_agi("127.0.0.1", closed_port())
    assert finding.state is State.FAILED


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", State.OK),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", State.FAILED),
        (b"", State.FAILED),
    ],
)
def test_websocket_must_open(answer: bytes, state: State) -> None:
    with server(answer) as port:
        (finding,) = check_websocket(f"ws://127.0.0.1:{port}/ws")
    assert finding.state is state


def test_websocket_address_that_is_none_is_told() -> None:
    (finding,) = check_websocket("ws://127.0.0.1:not-a-port/ws")
    assert finding.state is State.FAILED


def test_missing_folder_is_told(tmp_path: Path) -> None:
    (finding,) = check_folder(tmp_path / "recordings", is_written=True)
    assert finding.state is State.FAILED
    assert str(tmp_path / "recordings") in finding.text


def test_prompt_missing_in_one_language_is_named(tmp_path: Path) -> None:
    for path in ("zh/huawu/welcome.wav", "zh/huawu/busy.wav", "en/huawu/busy.gsm"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (finding,) = check_prompts(["welcome", "busy"], [tmp_path / "nowhere", tmp_path])
    assert finding.state is State.FAILED
    assert "en/welcome" in finding.text
    assert "busy" not in finding.text


def test_sounds_on_another_machine_are_doubtful_only(tmp_path: Path) -> None:
    (finding,) = check_prompts(["welcome"], [tmp_path / "nowhere"])
    assert finding.state is State.WARNING


def test_rendered_file_that_differs_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("old")
    (tmp_path / "b.conf").write_text("same")
    (finding,) = check_rendered(tmp_path, {"a.conf": "new", "b.conf": "same", "c.conf": "x"})
    assert finding.state is State.FAILED
    assert "a.conf, c.conf" in finding.text


def test_manager_that_refuses_says_why() -> None:
    refusal = b"Response: Error\r\nActionID: doctor-1\r\nMessage: Authentication failed\r\n\r\n"
    with (
        server(refusal, first=b"Asterisk Call Manager/11.0.0\r\n") as port,
        pytest.raises(LoginRefusedError, match="Authentication failed"),
    ):
        ManagerConnection("127.0.0.1", port, "huawu", "wrong")


def test_something_else_than_a_manager_is_told() -> None:
    with server(first=b"SSH-2.0-OpenSSH_9.2\r\n") as port, pytest.raises(NotAsteriskError):
        ManagerConnection("127.0.0.1", port, "huawu", "secret")


def test_manager_keeps_list_items_and_events_apart() -> None:
    login = b"Response: Success\r\nActionID: doctor-1\r\n\r\nEvent: FullyBooted\r\n\r\n"
    listing = (
        b"Response: Success\r\nActionID: doctor-2\r\nEventList: start\r\n\r\n"
        b"Event: Other\r\n\r\n"
        b"Event: Item\r\nActionID: doctor-2\r\nName: a\r\n\r\n"
        b"Event: ListComplete\r\nActionID: doctor-2\r\nEventList: Complete\r\n\r\n"
    )
    with (
        server(login, listing, first=b"Asterisk Call Manager/11.0.0\r\n") as port,
        ManagerConnection("127.0.0.1", port, "huawu", "secret") as manager,
    ):
        answer = manager.ask("QueueStatus")
        assert [item["Name"] for item in answer.items] == ["a"]
        assert answer.is_success
        assert manager.has_event("FullyBooted")
        assert manager.has_event("Other")
        assert not manager.has_event("Item")


def test_settings_that_no_installation_should_have_are_told() -> None:
    findings = list(check_settings(is_demo=False, is_debug=True, is_https=False, hosts=["*"]))
    assert [finding.code for finding in findings] == [
        "settings.debug",
        "settings.hosts",
        "settings.https",
    ]
    assert list(check_settings(is_demo=False, is_debug=False, is_https=True, hosts=["a"])) == []


def test_listener_that_is_silent_is_told() -> None:
    (finding,) = check_listener(NodeStatus(node="pbx1", is_up=False, since=""))
    assert finding.state is State.FAILED
    (finding,) = check_listener(NodeStatus(node="pbx1", is_up=True, since=""))
    assert finding.state is State.OK


def test_no_worker_is_doubtful() -> None:
    assert [finding.state for finding in check_worker(0)] == [State.WARNING]
    assert [finding.state for finding in check_worker(2)] == [State.OK]


def test_report_fails_by_failures_only() -> None:
    fine, unsure, wrong = good("a", "x"), doubtful("b", "x", "y"), bad("c", "x", "y")
    assert is_healthy([fine, unsure])
    assert not is_healthy([fine, wrong])
    assert as_json([fine, wrong])["status"] == "failed"
    assert as_json([fine])["findings"][0] == {
        "code": "a",
        "state": "ok",
        "text": "x",
        "cure": "",
    }


def test_failure_without_cure_is_refused() -> None:
    with pytest.raises(ValueError, match="cure"):
        bad("c", "x", "")


def test_recordings_that_wait_say_why_and_what_to_do() -> None:
    [fine] = check_recordings(Health(waiting=3, late=0, given_up=0, troubles=()))
    assert fine.state is State.OK
    [late] = check_recordings(Health(waiting=3, late=2, given_up=0, troubles=()))
    assert late.state is State.WARNING
    count = TroubleCount(Trouble.NO_TOOL, waiting=3, given_up=1)
    [missing] = check_recordings(Health(waiting=3, late=3, given_up=1, troubles=(count,)))
    assert missing.state is State.WARNING
    assert "4" in missing.text
    assert "ffmpeg" in missing.cure
