"""Facts on disk while the database cannot take them: append, read back, remove.

One JSON line a fact. Appends are flushed to the operating system at once, so a killed process
loses nothing that `append` returned for, and forced to the disk once a batch. A line cut off by a
crash is reported and left out; it is always the last one of its writer.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from apps.calls.engine.facts import BadFactError, Fact

logger = logging.getLogger(__name__)

MAX_BYTES = 512 * 1024 * 1024


class SpoolFullError(Exception):
    """The spool has reached its bound; what is lost from here on, CEL must repair."""


class Spool:
    """The spool file of one process, and those that dead processes of its name left."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{name}.jsonl"
        self._replaying = folder / f"{name}.replaying.jsonl"

    @property
    def is_empty(self) -> bool:
        """Say whether nothing waits on disk."""
        return not self._path.exists() and not self._replaying.exists()

    def append(self, facts: Sequence[Fact]) -> None:
        """Write the facts to disk. Raises SpoolFullError, and OSError on a full disk."""
        if self._path.exists() and self._path.stat().st_size > MAX_BYTES:
            raise SpoolFullError(str(self._path))
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(fact.to_json() + "\n" for fact in facts)
            file.flush()
            os.fsync(file.fileno())

    def batches(self, size: int) -> Iterator[list[Fact]]:
        """Yield what waits, oldest file first, in batches; call `done` after the last.

        New appends go to another file meanwhile. Stopped half-way, the same facts come again: they
        are harmless twice.
        """
        if not self._replaying.exists():
            if not self._path.exists():
                return
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

    def _facts(self, lines: Iterator[str]) -> Iterator[Fact]:
        for line in lines:
            try:
                yield Fact.from_json(line)
            except BadFactError:
                logger.error("spool %s: line left out: %.120s", self._replaying, line)
