"""Sounds become what Asterisk plays; what is no sound is refused by its content."""

import array
import json
import subprocess
import threading
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from apps.prompts.audio import MAX_BYTES, TARGET_LUFS, peaks_of, sound_convert, sound_kind
from apps.prompts.errors import SoundError, SoundTypeError, VoiceError
from apps.prompts.voices import HttpVoice
from tests.unit.prompts.sounds import tone_wav


def encoded(wav: bytes, folder: Path, name: str) -> Path:
    """Write a tone in the format of the name."""
    path = folder / name
    command = ["ffmpeg", "-v", "error", "-y", "-i", "-", str(path)]
    subprocess.run(command, input=wav, check=True)
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.ogg", "a.m4a", "a.opus"])
def test_every_format_becomes_telephone_wav_at_the_target_loudness(
    tmp_path: Path, name: str
) -> None:
    target = tmp_path / "out" / "x.wav"
    sound = sound_convert(encoded(tone_wav(700, 2, rate=44100, level=0.02), tmp_path, name), target)
    with wave.open(str(target)) as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
    assert shape == (8000, 1, 2)
    assert 1900 <= sound.duration_ms <= 2200
    assert abs(sound.loudness_lufs - TARGET_LUFS) < 1.5
    assert [path.name for path in target.parent.iterdir()] == ["x.wav"]


def test_silence_at_both_ends_is_cut(tmp_path: Path) -> None:
    silent = tone_wav(700, 2, level=0)[44:]
    source = tmp_path / "a.wav"
    with wave.open(str(source), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(silent + tone_wav(700, 1)[44:] + silent)
    sound = sound_convert(source, tmp_path / "x.wav")
    assert 1000 <= sound.duration_ms <= 1200


@pytest.mark.parametrize(
    "head", [b"", b"<svg", b"#EXTM3U\n", b"ffconcat version", b"PK\x03\x04", b"RIFF1234AVI "]
)
def test_kind_is_told_by_content_only(head: bytes) -> None:
    with pytest.raises(SoundTypeError):
        sound_kind(head)


def test_playlist_behind_a_true_head_reads_no_other_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(tone_wav(700, 1))
    source = tmp_path / "a.mp3"
    source.write_bytes(b"ID3#EXTM3U\n#EXTINF:1,\n" + f"file://{secret}\n".encode())
    with pytest.raises(SoundError):
        sound_convert(source, tmp_path / "x.wav")
    assert not (tmp_path / "x.wav").exists()


def test_peaks_are_of_one_number_however_short_the_sound() -> None:
    assert len(peaks_of(array.array("h", [0, 32767]))) == 200
    assert max(peaks_of(array.array("h", [0, -32768] * 1000))) == 1.0


class Service(BaseHTTPRequestHandler):
    """A voice over HTTP that answers what the test says."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"")
    asked: ClassVar[list[tuple[str, Any]]] = []

    def do_POST(self) -> None:
        """Answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.headers.get("Authorization", ""), body))
        self.send_response(self.answer[0])
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.answer[1])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(settings: Any) -> Iterator[type[Service]]:
    """Serve on loopback and configure the voice for it."""
    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.HUAWU_VOICE_URL = f"http://127.0.0.1:{server.server_port}/speak"
    settings.HUAWU_VOICE_KEY = "the-key"
    settings.HUAWU_VOICE_TIMEOUT_S = 5
    Service.asked = []
    yield Service
    server.shutdown()
    server.server_close()


def test_http_voice_sends_text_and_key_and_returns_the_sound(service: type[Service]) -> None:
    service.answer = (200, tone_wav(700, 1))
    assert HttpVoice().speak("你好", "zh") == tone_wav(700, 1)
    assert service.asked == [("Bearer the-key", {"text": "你好", "language": "zh"})]


@pytest.mark.parametrize(
    "answer", [(500, b"no"), (302, b""), (200, b""), (200, b"\0" * (MAX_BYTES + 1))]
)
def test_http_voice_that_answers_no_sound_is_an_error_without_the_key(
    service: type[Service], answer: tuple[int, bytes]
) -> None:
    service.answer = answer
    with pytest.raises(VoiceError) as caught:
        HttpVoice().speak("你好", "zh")
    assert "the-key" not in str(caught.value)
    assert len(service.asked) == 1


def test_http_voice_that_is_away_or_no_address_is_an_error(settings: Any) -> None:
    for url in ("", "file:///etc/passwd", "http://127.0.0.1:1/"):
        settings.HUAWU_VOICE_URL = url
        with pytest.raises(VoiceError):
            HttpVoice().speak("x", "zh")
