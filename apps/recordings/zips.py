"""Many recordings as one ZIP, made while it is sent: no file in between, flat memory."""

import csv
import io
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from apps.core.errors import HuawuError
from apps.recordings.errors import NothingChosenError, TooMuchError
from apps.recordings.models import Recording
from apps.recordings.playing import ENDINGS, recording_playable

MOST_RECORDINGS = 200
MOST_BYTES = 2 * 1024**3
WHOLE, BROKEN = "ok", "unreadable"


@dataclass(frozen=True)
class Member:
    """One recording of a ZIP: its name there without ending, and its line in the table."""

    recording: Recording
    name: str
    at: datetime
    line: Sequence[str]


class _Out:
    """What ZipFile writes into: it cannot seek, and what it was given is taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is nothing behind."""

    def taken(self) -> bytes:
        found, self._parts = b"".join(self._parts), []
        return found


def zip_need(rows: Sequence[Recording]) -> list[Recording]:
    """Return what of the rows can be put into a ZIP. Raises NothingChosenError, TooMuchError."""
    chosen = [row for row in rows if row.is_playable]
    if not chosen:
        raise NothingChosenError
    size = sum(row.kept_bytes or row.size_bytes or 0 for row in chosen)
    if len(chosen) > MOST_RECORDINGS or size > MOST_BYTES:
        raise TooMuchError(f"{len(chosen)} recordings, {size} bytes")
    return chosen


def zip_pieces(
    members: Iterable[Member], *, header: Sequence[str], safe: Callable[[str], str]
) -> Generator[bytes, None, None]:
    """Yield the ZIP. Asks no database, as the company's scope is over by then.

    Its last member is `recordings.csv`: a line for each with what became of it. One that cannot be
    read does not end the others; one that breaks off in the middle is there as far as it went, and
    the table says so. `safe` makes a cell that no spreadsheet takes for a formula.
    """
    out = _Out()
    lines: list[list[str]] = []
    with ZipFile(cast(IO[bytes], out), "w", ZIP_STORED) as archive:
        for member in members:
            result, name = WHOLE, ""
            try:
                found = recording_playable(member.recording)
                pieces = found.pieces(0, found.size)
                first = next(pieces, b"")
                name = f"{member.name}.{ENDINGS[found.format]}"
                info = ZipInfo(name, member.at.timetuple()[:6])
                with archive.open(info, "w", force_zip64=True) as file:
                    file.write(first)
                    yield out.taken()
                    for piece in pieces:
                        file.write(piece)
                        yield out.taken()
            except HuawuError:
                result = BROKEN
            lines.append([name, *member.line, result])
        text = io.StringIO()
        csv.writer(text).writerows([[safe(cell) for cell in line] for line in (header, *lines)])
        archive.writestr("recordings.csv", "\ufeff" + text.getvalue())
    yield out.taken()
