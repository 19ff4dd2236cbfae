"""The board's parts and rows: who sees which row, and what has changed since the last look. Pure.

A board is {part: {key: row}}. Keys of a row that begin with `_` say whose it is and never leave the
server; `number` of a call is full here and masked on the way out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

QUEUES, AGENTS, CALLS, TRUNKS, ALARMS, LINK = (
    "queues",
    "agents",
    "calls",
    "trunks",
    "alarms",
    "link",
)
PARTS = (QUEUES, AGENTS, CALLS, TRUNKS, ALARMS, LINK)
# What a screen on the wall may show; never calls, so no caller's number reaches it.
WALL_TILES = (QUEUES, AGENTS, TRUNKS, ALARMS)

Row = Mapping[str, Any]
Board = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True)
class Scope:
    """Whose rows a viewer gets. `queues`, `agents`: None means all of the company."""

    queues: frozenset[str] | None = frozenset()
    agents: frozenset[int] | None = frozenset()
    # For calls: who is counted as his people, his own phones, his departments.
    call_agents: frozenset[int] = frozenset()
    own_agents: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()
    sees_every_call: bool = False
    # Trunks and alarms that are of no queue.
    sees_company: bool = False
    is_masked: bool = True
    parts: frozenset[str] = frozenset(PARTS)


@dataclass(frozen=True)
class Change:
    """What is different: rows that are new or other, and keys of rows that are gone, by part."""

    rows: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is different."""
        return not any(self.rows.values()) and not any(self.gone.values())


def difference(before: Board, after: Board) -> Change:
    """Return what leads from one board to the other; rows whole, so that twice is harmless."""
    rows, gone = {}, {}
    for part in PARTS:
        old, new = before.get(part, {}), after.get(part, {})
        changed = {key: row for key, row in new.items() if old.get(key) != row}
        missing = tuple(sorted(key for key in old if key not in new))
        if changed:
            rows[part] = changed
        if missing:
            gone[part] = missing
    return Change(rows, gone)


def applied(board: Board, change: Change) -> dict[str, dict[str, Row]]:
    """Return the board after a change."""
    found = {}
    for part in PARTS:
        gone = set(change.gone.get(part, ()))
        kept = {key: row for key, row in board.get(part, {}).items() if key not in gone}
        found[part] = {**kept, **change.rows.get(part, {})}
    return found


def seen_by(scope: Scope, rows: Mapping[str, Mapping[str, Row]]) -> dict[str, dict[str, Row]]:
    """Return the rows that a viewer gets, as he gets them."""
    found: dict[str, dict[str, Row]] = {}
    for part, of_part in rows.items():
        if part not in scope.parts:
            continue
        sees = SEES[part]
        found[part] = {
            key: _shown(part, row, scope) for key, row in of_part.items() if sees(scope, row)
        }
    return found


class View:
    """What one viewer has been given: so he hears that a row is gone only of rows that he had."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._has: dict[str, set[str]] = {part: set() for part in PARTS}

    def whole(self, board: Board) -> dict[str, dict[str, Row]]:
        """Return all that he sees of a board."""
        found = seen_by(self.scope, board)
        self._has = {part: set(found.get(part, {})) for part in PARTS}
        return found

    def part(self, change: Change) -> Change:
        """Return what a change is for him: a row that he may see no more is gone."""
        rows = seen_by(self.scope, change.rows)
        gone = {}
        for part in PARTS:
            hidden = set(change.rows.get(part, {})) - set(rows.get(part, {}))
            lost = (hidden | set(change.gone.get(part, ()))) & self._has[part]
            if lost:
                gone[part] = tuple(sorted(lost))
            self._has[part] = (self._has[part] - lost) | set(rows.get(part, {}))
        return Change({part: found for part, found in rows.items() if found}, gone)


def _shown(part: str, row: Row, scope: Scope) -> Row:
    shown = {key: value for key, value in row.items() if not key.startswith("_")}
    if part == CALLS and scope.is_masked:
        shown["number"] = row["_masked"]
        shown["is_masked"] = row["_masked"] != row["number"]
    if part == AGENTS and scope.queues is not None:
        # Of an agent's queues only those that the viewer knows.
        shown["queues"] = [one for one in row["queues"] if one in scope.queues]
    return shown


def _sees_queue(scope: Scope, row: Row) -> bool:
    return scope.queues is None or row["number"] in scope.queues


def _sees_agent(scope: Scope, row: Row) -> bool:
    return scope.agents is None or row["_id"] in scope.agents


def _sees_call(scope: Scope, row: Row) -> bool:
    # As `calls.selectors.call_list_for`; a test compares them.
    if scope.sees_every_call or row["_agent"] in scope.call_agents:
        return True
    return row["_department"] in scope.departments or bool(scope.own_agents & set(row["_rang"]))


def _sees_company(scope: Scope, row: Row) -> bool:
    return scope.sees_company


def _sees_alarm(scope: Scope, row: Row) -> bool:
    if not row["_has_queue"]:
        return scope.sees_company
    return scope.queues is None or row["queue"] in scope.queues


def _sees_always(scope: Scope, row: Row) -> bool:
    return True


SEES: Mapping[str, Callable[[Scope, Row], bool]] = {
    QUEUES: _sees_queue,
    AGENTS: _sees_agent,
    CALLS: _sees_call,
    TRUNKS: _sees_company,
    ALARMS: _sees_alarm,
    LINK: _sees_always,
}
