"""Read the text out of an article's HTML, a line for each paragraph."""

import re
from html.parser import HTMLParser

BLOCKS = frozenset(
    [
        "p",
        "h2",
        "h3",
        "h4",
        "li",
        "blockquote",
        "pre",
        "tr",
        "table",
        "ul",
        "ol",
        "thead",
        "tbody",
        "hr",
        "div",
        "br",
    ]
)
CELLS = frozenset({"td", "th"})
POINT, BETWEEN = "• ", " | "
SPACES = re.compile(r"[^\S\n]+")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CELLS:
            self.cells += 1
        elif tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        elif tag in BLOCKS:
            self._break()
            if tag == "li":
                self.parts.append(POINT)

    def handle_endtag(self, tag: str) -> None:
        if tag in CELLS:
            self.cells = max(0, self.cells - 1)
            self.parts.append(BETWEEN)
        elif tag in BLOCKS:
            self._break()

    def _break(self) -> None:
        """Begin a line; a row of a table is one line, and a point's paragraph is its line."""
        if self.cells:
            self.parts.append(" ")
        elif not self.parts or self.parts[-1] != POINT:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def html_text(html: str) -> str:
    """Return the text; no empty lines, no spaces at the ends of lines."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (SPACES.sub(" ", line).strip() for line in "".join(reader.parts).split("\n"))
    told = (line.removesuffix(BETWEEN.rstrip()).rstrip() for line in lines)
    return "\n".join(line for line in told if line and line != POINT.strip())
