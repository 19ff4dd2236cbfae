"""Read a report's PDF back with another program's reader: the rows of its table."""

import io
import re

from pypdf import PdfReader

_FIGURE = re.compile(r"[\d,.:%+—-]+")
Row = tuple[str, list[str]]


def pdf_rows(content: bytes, many: int) -> list[Row]:
    """Return the rows of a table of `many` columns of figures, in their order.

    A row's cells are on one line; before them is its name, broken where its column is narrow, and
    before the first row of a page the head: (all of that without spaces, cells).
    """
    found: list[Row] = []
    before: list[str] = []
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    for line in text.splitlines():
        words = line.split()
        if len(words) >= many and all(map(_FIGURE.fullmatch, words[-many:])):
            found.append(("".join([*before, *words[:-many]]), words[-many:]))
            before = []
        else:
            before += words
    return found


def named(rows: list[Row], names: list[str]) -> dict[str, list[str]]:
    """Return the cells by name, the rows having just these names in this order."""
    for (said, _cells), name in zip(rows, names, strict=True):
        assert said.endswith("".join(name.split())), (said[-60:], name)
    return {name: cells for name, (_said, cells) in zip(names, rows, strict=True)}
