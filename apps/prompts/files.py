"""Where prompts lie: our own store by content, and copies where Asterisk reads them.

`<data>/prompts/store/<key>.wav` with `<key>.json` beside it is what was made, once for the same
bytes; `<data>/prompts/incoming/<job>` is what waits for the worker. Asterisk reads
`<sounds>/<language>/huawu-company/<company>/<name>-<revision>.wav`: a revision's file never
changes, so that a running call hears to its end what it began with.
"""

import json
import os
import re
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from apps.prompts.audio import Sound
from apps.prompts.models import NAME_PATTERN, Language

ASTERISK_FOLDER = "huawu-company"
SYSTEM_FOLDER = "huawu"
NAME = re.compile(NAME_PATTERN)
SLUG = re.compile(r"^[a-z][a-z0-9]{0,19}\Z")
KEY = re.compile(r"^[0-9a-f]{32,64}\Z")
REVISION_FILE = re.compile(r"^(?P<name>[a-z0-9][a-z0-9_-]{0,79})-(?P<revision>[0-9]+)\.wav\Z")


class UnsafeNameError(ValueError):
    """A name that must not become part of a path."""


def _safe(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.match(text):
        raise UnsafeNameError(text[:100])
    return text


def sounds_folder() -> Path:
    """Return the folder of languages that Asterisk plays from."""
    return Path(settings.HUAWU_SOUNDS_DIR)


def store_path(key: str) -> Path:
    """Return the finished sound of a content key."""
    return settings.HUAWU_DATA_DIR / "prompts" / "store" / f"{_safe(KEY, key)}.wav"


def incoming_path(job: str) -> Path:
    """Return where a job's upload waits."""
    return settings.HUAWU_DATA_DIR / "prompts" / "incoming" / _safe(KEY, job)


def asterisk_name(slug: str, name: str, revision: int) -> str:
    """Return how Asterisk plays a revision, without language and extension."""
    return f"{ASTERISK_FOLDER}/{_safe(SLUG, slug)}/{_safe(NAME, name)}-{int(revision)}"


def asterisk_path(language: str, slug: str, name: str, revision: int) -> Path:
    """Return the file of a revision."""
    if language not in Language.values:
        raise UnsafeNameError(language[:20])
    return sounds_folder() / language / f"{asterisk_name(slug, name, revision)}.wav"


def system_path(language: str, name: str) -> Path:
    """Return the file of a system prompt."""
    if language not in Language.values:
        raise UnsafeNameError(language[:20])
    return sounds_folder() / language / SYSTEM_FOLDER / f"{_safe(NAME, name)}.wav"


def stored_sound(key: str) -> Sound | None:
    """Return what is known of a stored sound, None when it must be made."""
    path = store_path(key)
    try:
        facts = json.loads(path.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not path.is_file():
        return None
    os.utime(path)  # nobody removes it before the row names it
    return Sound(facts["duration_ms"], facts["loudness_lufs"], tuple(facts["peaks"]))


def stored_sound_write(key: str, sound: Sound) -> None:
    """Keep what is known of a sound just made; whole or not at all."""
    path = store_path(key).with_suffix(".json")
    part = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.part")
    part.write_text(json.dumps(asdict(sound)), "utf-8")
    part.replace(path)


def revision_place(slug: str, name: str, revision: int, keys: dict[str, str]) -> None:
    """Copy a revision to Asterisk, in each language; `keys` are the sounds by language.

    A language without a sound of its own gets the other one's: better the wrong language than
    silence. At least one key.
    """
    for language in Language.values:
        key = keys.get(language) or next(iter(keys.values()))
        target = asterisk_path(language, slug, name, revision)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.part")
        # A copy, not a link: its time says when it went out of use.
        shutil.copyfile(store_path(key), part)
        part.chmod(0o644)
        part.replace(target)


def revision_retire(slug: str, name: str, revision: int) -> None:
    """Note that a revision is out of use from now on; running calls may still play it."""
    for language in Language.values:
        path = asterisk_path(language, slug, name, revision)
        if path.exists():
            os.utime(path)


def revisions_remove(in_use: set[tuple[str, str, int]], older_than_s: float) -> int:
    """Remove files of revisions not in `in_use` (company, name, revision) and old enough."""
    removed = 0
    for path in sounds_folder().glob(f"*/{ASTERISK_FOLDER}/*/*"):
        match = REVISION_FILE.match(path.name)
        known = match and (path.parent.name, match["name"], int(match["revision"])) in in_use
        if not known and time.time() - path.stat().st_mtime > older_than_s:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def stored_remove(in_use: set[str], older_than_s: float) -> int:
    """Remove stored sounds and uploads whose key or job is not in use."""
    removed = 0
    base = settings.HUAWU_DATA_DIR / "prompts"
    for path in [*base.glob("store/*"), *base.glob("store/.work-*"), *base.glob("incoming/*")]:
        if path.stem in in_use or time.time() - path.stat().st_mtime < older_than_s:
            continue
        if path.is_dir():  # a conversion that was killed
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed += 1
    return removed
