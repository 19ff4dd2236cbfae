"""A text that somebody typed, as it may be kept: without NUL, no longer than it may be."""


def form_text(typed: str, most: int) -> str:
    """Return at most `most` characters of it, line ends as one kind, no blanks around.

    PostgreSQL takes no NUL, not even to look for.
    """
    return typed.replace("\0", "").replace("\r\n", "\n").strip()[:most]
