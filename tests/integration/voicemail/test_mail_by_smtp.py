"""A voicemail's e-mail through a real SMTP server: what arrives is a message that can be heard."""

import subprocess
import wave
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.core.tenancy import all_tenants
from apps.voicemail import notices
from apps.voicemail.models import VoicemailBox, VoicemailNotice
from apps.voicemail.services import voicemail_left
from tests.factories import QueueFactory, TenantFactory
from tests.integration.mailman import Mailman, mailman

pytestmark = pytest.mark.django_db
SECONDS = 3
FFPROBE = ("/usr/bin/ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0")
__all__ = ["mailman"]


@pytest.fixture
def message(settings: Any, tmp_path: Path, mailman: Mailman) -> None:
    """Leave a message of three seconds in a box with an address."""
    settings.HUAWU_ASTERISK_DIR = tmp_path
    tenant = TenantFactory(slug="company", name="华务", language="zh-hans")
    QueueFactory(tenant=tenant, number="7001")
    with all_tenants("test"):
        VoicemailBox.objects.create(tenant=tenant, number="7001", emails="lead@example.com")
    path = tmp_path / "voicemail/company-7001/a.wav"
    path.parent.mkdir(parents=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\1" * 8000 * SECONDS)
    left = voicemail_left(
        linkedid="pbx1-1.1",
        box="company-7001",
        path=str(path),
        duration_ms=SECONDS * 1000,
        at=timezone.now(),
        caller="13800138000",
        call=None,
    )
    assert left is not None


def only_notice() -> VoicemailNotice:
    with all_tenants("test"):
        return VoicemailNotice.objects.get()


def seconds_of(sound: Path) -> float:
    shown = subprocess.run(
        [*FFPROBE, str(sound)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(shown.stdout)


@pytest.mark.usefixtures("message")
def test_the_mail_that_arrives_carries_the_message_as_mp3(mailman: Mailman, tmp_path: Path) -> None:
    assert notices.notices_send() == 1
    [(to, mail)] = mailman.got
    assert to == ["lead@example.com"]
    assert mail["From"] == "call-centre@example.com"
    assert mail["Subject"].strip() == "信箱 7001 有来自 13800138000 的新留言"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "13800138000" in body.get_content()
    [sound] = mail.iter_attachments()
    assert sound.get_content_type() == "audio/mpeg"
    heard = tmp_path / (sound.get_filename() or "")
    assert heard.suffix == ".mp3"
    heard.write_bytes(sound.get_content())
    assert abs(seconds_of(heard) - SECONDS) < 0.3


@pytest.mark.usefixtures("message")
@pytest.mark.parametrize("refusal", ["452 mailbox full", "554 5.7.1 lead@example.com is unwanted"])
def test_a_refused_mail_comes_at_a_later_try_with_the_same_id(
    mailman: Mailman, refusal: str, caplog: pytest.LogCaptureFixture
) -> None:
    mailman.refusal = refusal
    assert notices.notices_send() == 0
    notice = only_notice()
    assert (notice.state, notice.error) == ("pending", "SMTPDataError")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("apps.")]
    assert ours
    assert not any("lead@example.com" in line for line in ours)
    mailman.refusal = ""
    with all_tenants("test"):
        VoicemailNotice.objects.update(next_try_at=timezone.now())
    assert notices.notices_send() == 1
    [(_to, mail)] = mailman.got
    assert mail["Message-ID"] == f"<voicemail-{notice.message_id}-{notice.pk}@huawu>"
    assert only_notice().state == "sent"
