"""Cells that no spreadsheet runs. Source: OWASP, "CSV Injection"."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell_safe(text: str) -> str:
    """Return a text that a spreadsheet shows and never calculates; NULs are dropped.

    A telephone number with a plus stays readable: the quote before it is the spreadsheet's own
    mark for text.
    """
    text = text.replace("\x00", "")
    return f"'{text}" if text.startswith(STARTS) or text.lstrip(" ").startswith(STARTS) else text


def cell_unsafe(text: str) -> str:
    """Take `cell_safe` back, for a file of ours that comes in again."""
    if len(text) > 1 and text[0] == "'" and text[1:].lstrip(" ").startswith(STARTS):
        return text[1:]
    return text
