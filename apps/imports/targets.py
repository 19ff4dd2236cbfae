"""Where rows of a file can go. A target says what its fields are, and reads and writes rows.

An app above may add one: `register(target)` in its AppConfig.ready.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.imports.engine.fields import Field


class RowRefusedError(Exception):
    """A row cannot be kept; `fields` is {field key: text for people}, key '' for the whole row."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(str(fields)[:500])
        self.fields = dict(fields)


@dataclass(frozen=True)
class Found:
    """An object that is there already; `is_mine`: the person may change it."""

    object_id: int
    is_mine: bool


@dataclass(frozen=True)
class Kept:
    """An object as it is after a row was written; `stamp` changes whenever the object does."""

    object_id: int
    stamp: str


class Session(Protocol):
    """A target opened for some rows by one person; what is the same for all was read once."""

    def parse(self, texts: Mapping[str, str]) -> Any:
        """Return a row ready to be written. Raises RowRefusedError. No query."""
        ...

    def shown(self, row: Any) -> dict[str, str]:
        """Return the row's values as they would be kept, for people, by field. No query."""
        ...

    def keys(self, row: Any) -> Sequence[str]:
        """Return what duplicates of the row are found by. No query."""
        ...

    def existing(self, keys: Iterable[str]) -> dict[str, Found]:
        """Return what is there already, by key. A constant number of queries."""
        ...

    def create(self, rows: Sequence[Any]) -> list[Kept]:
        """Make objects, in their order: all or, with RowRefusedError, none."""
        ...

    def change(self, object_id: int, texts: Mapping[str, str], *, only_empty: bool) -> Kept | None:
        """Write a row over an object; None when nothing changed. Raises RowRefusedError.

        Lists (numbers, tags) grow and lose nothing.
        """
        ...

    def remove(self, made: Mapping[int, str]) -> int:
        """Remove those of the objects (id -> stamp) that nobody touched since; return how many."""
        ...


class Target(Protocol):
    """A kind of data that can be imported."""

    key: str

    @property
    def label(self) -> object:
        """Return its name for people; its text in the language in force."""
        ...

    def fields(self) -> list[Field]:
        """Return the company's fields; the language in force names them."""
        ...

    def open(self, *, tenant_id: int, actor: User | None) -> Session:
        """Begin to read and write rows."""
        ...


_TARGETS: dict[str, Target] = {}


def register(target: Target) -> None:
    """Make a target known; the same key again replaces it."""
    _TARGETS[target.key] = target


def target_list() -> list[Target]:
    """Return every target, in the order of registration."""
    return list(_TARGETS.values())


def target_get(key: str) -> Target:
    """Return a target. Raises NotFoundError."""
    if key not in _TARGETS:
        raise NotFoundError(f"target {key[:40]!r}")
    return _TARGETS[key]
