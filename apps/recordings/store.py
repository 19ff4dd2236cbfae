"""Where converted recordings are kept: `STORAGES["recordings"]`, files or an S3-compatible store.

Both are read by ranges. Names are ours: `kept/<company>/<day>/<recording>-<job>.<format>`.
"""

import errno
import logging
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from apps.recordings.choices import Trouble
from apps.recordings.errors import ConversionError
from apps.recordings.services import recordings_folder

logger = logging.getLogger(__name__)

ALIAS = "recordings"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class RecordingFiles(FileSystemStorage):
    """Files beside the originals; the folder is asked for each time, for tests move it."""

    @property
    def base_location(self) -> str:
        """Return the folder of recordings."""
        return str(recordings_folder())

    @property
    def location(self) -> str:
        """Return it as an absolute path."""
        return str(recordings_folder().resolve())


class _Finished(File):  # type: ignore[type-arg]  # generic in the stubs only
    """A finished file: Django moves what has this name into place, at once or not at all."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def recording_store() -> Storage:
    """Return the store of converted recordings."""
    return storages[ALIAS]


@contextmanager
def store_trouble() -> Iterator[None]:
    """Turn whatever a store raises into ConversionError."""
    try:
        yield
    except OSError as error:
        trouble = Trouble.DISK_FULL if error.errno in FULL else Trouble.STORAGE
        raise ConversionError(trouble, str(error)[:200]) from error
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise ConversionError(Trouble.STORAGE, str(error)[:200]) from error


def kept_save(path: Path, name: str) -> str:
    """Put a finished file into the store, which takes it away; return its name there.

    Raises ConversionError: of a full disk, of a store that does not answer or has less than it got.
    """
    size = path.stat().st_size
    with store_trouble():
        store = recording_store()
        with path.open("rb") as file:
            kept: str = store.save(name, _Finished(file, name=str(path)))
        there = store.size(kept)
    if there != size:
        kept_delete(kept)
        raise ConversionError(Trouble.STORAGE, f"{there} of {size} bytes were stored")
    return kept


def kept_delete(name: str) -> None:
    """Remove a file from the store; one that is not there is fine. Raises ConversionError."""
    with store_trouble():
        if name:
            recording_store().delete(name)


def kept_names_remove(names: Iterable[str]) -> None:
    """Remove stored files of an erased person; one that stays is logged and keeps no other."""
    for name in names:
        try:
            kept_delete(name)
        except ConversionError:
            # Somebody has to look: the page has said that it is gone.
            logger.exception("the stored file %s of an erased person could not be removed", name)


def kept_size(name: str) -> int:
    """Return the bytes of a stored file. Raises ConversionError."""
    with store_trouble():
        return int(recording_store().size(name))


def kept_pieces(name: str, start: int, length: int, piece: int) -> Iterator[bytes]:
    """Yield a part of a stored file, of S3 by one request with a range. Raises ConversionError."""
    with store_trouble():
        store: Any = recording_store()
        if hasattr(store, "bucket"):
            key = posixpath.join(store.location, name) if store.location else name
            span = f"bytes={start}-{start + length - 1}"
            body = store.bucket.Object(key).get(Range=span)["Body"]
            try:
                while data := body.read(piece):
                    yield data
            finally:
                body.close()
            return
        with store.open(name, "rb") as file:
            file.seek(start)
            left = length
            while left and (data := file.read(min(piece, left))):
                left -= len(data)
                yield data


def keys() -> tuple[bytes, ...]:
    """Return the keys that open sealed recordings; the first seals."""
    found: tuple[bytes, ...] = tuple(settings.HUAWU_RECORDING_KEYS)
    return found
