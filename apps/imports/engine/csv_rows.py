"""Cut text into rows of cells, whatever it holds: each row comes out once, whole or with a fault.

Source: RFC 4180, and what spreadsheets do beyond it: a quote inside a field is an ordinary
character, text after a closing quote belongs to the cell. A quote that is never closed would
swallow the rest of a file; it costs only its own line here.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

DELIMITERS = (",", ";", "\t", "|")
MAX_LINE = 100_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
# How many lines a quoted cell may have; after so many open quotes it must end on its line.
MAX_CELL_LINES = 100
MAX_OPEN_QUOTES = 20

OPEN_QUOTE, TOO_LONG, TOO_MANY, CELL_TOO_LONG = "open_quote", "long_line", "columns", "long_cell"
BAD_ENCODING, NUL = "encoding", "nul"


class Row(NamedTuple):
    """One row: its number as a spreadsheet counts, its cells, and the code of what is wrong."""

    number: int
    cells: list[str]
    fault: str = ""

    @property
    def is_blank(self) -> bool:
        """Say whether nothing stands in it."""
        return not self.fault and not any(self.cells)


def delimiter_guess(sample: str) -> str:
    """Return the delimiter that cuts the first lines into most columns, the same in each line."""
    lines = [line for line in sample.splitlines()[:20] if line.strip()]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(split_record(line, delimiter)[0]) for line in lines]
        if not widths or widths[0] < 2:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        score = same * min(widths[0], 50)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def split_record(text: str, delimiter: str) -> tuple[list[str], bool, bool]:
    """Return the cells, whether a quote is still open, and whether text follows a closed one."""
    if '"' not in text:
        return text.split(delimiter), False, False
    cells: list[str] = []
    at, is_loose = 0, False
    while True:
        if text.startswith('"', at):
            cell, end = _quoted(text, at + 1)
            if end < 0:
                return [*cells, cell], True, is_loose
            stop = text.find(delimiter, end)
            rest = text[end:] if stop < 0 else text[end:stop]
            is_loose = is_loose or bool(rest.strip())
            cells.append(cell + rest)
        else:
            stop = text.find(delimiter, at)
            cells.append(text[at:] if stop < 0 else text[at:stop])
        if stop < 0:
            return cells, False, is_loose
        at = stop + len(delimiter)


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Return what a quoted cell says, and where its closing quote ends; -1 when it has none."""
    pieces: list[str] = []
    while True:
        end = text.find('"', start)
        if end < 0:
            return "".join(pieces) + text[start:], -1
        if text.startswith('""', end):
            pieces.append(text[start : end + 1])
            start = end + 2
            continue
        pieces.append(text[start:end])
        return "".join(pieces), end + 1


def csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Yield every row of the lines, numbered from 1, blank ones too.

    A line longer than `MAX_LINE` comes cut to one character more than that (see `files.py`).
    """
    waiting: deque[str] = deque()
    source = iter(lines)
    number = open_quotes = 0

    def following() -> str | None:
        return waiting.popleft() if waiting else next(source, None)

    while (line := following()) is not None:
        number += 1
        if len(line) > MAX_LINE:
            yield Row(number, [line[:200]], TOO_LONG)
            continue
        cells, is_open, is_loose = split_record(line.rstrip("\r\n"), delimiter)
        taken = [line]
        most = 1 if open_quotes > MAX_OPEN_QUOTES else MAX_CELL_LINES
        while is_open and len(taken) < most and (more := following()) is not None:
            taken.append(more)
            text = "".join(taken)
            if len(text) > MAX_LINE:
                break
            cells, is_open, is_loose = split_record(text.rstrip("\r\n"), delimiter)
        if is_open or (is_loose and len(taken) > 1):
            open_quotes += 1
            waiting.extendleft(reversed(taken[1:]))
            yield Row(number, line.rstrip("\r\n").split(delimiter)[:MAX_COLUMNS], OPEN_QUOTE)
            continue
        yield row_checked(number, cells)


def row_checked(number: int, cells: list[str]) -> Row:
    """Return the row without empty cells at its end, with the fault that can be seen in its text.

    What cannot be kept is cut, so that a row with a fault is never large.
    """
    cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    fault = ""
    if len(cells) > MAX_COLUMNS:
        cells, fault = cells[:MAX_COLUMNS], TOO_MANY
    for at, cell in enumerate(cells):
        if "\x00" in cell:
            cells[at], fault = cell.replace("\x00", ""), NUL
        if "\ufffd" in cell or (not cell.isprintable() and _has_surrogate(cell)):
            cells[at] = cells[at].encode("utf-8", "replace").decode()
            fault = BAD_ENCODING
        if len(cell) > MAX_CELL:
            cells[at], fault = cells[at][:200], CELL_TOO_LONG
    return Row(number, cells, fault)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)
