"""Speak the system prompts (asterisk/sounds/prompts.toml) and compose the hold music.

Every sound is built once into a cache keyed by its text, language and the recipe below, and copied
from there into an Asterisk's data folder as `sounds/<language>/huawu/<name>.wav`, where
`Playback(huawu/<name>)` finds it by CHANNEL(language). Format: 8 kHz, mono, signed 16 bit WAV.
Needs espeak-ng and ffmpeg for what is not in the cache yet.
"""

from __future__ import annotations

import argparse
import array
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tomllib
import wave
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.paths import PROMPTS_TOML, cache_dir

RATE = 8000
RECIPE = 2  # part of the cache key: raise it when the sound of an unchanged text changes
VOICES = {"zh": ("cmn", 165), "en": ("en-gb", 150)}  # espeak-ng voice, words a minute
LEVEL_DBFS = -20.0  # loudness of the spoken parts; -20 dBFS is usual for telephone announcements
PEAK = 26000  # of 32767: room for the phone network's own gain
PAD_MS = 60


class PromptError(Exception):
    """Say what is missing to build the prompts, with the command that cures it."""


@dataclass(frozen=True)
class Prompt:
    """Hold one sound to build: a text to speak or a tone (hz, ms)."""

    name: str
    language: str
    text: str
    tone: tuple[int, int] | None

    @property
    def key(self) -> str:
        """Give the cache key: the same text and recipe make the same sound."""
        recipe = [RECIPE, self.language, self.text, self.tone, VOICES[self.language], LEVEL_DBFS]
        return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:32]


def prompt_list(path: Path = PROMPTS_TOML) -> list[Prompt]:
    """Read every prompt in every language; raise PromptError for one that lacks a language."""
    table = tomllib.loads(path.read_text("utf-8"))["prompts"]
    found = []
    for name, entry in table.items():
        tone = entry.get("tone")
        for language in VOICES:
            text = entry.get(language, "")
            if not text and tone is None:
                raise PromptError(f"{path.name}: {name} has no text in {language}")
            found.append(Prompt(name, language, text, (tone["hz"], tone["ms"]) if tone else None))
    return found


def _wav_write(path: Path, samples: array.array[int]) -> None:
    """Write a WAV under its final name only when it is complete: two clones may build at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with wave.open(str(part), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    part.replace(path)


def levelled(samples: array.array[int]) -> array.array[int]:
    """Trim silence at both ends and bring the spoken parts to LEVEL_DBFS, without clipping."""
    loud = [i for i, s in enumerate(samples) if abs(s) > 250]
    if not loud:
        return samples
    pad = RATE * PAD_MS // 1000
    cut = samples[max(0, loud[0] - pad) : loud[-1] + pad]
    block = RATE // 50
    powers = [
        sum(s * s for s in cut[i : i + block]) / block for i in range(0, len(cut) - block, block)
    ]
    voiced = [p for p in powers if p > 250 * 250] or powers or [1.0]
    rms = math.sqrt(sum(voiced) / len(voiced))
    gain = min(32768 * 10 ** (LEVEL_DBFS / 20) / rms, PEAK / max(abs(s) for s in cut))
    return array.array("h", (round(s * gain) for s in cut))


def _spoken(prompt: Prompt) -> array.array[int]:
    voice, speed = VOICES[prompt.language]
    speech = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", prompt.text],
        check=True,
        capture_output=True,
    )
    # Band-limited to the telephone's 300-3400 Hz: what lies outside is lost on the line and costs
    # loudness here.
    convert = ["ffmpeg", "-v", "error", "-i", "-", "-af", "highpass=f=200,lowpass=f=3500"]
    telephone = subprocess.run(
        [*convert, "-ar", str(RATE), "-ac", "1", "-f", "s16le", "-"],
        check=True,
        capture_output=True,
        input=speech.stdout,
    )
    return levelled(array.array("h", telephone.stdout))


def _tone(hz: int, ms: int, level: float = 0.2) -> array.array[int]:
    count, edge = RATE * ms // 1000, RATE // 100
    return array.array(
        "h",
        (
            round(
                32767
                * level
                * min(1.0, i / edge, (count - i) / edge)
                * math.sin(2 * math.pi * hz * i / RATE)
            )
            for i in range(count)
        ),
    )


# The hold tune, written for this project: (semitones above A3 or None for a rest, length in
# quarters).
MELODY: tuple[tuple[int | None, float], ...] = (
    (0, 1), (3, 1), (5, 1), (7, 1), (10, 2), (7, 2),
    (5, 1), (7, 1), (3, 1), (5, 1), (0, 3), (None, 1),
    (3, 1), (5, 1), (7, 1), (10, 1), (12, 2), (10, 2),
    (7, 1), (5, 1), (3, 1), (0, 1), (3, 3), (None, 1),
    (12, 1), (10, 1), (7, 1), (10, 1), (5, 2), (7, 2),
    (3, 1), (5, 1), (7, 1), (3, 1), (0, 3), (None, 1),
)  # fmt: skip
QUARTER_S = 0.42


def hold_music() -> array.array[int]:
    """Compose the hold tune.

    Plucked pentatonic notes over a low fifth, about 23 seconds, loops without a click.
    """
    total = int(sum(length for _, length in MELODY) * QUARTER_S * RATE)
    mix = [0.0] * total

    def note(start: int, semitones: float, seconds: float, level: float) -> None:
        hz = 220.0 * 2 ** (semitones / 12)
        for i in range(int(seconds * RATE)):
            t = i / RATE
            shape = (
                min(1.0, t / 0.01) * math.exp(-2.2 * t / seconds) * min(1.0, (seconds - t) / 0.02)
            )
            value = math.sin(2 * math.pi * hz * t) + 0.35 * math.sin(4 * math.pi * hz * t)
            mix[(start + i) % total] += level * shape * value

    at = 0.0
    for semitones, length in MELODY:
        if semitones is not None:
            note(int(at * RATE), semitones, length * QUARTER_S * 1.4, 0.16)
        at += length * QUARTER_S
    for step in range(int(at / (4 * QUARTER_S))):
        root = (-12, -9, -7, -12)[step % 4]
        for semitones in (root, root + 7):
            note(int(step * 4 * QUARTER_S * RATE), semitones, 4 * QUARTER_S, 0.10)
    top = max(abs(v) for v in mix)
    return array.array("h", (round(9000 * v / top) for v in mix))


def build(prompts: Iterable[Prompt], *, store: Path | None = None) -> dict[Prompt, Path]:
    """Give the cached WAV of every prompt, building what is missing (in parallel).

    Raises PromptError when espeak-ng or ffmpeg is needed and not installed.
    """
    store = store or cache_dir() / "sounds"
    places = {prompt: store / f"{prompt.key}.wav" for prompt in prompts}
    missing = [prompt for prompt, path in places.items() if not path.exists()]
    if any(prompt.tone is None for prompt in missing):
        absent = [tool for tool in ("espeak-ng", "ffmpeg") if shutil.which(tool) is None]
        if absent:
            raise PromptError(
                f"prompts need {' '.join(absent)}: apt-get install {' '.join(absent)}"
            )

    def make(prompt: Prompt) -> None:
        samples = _tone(*prompt.tone) if prompt.tone else _spoken(prompt)
        _wav_write(places[prompt], samples)

    if missing:
        print(f"prompts: building {len(missing)} sounds", flush=True)
        with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            list(pool.map(make, missing))
    return places


def build_hold_music(store: Path | None = None) -> Path:
    """Give the cached WAV of the hold tune."""
    store = store or cache_dir() / "sounds"
    key = hashlib.sha256(repr((RECIPE, MELODY, QUARTER_S)).encode()).hexdigest()[:32]
    path = store / f"hold-{key}.wav"
    if not path.exists():
        _wav_write(path, hold_music())
    return path


def _place(source: Path, target: Path) -> None:
    if target.exists() and source.samefile(target):
        return
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # another file system
        shutil.copyfile(source, target)


def install(data_dir: Path) -> None:
    """Put every prompt and the hold music under an Asterisk data folder (astdatadir)."""
    places: Mapping[Prompt, Path] = build(prompt_list())
    wanted: set[Path] = set()
    for prompt, source in places.items():
        target = data_dir / "sounds" / prompt.language / "huawu" / f"{prompt.name}.wav"
        target.parent.mkdir(parents=True, exist_ok=True)
        _place(source, target)
        wanted.add(target)
    for old in (data_dir / "sounds").glob("*/huawu/*.wav"):
        if old not in wanted:
            old.unlink()
    music = data_dir / "moh" / "huawu-hold.wav"
    music.parent.mkdir(parents=True, exist_ok=True)
    _place(build_hold_music(), music)


def main() -> int:
    """Build everything into the cache, or install it into the data folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data_dir", nargs="?", type=Path, help="Asterisk's data folder (astdatadir)"
    )
    place = parser.parse_args().data_dir
    try:
        if place:
            install(place)
        else:
            build(prompt_list())
            build_hold_music()
    except PromptError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
