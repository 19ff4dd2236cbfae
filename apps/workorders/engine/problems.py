"""What is wrong with a document: where, and which rule it breaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard


@dataclass(frozen=True)
class Problem:
    """One fault. `path` as `fields.3.options` (positions from 0); `code` is stable.

    `params` fill the text that people read (`apps.workorders.texts`).
    """

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class DocumentError(ValueError):
    """A document that was to be used and is not sound."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.path}: {one.code}" for one in problems))
        self.problems = problems


def is_text(value: object, most: int, *, least: int = 1) -> TypeGuard[str]:
    """Say whether it is a text of that length without NUL, which no database keeps."""
    return isinstance(value, str) and least <= len(value) <= most and "\x00" not in value


def is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    """Say whether it is a whole number (no yes/no) between the two."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
