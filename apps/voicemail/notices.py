"""Tell people of new messages by e-mail and text message, each once, by the worker only."""

import logging
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from apps.core.sendings import due_send, sending_take
from apps.voicemail.files import voicemail_folder
from apps.voicemail.models import (
    Channel,
    NoticeState,
    VoicemailMessage,
    VoicemailNotice,
    words,
)
from apps.voicemail.selectors import box_of
from apps.voicemail.sms import sms_driver

logger = logging.getLogger(__name__)

MOST_TRIES = 8
# Who sends has this long; afterwards another may try.
LEASE = timedelta(minutes=5)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 3600
AT_ONCE = 100
MP3_S = 120
FFMPEG = "/usr/bin/ffmpeg"
FFMPEG_BEFORE = ("-nostdin", "-v", "error", "-f", "wav")
FFMPEG_AFTER = ("-ac", "1", "-b:a", "32k", "-f", "mp3", "-")
NO_SOUND = "the sound is gone"


class SoundGoneError(Exception):
    """The message's file cannot be read: trying again would not help."""


def notices_make(message: VoicemailMessage) -> int:
    """Make a row for each address of the message's box; return how many. 1 to 2 queries.

    To be called in the transaction that makes the message. A way that is not set up (no mail
    server, no text message driver) makes no row.
    """
    box = box_of(message.box)
    if box is None or not box.is_active:
        return 0
    told: list[tuple[Channel, str]] = []
    if settings.EMAIL_HOST:
        told += [(Channel.EMAIL, address) for address in words(box.emails)]
    if sms_driver().is_on:
        told += [(Channel.SMS, number) for number in words(box.sms_numbers)]
    now = timezone.now()
    VoicemailNotice.objects.bulk_create(
        VoicemailNotice(
            tenant_id=message.tenant_id, message=message, channel=channel, to=to, next_try_at=now
        )
        for channel, to in told
    )
    return len(told)


def notices_send() -> int:
    """Send what is due and return how many went out. Safe to run twice and by two at once."""
    return due_send(VoicemailNotice, pending=NoticeState.PENDING, most=AT_ONCE, send=notice_send)


def notice_send(pk: int) -> bool:
    """Send one notice that is due; False when it is not, or when it failed (and is tried later).

    A sender that dies between the server's yes and our row sends again after the lease: the mail's
    Message-ID is the same, so that mail programs show it once.
    """
    if not sending_take(VoicemailNotice, pk, pending=NoticeState.PENDING, lease=LEASE):
        return False
    notice = VoicemailNotice.objects.select_related("message__customer", "tenant").get(pk=pk)
    if notice.message.deleted_at is not None:
        return _given_up(notice, "the message was deleted")
    try:
        _send(notice)
    except SoundGoneError:
        return _given_up(notice, NO_SOUND)
    except Exception as error:  # noqa: BLE001 - servers fail in every way; the next try decides
        return _failed(notice, error)
    _mark(notice, state=NoticeState.SENT, sent_at=timezone.now(), error="")
    logger.info("notice %d sent by %s", notice.pk, notice.channel)
    return True


def _failed(notice: VoicemailNotice, error: Exception) -> bool:
    # Only the kind of error: a server's words may hold addresses or secrets.
    text = type(error).__name__
    if notice.tries >= MOST_TRIES:
        return _given_up(notice, text)
    pause_s = min(FIRST_PAUSE_S * 2 ** (notice.tries - 1), LONGEST_PAUSE_S)
    _mark(notice, next_try_at=timezone.now() + timedelta(seconds=pause_s), error=text)
    logger.warning("notice %d not sent (%s), again in %d s", notice.pk, text, pause_s)
    return False


def _given_up(notice: VoicemailNotice, why: str) -> bool:
    _mark(notice, state=NoticeState.FAILED, error=why)
    logger.error("notice %d given up: %s", notice.pk, why)
    return False


def _mark(notice: VoicemailNotice, **values: object) -> None:
    VoicemailNotice.objects.filter(pk=notice.pk).update(updated_at=timezone.now(), **values)


@dataclass(frozen=True)
class NoticeText:
    """What a notice says."""

    subject: str
    body: str


def _text(notice: VoicemailNotice, kind: str) -> NoticeText:
    message, tenant = notice.message, notice.tenant
    with translation.override(tenant.language), timezone.override(tenant.timezone):
        context = {
            "message": message,
            "company": tenant.name,
            "left_at": timezone.localtime(message.left_at),
            "seconds": round(message.duration_ms / 1000),
        }
        body = render_to_string(f"voicemail/{kind}.txt", context).strip() + "\n"
        subject = render_to_string("voicemail/subject.txt", context)
    return NoticeText(" ".join(subject.split()), body)


def _send(notice: VoicemailNotice) -> None:
    if notice.channel == Channel.SMS:
        sms_driver().send(to=notice.to, text=_text(notice, "sms").body.strip())
        return
    text = _text(notice, "email")
    sound = mp3(voicemail_folder() / notice.message.path)
    mail = EmailMessage(
        text.subject,
        text.body,
        to=[notice.to],
        headers={"Message-ID": f"<voicemail-{notice.message_id}-{notice.pk}@huawu>"},
    )
    mail.attach(f"voicemail-{notice.message_id}.mp3", sound, "audio/mpeg")
    mail.send()


def mp3(path: Path) -> bytes:
    """Return the sound of a WAV file as MP3. Raises SoundGoneError, subprocess.TimeoutExpired."""
    if not path.is_file():
        raise SoundGoneError(path.name)
    made = subprocess.run(  # noqa: S603 - our own path, no shell
        [FFMPEG, *FFMPEG_BEFORE, "-i", str(path), *FFMPEG_AFTER],
        capture_output=True,
        timeout=MP3_S,
        check=False,
    )
    if made.returncode != 0 or not made.stdout:
        raise SoundGoneError(path.name)
    return made.stdout
