"""Run ffmpeg: make a smaller copy of a recording, and count what can be heard of it. No database.

ffmpeg reads files only, its demuxers are named, and it runs in bounded time, memory and output.
"""

import shutil
import subprocess
import tempfile
import threading
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from django.conf import settings

from apps.recordings.choices import KeptFormat, Trouble
from apps.recordings.errors import ConversionError
from apps.recordings.services import CHANNELS, FRAME_BYTES, RATE, SAMPLE_BYTES

MEMORY_BYTES = 1024**3
OUTPUT_BYTES = 4 * 1024**3
LEAST_S, SPEED = 60, 20
"""A conversion may take a minute, and more for what is longer than SPEED minutes."""
PIECE_BYTES = 256 * 1024
SHAPE = (CHANNELS, SAMPLE_BYTES, RATE)
# Both sides stay apart: joint stereo would mix them where they are alike.
CODECS = {
    KeptFormat.MP3: ("libmp3lame", "-b:a", "32k", "-joint_stereo", "0"),
    KeptFormat.OPUS: ("libopus", "-b:a", "32k", "-application", "voip"),
}
MUXERS = {KeptFormat.MP3: "mp3", KeptFormat.OPUS: "ogg", KeptFormat.WAV: "wav"}
FULL_WORDS = ("No space left on device", "Disk quota exceeded")


@dataclass(frozen=True)
class Heard:
    """What a decoder makes of a file: frames at 8 kHz, and each side's level (dB, full scale)."""

    frames: int
    levels_db: tuple[float, float]


def has_tool() -> bool:
    """Say whether ffmpeg is installed here."""
    return shutil.which("ffmpeg", path=settings.HUAWU_TOOLS_PATH) is not None


def encode(source: Path, target: Path, kept: KeptFormat) -> None:
    """Write an MP3 or Opus of a WAV. Raises ConversionError."""
    codec, *options = CODECS[kept]
    done = _run(
        *("-f", "wav", "-i", f"file:{source}", "-map", "0:a:0", "-map_metadata", "-1"),
        *("-ac", "2", "-ar", str(RATE), "-c:a", codec, *options),
        *("-f", MUXERS[kept], f"file:{target}"),
        seconds=_seconds(source),
    )
    if done or not target.exists() or target.stat().st_size == 0:
        raise _trouble(done)


def heard(path: Path, kept: KeptFormat, *, most_s: float, into: IO[bytes] | None = None) -> Heard:
    """Decode a file and count. `into` gets the samples. Raises ConversionError."""
    command = _command(
        *("-f", MUXERS[kept], "-i", f"file:{path}", "-map", "0:a:0"),
        *("-ac", "2", "-ar", str(RATE), "-f", "s16le", "pipe:1"),
    )
    count = _Count()
    with tempfile.TemporaryFile() as said:
        with _started(command, stdout=subprocess.PIPE, stderr=said) as process:
            killer = threading.Timer(most_s, process.kill)
            killer.start()
            try:
                assert process.stdout is not None  # noqa: S101 - a pipe was asked for
                while piece := process.stdout.read(PIECE_BYTES):
                    if into is not None:
                        into.write(piece)
                    count.take(piece)
                code = process.wait()
            finally:
                was_late = not killer.is_alive()
                killer.cancel()
        said.seek(0)
        words = said.read()[-400:].decode("utf-8", "replace").strip()
    if was_late:
        raise ConversionError(Trouble.TIMEOUT, "decoding")
    if code or words:
        raise _trouble(words or f"ffmpeg ended with {code}")
    return count.heard()


def heard_wav(path: Path) -> Heard:
    """Count what is in one of our WAVs, as far as it goes. Raises ConversionError."""
    count = _Count()
    try:
        with wave.open(str(path), "rb") as reader:
            if (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) != SHAPE:
                raise ConversionError(Trouble.BROKEN, "not two channels of 16 bit at 8 kHz")
            while piece := reader.readframes(PIECE_BYTES // FRAME_BYTES):
                count.take(piece)
    except (EOFError, wave.Error) as error:
        raise ConversionError(Trouble.BROKEN, str(error)[:200]) from error
    return count.heard()


class _Count:
    """Counts frames and adds up each side's power; pieces may end anywhere."""

    def __init__(self) -> None:
        self._frames, self._power, self._rest = 0, np.zeros(2), b""

    def take(self, piece: bytes) -> None:
        piece = self._rest + piece
        whole = len(piece) - len(piece) % FRAME_BYTES
        samples = np.frombuffer(piece[:whole], dtype="<i2").reshape(-1, 2)
        self._power += np.sum(np.square(samples.astype(np.float64) / 32768), axis=0)
        self._frames += len(samples)
        self._rest = piece[whole:]

    def heard(self) -> Heard:
        levels = 10 * np.log10(np.maximum(self._power / max(self._frames, 1), 1e-9))
        return Heard(self._frames, (float(levels[0]), float(levels[1])))


def _command(*arguments: str) -> list[str]:
    limits = [f"--as={MEMORY_BYTES}", f"--fsize={OUTPUT_BYTES}", "--core=0"]
    plain = ("-nostdin", "-v", "error", "-y", "-threads", "1", "-protocol_whitelist", "file,pipe")
    return ["prlimit", *limits, "--", "ffmpeg", *plain, *arguments]


def _started(command: list[str], *, stdout: int, stderr: IO[bytes]) -> "subprocess.Popen[bytes]":
    if not has_tool():
        raise ConversionError(Trouble.NO_TOOL)
    try:
        return subprocess.Popen(  # noqa: S603 - a list, no shell; paths are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={"PATH": settings.HUAWU_TOOLS_PATH, "LANG": "C.UTF-8"},
        )
    except OSError as error:
        raise ConversionError(Trouble.NO_TOOL, str(error)[:200]) from error


def _run(*arguments: str, seconds: float) -> str:
    """Run to the end; return what was said, '' for success."""
    with tempfile.TemporaryFile() as said:
        with _started(_command(*arguments), stdout=subprocess.DEVNULL, stderr=said) as process:
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise ConversionError(Trouble.TIMEOUT, "encoding") from error
        said.seek(0)
        words = said.read()[-400:].decode("utf-8", "replace").strip()
    return words or (f"ffmpeg ended with {code}" if code else "")


def _trouble(words: str) -> ConversionError:
    is_full = any(one in words for one in FULL_WORDS)
    return ConversionError(Trouble.DISK_FULL if is_full else Trouble.BROKEN, words[-200:])


def _seconds(source: Path) -> float:
    return max(LEAST_S, source.stat().st_size / (RATE * FRAME_BYTES) / SPEED)
