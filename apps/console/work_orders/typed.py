"""Numbers that a page sends as text; whatever else was typed is none."""


def typed_whole(text: str) -> int | None:
    """Return a whole number of at most 15 signs, None for what is none."""
    is_whole = text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 16
    return int(text) if is_whole else None


def typed_key(text: str) -> int | None:
    """Return a row's key or a revision, None for what the database could not have."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def typed_revision(text: str) -> int:
    """Return the revision that the page was drawn from; -1, which no row has, for nonsense."""
    found = typed_key(text)
    return -1 if found is None else found
