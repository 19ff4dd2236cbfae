"""Voices for texts: espeak-ng on this machine, or a service over HTTP."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from email.message import Message
from typing import IO

from django.conf import settings

from apps.prompts.audio import MAX_BYTES
from apps.prompts.errors import VoiceError

# espeak-ng's voice and words a minute; as tools/prompts.py speaks the system prompts.
ESPEAK = {"zh": ("cmn", 165), "en": ("en-gb", 150)}
ESPEAK_TIMEOUT_S = 60
PIECE_BYTES = 64 * 1024


class EspeakVoice:
    """espeak-ng: offline, free, unmistakably a machine."""

    @property
    def identity(self) -> str:
        """Return the voices and speeds."""
        return f"espeak {sorted(ESPEAK.items())}"

    def speak(self, text: str, language: str) -> bytes:
        """Return a WAV. Raises VoiceError."""
        voice, speed = ESPEAK[language]
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdin", "--stdout"]
        try:
            done = subprocess.run(  # noqa: S603 - a list, no shell; the text goes by standard input
                command,
                input=text.encode(),
                capture_output=True,
                timeout=ESPEAK_TIMEOUT_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise VoiceError(str(error)[:200]) from error
        return done.stdout


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key must not follow to another host."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Refuse."""


class HttpVoice:
    """POST `{"text", "language"}` as JSON to HUAWU_VOICE_URL; the answer's body is a sound file.

    HUAWU_VOICE_KEY goes along as a bearer token. A small adapter in front makes any cloud voice
    fit.
    """

    @property
    def identity(self) -> str:
        """Return the address."""
        return f"http {settings.HUAWU_VOICE_URL}"

    def speak(self, text: str, language: str) -> bytes:
        """Return what the service answered, at most MAX_BYTES. Raises VoiceError."""
        body = json.dumps({"text": text, "language": language}).encode()
        headers = {"Content-Type": "application/json"}
        if settings.HUAWU_VOICE_KEY:
            headers["Authorization"] = f"Bearer {settings.HUAWU_VOICE_KEY}"
        url = settings.HUAWU_VOICE_URL
        if not url.startswith(("http://", "https://")):
            raise VoiceError("HUAWU_VOICE_URL is not http(s)")
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - looked at above
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=settings.HUAWU_VOICE_TIMEOUT_S) as answer:
                sound = _read(answer)
        except urllib.error.HTTPError as error:
            error.close()
            raise VoiceError(f"status {error.code}") from None
        except (OSError, ValueError) as error:
            # Never the request itself: the key is in it.
            raise VoiceError(type(error).__name__) from error
        if not sound or len(sound) > MAX_BYTES:
            raise VoiceError(f"{len(sound)} bytes")
        return sound


def _read(answer: IO[bytes]) -> bytes:
    # The socket's time-out is for one read: who sends a byte a second would keep us for days.
    deadline = time.monotonic() + settings.HUAWU_VOICE_TIMEOUT_S
    sound = b""
    while len(sound) <= MAX_BYTES and (piece := answer.read1(PIECE_BYTES)):  # type: ignore[attr-defined]  # HTTPResponse has it
        sound += piece
        if time.monotonic() > deadline:
            raise TimeoutError("the voice is too slow")
    return sound
