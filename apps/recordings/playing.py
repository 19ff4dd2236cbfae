"""Where a recording's sound is read from: the kept copy, sealed or not, else the original."""

import tempfile
import wave
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from apps.recordings.choices import KeptFormat
from apps.recordings.encoder import heard
from apps.recordings.engine.sealed import SealBrokenError, Sealed
from apps.recordings.errors import ConversionError, NothingToHearError, StoreDownError
from apps.recordings.models import Recording
from apps.recordings.services import CHANNELS, RATE, SAMPLE_BYTES, recordings_folder
from apps.recordings.store import kept_pieces, kept_size, keys

PIECE_BYTES = 64 * 1024
CONTENT_TYPES = {
    KeptFormat.MP3: "audio/mpeg",
    KeptFormat.OPUS: "audio/ogg",
    KeptFormat.WAV: "audio/wav",
}
ENDINGS = {KeptFormat.MP3: "mp3", KeptFormat.OPUS: "ogg", KeptFormat.WAV: "wav"}


@dataclass(frozen=True)
class Playable:
    """The sound of a recording as bytes: `pieces(start, length)` gives any part of it."""

    recording_id: int
    format: KeptFormat
    size: int
    etag: str
    path: Path | None
    kept_name: str = ""
    sealed: Sealed | None = None

    @property
    def content_type(self) -> str:
        """Return the media type."""
        return CONTENT_TYPES[self.format]

    @property
    def name(self) -> str:
        """Return a file name that says nothing of who talked."""
        return f"{self.recording_id}.{ENDINGS[self.format]}"

    def pieces(self, start: int, length: int) -> Generator[bytes, None, None]:
        """Yield a part in pieces. Raises StoreDownError."""
        try:
            if self.path is not None:
                yield from _file_pieces(self.path, start, length)
            elif self.sealed is not None:
                yield from self.sealed.pieces(start, length)
            else:
                yield from kept_pieces(self.kept_name, start, length, PIECE_BYTES)
        except (ConversionError, SealBrokenError, OSError) as error:
            raise StoreDownError(f"recording {self.recording_id}: {error}") from error


def recording_playable(recording: Recording, *, is_original: bool = False) -> Playable:
    """Return what is played: the copy if there is one, or the original where it is asked for.

    Raises NothingToHearError, and StoreDownError when it cannot be read now.
    """
    if not recording.is_playable:
        raise NothingToHearError(f"recording {recording.pk}: {recording.state}")
    path = recordings_folder() / recording.path
    has_original = recording.has_original and path.is_file()
    if is_original or not recording.kept_name:
        if not has_original:
            raise NothingToHearError(f"recording {recording.pk} has no original")
        return Playable(recording.pk, KeptFormat.WAV, path.stat().st_size, recording.sha256, path)
    try:
        size = kept_size(recording.kept_name)
    except ConversionError as error:
        if has_original:
            # The store does not answer, or has lost it: the original says the same.
            return recording_playable(recording, is_original=True)
        raise StoreDownError(f"recording {recording.pk}: {error}") from error
    kept = KeptFormat(recording.kept_format)
    name, etag = recording.kept_name, recording.kept_sha256
    if not recording.is_sealed:
        return Playable(recording.pk, kept, size, etag, None, name)
    sealed = Sealed(lambda start, length: _read(name, start, length), size, keys())
    try:
        plain = sealed.size
    except SealBrokenError as error:
        raise StoreDownError(f"recording {recording.pk}: {error}") from error
    return Playable(recording.pk, kept, plain, etag, None, name, sealed)


def _read(name: str, start: int, length: int) -> bytes:
    return b"".join(kept_pieces(name, start, length, length))


def _file_pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length and (data := file.read(min(PIECE_BYTES, length))):
            length -= len(data)
            yield data


@contextmanager
def original_opened(recording: Recording) -> Iterator[Path]:
    """Give the path of the original, or of a WAV made of the copy while the block runs.

    Raises OSError when neither can be read.
    """
    path = recordings_folder() / recording.path
    if path.is_file() or not recording.kept_name:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        found = recording_playable(recording)
        copy, wav = Path(folder) / "copy", Path(folder) / "plain.wav"
        try:
            with copy.open("wb") as file:
                for piece in found.pieces(0, found.size):
                    file.write(piece)
            if found.format == KeptFormat.WAV:
                copy.rename(wav)
            else:
                _wav_of(copy, wav, found.format)
        except (StoreDownError, NothingToHearError, ConversionError) as error:
            raise OSError(str(error)) from error
        yield wav


def _wav_of(copy: Path, wav: Path, kept: KeptFormat) -> None:
    raw = wav.with_suffix(".raw")
    with raw.open("wb") as out:
        heard(copy, kept, most_s=600, into=out)
    with raw.open("rb") as source, wave.open(str(wav), "wb") as target:
        target.setnchannels(CHANNELS)
        target.setsampwidth(SAMPLE_BYTES)
        target.setframerate(RATE)
        while piece := source.read(PIECE_BYTES):
            target.writeframesraw(piece)
