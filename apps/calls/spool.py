"""Facts on disk while the database cannot take them: append, read back, remove.

One JSON line a fact. Appends are flushed to the operating system at once, so a killed process
loses nothing that `append` returned for; `sync` forces them to the disk (the writer does once a
batch), so a dead machine loses at most what came since. A line cut off by a crash is reported and
left out; it is always the last one of its writer.
"""

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

from apps.calls.engine.facts import BadFactError, Fact

logger = logging.getLogger(__name__)

MAX_BYTES = 512 * 1024 * 1024


class SpoolFullError(Exception):
    """The spool has reached its bound; what is lost from here on, CEL must repair."""


class Spool:
    """The spool file of one process, and those that dead processes of its name left.

    Thread-safe. Two files: `<name>.jsonl` grows, `<name>.replaying.jsonl` is being read back.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{name}.jsonl"
        self._replaying = folder / f"{name}.replaying.jsonl"
        self._lock = threading.Lock()
        self._file: TextIO | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing waits on disk."""
        return not self._path.exists() and not self._replaying.exists()

    def append(self, facts: Sequence[Fact], *, sync: bool = True) -> None:
        """Write the facts to disk. Raises SpoolFullError, and OSError on a full disk."""
        text = "".join(fact.to_json() + "\n" for fact in facts)
        with self._lock:
            if self._file is None:
                self._file = self._opened()
            if self._file.tell() > MAX_BYTES:
                raise SpoolFullError(str(self._path))
            self._file.write(text)
            self._file.flush()
            if sync:
                os.fsync(self._file.fileno())

    def batches(self, size: int) -> Iterator[list[Fact]]:
        """Yield what waits, oldest file first, in batches; call `done` after the last.

        New appends go to another file meanwhile. Stopped half-way, the same facts come again: they
        are harmless twice.
        """
        with self._lock:
            if not self._replaying.exists():
                if not self._path.exists():
                    return
                self._close()
                self._path.replace(self._replaying)
        with self._replaying.open(encoding="utf-8", errors="replace") as file:
            facts = self._facts(file)
            while batch := list(islice(facts, size)):
                yield batch

    def done(self) -> None:
        """Remove the file whose batches were all taken."""
        self._replaying.unlink(missing_ok=True)

    def set_aside(self, fact: Fact) -> None:
        """Keep a fact that the database refuses, for a person to look at."""
        with (self._folder / f"{self._name}.refused.jsonl").open("a", encoding="utf-8") as file:
            file.write(fact.to_json() + "\n")

    def close(self) -> None:
        """Close the file; a later append opens it again."""
        with self._lock:
            self._close()

    def _opened(self) -> TextIO:
        file = self._path.open("a", encoding="utf-8")
        if file.tell() and not self._ends_whole():
            file.write("\n")  # what a crash cut off must not swallow the first new line
        return file

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _facts(self, lines: Iterator[str]) -> Iterator[Fact]:
        for line in lines:
            if not line.strip():
                continue
            try:
                yield Fact.from_json(line)
            except BadFactError:
                logger.error("spool %s: line left out: %.120s", self._replaying, line)
