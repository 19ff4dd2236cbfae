"""Notices: each address once, tried again when a server fails, never by who takes the call."""

import http.server
import json
import threading
import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.voicemail import notices
from apps.voicemail.models import VoicemailBox, VoicemailMessage, VoicemailNotice
from apps.voicemail.services import voicemail_left
from tests.factories import QueueFactory, TenantFactory

pytestmark = pytest.mark.django_db
CALLER = "13800138000"


class BrokenBackend:
    """A mail server that is away."""

    def __init__(self, **kwargs: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("smtp.example with secret")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    settings.EMAIL_HOST = "mail.test"
    path = tmp_path / "voicemail/company-7001"
    path.mkdir(parents=True)
    with wave.open(str(path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\1" * 16000)
    return path


def box(language: str = "zh-hans", **values: Any) -> VoicemailBox:
    tenant = TenantFactory(slug="company", name="华务", language=language)
    QueueFactory(tenant=tenant, number="7001")
    with all_tenants("test"):
        return VoicemailBox.objects.create(tenant=tenant, number="7001", **values)


def left(folder: Path, name: str = "a.wav") -> VoicemailMessage | None:
    return voicemail_left(
        linkedid="pbx1-1.1",
        box="company-7001",
        path=str(folder / name),
        duration_ms=2000,
        at=timezone.now(),
        caller=CALLER,
        call=None,
    )


def rows() -> list[VoicemailNotice]:
    with all_tenants("test"):
        return list(VoicemailNotice.objects.order_by("pk"))


def due_again() -> None:
    with all_tenants("test"):
        VoicemailNotice.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))


def test_each_address_gets_the_message_as_mp3_once(folder: Path) -> None:
    box(emails="a@example.com, b@example.com;a@example.com")
    assert left(folder) is not None
    assert mail.outbox == [], "the one who tells of the message sends nothing"
    assert left(folder) is None
    assert notices.notices_send() == 2
    due_again()
    assert notices.notices_send() == 0
    assert [message.to for message in mail.outbox] == [["a@example.com"], ["b@example.com"]]
    name, sound, kind = mail.outbox[0].attachments[0]
    assert (name.endswith(".mp3"), kind) == (True, "audio/mpeg")
    assert sound[:3] == b"ID3" or sound[0] == 0xFF
    assert [row.state for row in rows()] == ["sent", "sent"]


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("zh-hans", f"信箱 7001 有来自 {CALLER} 的新留言"),
        ("en", f"New voicemail from {CALLER} in box 7001"),
    ],
)
def test_mail_speaks_the_companys_language(folder: Path, language: str, subject: str) -> None:
    box(language, emails="a@example.com")
    left(folder)
    notices.notices_send()
    assert mail.outbox[0].subject == subject
    assert CALLER in mail.outbox[0].body


def test_mail_server_that_fails_is_tried_again_and_then_given_up(
    folder: Path, settings: Any
) -> None:
    box(emails="a@example.com")
    left(folder)
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    assert notices.notices_send() == 0
    [row] = rows()
    assert (row.state, row.tries, row.error) == ("pending", 1, "ConnectionRefusedError")
    assert row.next_try_at > timezone.now()
    assert notices.notices_send() == 0, "not before its time"
    assert rows()[0].tries == 1
    for _ in range(notices.MOST_TRIES):
        due_again()
        notices.notices_send()
    assert (rows()[0].state, rows()[0].tries) == ("failed", notices.MOST_TRIES)


def test_notice_that_another_sends_is_left_to_him(folder: Path) -> None:
    box(emails="a@example.com")
    message = left(folder)
    assert message is not None
    [row] = rows()
    with tenant_scope(message.tenant_id):
        VoicemailNotice.objects.update(next_try_at=timezone.now() + notices.LEASE)
        assert notices.notice_send(row.pk) is False
    assert mail.outbox == []


def test_message_without_a_file_is_not_tried_for_ever(folder: Path) -> None:
    box(emails="a@example.com")
    left(folder, "gone.wav")
    notices.notices_send()
    assert (rows()[0].state, rows()[0].error) == ("failed", notices.NO_SOUND)


@pytest.mark.parametrize("values", [{"is_active": False}, {"emails": ""}])
def test_box_that_wants_no_notice_gets_none(folder: Path, values: dict[str, Any]) -> None:
    box(**({"emails": "a@example.com"} | values))
    left(folder)
    assert rows() == []


def test_without_a_mail_server_and_a_driver_nothing_waits_to_be_sent(
    folder: Path, settings: Any
) -> None:
    settings.EMAIL_HOST = ""
    box(emails="a@example.com", sms_numbers="13900000001")
    assert left(folder) is not None
    assert rows() == []


@pytest.fixture
def service() -> Iterator[Any]:
    """Give an HTTP service for text messages; `got` is what came, `status` what it answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.got.append((self.headers["Authorization"], body))  # type: ignore[attr-defined]
            self.send_response(server.status)  # type: ignore[attr-defined]
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 200  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_text_message_goes_through_the_http_driver(
    folder: Path, settings: Any, service: Any
) -> None:
    settings.HUAWU_SMS_URL = f"http://127.0.0.1:{service.server_port}/send"
    settings.HUAWU_SMS_TOKEN = "token-1"
    box(sms_numbers="13900000001")
    left(folder)
    assert notices.notices_send() == 1
    [(authorization, body)] = service.got
    assert authorization == "Bearer token-1"
    assert body["to"] == "13900000001"
    assert CALLER in body["text"]


@pytest.mark.parametrize("status", [302, 401, 500])
def test_refusing_service_is_tried_again_and_names_no_secret(
    folder: Path, settings: Any, service: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HUAWU_SMS_URL = f"http://127.0.0.1:{service.server_port}/send"
    settings.HUAWU_SMS_TOKEN = "token-1"
    service.status = status
    box(sms_numbers="13900000001")
    left(folder)
    assert notices.notices_send() == 0
    assert (rows()[0].state, rows()[0].error) == ("pending", "SmsRefusedError")
    assert "token-1" not in caplog.text
    assert "13900000001" not in caplog.text
