"""What a target's fields are, and what a file's column can become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SEPARATOR = "; "


@dataclass(frozen=True)
class Field:
    """One field of a target.

    `label` is what people read, `names` what columns of it are called in any language. `is_many`:
    several columns may go to it, their values are collected.
    """

    key: str
    label: str
    names: tuple[str, ...] = ()
    is_required: bool = False
    is_many: bool = False
    help_text: str = ""

    @property
    def known_as(self) -> tuple[str, ...]:
        """Return everything that a header may say for it."""
        return (self.label, self.key, *self.names)


def row_texts(
    cells: Sequence[str], mapping: Mapping[int, str], many: frozenset[str]
) -> dict[str, str]:
    """Return the texts by field; what is empty is left out: it changes nothing."""
    found: dict[str, str] = {}
    for column, key in mapping.items():
        text = cells[column].strip() if column < len(cells) else ""
        if not text:
            continue
        found[key] = f"{found[key]}{SEPARATOR}{text}" if key in many and key in found else text
    return found
