"""Read the first sheet of a workbook as a stream: memory does not grow with the rows.

python-calamine, the quick reader, holds the whole sheet, openpyxl all shared strings. Here a sheet
is parsed piece by piece and shared strings lie in a file. Source: ECMA-376 part 1, §18.3
(worksheets), §18.4 (shared strings), §18.8.30 (number formats).
"""

import mmap
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from apps.imports.engine.csv_rows import MAX_CELL, MAX_COLUMNS, TOO_MANY, Row, row_checked
from apps.imports.errors import BombError, BrokenWorkbookError, MacroError, NotATableError

PIECE = 64 * 1024
MAX_PARTS = 5_000
MAX_UNPACKED = 4 * 1024**3
# What unpacks to more than this is looked at: a sheet of real rows packs 5 to 30 times.
MAX_RATIO, RATIO_FROM = 200, 50 * 1024**2
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_DATE_FORMAT = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_IGNORED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_REFERENCE = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")


def workbook_check(path: Path) -> None:
    """Look at the parts before anything is unpacked.

    Raises NotATableError, MacroError, BombError, BrokenWorkbookError.
    """
    with _opened(path) as book:
        parts = book.infolist()
        names = {part.filename.lower() for part in parts}
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise MacroError
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise NotATableError("no workbook in the archive")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise BombError(f"{len(parts)} parts")
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * part.compress_size:
            raise BombError(part.filename[:80])


def sheet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of the first sheet, with the numbers that a spreadsheet shows.

    Raises BrokenWorkbookError, also in the middle.
    """
    with ExitStack() as stack:
        book = stack.enter_context(_opened(path))
        try:
            is_1904, sheet = _first_sheet(book)
            dates = _date_styles(book)
            strings = stack.enter_context(SharedStrings(book))
            yield from _Sheet(strings, dates, is_1904).rows(stack.enter_context(book.open(sheet)))
        except (expat.ExpatError, zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
            raise BrokenWorkbookError(str(error)[:100]) from error
        except (ValueError, NotImplementedError, RuntimeError) as error:
            # A wrong checksum, a packing or a password that zipfile does not know.
            raise BrokenWorkbookError(str(error)[:100]) from error
        except zipfile.zlib.error as error:  # type: ignore[attr-defined]  # zipfile's own import
            raise BrokenWorkbookError(str(error)[:100]) from error


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BrokenWorkbookError(str(error)[:100]) from error


def _parse(
    source: IO[bytes], on: dict[str, Callable[..., None]], after: Callable[[], None] | None = None
) -> Iterator[None]:
    """Feed a part to a parser; yield after each piece. Entities and DTDs are refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refused(*_args: Any) -> None:
        raise BrokenWorkbookError("a DTD in a part")

    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    for name, handler in on.items():
        setattr(parser, name, handler)
    while piece := source.read(PIECE):
        parser.Parse(piece, False)
        yield
    parser.Parse(b"", True)
    yield


def _first_sheet(book: zipfile.ZipFile) -> tuple[bool, str]:
    """Return whether days count from 1904, and the first sheet's part."""
    sheets: list[str] = []
    targets: dict[str, str] = {}
    is_1904 = False

    def in_book(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_1904
        if name.endswith(" workbookPr"):
            is_1904 = attributes.get("date1904", "0") in ("1", "true")
        if name.endswith(" sheet"):
            found = [value for key, value in attributes.items() if key.endswith(" id")]
            sheets.extend(found[:1])

    def in_relations(name: str, attributes: dict[str, str]) -> None:
        if name.endswith(" Relationship"):
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    for part, handler in (
        ("xl/workbook.xml", in_book),
        ("xl/_rels/workbook.xml.rels", in_relations),
    ):
        with book.open(part) as source:
            for _piece in _parse(source, {"StartElementHandler": handler}):
                pass
    target = targets.get(sheets[0] if sheets else "", "")
    if not target:
        raise BrokenWorkbookError("no sheet")
    return is_1904, target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _date_styles(book: zipfile.ZipFile) -> frozenset[int]:
    """Return the cell styles whose numbers are dates or times."""
    formats: dict[int, str] = {}
    styles: list[int] = []
    inside = False

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name.endswith(" numFmt"):
            formats[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif name.endswith(" cellXfs"):
            inside = True
        elif inside and name.endswith(" xf"):
            styles.append(int(attributes.get("numFmtId", 0)))

    def ended(name: str) -> None:
        nonlocal inside
        inside = inside and not name.endswith(" cellXfs")

    if "xl/styles.xml" in book.namelist():
        with book.open("xl/styles.xml") as source:
            handlers: dict[str, Callable[..., None]] = {
                "StartElementHandler": started,
                "EndElementHandler": ended,
            }
            for _piece in _parse(source, handlers):
                pass
    return frozenset(
        style
        for style, number in enumerate(styles)
        if number in _BUILT_IN_DATES
        or _DATE_FORMAT.search(_IGNORED.sub("", formats.get(number, "")))
    )


class SharedStrings:
    """The workbook's table of texts in a file; in memory are 8 bytes for each."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._ends = array("Q", [0])
        self._map: mmap.mmap | None = None
        name = next((n for n in book.namelist() if n.lower() == "xl/sharedstrings.xml"), "")
        if name:
            with book.open(name) as source:
                self._fill(source)
        self._file.flush()
        if self._ends[-1]:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def __enter__(self) -> "SharedStrings":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise BrokenWorkbookError(f"no text {index}")
        start, end = self._ends[index], self._ends[index + 1]
        return self._map[start:end].decode() if self._map is not None and end > start else ""

    def _fill(self, source: IO[bytes]) -> None:
        pieces: list[str] = []
        # Phonetic hints (rPh) are no part of the text.
        in_text = in_hint = False

        def started(name: str, _attributes: dict[str, str]) -> None:
            nonlocal in_text, in_hint
            if name.endswith(" t"):
                in_text = not in_hint
            elif name.endswith(" rPh"):
                in_hint = True

        def ended(name: str) -> None:
            nonlocal in_text, in_hint
            if name.endswith(" t"):
                in_text = False
            elif name.endswith(" rPh"):
                in_hint = False
            elif name.endswith(" si"):
                text = "".join(pieces)[: MAX_CELL + 1].encode("utf-8", "replace")
                pieces.clear()
                self._file.write(text)
                self._ends.append(self._ends[-1] + len(text))

        def told(text: str) -> None:
            if in_text:
                pieces.append(text)

        handlers: dict[str, Callable[..., None]] = {
            "StartElementHandler": started,
            "EndElementHandler": ended,
            "CharacterDataHandler": told,
        }
        for _piece in _parse(source, handlers):
            pass


class _Sheet:
    """The parser of one sheet; what is complete is yielded after each piece."""

    def __init__(self, strings: SharedStrings, dates: frozenset[int], is_1904: bool) -> None:
        self._strings, self._dates = strings, dates
        self._epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet has no zone
        self._ready: list[Row] = []
        self._number = 0
        self._cells: list[str] = []
        self._column = 0
        self._is_wide = False
        self._kind, self._style = "n", -1
        self._text: list[str] = []
        self._is_read = False

    def rows(self, source: IO[bytes]) -> Iterator[Row]:
        """Yield the rows that the part holds."""
        handlers: dict[str, Callable[..., None]] = {
            "StartElementHandler": self._started,
            "EndElementHandler": self._ended,
            "CharacterDataHandler": self._told,
        }
        for _piece in _parse(source, handlers):
            ready, self._ready = self._ready, []
            yield from ready

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        name = name[name.rfind(" ") + 1 :]
        if name == "c":
            self._cell_begins(attributes)
        elif name in ("v", "t"):
            self._is_read = True
        elif name == "row":
            given = attributes.get("r", "")
            number = int(given) if given.isdigit() and len(given) < 8 else self._number + 1
            # Never back: a sheet whose numbers do not rise would count rows twice.
            self._number = max(number, self._number + 1)
            self._cells, self._column, self._is_wide = [], 0, False

    def _cell_begins(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.match(attributes.get("r", ""))
        if match:
            column = 0
            for letter in match[1]:
                column = column * 26 + ord(letter) - 64
            self._column = column - 1
        self._kind = attributes.get("t", "n")
        style = attributes.get("s", "")
        self._style = int(style) if style.isdigit() and len(style) < 9 else -1
        self._text = []

    def _told(self, text: str) -> None:
        if self._is_read:
            self._text.append(text)

    def _ended(self, name: str) -> None:
        name = name[name.rfind(" ") + 1 :]
        if name in ("v", "t"):
            self._is_read = False
        elif name == "c":
            self._cell_ends()
        elif name == "row":
            row = row_checked(self._number, self._cells)
            self._ready.append(row._replace(fault=TOO_MANY) if self._is_wide else row)

    def _cell_ends(self) -> None:
        text = self._value("".join(self._text)[: MAX_CELL + 1]) if self._text else ""
        if text and self._column < MAX_COLUMNS:
            missing = self._column - len(self._cells)
            self._cells.extend([""] * (missing + 1))
            self._cells[self._column] = text
        elif text:
            self._is_wide = True
        self._column += 1

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._strings[int(text)] if text.isdigit() else ""
        if self._kind in ("str", "inlineStr", "e", "d"):
            return text
        if self._kind == "b":
            return "1" if text == "1" else "0"
        return self._figure(text)

    def _figure(self, text: str) -> str:
        """Return a number as people write it: 13800138000, not 1.3800138E10; dates as ISO."""
        try:
            value = float(text)
        except ValueError:
            return text
        if self._style in self._dates and 0 <= value < 2_958_466:
            at = self._epoch + timedelta(seconds=round(value * 86_400))
            return at.strftime("%Y-%m-%d" if value == int(value) else "%Y-%m-%d %H:%M:%S")
        if value == int(value) and abs(value) < 1e15:
            return str(int(value))
        return repr(value) if "e" not in repr(value) else text
