"""Which keys a file has shown already: on disk, so that memory does not grow with the file."""

import sqlite3
from collections.abc import Iterable


class Seen:
    """A set of texts in a temporary database that SQLite keeps in a file; closed by `with`."""

    def __init__(self) -> None:
        # An empty name: a private file, removed when it is closed, with a small cache.
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=OFF")
        self._base.execute("PRAGMA synchronous=OFF")
        self._base.execute("CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID")
        self._base.execute("BEGIN")

    def __enter__(self) -> "Seen":
        return self

    def __exit__(self, *_error: object) -> None:
        self._base.close()

    def __contains__(self, key: str) -> bool:
        return bool(self._base.execute("SELECT 1 FROM seen WHERE key = ?", (key,)).fetchone())

    def add(self, keys: Iterable[str]) -> None:
        """Note keys."""
        self._base.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((key,) for key in keys))
