"""Files of imports and exports: `<data>/imports/<random name>.<part>`.

Parts: `upload` as it came; `rows` the same as one JSON line a row `[number, cells, fault]`, so that
a position in it is a byte; `errors` one JSON line for each row that failed; `out` an export.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from django.conf import settings

from apps.imports.choices import FileKind
from apps.imports.engine.csv_rows import MAX_LINE, Row, csv_rows
from apps.imports.engine.encodings import utf16_guess
from apps.imports.errors import (
    FileEmptyError,
    FileTooBigError,
    NotATableError,
    OldExcelError,
    TooManyRowsError,
)
from apps.imports.xlsx import sheet_rows, workbook_check

PARTS = ("upload", "rows", "errors", "out")
NAME = re.compile(r"^[0-9a-f]{32}\Z")
SAMPLE = 256 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What people rename by mistake or on purpose. Source: the formats' own first bytes.
_OTHERS = (
    b"MZ", b"\x7fELF", b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf",
    b"\x1f\x8b", b"PK\x05\x06", b"RIFF", b"OggS", b"ID3", b"\xca\xfe\xba\xbe", b"#!", b"SQLite",
)  # fmt: skip


def folder() -> Path:
    """Return the folder of all files, made at the first use, for our own user alone."""
    path: Path = settings.HUAWU_DATA_DIR / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def part_path(name: str, part: str) -> Path:
    """Return a part's path. Raises ValueError for a name that is not one of ours."""
    if not NAME.match(name) or part not in PARTS:
        raise ValueError(f"{name[:40]!r}.{part}")
    return folder() / f"{name}.{part}"


def new_name() -> str:
    """Return a name that nobody can guess."""
    return secrets.token_hex(16)


def upload_keep(pieces: Iterable[bytes]) -> tuple[str, int, FileKind]:
    """Write what is uploaded, look what it is; return its name, bytes and kind.

    Raises FileRefusedError, with nothing left behind.
    """
    name = new_name()
    path = part_path(name, "upload")
    try:
        size = 0
        with path.open("xb") as target:
            path.chmod(0o600)
            for piece in pieces:
                size += len(piece)
                if size > settings.HUAWU_IMPORT_MAX_BYTES:
                    raise FileTooBigError(str(size))
                target.write(piece)
        return name, size, file_kind(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def file_kind(path: Path) -> FileKind:
    """Say what a file is by its content. Raises FileRefusedError."""
    with path.open("rb") as source:
        head = source.read(SAMPLE)
    if not head.strip(b"\x00 \r\n\t"):
        raise FileEmptyError
    if head.startswith(_OLE):
        raise OldExcelError
    if head.startswith(_ZIP):
        workbook_check(path)
        return FileKind.XLSX
    if head.startswith(_OTHERS) and not _is_text(head):
        raise NotATableError(repr(head[:8]))
    if _is_binary(head):
        raise NotATableError("binary")
    return FileKind.CSV


def _is_text(head: bytes) -> bool:
    # A CSV may begin with MZ or RIFF: then the first line is printable.
    first = head[:200].split(b"\n", 1)[0]
    return all(byte >= 32 or byte in b"\t\r" for byte in first) and not head.startswith(
        (b"%PDF", b"#!", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
    )


def _is_binary(head: bytes) -> bool:
    """Say whether it has too many control characters for text in any encoding."""
    # Chinese in UTF-16 is full of bytes that would be control characters.
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_guess(head):
        return False
    controls = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), 28, 29, 30))
    return (controls + head.count(0)) * 50 > len(head)


def sample_of(path: Path) -> bytes:
    """Return the first bytes, and where those are ASCII alone, also the first that are not."""
    with path.open("rb") as source:
        head = source.read(SAMPLE)
        if not head.isascii():
            return head
        while piece := source.read(SAMPLE):
            if not piece.isascii():
                return head + b"\n" + piece[piece.find(b"\n") + 1 :]
    return head


def text_lines(source: IO[str]) -> Iterator[str]:
    """Yield the lines of a text; of one longer than `MAX_LINE` that much and a sign more."""
    while line := source.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(("\n", "\r")):
            line = source.readline(MAX_LINE + 1)


def file_rows(path: Path, kind: str, encoding: str, delimiter: str) -> Iterator[Row]:
    """Yield every row of an upload. Raises FileRefusedError, for workbooks also in the middle."""
    if kind == FileKind.XLSX:
        yield from sheet_rows(path)
        return
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=name, errors="replace", newline="") as source:
        yield from csv_rows(text_lines(source), delimiter)


def rows_write(name: str, rows: Iterable[Row]) -> int:
    """Write the rows that are not blank; return how many. Whole or not at all.

    Raises TooManyRowsError, FileEmptyError.
    """
    path = part_path(name, "rows")
    draft = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.part")
    count = 0
    try:
        with draft.open("w", encoding="utf-8") as target:
            for row in rows:
                if row.is_blank:
                    continue
                count += 1
                if count > settings.HUAWU_IMPORT_MAX_ROWS + 1:  # and its header
                    raise TooManyRowsError(str(count))
                # `dumps` is written in C, `dump` is not.
                target.write(json.dumps([row.number, row.cells, row.fault], ensure_ascii=False))
                target.write("\n")
        if not count:
            raise FileEmptyError
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return count


def rows_read(name: str, position: int, most: int) -> tuple[list[Row], int]:
    """Return at most so many rows from a byte on, and the byte behind them."""
    found: list[Row] = []
    with part_path(name, "rows").open("rb") as source:
        source.seek(position)
        while len(found) < most and (line := source.readline()):
            found.append(Row(*json.loads(line)))
        return found, source.tell()


def errors_append(name: str, position: int, lines: Iterable[object]) -> int:
    """Write JSON lines from a byte on, over what a killed worker left; return the byte behind.

    On the disk before it returns: the row that names the byte is committed after.
    """
    path = part_path(name, "errors")
    path.touch(mode=0o600, exist_ok=True)
    with path.open("r+b") as target:
        target.truncate(position)
        target.seek(position)
        for line in lines:
            target.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        target.flush()
        os.fsync(target.fileno())
        return target.tell()


def errors_read(name: str, end: int) -> Iterator[list[object]]:
    """Yield the errors that lie before a byte."""
    path = part_path(name, "errors")
    if not end or not path.exists():
        return
    with path.open("rb") as source:
        while source.tell() < end and (line := source.readline()):
            yield json.loads(line)


def files_remove(name: str) -> None:
    """Remove every part of a name; harmless when there is none."""
    for part in PARTS if NAME.match(name) else ():
        part_path(name, part).unlink(missing_ok=True)


def files_sweep(in_use: set[str], older_than_s: float) -> int:
    """Remove files whose name is not in use and that are old enough; return how many."""
    removed = 0
    for path in folder().iterdir():
        name = path.name.partition(".")[0]
        if name not in in_use and time.time() - path.stat().st_mtime > older_than_s:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
