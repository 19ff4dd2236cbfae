"""Turn a sound that somebody sent into what Asterisk plays. No database in here.

The result is 8 kHz mono signed 16 bit WAV, band-limited to the telephone, silence cut off both
ends, at TARGET_LUFS (EBU R128, integrated) with no sample over LIMIT. ffmpeg reads files only,
takes no playlist (its demuxers are named) and runs in bounded time, memory and output.
"""

import array
import json
import math
import re
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

from apps.prompts.errors import (
    SoundBrokenError,
    SoundEmptyError,
    SoundSilentError,
    SoundTimeoutError,
    SoundTooBigError,
    SoundToolError,
    SoundTooLongError,
    SoundTypeError,
)

RATE = 8000
MAX_BYTES = 20 * 1024 * 1024
MAX_S = 600
TARGET_LUFS = -20.0
LIMIT = 0.7  # of full scale: room for the phone network's own gain
MAX_GAIN_DB = 40.0
SILENT_DB = -60.0
QUIET = 180  # of 32768, about -45 dB: silence at the ends of a levelled sound
PAD = RATE * 60 // 1000
PEAKS = 200
# Part of the cache key: raise it when the same bytes would sound different.
RECIPE = "1"
CPU_S = 60
WALL_S = 90
MEMORY_BYTES = 1024**3
OUTPUT_BYTES = 64 * 1024 * 1024
DEMUXERS = {"wav": "wav", "mp3": "mp3", "ogg": "ogg", "m4a": "mov,mp4,m4a,3gp,3g2,mj2"}
LOUDNESS = re.compile(r"^ +I: +(-?[\d.]+|-?inf) LUFS", re.MULTILINE)
PEAK = re.compile(r"^ +Peak: +(-?[\d.]+|-?inf) dBFS", re.MULTILINE)


@dataclass(frozen=True)
class Sound:
    """A finished prompt: `loudness_lufs` after levelling, `peaks` PEAKS values from 0 to 1."""

    duration_ms: int
    loudness_lufs: float
    peaks: tuple[float, ...]


def sound_kind(head: bytes) -> str:
    """Return wav, mp3, ogg or m4a by the first bytes. Raises SoundTypeError."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    if head[:4] == b"OggS":
        return "ogg"
    if head[4:8] == b"ftyp":
        return "m4a"
    raise SoundTypeError(head[:8].hex())


def sound_check(source: Path) -> str:
    """Return the kind of an uploaded file by size, first bytes and ffprobe. Raises SoundError."""
    size = source.stat().st_size
    if size == 0:
        raise SoundEmptyError
    if size > MAX_BYTES:
        raise SoundTooBigError(str(size))
    with source.open("rb") as file:
        kind = sound_kind(file.read(16))
    shown = _run(
        *("ffprobe", "-v", "error", *_input(kind, source), "-select_streams", "a:0"),
        *("-show_entries", "stream=codec_name,sample_rate:format=duration", "-of", "json"),
    )
    found = json.loads(shown.stdout or b"{}")
    if shown.returncode != 0 or not found.get("streams"):
        raise SoundBrokenError(shown.stderr[-200:].decode("utf-8", "replace"))
    # What the file says of itself may be a lie; the decoder counts again.
    said_s = found.get("format", {}).get("duration", "0")
    if re.fullmatch(r"[\d.]+", said_s) and float(said_s) > MAX_S + 1:
        raise SoundTooLongError(said_s)
    return kind


def sound_convert(source: Path, target: Path) -> Sound:
    """Write the prompt made of `source` to `target`, at once or not at all. Raises SoundError."""
    kind = sound_check(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".work-") as folder:
        plain, done = Path(folder) / "plain.wav", Path(folder) / "done.wav"
        band = f"highpass=f=200,lowpass=f=3500,aresample={RATE}"
        # Float: 16 bit would lose what was recorded far too quietly.
        _convert(_input(kind, source), band, plain, codec="pcm_f32le", most_s=MAX_S + 1)
        if _frames_f32(plain) > MAX_S * RATE:
            raise SoundTooLongError
        loudness, peak = _measure(plain)
        if peak < SILENT_DB:
            raise SoundSilentError(f"peak {peak} dB")
        gain = min(MAX_GAIN_DB, TARGET_LUFS - loudness)
        level = f"volume={gain:.2f}dB,alimiter=limit={LIMIT}:level=false:latency=true"
        _convert(_input("wav", plain), level, done, codec="pcm_s16le", most_s=MAX_S)
        samples = _trim(done)
        loudness_after, _ = _measure(done)
        done.chmod(0o644)
        done.replace(target)
    return Sound(len(samples) * 1000 // RATE, round(loudness_after, 1), peaks_of(samples))


def peaks_of(samples: "array.array[int]", parts: int = PEAKS) -> tuple[float, ...]:
    """Return the loudest sample of each of `parts` pieces, 0 to 1."""
    found = []
    for part in range(parts):
        piece = samples[len(samples) * part // parts : len(samples) * (part + 1) // parts]
        found.append(round(max(max(piece), -min(piece)) / 32768, 3) if piece else 0.0)
    return tuple(found)


def _trim(path: Path) -> "array.array[int]":
    """Cut silence off both ends of a finished WAV and return what is left."""
    with wave.open(str(path), "rb") as reader:
        samples = array.array("h", reader.readframes(reader.getnframes()))
    first = next((at for at, value in enumerate(samples) if abs(value) > QUIET), len(samples))
    last = next((at for at, value in enumerate(reversed(samples)) if abs(value) > QUIET), 0)
    kept = samples[max(0, first - PAD) : len(samples) - max(0, last - PAD)]
    if len(kept) < RATE // 20:
        raise SoundSilentError(f"{len(kept)} samples are left")
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(kept.tobytes())
    return kept


def _input(kind: str, source: Path) -> list[str]:
    # The demuxer is not guessed, `file:` ends every other meaning of a name, no protocol but file.
    only = ["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS[kind]]
    return [*only, "-f", DEMUXERS[kind].split(",")[0], "-i", f"file:{source}"]


def _convert(source: list[str], filters: str, target: Path, *, codec: str, most_s: int) -> None:
    done = _run(
        *("ffmpeg", "-nostdin", "-v", "error", "-threads", "1", *source),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-af", filters),
        *("-ac", "1", "-ar", str(RATE), "-c:a", codec, "-t", str(most_s)),
        *("-bitexact", "-f", "wav", f"file:{target}"),
    )
    if done.returncode != 0 or not target.exists() or target.stat().st_size <= 100:
        raise SoundBrokenError(done.stderr[-200:].decode("utf-8", "replace"))


def _measure(path: Path) -> tuple[float, float]:
    """Return integrated loudness (LUFS) and sample peak (dBFS), both -inf for silence."""
    done = _run(
        *("ffmpeg", "-nostdin", "-hide_banner", "-threads", "1", *_input("wav", path)),
        *("-af", "ebur128=peak=sample:framelog=verbose", "-f", "null", "-"),
    )
    text = done.stderr.decode("utf-8", "replace")
    loudness, peak = LOUDNESS.search(text), PEAK.search(text)
    if done.returncode != 0 or loudness is None or peak is None:
        raise SoundBrokenError(text[-200:])
    peak_db = float(peak.group(1))
    measured = float(loudness.group(1))
    # R128 needs 400 ms and leaves out what is under -70: a spoken word lies some 14 dB under its
    # peak.
    is_measured = math.isfinite(measured) and measured > -70
    return (measured if is_measured else peak_db - 14.0), peak_db


def _frames_f32(path: Path) -> int:
    return max(0, path.stat().st_size - 100) // 4


def _run(*command: str) -> subprocess.CompletedProcess[bytes]:
    limits = [f"--cpu={CPU_S}", f"--as={MEMORY_BYTES}", f"--fsize={OUTPUT_BYTES}", "--core=0"]
    try:
        return subprocess.run(  # noqa: S603 - a list, no shell; paths are ours
            ["prlimit", *limits, "--", *command],  # noqa: S607 - found by PATH as set below
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_S,
            check=False,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise SoundTimeoutError(command[0]) from error
    except OSError as error:
        raise SoundToolError(str(error)) from error
